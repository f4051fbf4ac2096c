# The data sets of the certificates. Those of lifelines are read from its folder, and tests/certificates/datasets.py
# derives the same columns; the small ones are written here, and kept in datasets.json for the tests.
from_lifelines <- function(file) read.csv(file.path(lifelines, file))

lung <- from_lifelines("lung.csv")
complete <- lung[!is.na(lung$ph.ecog) & !is.na(lung$ph.karno), c("time", "status", "age", "sex", "ph.ecog", "ph.karno")]
rossi <- from_lifelines("rossi.csv")
larynx <- from_lifelines("larynx.csv")
kidney <- from_lifelines("kidney_transplant.csv")
gehan <- read.table(file.path(lifelines, "anderson.csv"), header = TRUE, sep = " ")
stanford <- from_lifelines("stanford_heart.csv")
aids <- read.table(file.path(lifelines, "multicenter_aids_cohort.tsv"), header = TRUE, sep = "\t")
nodes <- from_lifelines("lymph_node.csv")
# Recurrence in somebody who was still alive, or who died of it, as two causes; and in months, for ties.
nodes$cause <- ifelse(nodes$censrec == 1, ifelse(nodes$censdead == 1, 2, 1), 0)
nodes$months <- ceiling(nodes$rectime / 30)

# Sets of R's packages, with the columns that are used; a table of counts becomes a row for each of those counted.
from_package <- function(package, name) {
  found <- new.env()
  data(list = name, package = package, envir = found)
  found[[name]]
}
asah <- from_package("pROC", "aSAH")
lymphoma <- from_package("maxstat", "DLBCL")
tobin <- from_package("survival", "tobin")
pbc <- from_package("survival", "pbc")
infert <- from_package("datasets", "infert")
counted <- function(table) {
  cells <- as.data.frame(as.table(table))
  rows <- cells[rep(seq_len(nrow(cells)), cells$Freq), ]
  data.frame(first = as.integer(rows[[1]]), second = as.integer(rows[[2]]))
}

own <- list(
  "maintained" = aml[aml$x == "Maintained", c("time", "status")],
  "nonmaintained" = aml[aml$x != "Maintained", c("time", "status")],
  "aml" = data.frame(time = aml$time, status = aml$status, nonmaintained = as.numeric(aml$x != "Maintained")),
  "ties of events and censorings" = data.frame(
    time = c(5, 5, 5, 8, 8, 12, 12, 12, 15, 15, 20, 20), status = c(1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0),
    group = c(1, 2, 1, 1, 2, 2, 1, 2, 1, 1, 2, 2), stratum = c(1, 1, 1, 2, 2, 2, 1, 1, 2, 2, 1, 2)
  ),
  "no events" = data.frame(time = c(1, 2, 3), status = c(0, 0, 0)),
  "all events" = data.frame(time = c(1, 2, 3, 4), status = c(1, 1, 1, 1), group = c(1, 2, 1, 2)),
  "all events, tied" = data.frame(time = c(1, 1, 2, 2, 2, 3, 4, 4), status = rep(1, 8), x = c(3, 1, 2, 5, 4, 1, 6, 2)),
  "one event" = data.frame(time = 7, status = 1),
  "one censored" = data.frame(time = 7, status = 0),
  "times of zero" = data.frame(time = c(0, 0, 5, 7), status = c(1, 0, 1, 1)),
  "heavy censoring" = data.frame(
    time = c(3, 8, 8, 11, 14, 20, 20, 20, 25, 30, 31, 33, 40, 41, 41, 50, 52, 60, 60, 60),
    status = c(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), group = rep(c(1, 2), 10)
  ),
  "entries" = data.frame(
    entry = c(0, 0, 1, 2, 2, 3, 4, 4, 5, 6), time = c(4, 6, 5, 6, 8, 9, 9, 11, 12, 14),
    status = c(1, 0, 1, 1, 0, 1, 1, 0, 1, 0), x = c(1, 0, 0, 1, 1, 0, 1, 0, 0, 1)
  ),
  "an outlier" = data.frame(
    time = c(2, 4, 4, 1, 1, 4), status = c(1, 1, 1, 0, 1, 0), x = c(2.1, 0.1, 0.2, 25.7, 316.4, 20.9)
  ),
  "competing" = data.frame(
    time = c(1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 6, 7, 7, 7, 8, 9), cause = c(1, 2, 1, 1, 0, 1, 2, 2, 1, 0, 1, 1, 2, 1, 0, 2),
    group = c(1, 2, 1, 2, 1, 2, 1, 1, 2, 1, 2, 1, 1, 2, 2, 1), stratum = rep(c(1, 2), 8)
  ),
  "one cause only" = data.frame(time = c(1, 2, 2, 3, 5, 8), cause = c(1, 0, 1, 1, 0, 1)),
  "counts" = data.frame(count = c(36, 0, 72, 1, 0, 18, 3, 1, 50, 7), of = c(72, 72, 72, 1, 1, 24, 24, 72, 72, 9)),
  "counts, none of a half" = data.frame(count = c(0, 72, 1, 0, 18, 3, 1, 50, 7), of = c(72, 72, 1, 1, 24, 24, 72, 72, 9)),
  "couples" = counted(from_package("vcd", "SexualFun")),
  "neurologists" = counted(from_package("vcd", "MSPatients")[, , "Winnipeg"]),
  # Five categories, of which one reader never gives the last and nobody the fourth.
  "responses" = data.frame(
    first = c(1, 1, 1, 2, 2, 3, 3, 3, 5, 1, 2, 3, 1, 1, 3, 5, 2, 1), second = c(1, 1, 2, 2, 2, 3, 3, 1, 3, 1, 3, 3, 1, 2, 3, 2, 2, 1)
  ),
  "readers who agree" = data.frame(first = c(1, 2, 3, 3, 2, 1, 1), second = c(1, 2, 3, 3, 2, 1, 1)),
  "aneurysm" = data.frame(
    poor = as.numeric(asah$outcome == "Poor"), s100b = asah$s100b, ndka = asah$ndka, wfns = as.numeric(asah$wfns),
    age = asah$age, female = as.numeric(asah$gender == "Female")
  ),
  "lymphoma" = data.frame(time = lymphoma$time, status = lymphoma$cens, expression = lymphoma$MGE),
  "endometrial" = from_package("brglm2", "endometrial"),
  "birth weights" = from_package("MASS", "birthwt")[, c("low", "age", "lwt", "smoke", "ptl", "ht", "ui")],
  "infertility" = data.frame(
    case = infert$case, age = infert$age, parity = infert$parity, induced = infert$induced, spontaneous = infert$spontaneous
  ),
  "liver" = data.frame(time = pbc$time, death = as.numeric(pbc$status == 2), bilirubin = pbc$bili, age = pbc$age),
  "durable goods" = data.frame(bought = tobin$durable, older = as.numeric(tobin$age > 48), quant = tobin$quant),
  "limits" = data.frame(
    marker = c(0.6, 0.6, 1.1, 2.7, 3.4, 0.6, 5.2, 4.4, 3.9, 7.3, 12.3, 12.3, 6.1, 2.2, 0.6, 4.9, 8.8, 12.3, 5.5, 3.1),
    bound = c(-1, -1, 0, 0, 0, -1, 0, 0, 0, 0, 1, 1, 0, 0, -1, 0, 0, 1, 0, 0),
    group = c(1, 1, 1, 1, 1, 1, 2, 1, 2, 2, 2, 3, 3, 3, 2, 2, 3, 3, 3, 3)
  ),
  "tied marker" = data.frame(
    response = c(0, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 1), marker = c(1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 1, 2, 4, 3),
    other = c(3, 1, 2, 2, 4, 3, 1, 4, 2, 3, 4, 4, 2, 1, 3, 1)
  ),
  "separated" = data.frame(
    response = c(0, 0, 0, 0, 0, 1, 1, 1, 1), marker = c(1, 2, 2.5, 3, 4, 5, 5.5, 6, 8), age = c(61, 45, 70, 52, 66, 48, 59, 73, 50)
  ),
  # One response, one who has the marker and fails: quasi-separation of the second, none of the first.
  "nearly separated" = data.frame(
    response = c(0, 0, 0, 1, 0, 1, 1, 1, 0, 1), high = c(0, 0, 0, 0, 0, 1, 1, 1, 0, 1), age = c(5, 3, 4, 6, 8, 5, 2, 7, 6, 4)
  )
)

data_sets <- c(own, list(
  "lung" = lung, "lung, complete" = complete, "rossi" = rossi, "larynx" = larynx, "kidney transplant" = kidney,
  "gehan" = gehan, "stanford" = stanford, "aids" = aids, "lymph node" = nodes
))

# The bootstrap's optimism, on resamples that the certificate holds: glm, pROC, maxstat and coxph run on each of them.
drawn <- function(data, count, seed) {
  set.seed(seed)
  n <- nrow(data_sets[[data]])
  matrix(sample(n, n * count, replace = TRUE), count, n, byrow = TRUE)
}
rows_of <- function(each) lapply(seq_len(nrow(each)), function(row) each[row, ] - 1)
optimism <- function(d, rows, choose, judge) {
  choices <- lapply(seq_len(nrow(rows)), function(each) choose(d[rows[each, ], ]))
  mean(mapply(function(choice, each) judge(choice, d[rows[each, ], ]) - judge(choice, d), choices, seq_len(nrow(rows))))
}
read_optimism <- function(found) {
  c(list(apparent = found$apparent, optimism = found$optimism, corrected = found$apparent - found$optimism),
    if (!is.null(found$cut)) list(cut = found$cut))
}
of <- function(d, rows, choose, judge, cut = function(choice) NULL) {
  choice <- choose(d)
  list(apparent = judge(choice, d), optimism = optimism(d, rows, choose, judge), cut = cut(choice))
}
area <- function(response) function(fit, d) {
  as.numeric(pROC::auc(pROC::roc(d[[response]], predict(fit, d), levels = c(0, 1), direction = "<", quiet = TRUE)))
}
for (each in list(list("aneurysm", "poor", c("s100b", "ndka"), 12, 1), list("aneurysm", "poor", "s100b", 12, 2),
                  list("birth weights", "low", c("age", "lwt", "smoke"), 8, 3), list("infertility", "case", c("age", "parity"), 8, 4))) {
  formula <- paste(each[[2]], "~", paste(each[[3]], collapse = " + "))
  certify("auc_optimism", "pROC", each[[1]],
          sprintf('of(d, drawn("%s", %s, %s), function(d) glm(%s, family = binomial, data = d), area("%s"))', each[[1]], each[[4]], each[[5]], formula, each[[2]]),
          list(response = each[[2]], covariates = as.list(each[[3]]), drawn = rows_of(drawn(each[[1]], each[[4]], each[[5]]))), read_optimism)
}
youden <- function(response, marker) function(cut, d) mean(d[[marker]][d[[response]] == 1] > cut) - mean(d[[marker]][d[[response]] == 0] > cut)
selected <- function(response, marker) function(d) {
  as.numeric(maxstat::maxstat.test(formula(paste(response, "~", marker)), data = d, smethod = "Wilcoxon", pmethod = "none")$estimate)
}
best <- function(response, marker) function(d) {
  curve <- pROC::roc(d[[response]], d[[marker]], levels = c(0, 1), direction = "<", quiet = TRUE)
  min(pROC::coords(curve, "best", best.method = "youden", ret = "threshold", transpose = FALSE)$threshold)
}
for (each in list(list("aneurysm", "poor", "s100b", 10, 5), list("aneurysm", "poor", "ndka", 10, 6), list("infertility", "case", "spontaneous", 6, 7))) {
  for (rule in c("selected", "best")) {
    certify("cut_optimism", if (rule == "best") "pROC" else "maxstat", each[[1]],
            sprintf('of(d, drawn("%s", %s, %s), %s("%s", "%s"), youden("%s", "%s"), identity)', each[[1]], each[[4]], each[[5]], rule, each[[2]],
                    each[[3]], each[[2]], each[[3]]),
            list(response = each[[2]], marker = each[[3]], rule = if (rule == "best") "Youden" else "maximally selected",
                 drawn = rows_of(drawn(each[[1]], each[[4]], each[[5]]))), read_optimism)
  }
}
log_ratio <- function(cut, d, time, event, marker) {
  coef(coxph(Surv(d[[time]], d[[event]]) ~ as.numeric(d[[marker]] > cut), control = coxph.control(eps = 1e-12, iter.max = 100)))[[1]]
}
divided <- function(time, event, marker) function(d) {
  cut <- as.numeric(maxstat::maxstat.test(formula(sprintf("Surv(%s, %s) ~ %s", time, event, marker)), data = d, smethod = "LogRank", pmethod = "none")$estimate)
  c(cut, sign(log_ratio(cut, d, time, event, marker)))
}
for (each in list(list("liver", "time", "death", "bilirubin", 5, 8), list("lung", "time", "status", "age", 8, 9))) {
  certify("survival_cut_optimism", "maxstat", each[[1]],
          sprintf(paste('of(d, drawn("%s", %s, %s), divided("%s", "%s", "%s"), function(choice, d) choice[2] * log_ratio(choice[1], d,',
                        '"%s", "%s", "%s"), function(choice) choice[1])'),
                  each[[1]], each[[5]], each[[6]], each[[2]], each[[3]], each[[4]], each[[2]], each[[3]], each[[4]]),
          list(time = each[[2]], event = each[[3]], marker = each[[4]], drawn = rows_of(drawn(each[[1]], each[[5]], each[[6]]))), read_optimism)
}
write_certificates("optimism")

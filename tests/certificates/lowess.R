# lowess() without its robust step, at the distinct values across.
at_distinct <- function(line) {
  kept <- !duplicated(line$x)
  list(at = line$x[kept], height = line$y[kept])
}
for (each in list(c("lung", "age", "time"), c("rossi", "prio", "week"), c("aml", "time", "status"),
                  c("heavy censoring", "time", "status"), c("entries", "entry", "time"), c("liver", "age", "death"), c("all events, tied", "time", "x"))) {
  certify("lowess", "stats", each[1], sprintf("lowess(d$%s, d$%s, iter = 0)", each[2], each[3]),
          list(across = each[2], up = each[3]), at_distinct)
}
write_certificates("lowess")

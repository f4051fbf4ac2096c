# binom.test and prop.test, pair by pair; the difference from the two intervals of prop.test, as Newcombe (1998) has it.
pairs <- function(estimator, read, arguments, level, data = "counts") {
  certify(estimator, "stats", data, sprintf("mapply(function(x, n) %s, d$count, d$of)", read),
          c(list(count = "count", of = "of", level = level), arguments),
          function(found) list(value = data_sets[[data]]$count / data_sets[[data]]$of, lower = found[1, ], upper = found[2, ]))
}
for (level in c(0.95, 0.8)) {
  pairs("clopper_pearson", sprintf("binom.test(x, n, conf.level = %s)$conf.int", level), list(), level)
  pairs("wilson", sprintf("prop.test(x, n, conf.level = %s, correct = FALSE)$conf.int", level), list(continuity = FALSE), level)
  pairs("wilson", sprintf("prop.test(x, n, conf.level = %s, correct = TRUE)$conf.int", level), list(continuity = TRUE), level,
        "counts, none of a half")
  difference <- function(x, n, y, m, level) {
    a <- prop.test(x, n, conf.level = level, correct = FALSE)
    b <- prop.test(y, m, conf.level = level, correct = FALSE)
    p <- a$estimate - b$estimate
    c(p, p - sqrt((a$estimate - a$conf.int[1])^2 + (b$conf.int[2] - b$estimate)^2),
      p + sqrt((a$conf.int[2] - a$estimate)^2 + (b$estimate - b$conf.int[1])^2))
  }
  certify("newcombe", "stats", "counts",
          sprintf("mapply(difference, d$count, d$of, rev(d$count), rev(d$of), level = %s)", level),
          list(count = "count", of = "of", level = level),
          function(found) list(value = found[1, ], lower = found[2, ], upper = found[3, ]))
}
write_certificates("proportions")

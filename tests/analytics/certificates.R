# The program that made the numbers which the tests of the estimators name. Run by hand; no test needs R.
# R 4.2.2, survival 3.5-3.
suppressMessages(library(survival))
options(digits = 12)

show_curve <- function(title, time, status) {
  fit <- survfit(Surv(time, status) ~ 1, conf.type = "log-log")
  cat("##", title, "\n")
  print(data.frame(time = fit$time, n.risk = fit$n.risk, n.event = fit$n.event, n.censor = fit$n.censor,
                   surv = fit$surv, lower = fit$lower, upper = fit$upper))
  print(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
  invisible(fit)
}

maintained <- leukemia[leukemia$x == "Maintained", ]
nonmaintained <- leukemia[leukemia$x != "Maintained", ]
for (data in list(maintained, nonmaintained)) {
  fit <- show_curve("leukemia", data$time, data$status)
  at <- summary(fit, times = 24)
  cat("S(24)", at$surv, at$lower, at$upper, "\n")
  show_curve("leukemia, reverse", data$time, 1 - data$status)
}
show_curve("flat at one half", 1:4, rep(1, 4))
show_curve("flat at one half to the end", c(1, 2, 3, 3), c(1, 1, 0, 0))
show_curve("times of zero", c(0, 0, 5, 7), c(1, 0, 1, 1))
show_curve("nobody dies", c(1, 2, 3), c(0, 0, 0))
show_curve("ties of deaths and censorings", c(5, 5, 5, 8, 8, 12), c(1, 1, 0, 1, 0, 0))

first <- lung[1:72, ]
fit <- show_curve("lung, first 72 rows", first$time, first$status - 1)
at <- summary(fit, times = c(365, 730))
cat("S(365), S(730)", at$surv, at$lower, at$upper, at$n.risk, "\n")
show_curve("lung, first 72 rows, reverse", first$time, 2 - first$status)

for (pair in list(c(36, 72), c(0, 72), c(72, 72), c(1, 1), c(0, 1), c(18, 24), c(3, 24), c(1, 72), c(50, 72))) {
  cat("binom.test", pair, binom.test(pair[1], pair[2])$conf.int, "\n")
}
cat("binom.test 18 24, 90 %", binom.test(18, 24, conf.level = 0.9)$conf.int, "\n")

# survfit: the curve with three kinds of interval, quantiles, S(t), the restricted mean and the reverse curve.
read_curve <- function(fit) {
  # An interval without width, at a probability of 1, is none.
  whole <- fit$surv == 1
  list(time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor, survival = fit$surv,
       std_err = ifelse(fit$surv == 0, NA, fit$surv * fit$std.err),
       lower = ifelse(whole, NA, fit$lower), upper = ifelse(whole, NA, fit$upper))
}

curve <- function(data, surv, arguments, interval, level = 0.95) {
  certify("kaplan_meier", "survival", data,
          sprintf('survfit(%s ~ 1, data = d, conf.type = "%s", conf.int = %s)', surv, interval, level),
          c(arguments, interval = interval, level = level), read_curve)
}
status <- list(time = "time", event = "status")
for (interval in c("log-log", "log", "plain")) {
  for (data in c("maintained", "nonmaintained", "ties of events and censorings", "times of zero", "heavy censoring",
                 "all events", "no events", "one event", "one censored")) {
    curve(data, "Surv(time, status)", status, interval)
  }
  curve("entries", "Surv(entry, time, status)", c(status, entry = "entry"), interval)
  curve("aids", "Surv(W, T, D)", list(time = "T", event = "D", entry = "W"), interval)
  curve("lung", "Surv(time, status)", status, interval, 0.9)
}

quantiles <- function(data, surv, arguments, interval, shares) {
  certify("quantile", "survival", data,
          sprintf('quantile(survfit(%s ~ 1, data = d, conf.type = "%s"), c(%s))', surv, interval, toString(shares)),
          c(arguments, interval = interval, shares = list(shares)),
          function(found) list(value = found$quantile, lower = found$lower, upper = found$upper))
}
for (interval in c("log-log", "log", "plain")) {
  quantiles("lung", "Surv(time, status)", status, interval, c(0.1, 0.25, 0.5, 0.75))
  quantiles("kidney transplant", "Surv(time, death)", list(time = "time", event = "death"), interval, c(0.05, 0.1))
  quantiles("larynx", "Surv(time, death)", list(time = "time", event = "death"), interval, c(0.25, 0.5))
  quantiles("all events", "Surv(time, status)", status, interval, c(0.25, 0.5, 0.75))
  quantiles("nonmaintained", "Surv(time, status)", status, interval, c(0.25, 0.5, 0.75))
}

median_of <- function(estimator, data, event, arguments) {
  certify(estimator, "survival", data,
          sprintf('summary(survfit(Surv(%s, %s) ~ 1, data = d, conf.type = "log-log"))$table', arguments$time, event),
          arguments, function(found) list(value = found[["median"]], lower = found[["0.95LCL"]], upper = found[["0.95UCL"]]))
}
for (data in c("maintained", "nonmaintained", "lung", "ties of events and censorings", "times of zero", "all events")) {
  median_of("median", data, "status", status)
}
for (data in c("maintained", "nonmaintained", "lung", "heavy censoring")) {
  median_of("follow_up", data, "1 - status", status)
}
median_of("follow_up", "kidney transplant", "1 - death", list(time = "time", event = "death"))
median_of("follow_up", "larynx", "1 - death", list(time = "time", event = "death"))

at <- function(data, surv, arguments, interval, times) {
  certify("survival_at", "survival", data,
          sprintf('summary(survfit(%s ~ 1, data = d, conf.type = "%s"), times = c(%s))', surv, interval, toString(times)),
          c(arguments, interval = interval, times = list(times)),
          function(found) list(value = found$surv, lower = found$lower, upper = found$upper, at_risk = found$n.risk))
}
for (interval in c("log-log", "log", "plain")) {
  at("lung", "Surv(time, status)", status, interval, c(90, 365, 730, 1000))
  at("kidney transplant", "Surv(time, death)", list(time = "time", event = "death"), interval, c(30, 365, 730, 3000))
  at("rossi", "Surv(week, arrest)", list(time = "week", event = "arrest"), interval, c(10, 26, 52))
}

mean_until <- function(data, surv, arguments, until) {
  certify("restricted_mean", "survival", data,
          sprintf("summary(survfit(%s ~ 1, data = d), rmean = %s)$table", surv, until), c(arguments, until = until),
          function(found) {
            reach <- qnorm(0.975) * found[["se(rmean)"]]
            list(value = found[["rmean"]], std_err = found[["se(rmean)"]], lower = found[["rmean"]] - reach,
                 upper = found[["rmean"]] + reach)
          })
}
mean_until("lung", "Surv(time, status)", status, 365)
mean_until("lung", "Surv(time, status)", status, 730)
mean_until("kidney transplant", "Surv(time, death)", list(time = "time", event = "death"), 1825)
mean_until("rossi", "Surv(week, arrest)", list(time = "week", event = "arrest"), 52)
mean_until("nonmaintained", "Surv(time, status)", status, 45)
mean_until("all events", "Surv(time, status)", status, 3.5)
mean_until("aids", "Surv(W, T, D)", list(time = "T", event = "D", entry = "W"), 5)
write_certificates("kaplan_meier")

# survfit with a factor: Aalen-Johansen; cmprsk::cuminc: Gray's test.
read_incidence <- function(fit) {
  causes <- seq_along(fit$states)[-1]
  inside <- function(each) ifelse(fit$pstate[, causes] %in% c(0, 1), NA, each[, causes])
  list(time = fit$time, at_risk = fit$n.risk[, 1], event_free = fit$pstate[, 1],
       events = as.vector(fit$n.event[, causes]), incidence = as.vector(fit$pstate[, causes]),
       std_err = as.vector(fit$std.err[, causes]), lower = as.vector(inside(fit$lower)), upper = as.vector(inside(fit$upper)))
}
for (interval in c("log-log", "log", "plain")) {
  for (each in list(c("competing", "time", 2), c("one cause only", "time", 1), c("lymph node", "months", 2))) {
    certify("cumulative_incidence", "survival", each[1],
            sprintf('survfit(Surv(%s, factor(cause, 0:%s)) ~ 1, data = d, conf.type = "%s")', each[2], each[3], interval),
            list(time = each[2], cause = "cause", interval = interval), read_incidence)
  }
  certify("incidence_at", "survival", "lymph node",
          sprintf('summary(survfit(Surv(rectime, factor(cause, 0:2)) ~ 1, data = d, conf.type = "%s"), times = c(365, 730, 1825))', interval),
          list(time = "rectime", cause = "cause", interval = interval, times = c(365, 730, 1825)),
          function(found) list(value = as.vector(found$pstate[, 2:3]), lower = as.vector(found$lower[, 2:3]),
                               upper = as.vector(found$upper[, 2:3])))
}

gray <- function(data, time, group, strata = NULL, rho = 0) {
  arguments <- list(time = time, cause = "cause", group = group, rho = rho)
  if (!is.null(strata)) arguments$strata <- strata
  extra <- if (is.null(strata)) "" else sprintf(", strata = d$%s", strata)
  certify("gray", "cmprsk", data, sprintf("cuminc(d$%s, d$cause, d$%s%s, rho = %s)$Tests", time, group, extra, rho), arguments,
          # cuminc takes p as 1 less the lower tail, which has no digits left where p is small.
          function(found) list(statistic = found[, "stat"], df = found[, "df"],
                               p = pchisq(found[, "stat"], found[, "df"], lower.tail = FALSE)))
}
for (rho in c(0, 1)) {
  gray("competing", "time", "group", rho = rho)
  gray("competing", "time", "group", "stratum", rho = rho)
  gray("lymph node", "months", "hormone", rho = rho)
  gray("lymph node", "rectime", "grade", rho = rho)
  gray("lymph node", "months", "grade", "hormone", rho = rho)
  gray("lymph node", "months", "menopause", "grade", rho = rho)
}
write_certificates("competing_risks")

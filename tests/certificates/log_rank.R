# survdiff: plain, stratified, weighted by S(t-)^rho. With gamma, which it lacks, the sums are written out below.
read_test <- function(found) {
  rows <- function(each) if (is.matrix(each)) rowSums(each) else each
  list(statistic = found$chisq, df = length(found$n) - 1, p = pchisq(found$chisq, length(found$n) - 1, lower.tail = FALSE),
       observed = rows(found$obs), expected = rows(found$exp), covariance = as.vector(t(found$var)))
}

compare <- function(data, time, event, group, strata = NULL, rho = 0) {
  terms <- if (is.null(strata)) group else sprintf("%s + strata(%s)", group, strata)
  arguments <- list(time = time, event = event, group = group, rho = rho)
  if (!is.null(strata)) arguments$strata <- strata
  certify("log_rank", "survival", data, sprintf("survdiff(Surv(%s, %s) ~ %s, data = d, rho = %s)", time, event, terms, rho),
          arguments, read_test)
}
for (rho in c(0, 1, 0.5)) {
  compare("aml", "time", "status", "nonmaintained", rho = rho)
  compare("lung", "time", "status", "sex", rho = rho)
  compare("lung, complete", "time", "status", "ph.ecog", rho = rho)
  compare("lung, complete", "time", "status", "sex", "ph.ecog", rho = rho)
  compare("rossi", "week", "arrest", "fin", rho = rho)
  compare("rossi", "week", "arrest", "race", "wexp", rho = rho)
  compare("ties of events and censorings", "time", "status", "group", rho = rho)
  compare("ties of events and censorings", "time", "status", "group", "stratum", rho = rho)
  compare("all events", "time", "status", "group", rho = rho)
  compare("heavy censoring", "time", "status", "group", rho = rho)
  compare("lymph node", "months", "censrec", "grade", "hormone", rho = rho)
}

# Fleming and Harrington (1991), section 7.2, for two groups in one stratum, from the pooled curve of survfit.
weighted <- function(time, event, group, rho, gamma) {
  pooled <- survfit(Surv(time, event) ~ 1)
  before <- c(1, pooled$surv)[seq_along(pooled$time)]
  second <- group == max(group)
  observed <- expected <- variance <- 0
  for (row in which(pooled$n.event > 0)) {
    t <- pooled$time[row]
    n <- sum(time >= t)
    d <- sum(event[time == t])
    n2 <- sum(time[second] >= t)
    w <- before[row]^rho * (1 - before[row])^gamma
    observed <- observed + w * sum(event[second & time == t])
    expected <- expected + w * d * n2 / n
    if (n > 1) variance <- variance + w^2 * d * n2 * (n - n2) * (n - d) / (n^2 * (n - 1))
  }
  statistic <- (observed - expected)^2 / variance
  list(statistic = statistic, df = 1, p = pchisq(statistic, 1, lower.tail = FALSE), observed_last = observed,
       expected_last = expected, variance_last = variance)
}
for (powers in list(c(0, 1), c(1, 1), c(0.5, 2))) {
  for (each in list(c("lung", "time", "status", "sex"), c("rossi", "week", "arrest", "fin"),
                    c("aml", "time", "status", "nonmaintained"))) {
    certify("log_rank_weighted", "survival", each[1],
            sprintf("with(d, weighted(%s, %s, %s, rho = %s, gamma = %s))", each[2], each[3], each[4], powers[1], powers[2]),
            list(time = each[2], event = each[3], group = each[4], rho = powers[1], gamma = powers[2]), identity)
  }
}
write_certificates("log_rank")

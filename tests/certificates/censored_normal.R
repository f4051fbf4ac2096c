# survreg with normal errors on the logarithm to base 2: a mean for each group, and the ratio to one mean for all.
for (data in c("limits", "aneurysm, limits", "bilirubin, limits", "no limits")) {
  for (level in c(0.95, 0.8)) {
    surv <- "Surv(ifelse(limit == 'below', NA, log2(value)), ifelse(limit == 'above', NA, log2(value)), type = 'interval2')"
    fit <- function(right) sprintf('survreg(%s ~ %s, data = d, dist = "gaussian", control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))', surv, right)
    certify("censored_means", "survival", data, sprintf("list(%s, %s)", fit("factor(group) - 1"), fit("1")),
            list(value = "value", limit = "limit", group = "group", level = level), function(found) {
              fit <- found[[1]]
              groups <- seq_along(coef(fit))
              se <- sqrt(diag(vcov(fit)))
              ratio <- 2 * (fit$loglik[2] - found[[2]]$loglik[1])
              reach <- qnorm((1 + level) / 2) * se[groups]
              list(mean = coef(fit), std_err = se[groups], lower = coef(fit) - reach, upper = coef(fit) + reach, std_dev = fit$scale,
                   log_std_dev_std_err = se[length(se)], log_likelihood = fit$loglik[2],
                   likelihood_ratio = c(ratio, length(groups) - 1, pchisq(ratio, length(groups) - 1, lower.tail = FALSE)))
            })
  }
}
write_certificates("censored_normal")

# glm, its Wald intervals by confint.default, likelihood ratios, and the profile likelihood solved to its last digits:
# confint reads it off a spline. brglm2 for Firth's regression, with Wald intervals.
models <- list(
  list("birth weights", "low", c("age", "lwt", "smoke", "ptl", "ht", "ui")), list("birth weights", "low", "lwt"),
  list("infertility", "case", c("age", "parity", "induced", "spontaneous")), list("aneurysm", "poor", c("s100b", "ndka", "age")),
  list("endometrial", "HG", c("PI", "EH")), list("tied marker", "response", c("marker", "other"))
)
separated <- list(
  list("endometrial", "HG", c("NV", "PI", "EH")), list("separated", "response", c("marker", "age")),
  list("separated", "response", "marker"), list("nearly separated", "response", c("high", "age"))
)
formula_of <- function(each) paste(each[[2]], "~", paste(each[[3]], collapse = " + "))
arguments_of <- function(each) list(response = each[[2]], covariates = as.list(each[[3]]))

without <- function(fit, place, offset) {
  x <- model.matrix(fit)
  glm.fit(x[, -place, drop = FALSE], fit$y, offset = offset * x[, place], family = binomial(),
          control = glm.control(epsilon = 1e-14, maxit = 100))$deviance
}
profile_limits <- function(fit, level = 0.95) {
  se <- sqrt(diag(vcov(fit)))
  limit <- function(place, sign) {
    fallen <- function(steps) sqrt(max(without(fit, place, coef(fit)[[place]] + sign * steps * se[[place]]) - fit$deviance, 0)) - qnorm((1 + level) / 2)
    coef(fit)[[place]] + sign * se[[place]] * uniroot(fallen, c(0.1, 4), extendInt = "upX", tol = 1e-13)$root
  }
  places <- seq_along(coef(fit))
  list(lower = sapply(places, limit, -1), upper = sapply(places, limit, 1))
}
read_logistic <- function(fit) {
  table <- summary(fit)$coefficients
  ratio <- sapply(seq_along(coef(fit)), function(place) without(fit, place, 0) - fit$deviance)
  all <- fit$null.deviance - fit$deviance
  list(coefficient = table[, 1], std_err = table[, 2], z = table[, 3], p = table[, 4], wald_lower = confint.default(fit)[, 1],
       wald_upper = confint.default(fit)[, 2], covariance = as.vector(vcov(fit)), log_likelihood = as.numeric(logLik(fit)),
       ratio = ratio, ratio_p = pchisq(ratio, 1, lower.tail = FALSE),
       likelihood_ratio = c(all, length(coef(fit)) - 1, pchisq(all, length(coef(fit)) - 1, lower.tail = FALSE)))
}
for (each in models) {
  fit <- sprintf("glm(%s, family = binomial, data = d, epsilon = 1e-14, maxit = 100)", formula_of(each))
  certify("logistic", "stats", each[[1]], fit, arguments_of(each), read_logistic)
  for (level in c(0.95, 0.8)) {
    certify("logistic_profile", "stats", each[[1]], sprintf("profile_limits(%s, level = %s)", fit, level),
            c(arguments_of(each), level = level), identity)
  }
}
for (each in c(models, separated)) {
  fit <- sprintf('glm(%s, family = binomial, data = d, method = brglm2::brglmFit, type = "AS_mean", epsilon = 1e-13, maxit = 5000)', formula_of(each))
  certify("firth", "brglm2", each[[1]], fit, arguments_of(each), function(fit) {
    table <- summary(fit)$coefficients
    list(coefficient = table[, 1], std_err = table[, 2], z = table[, 3], p = table[, 4], wald_lower = confint(fit)[, 1],
         wald_upper = confint(fit)[, 2], covariance = as.vector(vcov(fit)))
  })
}
write_certificates("logistic")

# Hmisc::rcspline.eval: knots and columns. Regressions on these columns by glm and coxph, and anova of rms::lrm and cph.
for (each in list(c("birth weights", "lwt"), c("aneurysm", "ndka"), c("liver", "bilirubin"), c("lung", "age"), c("liver", "age"),
                  c("bilirubin, limits", "value"), c("rossi", "age"))) {
  for (count in 3:7) {
    # Where the values are too few for the knots asked, R takes others and warns.
    warned <- tryCatch({ Hmisc::rcspline.eval(data_sets[[each[1]]][[each[2]]], nk = count, knots.only = TRUE); FALSE }, warning = function(w) TRUE)
    knots <- Hmisc::rcspline.eval(data_sets[[each[1]]][[each[2]]], nk = count, knots.only = TRUE)
    if (warned || length(knots) < count) next
    certify("spline_knots", "Hmisc", each[1], sprintf("Hmisc::rcspline.eval(d$%s, nk = %s, knots.only = TRUE)", each[2], count),
            list(marker = each[2], knots = count), function(found) list(knots = as.vector(found)))
    certify("spline_basis", "Hmisc", each[1], sprintf("Hmisc::rcspline.eval(d$%s, nk = %s, inclx = TRUE)", each[2], count),
            list(marker = each[2], knots = count), function(found) list(columns = c(colSums(found), colSums(found^2), found[1:5, ])))
  }
}

wald <- function(fit, which) {
  b <- coef(fit)[which]
  statistic <- as.numeric(b %*% solve(vcov(fit)[which, which], b))
  c(statistic, length(b), pchisq(statistic, length(b), lower.tail = FALSE))
}
ratio <- function(fit, less, df) {
  statistic <- 2 * as.numeric(logLik(fit) - logLik(less))
  c(statistic, df, pchisq(statistic, df, lower.tail = FALSE))
}
basis <- function(x, count) Hmisc::rcspline.eval(x, nk = count, inclx = TRUE)
curve_at <- function(fit, x, count, first, at) {
  knots <- Hmisc::rcspline.eval(x, nk = count, knots.only = TRUE)
  apart <- sweep(Hmisc::rcspline.eval(at, knots = knots, inclx = TRUE), 2, Hmisc::rcspline.eval(rep(at[1], 6), knots = knots, inclx = TRUE)[1, ])
  which <- first:(first + count - 2)
  value <- as.vector(apart %*% coef(fit)[which])
  reach <- qnorm(0.975) * sqrt(pmax(rowSums((apart %*% vcov(fit)[which, which]) * apart), 0))
  list(at = at, curve = value, curve_lower = value - reach, curve_upper = value + reach)
}
spline <- function(estimator, data, response, marker, count, other, arguments, fitter, first) {
  fit <- function(right) sprintf(fitter, response, right)
  right <- function(marker_columns) paste(c(marker_columns, other)[nzchar(c(marker_columns, other))], collapse = " + ")
  curved <- sprintf("basis(%s, %s)", marker, count)
  which <- first:(first + count - 2)
  certify(estimator, if (first == 2) "stats" else "survival", data,
          sprintf("list(%s, %s, %s)", fit(right(curved)), fit(right(marker)), fit(if (nzchar(other)) other else "1")),
          c(arguments, marker = marker, knots = count, if (nzchar(other)) list(covariates = list(other))), function(found) {
            full <- found[[1]]
            x <- data_sets[[data]][[marker]]
            c(list(coefficient = coef(full)[which], covariance = as.vector(vcov(full)[which, which]), log_likelihood = as.numeric(logLik(full)),
                   non_linear_wald = wald(full, which[-1]), overall_wald = wald(full, which),
                   non_linear_ratio = ratio(full, found[[2]], count - 2), overall_ratio = ratio(full, found[[3]], count - 1)),
              curve_at(full, x, count, first, as.vector(quantile(x, c(0.5, 0.1, 0.3, 0.7, 0.9, 1), type = 1))))
          })
}
logistic <- "glm(%s ~ %s, family = binomial, data = d, epsilon = 1e-14, maxit = 100)"
hazard <- "coxph(%s ~ %s, data = d, control = coxph.control(eps = 1e-12, iter.max = 100))"
for (count in 3:5) {
  spline("logistic_spline", "birth weights", "low", "lwt", count, "", list(response = "low"), logistic, 2)
  spline("logistic_spline", "birth weights", "low", "age", count, "smoke", list(response = "low"), logistic, 2)
  spline("logistic_spline", "aneurysm", "poor", "ndka", count, "age", list(response = "poor"), logistic, 2)
  spline("cox_spline", "lung", "Surv(time, status)", "age", count, "sex", list(time = "time", event = "status"), hazard, 1)
  spline("cox_spline", "liver", "Surv(time, death)", "bilirubin", count, "", list(time = "time", event = "death"), hazard, 1)
  spline("cox_spline", "liver", "Surv(time, death)", "bilirubin", count, "age", list(time = "time", event = "death"), hazard, 1)
}
# rms tests the curve by Wald; its own fits stop early unless they are told not to.
suppressMessages(library(rms))
read_anova <- function(found) list(overall_wald = found[1, c("Chi-Square", "d.f.", "P")], non_linear_wald = found[2, c("Chi-Square", "d.f.", "P")])
for (count in 3:5) {
  certify("logistic_spline", "rms", "birth weights",
          sprintf("anova(rms::lrm(low ~ rcs(lwt, %s), data = d, eps = 1e-13, tol = 1e-14, maxit = 100))", count),
          list(response = "low", marker = "lwt", knots = count), read_anova)
  certify("cox_spline", "rms", "liver",
          sprintf('anova(rms::cph(Surv(time, death) ~ rcs(bilirubin, %s), data = d, method = "efron", eps = 1e-12, iter.max = 100))', count),
          list(time = "time", event = "death", marker = "bilirubin", knots = count), read_anova)
}
write_certificates("splines")

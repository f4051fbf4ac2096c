# coxph with Efron's ties, its baseline, residuals, and cox.zph. Two sets are whole; of the larger ones, sums stand for
# the single residuals.
models <- list(
  list("aml", "Surv(time, status)", c("nonmaintained"), list(time = "time", event = "status")),
  list("all events, tied", "Surv(time, status)", c("x"), list(time = "time", event = "status")),
  list("an outlier", "Surv(time, status)", c("x"), list(time = "time", event = "status")),
  list("lung", "Surv(time, status)", c("age", "sex"), list(time = "time", event = "status")),
  list("lung, complete", "Surv(time, status)", c("age", "ph.karno"),
       list(time = "time", event = "status", strata = "sex")),
  list("lung, complete", "Surv(time, status)", c("sex", "ph.ecog", "ph.karno", "age"),
       list(time = "time", event = "status")),
  list("rossi", "Surv(week, arrest)", c("fin", "age", "race", "wexp", "mar", "paro", "prio"),
       list(time = "week", event = "arrest")),
  list("larynx", "Surv(time, death)", c("age", "Stage_II", "Stage_III", "Stage_IV"),
       list(time = "time", event = "death")),
  list("gehan", "Surv(t, status)", c("logWBC", "Rx"), list(time = "t", event = "status", strata = "sex")),
  list("entries", "Surv(entry, time, status)", c("x"), list(time = "time", event = "status", entry = "entry")),
  list("stanford", "Surv(start, stop, event)", c("age", "year", "surgery", "transplant"),
       list(time = "stop", event = "event", entry = "start")),
  list("stanford", "Surv(start, stop, event)", c("age", "year"),
       list(time = "stop", event = "event", entry = "start", strata = "transplant")),
  list("aids", "Surv(W, T, D)", c("AIDSY"), list(time = "T", event = "D", entry = "W"))
)

read_fit <- function(fit) {
  found <- summary(fit)
  list(coefficient = coef(fit), std_err = sqrt(diag(vcov(fit))), z = found$coefficients[, "z"],
       p = found$coefficients[, "Pr(>|z|)"], hazard_ratio = exp(coef(fit)), lower = found$conf.int[, "lower .95"],
       upper = found$conf.int[, "upper .95"], covariance = as.vector(vcov(fit)), log_likelihood = fit$loglik,
       likelihood_ratio = found$logtest, wald = c(found$waldtest[["test"]], found$waldtest[["df"]], found$waldtest[["pvalue"]]),
       score = found$sctest)
}
# summary() rounds Wald's statistic to two digits: taken from the fit.
read_exact_fit <- function(fit) {
  values <- read_fit(fit)
  values$wald <- c(fit$wald.test, length(coef(fit)), pchisq(fit$wald.test, length(coef(fit)), lower.tail = FALSE))
  values
}

for (model in models) {
  strata <- if (is.null(model[[4]]$strata)) "" else sprintf(" + strata(%s)", model[[4]]$strata)
  fit <- sprintf("coxph(%s ~ %s%s, data = d, control = coxph.control(eps = 1e-11, iter.max = 50))", model[[2]],
                 paste(model[[3]], collapse = " + "), strata)
  arguments <- c(model[[4]], covariates = list(as.list(model[[3]])))
  certify("cox", "survival", model[[1]], fit, arguments, read_exact_fit)
  at <- paste0("data.frame(", paste(model[[3]], "= mean(d$", model[[3]], ")", collapse = ", "), ")")
  if (strata == "") {
    certify("cox_baseline", "survival", model[[1]], sprintf("survfit(%s, newdata = %s)", fit, at), arguments,
            function(curve) {
              rows <- curve$n.event > 0
              list(time = curve$time[rows], cumulative_hazard = curve$cumhaz[rows], survival = curve$surv[rows])
            })
  }
  small <- model[[1]] %in% c("aml", "all events, tied", "an outlier", "entries", "gehan")
  summed <- function(each) if (small) each else c(sum(abs(each)), sum(each^2), each[1:10])
  certify("cox_residuals", "survival", model[[1]], fit, arguments, function(fit) {
    each <- function(type) summed(as.vector(as.matrix(residuals(fit, type))))
    list(martingale = each("martingale"), deviance = each("deviance"), dfbeta = each("dfbeta"), dfbetas = each("dfbetas"))
  })
  null <- sprintf("coxph(%s ~ %s, data = d)", model[[2]], if (strata == "") "1" else sub(" + ", "", strata, fixed = TRUE))
  certify("cox_null_residuals", "survival", model[[1]], null, arguments,
          function(fit) list(martingale = summed(residuals(fit, "martingale"))))
  for (transform in c("km", "identity", "log", "rank")) {
    certify("proportional_hazards", "survival", model[[1]], sprintf('cox.zph(%s, transform = "%s")', fit, transform),
            c(arguments, transform = transform), function(test) {
              terms <- seq_along(model[[3]])
              list(statistic = test$table[terms, "chisq"], p = test$table[terms, "p"],
                   overall = test$table["GLOBAL", ], transformed = sort(test$x),
                   time = sort(test$time), scaled = summed(sort(as.vector(test$y))))
            })
  }
}
for (transform in c("km", "rank")) {
  certify("proportional_hazards", "survival", "larynx",
          sprintf('cox.zph(coxph(Surv(time, death) ~ age + cbind(Stage_II, Stage_III, Stage_IV), data = d, control = coxph.control(eps = 1e-11)), transform = "%s")', transform),
          list(time = "time", event = "death", covariates = list("age", "Stage_II", "Stage_III", "Stage_IV"),
               transform = transform, terms = list(age = list("age"), stage = list("Stage_II", "Stage_III", "Stage_IV"))),
          function(test) list(statistic = test$table[1:2, "chisq"], df = test$table[1:2, "df"], p = test$table[1:2, "p"],
                              overall = test$table["GLOBAL", ]))
}
write_certificates("cox")

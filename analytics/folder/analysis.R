# Recomputes the numbers of results.csv from data.csv, and says of each whether it is the same.
#
# Run `Rscript analysis.R` in the folder. It needs R and the package survival, and nothing of Trialog. It prints one line
# a number, OK or DIFFERS, and ends with 1 where one differs by more than a millionth. The column `r` of results.csv
# names the numbers that it recomputes; README.txt says why not the others.

suppressPackageStartupMessages(library(survival))
TOLERANCE <- 1e-6

# The columns and the estimates of plan.toml, written as R.
plan <- list(columns = list(), estimates = list())

read_table <- function() {
  text <- read.csv("data.csv", colClasses = "character", na.strings = "", check.names = FALSE, encoding = "UTF-8")
  table <- list()
  for (name in names(plan$columns)) {
    column <- plan$columns[[name]]
    if (is.null(column$log2_of) && is.null(column$cut_of))
      table[[name]] <- if (column$kind == "label") text[[name]] else as.numeric(text[[name]])
  }
  for (name in names(plan$columns)) {
    column <- plan$columns[[name]]
    if (!is.null(column$cut_of))
      table[[name]] <- sides(table, name, table[[column$cut_of]], column$cut_at)
    if (is.null(column$log2_of)) next
    value <- table[[column$log2_of]]
    kind <- if (is.null(column$limit)) rep("exact", length(value)) else table[[column$limit]]
    half <- or(column$below_as, "half-of-limit") == "half-of-limit"
    table[[name]] <- log2(ifelse(kind == "below" & half, value / 2, value))
  }
  for (asked in plan$estimates)
    if (!is.null(asked$cut)) table[[side(asked)]] <- sides(table, asked$marker, table[[asked$marker]], asked$cut)
  table
}

# What the column is called that says of each row whether its marker lies at or above the cut of an estimate.
side <- function(asked) paste(asked$marker, ">=", format(asked$cut, digits = 15))

# At or above the cut: 1, below: 0; what lies beyond a limit by that limit, and NA where its side is open.
sides <- function(table, name, value, cut) {
  column <- plan$columns[[name]]
  measured <- plan$columns[[or(column$log2_of, or(column$cut_of, name))]]
  limit <- or(column$limit, measured$limit)
  below <- or(column[["below"]], measured[["below"]])  # $ would take below_as for it
  kind <- if (!is.null(limit)) table[[limit]] else if (!is.null(below)) ifelse(table[[below]] == 1, "below", "exact")
          else rep("exact", length(value))
  if (!is.null(column$log2_of)) value <- log2(table[[column$log2_of]])
  open <- (kind == "below" & value > cut) | (kind == "above" & value < cut)
  ifelse(open, NA, as.numeric(kind == "above" | (kind == "exact" & value >= cut)))
}

or <- function(value, otherwise) if (is.null(value)) otherwise else value

# The rows of one estimate: in its set, nothing missing that it reads; from the landmark on, where there is one.
select <- function(table, asked) {
  fields <- c("time", "event", "entry", "by", "group", "strata", "cause", "outcome", "pending", "first", "second",
              "marker", "value", "limit", "covariates")
  read <- unique(unlist(asked[fields[fields %in% names(asked)]]))
  size <- length(table[[1]])
  inside <- if (is.null(asked$set)) rep(TRUE, size) else table[[asked$set]] == 1
  whole <- inside & Reduce(`&`, lapply(table[read], function(each) !is.na(each)), rep(TRUE, size))
  left_out <- c("not-in-set" = sum(!inside), "value-missing" = sum(inside) - sum(whole))
  if (!is.null(asked$landmark)) {
    seen <- whole & table[[asked$time]] >= asked$landmark
    left_out <- c(left_out, "gone-before-landmark" = sum(whole) - sum(seen))
    whole <- seen
  }
  rows <- lapply(table[unique(c(read, asked$switch, if (!is.null(asked$cut)) side(asked)))], function(each) each[which(whole)])
  if (!is.null(asked$landmark)) {
    rows[[asked$time]] <- rows[[asked$time]] - asked$landmark
    if (!is.null(asked$switch))
      rows$switched <- as.numeric(!is.na(rows[[asked$switch]]) & rows[[asked$switch]] <= asked$landmark)
  }
  list(rows = rows, left_out = as.list(left_out[left_out > 0]), kept = which(whole) - 1)
}

kind_of <- function(name) if (name == "switched") "yes-no" else plan$columns[[name]]$kind
labels_of <- function(rows, name) {
  if (kind_of(name) == "yes-no") ifelse(rows[[name]] == 1, "yes", "no") else as.character(rows[[name]])
}
groups <- function(rows, by) {
  said <- if (is.null(by)) rep("everybody", length(rows[[1]])) else labels_of(rows, by)
  sapply(sort(unique(said), method = "radix"), function(each) which(said == each), simplify = FALSE)
}
level_of <- function(asked) or(asked$level, 0.95)
reach <- function(asked) qnorm((1 + level_of(asked)) / 2)
chi_square <- function(statistic, df) {
  list(statistic = statistic, df = df, p = pchisq(statistic, df, lower.tail = FALSE))
}
triple <- function(value = NA, lower = NA, upper = NA) list(value = value, lower = lower, upper = upper)

limits <- function(p, error, asked) {
  width <- reach(asked) * error
  both <- switch(or(asked$interval, "log-log"),
    "log-log" = list(p^exp(-width / (p * log(p))), p^exp(width / (p * log(p)))),
    "log" = list(p * exp(-width / p), pmin(p * exp(width / p), 1)),
    "plain" = list(pmax(p - width, 0), pmin(p + width, 1)))
  inside <- p > 0 & p < 1
  list(lower = ifelse(inside, both[[1]], NA), upper = ifelse(inside, both[[2]], NA))
}

fit_curve <- function(time, event, entry, asked) {
  answer <- if (is.null(entry)) Surv(time, event) else Surv(entry, time, event)
  survfit(answer ~ 1, conf.type = or(asked$interval, "log-log"), conf.int = level_of(asked))
}

median_of <- function(fit) {
  if (sum(fit$n.event) == 0) return(triple())
  told <- summary(fit)$table
  triple(told[["median"]], told[[length(told) - 1]], told[[length(told)]])
}

at_times <- function(times, heights, lower, upper, first, over, asked) {
  sapply(as.character(or(asked$at, integer())), function(text) {
    row <- findInterval(as.numeric(text), times)
    if (as.numeric(text) > max(times) && !over) return(triple())
    if (row == 0) triple(first) else triple(heights[row], lower[row], upper[row])
  }, simplify = FALSE)
}

kaplan_meier <- function(rows, asked) {
  by <- if (is.null(asked$by) && !is.null(rows$switched)) "switched" else asked$by
  list(groups = lapply(groups(rows, by), function(own) {
    time <- rows[[asked$time]][own]
    event <- rows[[asked$event]][own]
    fit <- fit_curve(time, event, if (!is.null(asked$entry)) rows[[asked$entry]][own], asked)
    kept <- fit$n.event + fit$n.censor > 0   # with entries, survfit also has the times of entry
    around <- limits(fit$surv, fit$std.err * fit$surv, asked)
    curve <- list(time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor,
                  survival = fit$surv, std_err = ifelse(fit$surv > 0, fit$std.err * fit$surv, NA),
                  lower = around$lower, upper = around$upper)
    curve <- lapply(curve, function(each) each[kept])
    list(subjects = length(own), events = sum(event), curve = curve, median = median_of(fit),
         at = at_times(curve$time, curve$survival, curve$lower, curve$upper, 1, min(curve$survival) == 0, asked),
         restricted_mean = restricted_mean(fit, asked),
         follow_up = median_of(fit_curve(time, 1 - event, NULL, asked)))
  }))
}

restricted_mean <- function(fit, asked) {
  until <- asked$restricted_to
  if (is.null(until) || (until > max(fit$time) && min(fit$surv) > 0)) return(NA)
  told <- summary(fit, rmean = until)$table
  error <- told[["se(rmean)"]]
  if (error == 0) return(list(value = told[["rmean"]], std_err = NA, lower = NA, upper = NA))
  list(value = told[["rmean"]], std_err = error, lower = told[["rmean"]] - reach(asked) * error,
       upper = told[["rmean"]] + reach(asked) * error)
}

log_rank <- function(rows, asked) {
  group <- labels_of(rows, or(asked$group, "switched"))
  group <- factor(group, sort(unique(group), method = "radix"))
  strata <- if (is.null(asked$strata)) rep("all", length(group)) else labels_of(rows, asked$strata)
  answer <- Surv(rows[[asked$time]], rows[[asked$event]])
  found <- if (length(unique(strata)) == 1) survdiff(answer ~ group, rho = or(asked$rho, 0))
           else survdiff(answer ~ group + strata(strata), rho = or(asked$rho, 0))
  observed <- rowSums(as.matrix(found$obs))
  expected <- rowSums(as.matrix(found$exp))
  told <- lapply(seq_along(levels(group)), function(place) {
    list(subjects = sum(group == levels(group)[place]), observed = observed[[place]], expected = expected[[place]])
  })
  list(groups = setNames(told, levels(group)), covariance = found$var, strata = length(unique(strata)),
       test = chi_square(found$chisq, sum(expected > 0) - 1))
}

# Without a landmark a switch splits its subject's time in two, from before day 0 on, as tmerge's tdc does.
cox <- function(rows, asked, kept) {
  data <- as.data.frame(rows[or(asked$covariates, character())], optional = TRUE)
  names <- names(data)
  data <- if (length(names)) data else data.frame(row.names = seq_along(rows[[asked$time]]))
  data$`stop?` <- rows[[asked$time]]
  data$`end?` <- rows[[asked$event]]
  data$`in?` <- if (is.null(asked$strata)) "all" else labels_of(rows, asked$strata)
  data$`start?` <- if (is.null(asked$entry)) -1 else rows[[asked$entry]]
  who <- seq_len(nrow(data))
  if (!is.null(asked$switch)) names <- c(names, "switched")
  if (!is.null(rows$switched)) data$switched <- rows$switched
  else if (!is.null(asked$switch)) {
    switch <- rows[[asked$switch]]
    changed <- !is.na(switch) & switch < data$`stop?`
    data$switched <- 0
    after <- data[changed, ]
    after$`start?` <- switch[changed]
    after$switched <- rep(1, sum(changed))
    data$`stop?`[changed] <- switch[changed]
    data$`end?`[changed] <- 0
    place <- c(seq_len(nrow(data)), which(changed))
    who <- sort(place)
    data <- rbind(data, after)[order(place), ]   # both parts of a subject's time beside each other
  }
  x <- as.matrix(data[names])
  split <- !is.null(asked$entry) || (!is.null(asked$switch) && is.null(asked$landmark))
  answer <- if (split) Surv(data$`start?`, data$`stop?`, data$`end?`) else Surv(data$`stop?`, data$`end?`)
  within <- data$`in?`
  exact <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)
  fit <- if (is.null(asked$strata)) coxph(answer ~ x, control = exact)
         else coxph(answer ~ x + strata(within), control = exact)
  value <- unname(coef(fit))
  error <- sqrt(diag(fit$var))
  told <- lapply(seq_along(names), function(place) {
    around <- value[place] + c(-1, 1) * reach(asked) * error[place]
    z <- value[place] / error[place]
    list(coefficient = value[place], std_err = error[place], z = z, p = 2 * pnorm(-abs(z)),
         hazard_ratio = exp(value[place]), lower = exp(around[1]), upper = exp(around[2]))
  })
  df <- length(names)
  list(fit = list(subjects = nrow(data), events = sum(data$`end?`), strata = length(unique(within)),
                  coefficients = setNames(told, names), covariance = fit$var,
                  log_likelihood_null = fit$loglik[1], log_likelihood = fit$loglik[2],
                  likelihood_ratio = chi_square(2 * diff(fit$loglik), df),
                  wald = chi_square(sum(value * solve(fit$var, value)), df), score = chi_square(fit$score, df)),
       proportional_hazards = hazards_test(fit, names, or(asked$transform, "km"), split),
       diagnostics = diagnostics(fit, names, answer, x, within, who, kept))
}

# Of each subject: where its time is in two parts, both are added up.
diagnostics <- function(fit, names, answer, x, within, who, kept) {
  each <- function(type) rowsum(as.matrix(residuals(fit, type)), who)
  null <- coxph(answer ~ strata(within))
  null <- c(rowsum(residuals(null, "martingale"), who))
  dfbeta <- each("dfbeta")
  dfbetas <- each("dfbetas")
  cut <- 2 / sqrt(nrow(dfbeta))
  first <- !duplicated(who)
  straight <- sapply(seq_along(names), function(place) {
    length(unique(x[first, place])) < 3 || any(x[first, place][who] != x[, place])
  })
  forms <- lapply(which(!straight), function(place) list(smooth = smooth(x[first, place], null)))
  influences <- lapply(seq_along(names), function(place) {
    list(dfbeta = dfbeta[, place], dfbetas = dfbetas[, place], beyond = sum(abs(dfbetas[, place]) > cut))
  })
  list(martingale = c(each("martingale")), null_martingale = null, cut = cut, forms = setNames(forms, names[!straight]),
       influences = setNames(lapply(influences, function(each) lapply(each, unname)), names),
       leaving_out = leaving_out(fit, names, answer, x, within, who, kept))
}

# lowess is straight between values that are nearer to each other than a hundredth of the range: its ends are enough.
smooth <- function(value, residual) {
  distinct <- sort(unique(value))
  at <- 1
  while (tail(at, 1) < length(distinct)) {
    near <- sum(distinct <= distinct[tail(at, 1)] + 0.01 * diff(range(value)))
    at <- c(at, max(near, tail(at, 1) + 1))
  }
  line <- lowess(value, residual, iter = 0)
  list(at = distinct[at], height = line$y[match(distinct[at], line$x)])
}

# Everybody is left out in turn, and the model fitted again; of many, those at the ends of dfbetas and covariates.
leaving_out <- function(fit, names, answer, x, within, who, kept) {
  ends <- function(each) c(head(order(each), 50), head(order(-each), 50))
  turns <- seq_along(unique(who))
  if (length(turns) > 500) {
    moved <- rowsum(as.matrix(residuals(fit, "dfbeta")), who)
    turns <- sort(unique(c(apply(moved, 2, ends), apply(x[!duplicated(who), , drop = FALSE], 2, ends))))
  }
  found <- lapply(turns, function(turn) fit_without(answer, x, within, who == turn))
  turns <- turns[!sapply(found, is.null)]
  found <- found[!sapply(found, is.null)]
  told <- lapply(seq_along(names), function(place) {
    if (!length(found)) return(list(most = NA, opposite = NA))
    error <- sqrt(fit$var[place, place])
    moved <- (coef(fit)[[place]] - sapply(found, function(rest) coef(rest)[[place]])) / error
    greatest <- function(each) which(each >= max(each) - 1e-9 * abs(max(each)))[1]
    without <- function(turn) {
      value <- coef(found[[turn]])[[place]]
      own <- sqrt(found[[turn]]$var[place, place])
      list(row = kept[turns[turn]], moved = moved[turn], coefficient = value, std_err = own,
           hazard_ratio = exp(value), p = 2 * pnorm(-abs(value / own)))
    }
    most <- greatest(abs(moved))
    other <- greatest(-sign(moved[most]) * moved)
    list(most = without(most), opposite = if (moved[most] * moved[other] < 0) without(other) else NA)
  })
  setNames(told, names)
}

# NULL where it cannot be fitted: coxph then leaves a coefficient out, or warns that one may be infinite.
fit_without <- function(answer, x, within, gone) {
  left <- answer[!gone, ]
  if (sum(left[, "status"]) == 0 || any(apply(x[!gone, , drop = FALSE], 2, sd) == 0)) return(NULL)
  exact <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 100)
  found <- tryCatch(coxph(left ~ x[!gone, , drop = FALSE] + strata(within[!gone]), control = exact),
                    warning = function(warning) NULL, error = function(error) NULL)
  if (is.null(found) || anyNA(coef(found))) NULL else found
}

hazards_test <- function(fit, names, transform, split) {
  found <- tryCatch(cox.zph(fit, transform = transform, terms = FALSE), error = function(error) NULL)
  if (is.null(found)) return(NA)
  as_test <- function(row) chi_square(found$table[row, "chisq"], found$table[row, "df"])
  terms <- lapply(seq_along(names), function(place) list(test = as_test(place)))
  # With times of entry coxph holds the events of one time from the last row to the first.
  stratum <- or(found$strata, rep(1, length(found$time)))
  order <- if (split) order(stratum, found$time, -seq_along(found$time)) else seq_along(found$time)
  residuals <- lapply(seq_along(names), function(place) list(scaled = unname(found$y[order, place])))
  list(terms = setNames(terms, names), overall = as_test(nrow(found$table)), time = found$time,
       transformed = found$x, residuals = setNames(residuals, names))
}

cumulative_incidence <- function(rows, asked) {
  censored <- or(asked$censored, "0")
  list(groups = lapply(groups(rows, asked$by), function(own) {
    cause <- labels_of(rows, asked$cause)[own]
    happened <- sort(setdiff(unique(cause), censored), method = "radix")
    fit <- survfit(Surv(rows[[asked$time]][own], factor(cause, c(censored, happened))) ~ 1)
    free <- fit$pstate[, 1]
    told <- lapply(seq_along(happened), function(place) {
      around <- limits(fit$pstate[, place + 1], fit$std.err[, place + 1], asked)
      list(events = fit$n.event[, place + 1], incidence = fit$pstate[, place + 1], std_err = fit$std.err[, place + 1],
           lower = around$lower, upper = around$upper)
    })
    at <- lapply(told, function(each) {
      at_times(fit$time, each$incidence, each$lower, each$upper, 0, min(free) == 0, asked)
    })
    curves <- list(time = fit$time, at_risk = rowSums(as.matrix(fit$n.risk)), event_free = free,
                   causes = setNames(told, happened))
    list(subjects = length(own), curves = curves, at = setNames(at, happened))
  }))
}

proportion <- function(rows, asked) {
  list(groups = lapply(groups(rows, asked$by), function(own) {
    pending <- if (is.null(asked$pending)) rep(FALSE, length(own)) else rows[[asked$pending]][own] == 1
    count <- sum(rows[[asked$outcome]][own][!pending])
    of <- sum(!pending)
    one <- function(around) list(count = count, of = of, value = count / of, lower = around[1], upper = around[2])
    told <- list(exact = NA, wilson = NA, bounds = NA)
    if (of > 0) {
      told$exact <- one(binom.test(count, of, conf.level = level_of(asked))$conf.int)
      told$wilson <- one(suppressWarnings(prop.test(count, of, conf.level = level_of(asked), correct = FALSE))$conf.int)
    }
    if (any(pending)) {
      possible <- count + sum(pending)
      told$bounds <- list(certain = count, possible = possible, of = length(own), lower = count / length(own),
                          upper = possible / length(own))
    }
    told
  }))
}

agreement <- function(rows, asked, kept) {
  one <- labels_of(rows, asked$first)
  other <- labels_of(rows, asked$second)
  names <- or(asked$categories, sort(unique(c(one, other)), method = "radix"))
  counts <- matrix(table(factor(one, names), factor(other, names)), length(names))
  apart <- abs(outer(seq_along(names), seq_along(names), `-`)) / max(length(names) - 1, 1)
  weight <- switch(or(asked$weights, "none"), none = (apart == 0) * 1, linear = 1 - apart, quadratic = 1 - apart^2)
  p <- counts / sum(counts)
  seen <- sum(weight * p)
  chance <- sum(weight * outer(rowSums(p), colSums(p)))
  kappa <- (seen - chance) / (1 - chance)
  lean <- weight - (1 - kappa) * outer(c(weight %*% colSums(p)), c(rowSums(p) %*% weight), `+`)
  variance <- sum(p * lean^2) - (kappa - chance * (1 - kappa))^2
  error <- if (variance > 1e-14) sqrt(variance / sum(counts)) / (1 - chance) else 0
  around <- if (error > 0) kappa + c(-1, 1) * reach(asked) * error else c(NA, NA)
  list(kappa = list(subjects = sum(counts), table = counts, observed = seen, expected = chance, value = kappa,
                    std_err = error, lower = max(around[1], -1), upper = min(around[2], 1)),
       differing = kept[one != other])
}

# The greatest log-likelihood over the coefficients at `free`, the others held; Firth's adds half of the logarithm of the
# information's determinant. Scoring steps, halved where they would go down: far out on a profile glm goes astray.
climb <- function(x, y, firth, free, start) {
  height <- function(b) {
    p <- plogis(c(x %*% b))
    information <- crossprod(x * sqrt(p * (1 - p)))
    determinant <- determinant(information)
    high <- sum(plogis(ifelse(y == 1, 1, -1) * c(x %*% b), log.p = TRUE))
    if (!firth) return(list(high = high, score = c(crossprod(x, y - p)), information = information))
    if (!is.finite(determinant$modulus) || determinant$sign <= 0) return(list(high = -Inf))
    lean <- p * (1 - p) * rowSums(x * t(qr.solve(information, t(x), tol = 0))) * (0.5 - p)
    list(high = high + c(determinant$modulus) / 2, score = c(crossprod(x, y - p + lean)), information = information)
  }
  at <- height(start)
  b <- start
  for (turn in seq_len(if (length(free)) 500 else 0)) {
    step <- numeric(length(b))
    step[free] <- solve(at$information[free, free], at$score[free], tol = 0)
    gain <- sum(at$score * step)
    there <- height(b + step)
    while (there$high < at$high - 1e-12 * abs(at$high)) {
      step <- step / 2
      there <- height(b + step)
    }
    b <- b + step
    at <- there
    if (gain < 1e-18) break
  }
  list(coefficients = b, high = at$high, information = at$information)
}

# The profile is solved to the last digit, where confint reads it off a spline. Firth's regression is no part of R.
logistic <- function(rows, asked) {
  y <- rows[[asked$outcome]]
  x <- unname(cbind(1, do.call(cbind, rows[asked$covariates])))
  firth <- or(asked$penalty, "none") == "firth"
  best <- climb(x, y, firth, seq_len(ncol(x)), numeric(ncol(x)))
  null <- climb(x, y, firth, 1, numeric(ncol(x)))$high
  high <- best$high
  covariance <- solve(best$information, tol = 0)
  if (!firth) {
    exact <- glm.control(epsilon = 1e-14, maxit = 200)
    fit <- suppressWarnings(glm.fit(x, y, family = binomial(), control = exact))
    best$coefficients <- fit$coefficients
    covariance <- chol2inv(fit$qr$qr[seq_len(ncol(x)), , drop = FALSE])
    high <- -fit$deviance / 2
    null <- -fit$null.deviance / 2
  }
  tested <- function(place) {
    value <- best$coefficients[[place]]
    error <- sqrt(covariance[place, place])
    fallen <- function(steps) {
      start <- best$coefficients + steps * covariance[place, ] / error
      start[place] <- value + steps * error
      max(2 * (best$high - climb(x, y, firth, seq_len(ncol(x))[-place], start)$high), 0)
    }
    limit <- function(sign) {
      root <- function(steps) sqrt(fallen(sign * steps)) - reach(asked)
      far <- reach(asked)
      while (root(far) < 0) far <- far * 1.5
      value + sign * uniroot(root, c(0, far), tol = 1e-12)$root * error
    }
    z <- value / error
    list(coefficient = value, std_err = error, z = z, p = 2 * pnorm(-abs(z)),
         wald_lower = value - reach(asked) * error, wald_upper = value + reach(asked) * error,
         profile_lower = limit(-1), profile_upper = limit(1), likelihood_ratio = chi_square(fallen(-value / error), 1))
  }
  told <- lapply(seq_len(ncol(x)), tested)
  coefficients <- setNames(told[-1], asked$covariates)
  ratios <- lapply(coefficients, function(each) {
    spans <- c("wald_lower", "wald_upper", "profile_lower", "profile_upper")
    c(list(value = exp(each$coefficient)), lapply(each[spans], exp))
  })
  list(fit = list(subjects = length(y), responders = sum(y), intercept = told[[1]], coefficients = coefficients,
                  covariance = covariance, log_likelihood_null = null, log_likelihood = high,
                  likelihood_ratio = chi_square(2 * (high - null), ncol(x) - 1)),
       odds_ratios = ratios, separation = list(subjects = length(y)))
}

roc <- function(rows, asked) {
  case <- rows[[asked$outcome]] == 1
  counts <- list(cases = sum(case), controls = sum(!case))
  # For each case the share of controls below it, for each control the share of cases above it: DeLong's placements.
  placed <- function(name, cases) {
    value <- rows[[name]] * (if (cases == "higher") 1 else -1)
    above <- outer(value[case], value[!case], function(a, b) (a > b) + (a == b) / 2)
    list(cases = rowMeans(above), controls = colMeans(above))
  }
  spread <- function(at) sqrt(var(at$cases) / counts$cases + var(at$controls) / counts$controls)
  area <- function(at) {
    value <- mean(at$cases)
    error <- if (min(counts$cases, counts$controls) > 1) spread(at) else 0
    if (error <= 1e-10) return(c(counts, list(value = value, std_err = NA, lower = NA, upper = NA)))
    c(counts, list(value = value, std_err = error, lower = max(value - reach(asked) * error, 0),
                   upper = min(value + reach(asked) * error, 1)))
  }
  first <- placed(asked$marker, asked$cases)
  value <- rows[[asked$marker]]
  distinct <- sort(unique(value))
  cuts <- c(-Inf, (distinct[-1] + distinct[-length(distinct)]) / 2, Inf)
  positive <- if (asked$cases == "higher") outer(value, cuts, `>`) else outer(value, cuts, `<`)
  hits <- colSums(positive[case, , drop = FALSE])
  spared <- colSums(!positive[!case, , drop = FALSE])
  both <- hits * counts$controls + spared * counts$cases
  shown <- ifelse(is.finite(cuts), cuts, NA)
  best <- lapply(which(both == max(both)), function(row) {
    list(cut = shown[row], sensitivity = hits[row] / counts$cases, specificity = spared[row] / counts$controls)
  })
  compared <- NA
  if (!is.null(asked$second)) {
    second <- placed(asked$second, or(asked$second_cases, asked$cases))
    error <- spread(list(cases = first$cases - second$cases, controls = first$controls - second$controls))
    difference <- mean(first$cases) - mean(second$cases)
    compared <- list(first = area(first), second = area(second), value = difference, std_err = error,
                     lower = difference - reach(asked) * error, upper = difference + reach(asked) * error,
                     z = difference / error, p = 2 * pnorm(-abs(difference / error)))
  }
  youden <- max(both) / (counts$cases * counts$controls) - 1
  # Beside a cut of the plan none is chosen, and a cut that is no better than none is none.
  chosen <- is.null(asked$cut) && youden > 1e-12
  list(auc = area(first), compared = compared,
       curve = c(counts, list(cut = shown, sensitivity = hits / counts$cases, specificity = spared / counts$controls)),
       cuts = if (chosen) c(counts, list(youden = youden, cuts = best)) else NA,
       at_cut = if (is.null(asked$cut)) NA else at_cut(case, rows[[side(asked)]], asked))
}

# The plan's own cut: shares with binom.test's limits, and Simel's likelihood ratios on the scale of the logarithm.
at_cut <- function(case, upper, asked) {
  if (any(is.na(upper))) return(NA)
  positive <- if (asked$cases == "higher") upper == 1 else upper == 0
  hits <- sum(case & positive)
  missed <- sum(case & !positive)
  false <- sum(!case & positive)
  spared <- sum(!case & !positive)
  share <- function(count, of) {
    if (of == 0) return(NA)
    limits <- binom.test(count, of, conf.level = level_of(asked))$conf.int
    list(count = count, of = of, value = count / of, lower = limits[1], upper = limits[2])
  }
  ratio <- function(of_cases, of_controls) {
    if (of_controls == 0) return(triple())
    value <- (of_cases / sum(case)) / (of_controls / sum(!case))
    variance <- 1 / of_cases - 1 / sum(case) + 1 / of_controls - 1 / sum(!case)
    if (of_cases == 0 || variance <= 0) return(triple(value))
    triple(value, value / exp(reach(asked) * sqrt(variance)), value * exp(reach(asked) * sqrt(variance)))
  }
  list(cut = asked$cut, cases_positive = hits, cases_negative = missed, controls_positive = false,
       controls_negative = spared, sensitivity = share(hits, hits + missed), specificity = share(spared, false + spared),
       positive_predictive = share(hits, hits + false), negative_predictive = share(spared, missed + spared),
       positive_likelihood = ratio(hits, false), negative_likelihood = ratio(missed, spared))
}

censored_means <- function(rows, asked) {
  value <- log2(rows[[asked$value]])
  kind <- rows[[asked$limit]]
  answer <- Surv(ifelse(kind == "below", NA, value), ifelse(kind == "above", NA, value), type = "interval2")
  group <- if (is.null(asked$by)) rep("all", length(value)) else labels_of(rows, asked$by)
  names <- sort(unique(group), method = "radix")
  exact <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
  x <- outer(group, names, `==`) * 1
  fit <- survreg(answer ~ x - 1, dist = "gaussian", control = exact)
  error <- unname(sqrt(diag(fit$var)))
  told <- lapply(seq_along(names), function(place) {
    own <- group == names[place]
    mean <- coef(fit)[[place]]
    list(subjects = sum(own), below = sum(kind[own] == "below"), above = sum(kind[own] == "above"), mean = mean,
         std_err = error[place], lower = mean - reach(asked) * error[place], upper = mean + reach(asked) * error[place])
  })
  ratio <- NA
  if (length(names) > 1) {
    alone <- survreg(answer ~ 1, dist = "gaussian", control = exact)
    ratio <- chi_square(2 * (fit$loglik[2] - alone$loglik[2]), length(names) - 1)
  }
  list(subjects = length(value), below = sum(kind == "below"), above = sum(kind == "above"),
       groups = setNames(told, names), std_dev = fit$scale, log_std_dev_std_err = error[length(error)],
       log_likelihood = fit$loglik[2], likelihood_ratio = ratio)
}

# Each number under its path; an element without a name by its place from 1, a matrix by rows.
flat <- function(told, path) {
  if (is.matrix(told)) told <- lapply(seq_len(nrow(told)), function(row) as.list(unname(told[row, ])))
  if (!is.list(told) && length(told) == 1 && is.null(names(told))) return(setNames(as.numeric(told), path))
  if (!length(told)) return(numeric())
  keys <- if (is.list(told) && !is.null(names(told))) names(told) else as.character(seq_along(told))
  unlist(lapply(seq_along(keys), function(place) {
    under <- if (path == "") keys[place] else paste(path, keys[place], sep = ".")
    if (is.list(told)) flat(told[[place]], under) else setNames(as.numeric(told[[place]]), under)
  }))
}

recomputed <- function(table, asked, wanted) {
  chosen <- select(table, asked)
  methods <- list("agreement" = agreement, "kaplan-meier" = kaplan_meier, "log-rank" = log_rank, "cox" = cox, "roc" = roc,
                  "cumulative-incidence" = cumulative_incidence, "proportion" = proportion,
                  "censored-means" = censored_means, "logistic" = logistic)
  answer <- if (!wanted) list()
            else if (asked$method %in% c("agreement", "cox")) methods[[asked$method]](chosen$rows, asked, chosen$kept)
            else methods[[asked$method]](chosen$rows, asked)
  flat(c(list(subjects = length(chosen$kept), left_out = chosen$left_out), answer), "")
}

same <- function(one, other) {
  if (is.na(one) || is.na(other)) return(is.na(one) && is.na(other))
  abs(one - other) <= max(TOLERANCE * max(abs(one), abs(other)), 1e-9)
}

main <- function() {
  results <- read.csv("results.csv", colClasses = "character", encoding = "UTF-8")
  table <- read_table()
  counts <- c("OK" = 0, "DIFFERS" = 0, "not recomputed here" = 0)
  for (asked in plan$estimates) {
    lines <- results[results$estimate == asked$id, ]
    counted <- grepl("^(subjects|left_out)", lines$quantity)
    if (!nrow(lines)) next
    # R does not tell one number from a list of one, whose only place results.csv counts as 1.
    found <- recomputed(table, asked, any(lines$r == "yes" & !counted))
    own_place <- match(lines$quantity, names(found))
    own_place <- ifelse(is.na(own_place), match(sub("[.]1$", "", lines$quantity), names(found)), own_place)
    for (row in seq_len(nrow(lines))) {
      line <- lapply(lines, function(column) column[row])
      own <- found[own_place[row][!is.na(own_place[row])]]
      verdict <- "not recomputed here"
      if (line$r == "yes")
        verdict <- if (length(own) && same(suppressWarnings(as.numeric(line$value)), own[[1]])) "OK" else "DIFFERS"
      counts[verdict] <- counts[verdict] + 1
      theirs <- if (line$value == "") "none" else line$value
      cat(line$estimate, line$quantity, theirs, verdict, if (verdict == "DIFFERS" && length(own)) own[[1]], "\n")
    }
  }
  cat(paste(counts, names(counts), collapse = ", "), "\n", sep = "")
  quit(status = if (counts["DIFFERS"] > 0 || counts["OK"] == 0) 1 else 0)
}

main()

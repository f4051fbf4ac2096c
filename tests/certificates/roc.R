# pROC: the curve, its area with DeLong's interval, the test of two correlated curves, and Youden's cut.
curves <- list(
  list("aneurysm", "poor", "s100b", "<"), list("aneurysm", "poor", "ndka", "<"), list("aneurysm", "poor", "wfns", "<"),
  list("aneurysm", "female", "age", ">"), list("birth weights", "low", "lwt", ">"), list("birth weights", "low", "age", ">"),
  list("infertility", "case", "parity", "<"), list("tied marker", "response", "marker", "<"), list("separated", "response", "age", "<"),
  list("separated", "response", "marker", "<"), list("endometrial", "HG", "EH", ">")
)
for (each in curves) {
  curve <- sprintf('pROC::roc(d$%s, d$%s, levels = c(0, 1), direction = "%s", quiet = TRUE)', each[[2]], each[[3]], each[[4]])
  arguments <- list(response = each[[2]], marker = each[[3]], direction = if (each[[4]] == "<") "higher" else "lower")
  certify("roc_curve", "pROC", each[[1]], curve, arguments, function(found) {
    # pROC goes from high to low where the marker points down.
    order <- order(found$thresholds)
    list(cut = ifelse(is.finite(found$thresholds), found$thresholds, NA)[order], sensitivity = found$sensitivities[order],
         specificity = found$specificities[order])
  })
  for (level in c(0.95, 0.8)) {
    certify("auc", "pROC", each[[1]], sprintf('pROC::ci.auc(%s, conf.level = %s, method = "delong")', curve, level),
            c(arguments, level = level), function(found) {
              certain <- found[2] == 1
              list(value = found[2], lower = if (certain) NA else found[1], upper = if (certain) NA else found[3])
            })
  }
  # Of female by age no cut is better than none, and pROC gives both ends of the curve.
  if (each[[2]] != "female") certify("best_cuts", "pROC", each[[1]],
          sprintf('pROC::coords(%s, "best", best.method = "youden", ret = c("threshold", "sensitivity", "specificity"), transpose = FALSE)', curve),
          arguments, function(found) {
            found <- found[order(found$threshold), ]
            list(cut = found$threshold, sensitivity = found$sensitivity, specificity = found$specificity)
          })
}
pairs <- list(
  list("aneurysm", "poor", "s100b", "<", "ndka", "<"), list("aneurysm", "poor", "wfns", "<", "s100b", "<"),
  list("aneurysm", "poor", "age", "<", "ndka", "<"), list("birth weights", "low", "lwt", ">", "age", ">"),
  list("infertility", "case", "spontaneous", "<", "induced", "<"), list("tied marker", "response", "marker", "<", "other", "<")
)
for (each in pairs) {
  call <- sprintf(paste('pROC::roc.test(pROC::roc(d$%s, d$%s, levels = c(0, 1), direction = "%s", quiet = TRUE),',
                        'pROC::roc(d$%s, d$%s, levels = c(0, 1), direction = "%s", quiet = TRUE), method = "delong", paired = TRUE)'),
                  each[[2]], each[[3]], each[[4]], each[[2]], each[[5]], each[[6]])
  certify("compare_auc", "pROC", each[[1]], call,
          list(response = each[[2]], first = each[[3]], second = each[[5]],
               first_direction = if (each[[4]] == "<") "higher" else "lower", second_direction = if (each[[6]] == "<") "higher" else "lower"),
          function(found) list(value = found$estimate[[1]] - found$estimate[[2]], z = found$statistic[[1]], p = found$p.value,
                               lower = found$conf.int[1], upper = found$conf.int[2], areas = found$estimate))
}
write_certificates("roc")

# maxstat: the cut, its statistic and p by Lau92 and Lau94. Of a response of 0 and 1 the Wilcoxon scores are its ranks.
select_cut <- function(estimator, data, surv, marker, method, arguments, props) {
  for (p in c("Lau92", "Lau94")) {
    certify(estimator, "maxstat", data,
            sprintf('maxstat::maxstat.test(%s ~ %s, data = d, smethod = "%s", pmethod = "%s", minprop = %s, maxprop = %s)',
                    surv, marker, method, p, props[1], props[2]),
            c(arguments, marker = marker, minprop = props[1], maxprop = props[2], pmethod = p),
            function(found) list(cut = found$estimate, statistic = found$statistic, p = found$p.value, cuts = found$cuts,
                                 statistics = found$stats))
  }
}
status <- list(time = "time", event = "status")
for (props in list(c(0.1, 0.9), c(0.25, 0.7))) {
  select_cut("cut_for_survival", "lymphoma", "Surv(time, status)", "expression", "LogRank", status, props)
  select_cut("cut_for_survival", "lung", "Surv(time, status)", "age", "LogRank", status, props)
  select_cut("cut_for_survival", "liver", "Surv(time, death)", "bilirubin", "LogRank", list(time = "time", event = "death"), props)
  select_cut("cut_for_survival", "aml", "Surv(time, status)", "time", "LogRank", status, props)
  select_cut("cut_for_response", "aneurysm", "poor", "s100b", "Wilcoxon", list(response = "poor"), props)
  select_cut("cut_for_response", "aneurysm", "poor", "ndka", "Wilcoxon", list(response = "poor"), props)
  select_cut("cut_for_response", "birth weights", "low", "lwt", "Wilcoxon", list(response = "low"), props)
  select_cut("cut_for_response", "tied marker", "response", "marker", "Wilcoxon", list(response = "response"), props)
  select_cut("cut_for_response", "separated", "response", "marker", "Wilcoxon", list(response = "response"), props)
}
write_certificates("maximally_selected")

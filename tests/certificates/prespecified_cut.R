# A cut named beforehand: pROC's counts at it, binom.test of each share, and both likelihood ratios by the log method.
# pROC counts a value equal to the cut as positive in both directions; here the upper side has it. So where lower values
# speak for the response, the counts are R's own of what lies below the cut.
at_cut <- function(d, response, marker, cut, direction, level) {
  case <- d[[response]] == 1
  positive <- if (direction == "<") d[[marker]] >= cut else d[[marker]] < cut
  counts <- c(tp = sum(case & positive), fn = sum(case & !positive), fp = sum(!case & positive), tn = sum(!case & !positive))
  if (direction == "<") {
    curve <- pROC::roc(d[[response]], d[[marker]], levels = c(0, 1), direction = direction, quiet = TRUE)
    counts <- unlist(pROC::coords(curve, x = cut, input = "threshold", ret = c("tp", "fn", "fp", "tn"), transpose = FALSE))
  }
  share <- function(count, of) {
    if (of == 0) return(c(NA, NA, NA))
    c(count / of, binom.test(count, of, conf.level = level)$conf.int)
  }
  ratio <- function(hits, false) {
    value <- (hits / (counts[["tp"]] + counts[["fn"]])) / (false / (counts[["fp"]] + counts[["tn"]]))
    error <- sqrt(1 / hits - 1 / (counts[["tp"]] + counts[["fn"]]) + 1 / false - 1 / (counts[["fp"]] + counts[["tn"]]))
    if (!is.finite(value) || value == 0 || error == 0) return(c(if (is.finite(value)) value else NA, NA, NA))
    exp(log(value) + c(0, -1, 1) * qnorm((1 + level) / 2) * error)
  }
  list(counts = unname(counts), sensitivity = share(counts[["tp"]], counts[["tp"]] + counts[["fn"]]),
       specificity = share(counts[["tn"]], counts[["tn"]] + counts[["fp"]]),
       positive_predictive = share(counts[["tp"]], counts[["tp"]] + counts[["fp"]]),
       negative_predictive = share(counts[["tn"]], counts[["tn"]] + counts[["fn"]]),
       positive_likelihood = ratio(counts[["tp"]], counts[["fp"]]), negative_likelihood = ratio(counts[["fn"]], counts[["tn"]]))
}
# Cuts that are values of some subjects (0.22 and 4 of the aneurysms, 110 of the weights), cuts between values, one with
# no false positive, one above and one below everybody.
for (each in list(list("aneurysm", "poor", "s100b", "<", 0.22), list("aneurysm", "poor", "s100b", "<", 0.225),
                  list("aneurysm", "poor", "wfns", "<", 4), list("aneurysm", "poor", "s100b", "<", 0.9),
                  list("aneurysm", "poor", "s100b", "<", 99), list("aneurysm", "poor", "s100b", "<", 0),
                  list("birth weights", "low", "lwt", ">", 110), list("birth weights", "low", "lwt", ">", 115.5),
                  list("infertility", "case", "spontaneous", "<", 1), list("tied marker", "response", "marker", "<", 2))) {
  for (level in c(0.95, 0.8)) {
    certify("cut_accuracy", "pROC", each[[1]],
            sprintf('at_cut(d, "%s", "%s", %s, "%s", %s)', each[[2]], each[[3]], each[[5]], each[[4]], level),
            list(response = each[[2]], marker = each[[3]], cut = each[[5]], level = level,
                 direction = if (each[[4]] == "<") "higher" else "lower"), identity)
  }
}
write_certificates("prespecified_cut")

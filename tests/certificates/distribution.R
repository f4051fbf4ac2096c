# quantile() with its default type, of the least and of the greatest that the values can be.
for (each in list(c("lung", "time"), c("aml", "time"), c("aneurysm", "s100b"), c("one event", "time"), c("all events", "time"))) {
  certify("quartiles", "stats", each[1], sprintf("quantile(d$%s, type = 7)", each[2]), list(value = each[2]),
          function(found) list(lower = found, upper = found))
}
for (data in c("limits", "aneurysm, limits", "bilirubin, limits", "no limits")) {
  quantiles <- function(kind, as) sprintf("tapply(ifelse(d$limit == '%s', %s, d$value), d$group, quantile, type = 7)", kind, as)
  certify("quartiles by group", "stats", data, sprintf("list(%s, %s)", quantiles("below", "0"), quantiles("above", "Inf")),
          list(value = "value", limit = "limit", group = "group"),
          function(found) list(lower = unlist(found[[1]]), upper = unlist(found[[2]])))
}
write_certificates("distribution")

# quantile() with its default type.
for (each in list(c("lung", "time"), c("aml", "time"), c("aneurysm", "s100b"), c("one event", "time"), c("all events", "time"))) {
  certify("quartiles", "stats", each[1], sprintf("quantile(d$%s, type = 7)", each[2]), list(values = each[2]),
          function(found) list(quartiles = found))
}
write_certificates("quartiles")

# vcd::Kappa with its confint: plain, linear and quadratic weights. psych::cohen.kappa gives the plain one again; the
# standard error of its weighted one sums the weights of a row by the wrong margin, and is not that of Fleiss, Cohen and
# Everitt (1969).
kappas <- function(data, categories, level) {
  # An interval without width, where the readers agree about everybody, is none.
  read <- function(row) function(found) {
    limits <- confint(found, level = level)[row, ]
    certain <- found[[row]][["ASE"]] < 1e-12
    list(value = found[[row]][["value"]], std_err = if (certain) 0 else found[[row]][["ASE"]],
         lower = if (certain) NA else limits[[1]], upper = if (certain) NA else limits[[2]])
  }
  table <- sprintf("table(factor(d$first, %s), factor(d$second, %s))", deparse(categories), deparse(categories))
  arguments <- list(first = "first", second = "second", categories = as.list(categories), level = level)
  certify("cohen_kappa", "vcd", data, sprintf("vcd::Kappa(%s)", table), c(arguments, weights = "none"), read(1))
  certify("cohen_kappa", "vcd", data, sprintf('vcd::Kappa(%s, weights = "Equal-Spacing")', table),
          c(arguments, weights = "linear"), read(2))
  certify("cohen_kappa", "vcd", data, sprintf('vcd::Kappa(%s, weights = "Fleiss-Cohen")', table),
          c(arguments, weights = "quadratic"), read(2))
  certify("cohen_kappa", "psych", data, sprintf("psych::cohen.kappa(%s, alpha = %s)", table, 1 - level),
          c(arguments, weights = "none"), function(found) {
            certain <- found$var.kappa < 1e-12
            list(value = found$kappa, std_err = if (certain) 0 else sqrt(found$var.kappa),
                 lower = if (certain) NA else found$confid[1, "lower"], upper = if (certain) NA else found$confid[1, "upper"])
          })
}
for (level in c(0.95, 0.9)) {
  kappas("couples", 1:4, level)
  kappas("neurologists", 1:4, level)
  kappas("responses", 1:5, level)
  kappas("readers who agree", 1:3, level)
}
write_certificates("agreement")

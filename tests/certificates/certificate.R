# What every script here shares: one certificate is one call, the data set that it was made on, and what came out.
suppressMessages({
  library(survival)
  library(cmprsk)
  library(jsonlite)
})

program <- paste0("R ", R.version$major, ".", R.version$minor)
certificates <- list()

# A number or text alone is no array; a list stays one.
as_json <- function(each) {
  if (is.list(each)) lapply(each, as_json) else if (length(each) == 1) unbox(each) else each
}

# `call` is R code that is evaluated in the data set; `read` makes named numbers of its result. NA and NaN become null:
# the estimator has to give None there. `arguments` are those of our estimator, in the names of our columns.
certify <- function(estimator, package, data, call, arguments, read) {
  result <- eval(parse(text = call), envir = list2env(list(d = data_sets[[data]]), parent = globalenv()))
  certificates[[length(certificates) + 1]] <<- list(
    estimator = unbox(estimator), program = unbox(program),
    version = unbox(paste(package, as.character(packageVersion(package)))),
    data = unbox(data), rows = unbox(nrow(data_sets[[data]])), call = unbox(call),
    arguments = lapply(arguments, as_json),
    values = lapply(read(result), function(each) { each[is.infinite(each) | is.nan(each)] <- NA; unname(each) })
  )
}

write_certificates <- function(name) {
  # One certificate to a line: the file can be searched, and a difference names its call.
  lines <- sapply(certificates, toJSON, digits = NA, na = "null")
  writeLines(c("[", paste0(lines, c(rep(",", length(lines) - 1), "")), "]"), file.path(here, paste0(name, ".json")))
  cat(name, length(certificates), "calls,", sum(sapply(certificates, function(each) length(unlist(each$values)))), "values\n")
  certificates <<- list()
}

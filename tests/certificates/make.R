# Makes every certificate again. Run by hand, from anywhere; no test needs R.
#   Rscript tests/certificates/make.R FOLDER
# FOLDER is where lifelines keeps its data: python -c "import lifelines.datasets as d; print(*d.__path__)".
# R 4.2.2 with survival 3.5-3, cmprsk 2.2-11 and jsonlite (Debian: r-base-core r-cran-survival r-cran-cmprsk
# r-cran-jsonlite).
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
lifelines <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(here, "certificate.R"))
source(file.path(here, "datasets.R"))
writeLines(toJSON(own, dataframe = "columns", digits = NA, pretty = FALSE), file.path(here, "datasets.json"))
scripts <- c("kaplan_meier", "log_rank", "cox", "competing_risks", "proportions", "agreement", "roc")
for (script in scripts) source(file.path(here, paste0(script, ".R")))

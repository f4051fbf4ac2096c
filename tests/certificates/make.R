# Makes every certificate again. Run by hand, from anywhere; no test needs R.
#   Rscript tests/certificates/make.R FOLDER
# FOLDER is where lifelines keeps its data: python -c "import lifelines.datasets as d; print(*d.__path__)".
# R 4.2.2 with survival 3.5-3, cmprsk 2.2-11, vcd 1.4-11, psych 2.2.9, pROC 1.18.0, maxstat 0.7-25, brglm2 0.9, rms
# 6.5-0, Hmisc 4.8-0, MASS 7.3-58.2 and jsonlite (Debian: r-base-core and r-cran-survival, -cmprsk, -vcd, -psych, -proc,
# -maxstat, -brglm2, -rms, -hmisc, -mass, -jsonlite).
# firth_profile.json alone is Python's: tests/certificates/firth_profile.py makes it.
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
lifelines <- commandArgs(trailingOnly = TRUE)[1]
source(file.path(here, "certificate.R"))
source(file.path(here, "datasets.R"))
writeLines(toJSON(own, dataframe = "columns", digits = NA, pretty = FALSE), file.path(here, "datasets.json"))
scripts <- c("kaplan_meier", "log_rank", "cox", "competing_risks", "proportions", "agreement", "roc",
             "prespecified_cut", "logistic", "maximally_selected", "censored_normal", "splines", "optimism", "lowess")
for (script in scripts) source(file.path(here, paste0(script, ".R")))

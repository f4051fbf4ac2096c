"""A finished analysis as a folder that a statistician reproduces without Trialog: data, plan, results, two scripts."""

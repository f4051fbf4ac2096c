"""Estimators on plain arrays: numpy or pandas in, frozen values out. Pure, and without any word of the trial.

Each names its method, its interval, its reference and the R function that it equals, and refuses what cannot be
answered with an error of ``errors`` whose message is a sentence.
"""

"""The quartiles of times that all have ended, with nobody censored.

Method: linear between the two nearest values, number 7 of R. J. Hyndman, Y. Fan, The American Statistician 50 (1996)
361. Equal to R's ``quantile(type = 7)``, its default. Of times that some have not reached yet, ``kaplan_meier`` and its
``quantile`` are asked.
"""

import msgspec
import numpy as np

from analytics.estimators.arrays import Column, read_numbers


class Quartiles(msgspec.Struct, frozen=True, kw_only=True):
    """``least`` and ``greatest`` are the range."""

    method: str = "linear between values, type 7"
    subjects: int
    least: float
    lower: float
    median: float
    upper: float
    greatest: float


def quartiles(values: Column) -> Quartiles:
    """Refuses nobody and missing values.

    >>> quartiles([28, 30, 60, 90]).median
    45.0
    """
    numbers = read_numbers(values, "time")
    least, lower, median, upper, greatest = np.quantile(numbers, [0, 0.25, 0.5, 0.75, 1]).tolist()
    return Quartiles(subjects=len(numbers), least=least, lower=lower, median=median, upper=upper, greatest=greatest)

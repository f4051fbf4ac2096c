"""Restricted cubic splines: knots by quantiles, and the columns that a regression of a curve is fitted to.

Reference: F. E. Harrell, Regression Modeling Strategies (2015), section 2.4: cubic between the knots and straight
beyond the outer ones, each curved column divided by the square of the knots' range. Equal to R's
``Hmisc::rcspline.eval(inclx = TRUE)`` and ``rms::rcs``, which choose fewer knots, with a warning, where the values are
too few or tied: here that is refused.
"""

from collections.abc import Sequence

import numpy as np

from analytics.estimators.arrays import Column, Floats, read_numbers
from analytics.estimators.errors import InputRefused, NoEstimate, Reason

TIED_SHARE = 0.05
"""Of the subjects, from which on a least or greatest value that they share has a knot beside it, of its own."""
FEW = 100
"""Below so many subjects the outer knots are their fifth least and fifth greatest value."""


def spline_knots(values: Column, count: int) -> tuple[float, ...]:
    """``count`` knots, ascending, from 3 to 7.

    Where a share of the subjects has the least value, as all below a limit do, the first knot is the next value, and
    the others are quantiles of what is above it; likewise at the greatest. Refuses nobody, missing values, fewer than
    six subjects, and values of too few kinds for so many knots.
    """
    if not 3 <= count <= 7:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "A spline has from 3 to 7 knots.")
    numbers = np.sort(read_numbers(values, "marker"))
    distinct, counts = np.unique(numbers, return_counts=True)
    if len(numbers) < 6 or len(distinct) - 2 <= count:
        raise _too_few(count)
    shares = counts / len(numbers)
    tied = shares[1:-1].max() < TIED_SHARE
    first = float(distinct[1]) if tied and shares[0] >= TIED_SHARE else None
    within = numbers if first is None else numbers[numbers > first]
    last = float(within[within < within[-1]].max()) if tied and shares[-1] >= TIED_SHARE else None
    within = within if last is None else within[within < last]
    own = _quantile_knots(within, count - (first is not None) - (last is not None), count, first, last)
    knots = tuple(sorted({*own, *(each for each in (first, last) if each is not None)}))
    if len(knots) < count:
        raise _too_few(count)
    return knots


def _quantile_knots(within: Floats, wanted: int, count: int, first: float | None, last: float | None) -> list[float]:
    """``wanted`` of the ``count`` knots, of the values between those that have a knot of their own beside them."""
    outer = {3: 0.1, 7: 0.025}.get(count, 0.05)
    if len(np.unique(within)) <= wanted or len(within) < 5:
        raise _too_few(count)
    if wanted == 1:
        return [float(np.median(within))]
    begin = 0.5 if wanted == 2 else outer
    knots = np.quantile(within, np.linspace(begin, 1 - outer, wanted))
    if len(within) < FEW:
        if first is None:
            knots[0] = within[4]
        if last is None:
            knots[-1] = within[-5]
    return [float(each) for each in knots]


def _too_few(count: int) -> NoEstimate:
    return NoEstimate(
        Reason.TOO_FEW_VALUES, f"The marker has too few different values for {count} knots: choose fewer, or a line."
    )


def spline_basis(values: Column, knots: Sequence[float]) -> Floats:
    """One row per value; first the value itself, then a curved column for each knot but the last two."""
    numbers, places = read_numbers(values, "marker"), np.asarray(knots, dtype=np.float64)
    if len(places) < 3 or not np.isfinite(places).all() or (np.diff(places) <= 0).any():
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The knots of a spline are three or more, each greater.")
    above = np.maximum(numbers[:, None] - places, 0) ** 3
    last, before = places[-1], places[-2]
    inner = places[:-2]
    curved = above[:, :-2] + (above[:, -1:] * (before - inner) - above[:, -2:-1] * (last - inner)) / (last - before)
    return np.column_stack((numbers, curved / (last - places[0]) ** 2))

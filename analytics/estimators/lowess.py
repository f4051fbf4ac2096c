"""A smooth line through points: locally weighted straight lines.

Method: W. S. Cleveland, JASA 74 (1979) 829, without his robust step, which takes the few subjects with an event for
outliers wherever most residuals are those of the censored (T. M. Therneau, P. M. Grambsch, Modeling Survival Data
(2000), section 5.2). Equal to R's ``lowess(x, y, f = 2/3, iter = 0)``.
"""

import msgspec
import numpy as np

from analytics.estimators.arrays import Column, Floats, read_numbers, same_length

SHARE = 2 / 3
"""Of the points, how many have a weight in each straight line; R's default."""

APART = 0.01
"""Of the range: fits nearer to each other than this are joined by straight lines, as R does by default."""

_FLAT = 0.001
"""Of the range: points that spread less than this have a mean and no slope."""


class Smooth(msgspec.Struct, frozen=True, kw_only=True):
    """The line runs straight from each ``height`` to the next; ``at`` are their places, ascending, 101 at most."""

    at: tuple[float, ...]
    height: tuple[float, ...]


def lowess(across: Column, up: Column) -> Smooth:
    """The line through the points. Refuses nobody, missing values and columns of unequal length.

    >>> lowess([1, 2, 3, 4], [2, 4, 6, 8]).height
    (2.0, 4.0, 6.0, 8.0)
    """
    x, y = read_numbers(across, "across"), read_numbers(up, "up")
    same_length(len(x), up=len(y))
    order = np.lexsort((y, x))  # whatever order the points came in, the sums are of one order
    x, y = x[order], y[order]
    distinct = np.unique(x)
    at = distinct[_fitted(distinct)]
    return Smooth(at=tuple(at.tolist()), height=tuple(_height(x, y, here) for here in at))


def _fitted(distinct: Floats) -> list[int]:
    """Which values get a straight line of their own: the first, then each time the last within reach of it."""
    reach, places = APART * float(distinct[-1] - distinct[0]), [0]
    while places[-1] < len(distinct) - 1:
        last_within = int(np.searchsorted(distinct, distinct[places[-1]] + reach, side="right")) - 1
        places.append(max(last_within, places[-1] + 1))
    return places


def _height(x: Floats, y: Floats, here: float) -> float:
    """Of the straight line that the nearest points give, weighted by the tricube of how near they are."""
    apart = np.abs(x - here)
    near = max(2, min(len(x), int(SHARE * len(x) + 1e-7)))
    reach = float(np.partition(apart, near - 1)[near - 1]) if len(x) > 1 else 0.0
    weight = np.where(apart <= 0.999 * reach, (1 - (apart / (reach or 1.0)) ** 3) ** 3, 0.0)
    weight[apart <= 0.001 * reach] = 1.0
    weight /= weight.sum()
    middle = float(weight @ x)
    spread = float(weight @ (x - middle) ** 2)
    if np.sqrt(spread) > _FLAT * (x[-1] - x[0]):
        weight = weight * ((here - middle) * (x - middle) / spread + 1)
    return float(weight @ y)

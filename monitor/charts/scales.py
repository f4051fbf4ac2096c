"""Round numbers along an axis. Pure."""

import math


def ticks(low: float, high: float, most: int = 5, *, whole: bool = False) -> tuple[float, ...]:
    """Round numbers, evenly apart, from at or below ``low`` to at or above ``high``; about ``most`` of them.

    ``whole`` for what is counted: no half of a subject.

    >>> ticks(0.42, 0.71)
    (0.4, 0.5, 0.6, 0.7, 0.8)
    >>> ticks(3, 3, whole=True)
    (2.0, 3.0, 4.0)
    """
    if high <= low:
        reach = 1.0 if low == 0 or abs(low) >= 1 else abs(low)
        low, high = low - reach, high + reach
    rough = (high - low) / max(most - 1, 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 2.5, 5, 10) if unit * each >= rough * 0.999999)
    if whole:
        step = max(step, 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(place * step, 12) for place in range(first, last + 1))

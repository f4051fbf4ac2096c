"""Before and after, of times that are known to the day, the minute or the second.

A moment stands for all instants that its precision leaves open. One is before another only where that is certain: a
date is never before an instant of the same day, nor after it.
"""

import datetime as dt
from types import MappingProxyType

from schemas.moments import Moment, Precision

_LEFT_OPEN = MappingProxyType(
    {
        Precision.DAY: dt.timedelta(days=1),
        Precision.MINUTE: dt.timedelta(minutes=1),
        Precision.SECOND: dt.timedelta(seconds=1),
        Precision.MILLISECOND: dt.timedelta(milliseconds=1),
    }
)


def certainly_before(moment: Moment, other: Moment) -> bool:
    """Whether every instant of the one lies before every instant of the other."""
    return is_over_at(moment, other.at)


def is_over_at(moment: Moment, instant: dt.datetime) -> bool:
    """Whether every instant of the moment lies before this one."""
    return moment.at + _LEFT_OPEN[moment.precision] <= instant


def disagree(moment: Moment, other: Moment) -> bool:
    """Whether the two cannot be the same time, each known as precisely as it is."""
    return certainly_before(moment, other) or certainly_before(other, moment)

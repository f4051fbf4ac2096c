"""A number of a snapshot with its interval, or the reason why it is not given. Never NaN, never 0 for want of data.

`analytics.estimators.answers.Answer` has the same shape, and is what an estimator says of any data with the reasons of
`analytics.estimators.errors`. These reasons are of the study ("nobody enrolled yet", "no deaths yet"); snapshots keep
them by their names, and pages have texts for each.
"""

import enum

import msgspec


class Missing(enum.StrEnum):
    """Why a number or a limit is not given. The value is stored in snapshots and keeps its meaning."""

    ENROLMENT_NOT_BEGUN = "enrolment-not-begun"
    NOBODY_DECIDED = "nobody-decided-yet"
    NOBODY_ENROLLED = "nobody-enrolled-yet"
    NOBODY_IN_FULL_SET = "nobody-in-full-set-yet"
    NOBODY_ASSESSED = "nobody-assessed-yet"
    NO_WINDOW_OVER = "no-window-over-yet"
    DAY_NOT_REACHED = "day-not-reached-yet"
    ORIGIN_NOT_RECORDED = "origin-not-recorded"
    NOBODY_TIMED = "nobody-with-a-survival-time-yet"
    NO_DEATHS = "no-deaths-yet"
    NO_DEATHS_BY_THEN = "no-deaths-by-then"
    NOBODY_ALIVE_BY_THEN = "nobody-alive-by-then"
    NOT_REACHED = "not-reached-yet"
    LIMIT_NOT_REACHED = "limit-not-reached-yet"
    FOLLOW_UP_TOO_SHORT = "follow-up-too-short"
    RISK_SET_EMPTIED = "risk-set-emptied"


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """``missing`` says why ``value`` is None, ``interval_missing`` why a limit of its interval is None.

    The interval's level is a parameter of the snapshot. One limit of a median can be given where the other, or the
    median itself, is not reached.
    """

    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    missing: Missing | None = None
    interval_missing: Missing | None = None


def not_given(reason: Missing) -> Estimate:
    return Estimate(missing=reason, interval_missing=reason)

"""The log-rank test and its weighted and stratified forms.

Method: observed less expected events with the hypergeometric variance. N. Mantel, Cancer Chemotherapy Reports 50 (1966)
163; weights S(t-)^rho (1 - S(t-))^gamma of T. R. Fleming, D. P. Harrington, Counting Processes and Survival Analysis
(1991), section 7.2, with S the pooled Kaplan-Meier curve of the stratum just before t. Equal to R's
``survdiff(Surv(time, event) ~ group + strata(stratum), rho=)``; R's survival has no gamma.
"""

import dataclasses
from typing import Any

import msgspec
import numpy as np

from analytics.estimators.answers import ChiSquare, chi_square
from analytics.estimators.arrays import (
    Booleans,
    Column,
    Floats,
    Integers,
    Times,
    count_from,
    count_on,
    read_labels,
    read_times,
    same_length,
)
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class GroupCount(msgspec.Struct, frozen=True, kw_only=True):
    """``observed`` and ``expected`` are weighted sums of events; without weights ``observed`` is their number."""

    group: Any
    subjects: int
    observed: float
    expected: float


class LogRank(msgspec.Struct, frozen=True, kw_only=True):
    """``groups`` in the order of their labels. ``covariance`` is that of observed less expected, in the same order."""

    rho: float
    gamma: float
    strata: int
    groups: tuple[GroupCount, ...]
    covariance: tuple[tuple[float, ...], ...]
    test: ChiSquare


@dataclasses.dataclass(frozen=True, eq=False)
class _Sums:
    observed: Floats
    expected: Floats
    covariance: Floats


def log_rank(
    time: Column,
    event: Column,
    group: Column,
    *,
    strata: Column | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRank:
    """The test of equal hazards in all groups. A group in which nobody was at risk at any event takes no part.

    ``rho`` above 0 weighs early differences, ``gamma`` above 0 late ones; both are chosen before the data are seen.
    Refuses no events, one group, groups that were never at risk together, missing values and times below zero.
    """
    sample = read_times(time, event)
    labels, codes = read_labels(group, "group")
    strata_labels, strata_codes = read_labels(np.zeros(sample.subjects) if strata is None else strata, "strata")
    same_length(sample.subjects, group=len(codes), strata=len(strata_codes))
    _refuse(sample, labels, rho, gamma)
    parts = [
        _stratum_sums(_rows(sample, strata_codes == each), codes[strata_codes == each], len(labels), rho, gamma)
        for each in range(len(strata_labels))
    ]
    observed = np.sum([part.observed for part in parts], axis=0)
    expected = np.sum([part.expected for part in parts], axis=0)
    covariance = np.sum([part.covariance for part in parts], axis=0)
    return LogRank(
        rho=rho,
        gamma=gamma,
        strata=len(strata_labels),
        groups=tuple(
            GroupCount(group=label, subjects=int((codes == code).sum()), observed=float(seen), expected=float(wanted))
            for code, (label, seen, wanted) in enumerate(zip(labels, observed, expected, strict=True))
        ),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        test=_test(observed, expected, covariance),
    )


def _refuse(sample: Times, labels: tuple[Any, ...], rho: float, gamma: float) -> None:
    if rho < 0 or gamma < 0:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The powers rho and gamma of the weights are zero or above.")
    if len(labels) < 2:
        raise NoEstimate(Reason.ONE_GROUP, "All subjects are in one group: there is nothing to compare it with.")
    if not sample.events:
        raise NoEstimate(Reason.NO_EVENTS, "There are no events in any group yet: the groups cannot be compared.")


def _rows(sample: Times, which: Booleans) -> Times:
    return Times(time=sample.time[which], event=sample.event[which], entry=None)


def _stratum_sums(sample: Times, codes: Integers, groups: int, rho: float, gamma: float) -> _Sums:
    times = np.unique(sample.time[sample.event])
    each = [codes == code for code in range(groups)]
    followed = np.column_stack([count_from(sample.time[own], times) for own in each])
    died = np.column_stack([count_on(sample.time[own & sample.event], times) for own in each])
    n, d = followed.sum(axis=1), died.sum(axis=1)
    before = np.concatenate(([1.0], np.cumprod(1 - d / n)[:-1]))[: len(times)]
    weight = before**rho * (1 - before) ** gamma
    shares = followed / n[:, None]
    # With one subject left there is nothing to draw, and no variance.
    spread = weight**2 * d * np.divide(n - d, n - 1, out=np.zeros(len(n)), where=n > 1)
    return _Sums(
        observed=weight @ died,
        expected=(weight * d) @ shares,
        covariance=np.diag(spread @ shares) - (shares * spread[:, None]).T @ shares,
    )


def _test(observed: Floats, expected: Floats, covariance: Floats) -> ChiSquare:
    present = np.flatnonzero(expected > 0)
    difference, spread = (observed - expected)[present][1:], covariance[np.ix_(present, present)][1:, 1:]
    if not len(difference) or np.linalg.matrix_rank(spread, hermitian=True) < len(difference):
        raise NoEstimate(
            Reason.NOTHING_COMPARED,
            "At no event were subjects of all groups at risk together: their times do not overlap enough to compare.",
        )
    return chi_square(float(difference @ np.linalg.solve(spread, difference)), len(difference))

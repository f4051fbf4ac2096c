"""Gray's test: does the cumulative incidence of one cause differ between groups?

Reference: R. J. Gray, Annals of Statistics 16 (1988) 1141. Equal to R's ``cmprsk::cuminc(time, cause, group, strata,
rho)$Tests``, with its correction of the variance for ties. In the paper's words: h is the number at risk over the
event-free share just before, R is h times one less the group's incidence just before, and the weight is one less the
pooled incidence just before, to the power rho.
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
    count_from,
    count_on,
    read_labels,
    same_length,
)
from analytics.estimators.competing_risks import read_causes
from analytics.estimators.errors import InputRefused, NoEstimate, Reason


class GrayTest(msgspec.Struct, frozen=True, kw_only=True):
    """``scores`` are weighted events less expected ones of ``groups``, in the order of their labels."""

    cause: Any
    rho: float
    strata: int
    groups: tuple[Any, ...]
    scores: tuple[float, ...]
    test: ChiSquare


@dataclasses.dataclass(frozen=True, eq=False)
class _Counts:
    """Rows are the distinct times with an event, columns the groups. The shares are those just before the time.

    ``own`` and ``other`` are events of the cause and of the others; ``free_after`` is the share after the time.
    """

    followed: Integers
    own: Integers
    other: Integers
    free: Floats
    free_after: Floats
    incidence: Floats


def gray_test(
    time: Column,
    cause: Column,
    group: Column,
    *,
    of: Any,
    censored: Any = 0,
    strata: Column | None = None,
    rho: float = 0.0,
) -> GrayTest:
    """The test of equal incidence of the cause ``of`` in all groups, in each stratum.

    Refuses a cause without events, one group, groups that cannot be told apart, missing values, times below zero.
    """
    sample, causes, codes = read_causes(time, cause, censored)
    groups, group_codes = read_labels(group, "group")
    labels, stratum = read_labels(np.zeros(sample.subjects) if strata is None else strata, "strata")
    same_length(sample.subjects, group=len(group_codes), strata=len(stratum))
    if rho < 0:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The power rho of the weight is zero or above.")
    if len(groups) < 2:
        raise NoEstimate(Reason.ONE_GROUP, "All subjects are in one group: there is nothing to compare it with.")
    if of not in causes:
        raise NoEstimate(Reason.NO_EVENTS, "No event of the cause in question has happened yet.")
    own = codes == causes.index(of)
    scores, variance = np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for each in range(len(labels)):
        here = stratum == each
        counted = _counts(sample.time[here], own[here], sample.event[here], group_codes[here], len(groups))
        score, spread = _score_and_variance(counted, rho)
        scores, variance = scores + score, variance + spread
    return GrayTest(
        cause=of,
        rho=rho,
        strata=len(labels),
        groups=groups,
        scores=tuple(scores.tolist()),
        test=_test(scores[:-1], variance[:-1, :-1]),
    )


def _counts(time: Floats, own: Booleans, event: Booleans, group: Integers, groups: int) -> _Counts:
    times = np.unique(time[event])
    each = [group == code for code in range(groups)]
    followed = np.column_stack([count_from(time[mine], times) for mine in each])
    died = np.column_stack([count_on(time[mine & own], times) for mine in each])
    other = np.column_stack([count_on(time[mine & event & ~own], times) for mine in each])
    at_risk = np.maximum(followed, 1)
    free_after = np.cumprod(1 - (died + other) / at_risk, axis=0, dtype=np.float64)
    free = np.vstack((np.ones((1, groups)), free_after))[:-1]
    incidence = np.vstack((np.zeros((1, groups)), (free * died / at_risk).cumsum(axis=0)))[:-1]
    return _Counts(followed=followed, own=died, other=other, free=free, free_after=free_after, incidence=incidence)


def _score_and_variance(counted: _Counts, rho: float) -> tuple[Floats, Floats]:
    present = counted.followed > 0
    h = np.divide(counted.followed, counted.free, out=np.zeros_like(counted.free), where=present)
    pooled_h = h.sum(axis=1, keepdims=True)
    own = counted.own.sum(axis=1, keepdims=True)
    step = own / pooled_h
    after = step.cumsum(axis=0)
    before = after - step
    weight = (1 - before) ** rho
    r = h * (1 - counted.incidence)
    score = (weight * (counted.own - own * r / r.sum(axis=1, keepdims=True))).sum(axis=0)

    # a[t, i, k] is the weight of group k's martingale in the score of group i, c its integral over the null hazard.
    a = weight[:, :, None] * (h[:, :, None] * np.eye(h.shape[1]) - h[:, :, None] * h[:, None, :] / pooled_h[:, :, None])
    # No event of the cause is left once the pooled incidence is 1.
    rate = np.divide(step, 1 - before, out=np.zeros_like(step), where=own > 0)
    c = (a * rate[:, :, None]).cumsum(axis=0)
    to_come = c[-1] - c
    left = counted.free_after > 0
    lost = np.divide(1 - after, counted.free_after, out=np.zeros_like(h), where=left)
    of_own = a + (1 - lost)[:, None, :] * to_come
    of_other = lost[:, None, :] * to_come
    spread = np.einsum("tik,tjk,tk->ij", of_own, of_own, _own_spread(counted, h, pooled_h, own))
    return score, spread + np.einsum("tik,tjk,tk->ij", of_other, of_other, _other_spread(counted))


def _own_spread(counted: _Counts, h: Floats, pooled_h: Floats, own: Integers) -> Floats:
    """The variance of a group's increments of incidence under the pooled one; less where events are tied."""
    drawn = pooled_h * counted.free - 1
    ties = np.where(own > 1, 1 - np.divide(own - 1, drawn, out=np.zeros_like(h), where=drawn > 0), 1.0)
    return np.divide(ties * own, pooled_h * h, out=np.zeros_like(h), where=h > 0)


def _other_spread(counted: _Counts) -> Floats:
    tied = np.divide(counted.other - 1, counted.followed - 1, out=np.zeros_like(counted.free), where=counted.other > 1)
    at_risk = np.maximum(counted.followed, 1)
    return np.where(counted.free_after > 0, (1 - tied) * counted.free**2 * counted.other / at_risk**2, 0.0)


def _test(scores: Floats, variance: Floats) -> ChiSquare:
    if np.linalg.matrix_rank(variance, hermitian=True) < len(scores):
        raise NoEstimate(
            Reason.NOTHING_COMPARED,
            "At no event were subjects of all groups at risk together: their times do not overlap enough to compare.",
        )
    return chi_square(float(scores @ np.linalg.solve(variance, scores)), len(scores))

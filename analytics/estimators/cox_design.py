"""What a Cox regression is fitted to, and its sums over risk sets with Efron's treatment of ties.

Reference: B. Efron, JASA 72 (1977) 557; T. M. Therneau, P. M. Grambsch, Modeling Survival Data (2000), section 3.3.
Of d subjects who have the event at one time, the k-th from 0 is counted against the risk set less k/d of the d. Each
such step is one row here, so every sum of the regression, its tests and its residuals is a sum over rows.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analytics.estimators.arrays import (
    Booleans,
    Column,
    Floats,
    Integers,
    Times,
    read_covariates,
    read_labels,
    read_times,
    same_length,
)
from analytics.estimators.errors import NoEstimate, Reason


@dataclasses.dataclass(frozen=True, eq=False)
class CoxDesign:
    """One row per subject (or per interval of one), one column per covariate, in the order given.

    ``standard`` holds the covariates less ``centre``, divided by ``scale``: the regression is fitted to these, and told
    in the units that came in.
    """

    sample: Times
    names: tuple[str, ...]
    covariates: Floats
    centre: Floats
    scale: Floats
    standard: Floats
    strata: tuple[Any, ...]
    stratum: Integers
    moments: "EventMoments"


@dataclasses.dataclass(frozen=True, eq=False)
class EventMoments:
    """The distinct times at which events happened, by stratum and time, and the steps at each of them.

    ``stratum`` and ``time`` have one element per moment. ``subjects`` are the subjects with an event, by stratum, time
    and place, and ``moment`` the moment of each; ``fraction`` is k/d of each in turn.
    """

    stratum: Integers
    time: Floats
    subjects: Integers
    moment: Integers
    fraction: Floats


def cox_design(
    time: Column,
    event: Column,
    covariates: Mapping[str, Column] | pd.DataFrame,
    *,
    entry: Column | None = None,
    strata: Column | None = None,
) -> CoxDesign:
    """The checked arrays of a regression.

    With ``entry`` a subject counts from after its entry (left truncation), and several rows may be one subject whose
    covariates change. Each stratum has a baseline of its own. Refuses no events, fewer than two subjects, a covariate
    with one value, missing values, times below zero, and an entry not before its time.
    """
    sample = read_times(time, event, entry)
    names, columns = read_covariates(covariates)
    labels, codes = read_labels(np.zeros(sample.subjects) if strata is None else strata, "strata")
    same_length(sample.subjects, covariates=len(columns), strata=len(codes))
    return _checked(sample, names, columns, labels, codes)


def restricted(design: CoxDesign, kept: Booleans) -> CoxDesign:
    """Of these rows alone. Refuses what `cox_design` refuses of them."""
    sample = design.sample
    rest = Times(
        time=sample.time[kept],
        event=sample.event[kept],
        entry=None if sample.entry is None else sample.entry[kept],
    )
    return _checked(rest, design.names, design.covariates[kept], design.strata, design.stratum[kept])


def _checked(
    sample: Times, names: tuple[str, ...], columns: Floats, labels: tuple[Any, ...], codes: Integers
) -> CoxDesign:
    if sample.subjects < 2:
        raise NoEstimate(Reason.NOTHING_COMPARED, "A regression needs at least two subjects to compare.")
    if not sample.events:
        raise NoEstimate(Reason.NO_EVENTS, "There are no events yet: a regression of the hazard has nothing to fit.")
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    constant = [name for name, low, high in zip(names, columns.min(0), columns.max(0), strict=True) if low == high]
    if constant:
        raise NoEstimate(
            Reason.CONSTANT, f"The covariate {constant[0]} has one value for everybody: leave it out of the model."
        )
    return CoxDesign(
        sample=sample,
        names=names,
        covariates=columns,
        centre=centre,
        scale=scale,
        standard=(columns - centre) / scale,
        strata=labels,
        stratum=codes,
        moments=_moments(sample, codes),
    )


def _moments(sample: Times, stratum: Integers) -> EventMoments:
    order = np.lexsort((sample.time, stratum))
    subjects = order[sample.event[order]]
    keys = np.column_stack((stratum[subjects], sample.time[subjects]))
    new = np.concatenate(([True], (keys[1:] != keys[:-1]).any(axis=1)))
    starts, moment = np.flatnonzero(new), np.cumsum(new) - 1
    tied = np.diff(np.append(starts, len(subjects)))
    fraction = (np.arange(len(subjects)) - starts[moment]) / tied[moment]
    return EventMoments(
        stratum=stratum[subjects[starts]],
        time=sample.time[subjects[starts]],
        subjects=subjects,
        moment=moment,
        fraction=fraction,
    )


def sums_at_risk(design: CoxDesign, values: Floats) -> Floats:
    """For each moment the sum of the values (a row per subject) over the stratum's subjects at risk then."""
    moments, sums = design.moments, np.empty((len(design.moments.time), values.shape[1]))
    for code in range(len(design.strata)):
        own, here = design.stratum == code, moments.stratum == code
        sums[here] = _from(design.sample.time[own], values[own], moments.time[here])
        if design.sample.entry is not None:
            # Who enters at or after the moment leaves after it too, and so was counted above.
            sums[here] -= _from(design.sample.entry[own], values[own], moments.time[here])
    return sums


def _from(key: Floats, values: Floats, start: Floats) -> Floats:
    """The sums of the values whose key is at or after each start."""
    order = np.argsort(key, kind="stable")
    tail = np.concatenate((values[order][::-1].cumsum(axis=0)[::-1], np.zeros((1, values.shape[1]))))
    return np.asarray(tail[np.searchsorted(key[order], start, side="left")])


@dataclasses.dataclass(frozen=True, eq=False)
class Steps:
    """The regression at one vector of coefficients, of the standard covariates: one row per event.

    ``hazard`` is the step of the baseline hazard, for a subject whose linear predictor is ``shift``. ``mean`` and
    ``variance`` are those of the covariates among the subjects at risk, each weighted with its relative hazard,
    ``risk``.
    """

    log_likelihood: float
    shift: float
    risk: Floats
    hazard: Floats
    mean: Floats
    variance: Floats


def steps(design: CoxDesign, coefficients: Floats) -> Steps:
    """The sums over risk sets. The variance has one matrix per event: covariates are few."""
    moments, standard = design.moments, design.standard
    predictor = standard @ coefficients
    shift = float(predictor.max())  # keeps the exponential finite, whatever Newton's method tries
    risk = np.exp(predictor - shift)
    width = standard.shape[1]
    products = (standard[:, :, None] * standard[:, None, :]).reshape(len(risk), -1)
    values = risk[:, None] * np.column_stack((np.ones(len(risk)), standard, products))
    everybody = sums_at_risk(design, values)
    dying = np.zeros_like(everybody)
    np.add.at(dying, moments.moment, values[moments.subjects])
    rows = everybody[moments.moment] - moments.fraction[:, None] * dying[moments.moment]
    total = rows[:, 0]
    # A step too far makes hazards underflow; its likelihood is then not finite, and it is not taken.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean = rows[:, 1 : 1 + width] / total[:, None]
        second = (rows[:, 1 + width :] / total[:, None]).reshape(-1, width, width)
        log_likelihood = float((predictor[moments.subjects] - shift - np.log(total)).sum())
        hazard = 1 / total
    return Steps(
        log_likelihood=log_likelihood,
        shift=shift,
        risk=risk,
        hazard=hazard,
        mean=mean,
        variance=second - mean[:, :, None] * mean[:, None, :],
    )


def schoenfeld_residuals(design: CoxDesign, at: Steps) -> Floats:
    """One row per event: its standard covariates less their mean at risk, over the steps of its moment."""
    moments = design.moments
    mean = per_moment(moments, at.mean) / np.bincount(moments.moment)[:, None]
    return np.asarray(design.standard[moments.subjects] - mean[moments.moment])


def per_moment(moments: EventMoments, values: Floats) -> Floats:
    """The sums over the steps of each moment, of values with one row per step."""
    sums = np.zeros((len(moments.time), values.shape[1]))
    np.add.at(sums, moments.moment, values)
    return sums

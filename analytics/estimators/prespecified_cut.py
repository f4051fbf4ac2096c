"""A cut of a marker that was said before the data: who lies on which side, and how well the sides tell the response.

A value equal to the cut lies on the upper side: the sides are "at or above the cut" and "below it", whichever of the
two speaks for the response. So groups and accuracies by one cut are of the same subjects. R's ``pROC`` counts an equal
value as positive in both directions, and parts from this rule where lower values speak for the response.

Methods: shares with the intervals of C. J. Clopper and E. S. Pearson, as R's ``binom.test`` gives them; likelihood
ratios with the log method of D. L. Simel, G. P. Samsa, D. B. Matchar, Journal of Clinical Epidemiology 44 (1991) 763.
"""

import math

import msgspec
import numpy as np

from analytics.estimators.answers import Answer, normal_quantile
from analytics.estimators.arrays import Booleans, Column, read_numbers, read_response, same_length
from analytics.estimators.errors import NoEstimate, Reason
from analytics.estimators.limits import read_censored
from analytics.estimators.proportions import Proportion, clopper_pearson
from analytics.estimators.roc import Direction


class CutAccuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Who is positive lies on the side of the cut that speaks for the response: ``direction`` says which.

    A predictive value is None where nobody lies on its side, and holds where as many have the response as here. A
    likelihood ratio says how much more often a side is found among cases than among controls.
    """

    method: str = "Clopper-Pearson; likelihood ratios by the log method"
    direction: Direction
    cut: float
    level: float
    cases_positive: int
    cases_negative: int
    controls_positive: int
    controls_negative: int
    sensitivity: Proportion
    specificity: Proportion
    positive_predictive: Proportion | None
    negative_predictive: Proportion | None
    positive_likelihood: Answer
    negative_likelihood: Answer


def at_or_above(value: Column, limit: Column, cut: float) -> Booleans:
    """Whether each value lies at or above the cut. ``value`` is the number, or the limit that it lies beyond, as
    ``limit`` says by `limit_kinds.Limit`.

    Refuses nobody, missing values, a kind that is none, and a cut on either side of which somebody may lie: one above
    which a lower limit stands, or below which an upper one.
    """
    numbers, below, above = read_censored(value, limit)
    _refuse_among_censored("below", "above", int((below & (numbers > cut)).sum()), len(numbers))
    _refuse_among_censored("above", "below", int((above & (numbers < cut)).sum()), len(numbers))
    return np.asarray(above | (~below & (numbers >= cut)))


def _refuse_among_censored(beyond: str, stands: str, unknown: int, of: int) -> None:
    if unknown:
        has = "has a value that is" if unknown == 1 else "have values that are"
        raise NoEstimate(
            Reason.CUT_AMONG_CENSORED,
            f"{unknown} of {of} subjects {has} only known to lie {beyond} a limit, and that limit stands {stands} the "
            f"cut: on which side of it they lie is not known. Name a cut at or {stands} the limit.",
        )


def cut_accuracy(
    response: Column, upper: Column, *, cut: float, direction: Direction, level: float = 0.95
) -> CutAccuracy:
    """``upper`` is True or 1 for whoever lies at or above the cut, as `at_or_above` gives it.

    Refuses nobody, missing values, and one response only. Everybody may lie on one side.
    """
    case = read_response(response)
    positive = read_numbers(upper, "upper") == (1 if direction is Direction.HIGHER else 0)
    same_length(len(case), upper=len(positive))
    hits, false = int((case & positive).sum()), int((~case & positive).sum())
    cases, controls = int(case.sum()), int((~case).sum())
    missed, spared = cases - hits, controls - false
    return CutAccuracy(
        direction=direction,
        cut=cut,
        level=level,
        cases_positive=hits,
        cases_negative=missed,
        controls_positive=false,
        controls_negative=spared,
        sensitivity=clopper_pearson(hits, cases, level=level),
        specificity=clopper_pearson(spared, controls, level=level),
        positive_predictive=clopper_pearson(hits, hits + false, level=level) if hits + false else None,
        negative_predictive=clopper_pearson(spared, missed + spared, level=level) if missed + spared else None,
        positive_likelihood=_ratio(hits, cases, false, controls, level),
        negative_likelihood=_ratio(missed, cases, spared, controls, level),
    )


def _ratio(hits: int, cases: int, false: int, controls: int, level: float) -> Answer:
    """The share among the cases over the share among the controls. A ratio of 0 has no logarithm: no interval."""
    if false == 0:
        return Answer(missing=Reason.EMPTY_CELL, interval_missing=Reason.EMPTY_CELL)
    value = (hits / cases) / (false / controls)
    if hits == 0:
        return Answer(value=value, interval_missing=Reason.EMPTY_CELL)
    variance = (1 / hits - 1 / cases) + (1 / false - 1 / controls)
    if variance <= 0:
        return Answer(value=value, interval_missing=Reason.NO_VARIATION)
    reach = math.exp(normal_quantile(level) * math.sqrt(variance))
    return Answer(value=value, lower=value / reach, upper=value * reach)

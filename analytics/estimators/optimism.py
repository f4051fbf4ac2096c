"""How much better a model or a cut looks in the data that made it than it will in others.

Method: B. Efron, JASA 78 (1983) 316, as F. E. Harrell, Regression Modeling Strategies (2015), section 5.3.4, has it:
everything that was chosen from the data is chosen again in each resample, and judged there and in the data; the mean
of the differences is the optimism, and the apparent value less it is the corrected one. Equal to R's ``glm``,
``pROC``, ``maxstat.test`` and ``coxph`` run on the same resamples.
"""

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from analytics.estimators.arrays import Booleans, Column, Floats, Integers, read_covariates, read_numbers, read_times
from analytics.estimators.cox import fit_cox
from analytics.estimators.cox_design import cox_design
from analytics.estimators.errors import InputRefused, NoEstimate, Reason, Refused
from analytics.estimators.logistic import maximum_likelihood
from analytics.estimators.logistic_design import in_own_units, logistic_design
from analytics.estimators.maximally_selected import cut_for_response, cut_for_survival
from analytics.estimators.roc import Direction, area_under, best_cuts, read_marked, roc_curve
from analytics.estimators.separation import SeparationKind, separation


class Measure(enum.StrEnum):
    """Of a model the area under its ROC curve; of a cut sensitivity and specificity less 1, or how far hazards part."""

    AUC = "AUC"
    YOUDEN = "Youden"
    LOG_HAZARD_RATIO = "log hazard ratio"


class CutRule(enum.StrEnum):
    YOUDEN = "Youden"
    MAXIMALLY_SELECTED = "maximally selected"


class Optimism(msgspec.Struct, frozen=True, kw_only=True):
    """``left_out`` are resamples in which there was nothing to choose: one response only, separation by several
    covariates, or hazards whose ratio is infinite.

    ``corrected`` is ``apparent`` less ``optimism``. It has no interval: the resamples give none for it.
    """

    method: str = "bootstrap, optimism"
    measure: Measure
    subjects: int
    resamples: int
    left_out: int
    apparent: float
    optimism: float
    corrected: float


class CutOptimism(msgspec.Struct, frozen=True, kw_only=True):
    """``lower`` and ``upper`` are percentiles of the cuts that the resamples chose: how settled the cut is."""

    rule: CutRule
    cut: float
    level: float
    lower: float
    upper: float
    optimism: Optimism


def resamples(subjects: int, count: int, *, seed: int) -> Integers:
    """``count`` rows, each with the places of as many subjects, drawn with replacement; one seed, one draw."""
    if subjects < 1:
        raise NoEstimate(Reason.NOBODY, "There is nobody to draw from yet.")
    if count < 1 or seed < 0:
        raise InputRefused(
            Reason.SETTING_OUT_OF_RANGE, "The bootstrap draws at least one resample, by a seed of 0 or above."
        )
    return np.random.default_rng(seed).integers(0, subjects, size=(count, subjects))


def auc_optimism(response: Column, covariates: Mapping[str, Column], drawn: Integers) -> Optimism:
    """Of the area under the curve of a logistic regression's predictor.

    ``drawn`` as ``resamples`` gives it. Of one covariate the regression chooses nothing but which way it points, which
    separation leaves as clear as it can be. Refuses several covariates that separate, and what ``fit_logistic`` refuses
    beside.
    """
    names, columns = read_covariates(covariates)
    design = logistic_design(response, covariates)
    case = design.response
    if len(names) > 1 and separation(design).kind is not SeparationKind.NONE:
        raise NoEstimate(
            Reason.SEPARATION,
            "The covariates tell who has the response from who has not, so that no one model fits best: how much too "
            "good its area looks has no number. Judge fewer covariates.",
        )

    def fitted(rows: Integers) -> Floats:
        if len(names) == 1:
            return pointed(rows)
        own = logistic_design(case[rows], dict(zip(names, columns[rows].T, strict=True)))
        found = maximum_likelihood(own)
        return in_own_units(own, found.coefficients, np.eye(len(names) + 1))[0][1:]

    def pointed(rows: Integers) -> Floats:
        # The likelihood of one slope is concave and rises from 0 towards the group whose mean is the greater.
        has, values = read_marked(case[rows], columns[rows, 0])
        return np.sign([values[has].mean() - values[~has].mean()])

    def judged(slopes: Floats, rows: Integers) -> float:
        return area_under(case[rows], columns[rows] @ slopes)

    return _optimism(Measure.AUC, drawn, len(case), fitted, judged)[0]


def cut_optimism(
    response: Column,
    marker: Column,
    drawn: Integers,
    *,
    direction: Direction,
    rule: CutRule = CutRule.MAXIMALLY_SELECTED,
    minprop: float = 0.1,
    maxprop: float = 0.9,
    level: float = 0.95,
) -> CutOptimism:
    """Of sensitivity and specificity less 1 at the chosen cut. Of tied cuts the least is taken, everywhere.

    Refuses what ``best_cuts`` or ``cut_for_response`` refuse.
    """
    case, values = read_marked(response, marker)

    def chosen(rows: Integers) -> float:
        if rule is CutRule.MAXIMALLY_SELECTED:
            return cut_for_response(case[rows], values[rows], minprop=minprop, maxprop=maxprop).cut
        return best_cuts(roc_curve(case[rows], values[rows], direction=direction)).cuts[0].cut

    def judged(cut: float, rows: Integers) -> float:
        return _youden(case[rows], values[rows], cut, direction)

    found, cuts = _optimism(Measure.YOUDEN, drawn, len(case), chosen, judged)
    return _cut_told(rule, chosen(np.arange(len(case))), cuts, found, level)


def survival_cut_optimism(
    time: Column,
    event: Column,
    marker: Column,
    drawn: Integers,
    *,
    minprop: float = 0.1,
    maxprop: float = 0.9,
    level: float = 0.95,
) -> CutOptimism:
    """Of the logarithm of the hazard ratio of those above the cut to those at or below it.

    Its sign is what the resample found; optimism is measured towards it. Refuses what ``cut_for_survival`` and
    ``fit_cox`` refuse, and a cut on one side of which the hazard is 0: its ratio is infinite.
    """
    sample, values = read_times(time, event), read_numbers(marker, "marker")

    def log_ratio(cut: float, rows: Integers) -> float:
        design = cox_design(sample.time[rows], sample.event[rows], {"above": (values[rows] > cut).astype(np.float64)})
        return fit_cox(design).coefficients[0].coefficient

    def chosen(rows: Integers) -> tuple[float, float]:
        cut = cut_for_survival(
            sample.time[rows], sample.event[rows], values[rows], minprop=minprop, maxprop=maxprop
        ).cut
        return cut, float(np.sign(log_ratio(cut, rows)))

    def judged(choice: tuple[float, float], rows: Integers) -> float:
        return choice[1] * log_ratio(choice[0], rows)

    everybody = np.arange(sample.subjects)
    try:
        cut = chosen(everybody)[0]
    except NoEstimate as refused:
        if refused.reason is not Reason.SEPARATION:
            raise
        raise NoEstimate(
            Reason.SEPARATION,
            "Every event lies on one side of the chosen cut, so that the hazard ratio of its sides is infinite: how "
            "much too good it looks has no number. Read the corrected p value.",
        ) from refused
    found, choices = _optimism(Measure.LOG_HAZARD_RATIO, drawn, len(everybody), chosen, judged)
    return _cut_told(CutRule.MAXIMALLY_SELECTED, cut, [each for each, _ in choices], found, level)


def _youden(case: Booleans, values: Floats, cut: float, direction: Direction) -> float:
    positive = values > cut if direction is Direction.HIGHER else values <= cut
    return float(positive[case].mean() - positive[~case].mean())


Choice = TypeVar("Choice")


def _optimism(
    measure: Measure,
    drawn: Integers,
    subjects: int,
    choose: Callable[[Integers], Choice],
    judge: Callable[[Choice, Integers], float],
) -> tuple[Optimism, list[Choice]]:
    """The optimism, and what each resample chose."""
    if drawn.ndim != 2 or drawn.shape[1] != subjects or drawn.min() < 0 or drawn.max() >= subjects:
        raise InputRefused(
            Reason.LENGTHS_DIFFER, f"A resample has {subjects} places from 0, as many as there are subjects."
        )
    everybody = np.arange(subjects)
    apparent = judge(choose(everybody), everybody)
    choices, differences = [], []
    for rows in drawn:
        try:
            choice = choose(rows)
            difference = judge(choice, rows) - judge(choice, everybody)
        except Refused:
            continue
        choices.append(choice)
        differences.append(difference)
    if not choices:
        raise NoEstimate(Reason.NOTHING_COMPARED, "In no resample was there anything to choose: draw more of them.")
    mean = float(np.mean(differences))
    told = Optimism(
        measure=measure,
        subjects=subjects,
        resamples=len(drawn),
        left_out=len(drawn) - len(choices),
        apparent=apparent,
        optimism=mean,
        corrected=apparent - mean,
    )
    return told, choices


def _cut_told(rule: CutRule, cut: float, cuts: Sequence[float], found: Optimism, level: float) -> CutOptimism:
    if not 0 < level < 1:
        raise InputRefused(Reason.SETTING_OUT_OF_RANGE, "The level of an interval lies between 0 and 1, as 0.95 does.")
    lower, upper = np.quantile(cuts, [(1 - level) / 2, (1 + level) / 2]).tolist()
    return CutOptimism(rule=rule, cut=cut, level=level, lower=lower, upper=upper, optimism=found)

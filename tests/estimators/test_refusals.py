"""Inputs at the edge: each gives a sentence that says what and what next, or a value with its reason. Never NaN."""

import math
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from analytics.estimators.answers import Answer, Interval
from analytics.estimators.competing_risks import cumulative_incidence, incidence_at
from analytics.estimators.cox import baseline, fit_cox
from analytics.estimators.cox_design import cox_design
from analytics.estimators.cox_residuals import deviance_residuals, dfbeta_residuals, martingale_residuals
from analytics.estimators.errors import InputRefused, NoEstimate, Reason, Refused
from analytics.estimators.gray import gray_test
from analytics.estimators.kaplan_meier import (
    RestrictedMean,
    kaplan_meier,
    median,
    number_at_risk,
    quantile,
    restricted_mean,
    reverse_kaplan_meier,
    survival_at,
)
from analytics.estimators.log_rank import log_rank
from analytics.estimators.proportional_hazards import TimeTransform, proportional_hazards

NAN = math.nan


def cox(time: Any, event: Any, x: Any, **more: Any) -> Any:
    return fit_cox(cox_design(time, event, {"x": x}, **more))


def zph(time: Any, event: Any, x: Any, **settings: Any) -> Any:
    design = cox_design(time, event, {"x": x})
    return proportional_hazards(design, fit_cox(design), **settings)


FIVE = ([1, 2, 3, 4, 5], [1, 0, 1, 1, 0])
COVARIATE = [0, 1, 1, 0, 1]
EARLY, LATE = [1, 2, 3, 11, 12, 13], [1, 1, 1, 1, 1, 1]

# What is tried, on which call, the reason, and how the sentence begins.
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: kaplan_meier([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("nobody, reverse", lambda: reverse_kaplan_meier([], []), Reason.NOBODY, "There is nobody"),
    ("nobody, log-rank", lambda: log_rank([], [], []), Reason.NOBODY, "There is nobody"),
    ("nobody, Cox", lambda: cox([], [], []), Reason.NOBODY, "There is nobody"),
    ("nobody, incidence", lambda: cumulative_incidence([], []), Reason.NOBODY, "There is nobody"),
    ("nobody, Gray", lambda: gray_test([], [], [], of=1), Reason.NOBODY, "There is nobody"),
    (
        "a time missing",
        lambda: kaplan_meier([1, NAN, None], [1, 0, 1]),
        Reason.VALUES_MISSING,
        "2 of 3 subjects have no value in time: leave them out or fill them",
    ),
    (
        "an event missing",
        lambda: kaplan_meier([1, 2], pd.Series([True, None])),
        Reason.VALUES_MISSING,
        "1 of 2 subjects has no value in event",
    ),
    ("a group missing", lambda: log_rank(*FIVE, ["a", None, "b", "a", "b"]), Reason.VALUES_MISSING, "1 of 5 subjects"),
    ("a covariate missing", lambda: cox(*FIVE, [0, NAN, 1, 0, 1]), Reason.VALUES_MISSING, "1 of 5 subjects has no val"),
    ("a stratum missing", lambda: cox(*FIVE, COVARIATE, strata=[1, 1, 2, 2, None]), Reason.VALUES_MISSING, "1 of 5"),
    ("a cause missing", lambda: cumulative_incidence([1, 2], [NAN, 1]), Reason.VALUES_MISSING, "1 of 2 subjects has"),
    ("text for a time", lambda: kaplan_meier(["soon", 2], [1, 0]), Reason.NOT_NUMBERS, "The column time holds"),
    ("an endless time", lambda: kaplan_meier([math.inf, 2], [1, 0]), Reason.NOT_NUMBERS, "1 of 2 subjects has an inf"),
    (
        "a time below zero",
        lambda: kaplan_meier([-1, 2], [1, 0]),
        Reason.TIME_NEGATIVE,
        "1 of 2 subjects has a time bel",
    ),
    ("R's status 1 and 2", lambda: kaplan_meier([1, 2], [1, 2]), Reason.EVENT_NOT_BINARY, "An event is 1 and a cens"),
    ("unequal lengths", lambda: kaplan_meier([1, 2], [1]), Reason.LENGTHS_DIFFER, "The column event has 1 values wher"),
    ("groups too few", lambda: log_rank(*FIVE, ["a", "b"]), Reason.LENGTHS_DIFFER, "The column group has 2 values"),
    ("causes too few", lambda: cumulative_incidence([1, 2], [1]), Reason.LENGTHS_DIFFER, "The column cause has 1 val"),
    (
        "entry at the time",
        lambda: kaplan_meier([1, 2], [1, 0], entry=[1, 0]),
        Reason.ENTRY_NOT_BEFORE_EXIT,
        "1 of 2 subjects has an entry that is not before the time",
    ),
    (
        "all early ones die before the others enter",
        lambda: kaplan_meier([2, 3, 9, 9], [1, 1, 1, 0], entry=[0, 0, 3, 5]),
        Reason.RISK_SET_EMPTIED,
        "Everybody who had entered had the event before the others entered",
    ),
    ("level 95", lambda: kaplan_meier(*FIVE, level=95), Reason.SETTING_OUT_OF_RANGE, "The level of an interval lies"),
    (
        "Cox's level 0",
        lambda: fit_cox(cox_design(*FIVE, {"x": COVARIATE}), level=0),
        Reason.SETTING_OUT_OF_RANGE,
        "The",
    ),
    ("quantile 0", lambda: quantile(kaplan_meier(*FIVE), 0), Reason.SETTING_OUT_OF_RANGE, "A quantile's share lies"),
    ("mean to 0", lambda: restricted_mean(kaplan_meier(*FIVE), 0), Reason.SETTING_OUT_OF_RANGE, "The mean is restric"),
    (
        "mean past the follow-up",
        lambda: restricted_mean(kaplan_meier(*FIVE), 6),
        Reason.FOLLOW_UP_TOO_SHORT,
        "Nobody was followed up to the time",
    ),
    ("rho below 0", lambda: log_rank(*FIVE, COVARIATE, rho=-1), Reason.SETTING_OUT_OF_RANGE, "The powers rho and gam"),
    ("one group", lambda: log_rank(*FIVE, ["a"] * 5), Reason.ONE_GROUP, "All subjects are in one group"),
    ("one subject, log-rank", lambda: log_rank([3], [1], ["a"]), Reason.ONE_GROUP, "All subjects are in one group"),
    ("no events, log-rank", lambda: log_rank([1, 2], [0, 0], [1, 2]), Reason.NO_EVENTS, "There are no events in any g"),
    (
        "groups that never meet",
        lambda: log_rank([1, 1, 9, 9], [0, 0, 1, 1], [1, 1, 2, 2]),
        Reason.NOTHING_COMPARED,
        "At no event were subjects of all groups at risk together",
    ),
    (
        "each group in a stratum of its own",
        lambda: log_rank(*FIVE, COVARIATE, strata=COVARIATE),
        Reason.NOTHING_COMPARED,
        "At no event were subjects",
    ),
    (
        "two subjects and one moment",
        lambda: log_rank([1, 1], [1, 1], [1, 2]),
        Reason.NOTHING_COMPARED,
        "At no event were subjects",
    ),
    ("one subject, Cox", lambda: cox([3], [1], [0.5]), Reason.NOTHING_COMPARED, "A regression needs at least two"),
    ("no events, Cox", lambda: cox([1, 2], [0, 0], [1, 2]), Reason.NO_EVENTS, "There are no events yet: a regression"),
    (
        "no covariates",
        lambda: cox_design(*FIVE, {}),
        Reason.NO_COVARIATES,
        "A regression needs at least one covariate.",
    ),
    ("one value", lambda: cox(*FIVE, [2, 2, 2, 2, 2]), Reason.CONSTANT, "The covariate x has one value for everybody"),
    (
        "covariates too few",
        lambda: cox_design(*FIVE, {"x": COVARIATE, "y": [1, 2]}),
        Reason.LENGTHS_DIFFER,
        "The column y has 2 values where 5 are wanted.",
    ),
    (
        "one covariate twice",
        lambda: fit_cox(cox_design(*FIVE, {"x": COVARIATE, "y": [1 - value for value in COVARIATE]})),
        Reason.COLLINEAR,
        "Among those at risk at the events, a covariate does not vary or follows",
    ),
    (
        "the last one alone has the event",
        lambda: cox([1, 2, 3], [0, 0, 1], [0, 1, 2]),
        Reason.COLLINEAR,
        "Among those at risk at the events, a covariate does not vary",
    ),
    (
        "nobody at risk at the events differs",
        lambda: cox([0, 1, 1, 1], [0, 0, 1, 1], [0, 3, 3, 3]),
        Reason.COLLINEAR,
        "Among those at risk at the events, a covariate does not vary",
    ),
    (
        "a covariate in too large a unit",
        lambda: cox(*FIVE, [0, 1e-6, 2e-6, 0, 1e-6]),
        Reason.UNIT_TOO_LARGE,
        "The hazard ratio of one unit of x is beyond all numbers",
    ),
    (
        "separation: all of one group before the other",
        lambda: cox(EARLY, LATE, [1, 1, 1, 0, 0, 0]),
        Reason.SEPARATION,
        "The likelihood has no maximum along x",
    ),
    (
        "separation: nobody in one group has the event",
        lambda: cox([1, 2, 3, 4, 5, 6], [1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 1, 0]),
        Reason.SEPARATION,
        "The likelihood has no maximum along x",
    ),
    (
        "separation where Newton's steps have to be halved",
        lambda: cox([5, 5, 3, 4, 3, 5], [1, 0, 0, 1, 0, 0], [0.2, 0.1, 8, 1.6, 0.2, 0.2]),
        Reason.SEPARATION,
        "The likelihood has no maximum along x",
    ),
    (
        "as many covariates as events",
        lambda: fit_cox(cox_design([1, 2, 3, 4], [1, 0, 1, 0], {"x": [3, 1, 2, 5], "y": [1, 4, 2, 2]})),
        Reason.SEPARATION,
        "The likelihood has no maximum along",
    ),
    (
        "a baseline at unknown covariates",
        lambda: baseline(cox_design(*FIVE, {"x": COVARIATE}), cox(*FIVE, COVARIATE), {"y": 1}),
        Reason.NAME_UNKNOWN,
        "A baseline is asked at one value of each covariate",
    ),
    (
        "a fit of other subjects",
        lambda: martingale_residuals(cox_design([1, 2], [1, 0], {"x": [1, 2]}), cox(*FIVE, COVARIATE)),
        Reason.LENGTHS_DIFFER,
        "The column design has 2 values where 5 are wanted.",
    ),
    (
        "the logarithm of a time of zero",
        lambda: zph([0, 2, 3, 4, 5], [1, 0, 1, 1, 0], COVARIATE, transform=TimeTransform.LOG),
        Reason.TIME_ZERO,
        "A time of zero has no logarithm",
    ),
    (
        "an unknown term",
        lambda: zph(*FIVE, COVARIATE, terms={"z": ["z"]}),
        Reason.NAME_UNKNOWN,
        "A term of the test na",
    ),
    ("an empty term", lambda: zph(*FIVE, COVARIATE, terms={"z": []}), Reason.NAME_UNKNOWN, "A term of the test names"),
    (
        "one distinct event time",
        lambda: zph([3, 3, 3, 4], [1, 1, 0, 0], [0, 1, 1, 0]),
        Reason.TOO_FEW_EVENT_TIMES,
        "There are too few distinct event times",
    ),
    ("no cause", lambda: cumulative_incidence([1, 2], [0, 0]), Reason.NO_EVENTS, "No event of any cause has happened"),
    (
        "an unknown cause",
        lambda: incidence_at(cumulative_incidence([1, 2], [0, 1]), 2, [1]),
        Reason.NAME_UNKNOWN,
        "No event of the cause that is asked for",
    ),
    ("Gray, one group", lambda: gray_test(*FIVE, [1] * 5, of=1), Reason.ONE_GROUP, "All subjects are in one group"),
    ("Gray, another cause", lambda: gray_test(*FIVE, COVARIATE, of=2), Reason.NO_EVENTS, "No event of the cause in qu"),
    ("Gray, rho below 0", lambda: gray_test(*FIVE, COVARIATE, of=1, rho=-1), Reason.SETTING_OUT_OF_RANGE, "The power"),
    (
        "Gray, each group in a stratum of its own",
        lambda: gray_test(*FIVE, COVARIATE, of=1, strata=COVARIATE),
        Reason.NOTHING_COMPARED,
        "At no event were subjects",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_estimated_is_refused_in_a_sentence(
    _: str, call: Callable[[], Any], reason: Reason, begins: str
):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    sentence = str(refused.value)
    assert sentence.startswith(begins)
    assert sentence[0].isupper() or sentence[0].isdigit()
    assert sentence.endswith(".")


def test_wrong_input_and_no_answer_are_told_apart():
    with pytest.raises(InputRefused):
        kaplan_meier([-1], [1])
    with pytest.raises(NoEstimate):
        log_rank([1, 2], [0, 0], ["a", "b"])


def test_a_sentence_holds_no_value_of_a_subject():
    with pytest.raises(InputRefused) as refused:
        kaplan_meier(["4711", "secret"], [1, 0])
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


NO_EVENT = kaplan_meier([3, 9], [0, 0])
ALL_DEAD = kaplan_meier([3, 9], [1, 1])
FLAT = kaplan_meier([5, 9, 9, 9, 9, 9, 9, 9], [1, 0, 0, 0, 0, 0, 0, 0])
FLAT_AT_ONE_HALF = kaplan_meier([1, 2, 3, 3], [1, 1, 0, 0])
CAUSES = cumulative_incidence([2, 4, 6, 8], [1, 2, 1, 0])
ALL_ONE = cumulative_incidence([2, 4], [1, 1])

ANSWERS: list[tuple[str, Answer, Answer]] = [
    ("no events: no median", median(NO_EVENT), Answer(missing=Reason.NO_EVENTS, interval_missing=Reason.NO_EVENTS)),
    (
        "no events by then",
        survival_at(NO_EVENT, [5])[0],
        Answer(value=1.0, interval_missing=Reason.NO_EVENTS_BY_THEN),
    ),
    ("before the first", survival_at(ALL_DEAD, [1])[0], Answer(value=1.0, interval_missing=Reason.NO_EVENTS_BY_THEN)),
    ("on day zero", survival_at(ALL_DEAD, [0])[0], Answer(value=1.0, interval_missing=Reason.NO_EVENTS_BY_THEN)),
    ("all dead", survival_at(ALL_DEAD, [10])[0], Answer(value=0.0, interval_missing=Reason.NOBODY_LEFT_BY_THEN)),
    (
        "past the follow-up",
        survival_at(NO_EVENT, [10])[0],
        Answer(missing=Reason.FOLLOW_UP_TOO_SHORT, interval_missing=Reason.FOLLOW_UP_TOO_SHORT),
    ),
    (
        "one subject dead",
        median(kaplan_meier([7], [1])),
        Answer(value=7.0, interval_missing=Reason.LIMIT_NOT_REACHED),
    ),
    (
        "dead on day zero",
        median(kaplan_meier([0, 0], [1, 1])),
        Answer(value=0.0, interval_missing=Reason.LIMIT_NOT_REACHED),
    ),
    (
        "one event of eight",
        median(FLAT),
        Answer(lower=5.0, missing=Reason.NOT_REACHED, interval_missing=Reason.LIMIT_NOT_REACHED),
    ),
    (
        # R 4.2.2, survival 3.5-3: print(survfit(Surv(c(1, 2, 3, 3), c(1, 1, 0, 0)) ~ 1, conf.type = "log-log"))
        "flat at one half to the end: its beginning",
        median(FLAT_AT_ONE_HALF),
        Answer(value=2.0, lower=1.0, interval_missing=Reason.LIMIT_NOT_REACHED),
    ),
    (
        "incidence before the first",
        incidence_at(CAUSES, 1, [1])[0],
        Answer(value=0.0, interval_missing=Reason.NO_EVENTS_BY_THEN),
    ),
    (
        "incidence before its own first",
        incidence_at(CAUSES, 2, [3])[0],
        Answer(value=0.0, interval_missing=Reason.NO_EVENTS_BY_THEN),
    ),
    (
        "incidence past the follow-up",
        incidence_at(CAUSES, 1, [9])[0],
        Answer(missing=Reason.FOLLOW_UP_TOO_SHORT, interval_missing=Reason.FOLLOW_UP_TOO_SHORT),
    ),
    (
        "incidence of one",
        incidence_at(ALL_ONE, 1, [9])[0],
        Answer(value=1.0, interval_missing=Reason.NOBODY_LEFT_BY_THEN),
    ),
]


@pytest.mark.parametrize(("_", "found", "expected"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_a_number_that_is_not_there_has_its_reason(_: str, found: Answer, expected: Answer):
    # Of "one event of eight" R gives the lower limit: the lower curve falls below one half at 5.
    assert (found.value, found.missing, found.interval_missing) == (
        expected.value,
        expected.missing,
        expected.interval_missing,
    )
    if expected.lower is not None:
        assert found.lower == expected.lower


MEANS: list[tuple[str, RestrictedMean, RestrictedMean]] = [
    (
        "no events",
        restricted_mean(NO_EVENT, 8),
        RestrictedMean(until=8, value=8.0, interval_missing=Reason.NO_EVENTS_BY_THEN),
    ),
    (
        "an event only at the end",
        restricted_mean(ALL_DEAD, 3),
        RestrictedMean(until=3, value=3.0, interval_missing=Reason.NO_EVENTS_BY_THEN),
    ),
    (
        "all at once",
        restricted_mean(kaplan_meier([4, 4], [1, 1]), 9),
        RestrictedMean(until=9, value=4.0, interval_missing=Reason.NOBODY_LEFT_BY_THEN),
    ),
]


@pytest.mark.parametrize(("_", "found", "expected"), MEANS, ids=[row[0] for row in MEANS])
def test_a_mean_that_has_not_varied_has_no_interval(_: str, found: RestrictedMean, expected: RestrictedMean):
    assert found == expected


def test_nobody_is_at_risk_after_the_last_time():
    assert number_at_risk(ALL_DEAD, [0, 3, 4, 9, 10]) == (2, 2, 1, 1, 0)


def test_a_group_that_was_never_at_risk_at_an_event_takes_no_part():
    # R 4.2.2, survival 3.5-3: survdiff(Surv(c(1, 2, 3, 4, 5), c(0, 1, 1, 1, 0)) ~ c(3, 1, 2, 1, 2)): 2 groups, 1 df
    found = log_rank([1, 2, 3, 4, 5], [0, 1, 1, 1, 0], [3, 1, 2, 1, 2])
    assert found.test.df == 1
    assert found.groups[2].expected == 0


SMALL = [
    ("one dead, one censored", [4, 6], [1, 0]),
    ("all dead at once", [4, 4, 4], [1, 1, 1]),
    ("day zero", [0, 0, 3], [1, 0, 1]),
    ("nobody dead", [4, 6], [0, 0]),
]


@pytest.mark.parametrize(("_", "time", "event"), SMALL, ids=[row[0] for row in SMALL])
@pytest.mark.parametrize("interval", Interval)
def test_no_value_of_a_small_curve_is_nan(_: str, time: list[int], event: list[int], interval: Interval):
    curve = kaplan_meier(time, event, interval=interval)
    for found in (curve, median(curve), *survival_at(curve, [0, 3, 4])):
        assert finite(found)


def test_no_residual_is_nan_where_everybody_has_the_event_at_once():
    design = cox_design([2, 2, 2, 2, 3], [1, 1, 1, 1, 0], {"x": [1, 2, 4, 3, 2]})
    fit = fit_cox(design)
    for values in (martingale_residuals(design, fit), deviance_residuals(design, fit), dfbeta_residuals(design, fit)):
        assert np.isfinite(values).all()


def finite(found: Any) -> bool:
    """No NaN and nothing infinite anywhere in a struct."""
    if isinstance(found, float):
        return math.isfinite(found)
    if isinstance(found, msgspec.Struct):
        return all(finite(value) for value in msgspec.structs.asdict(found).values())
    if isinstance(found, tuple):
        return all(finite(value) for value in found)
    return True

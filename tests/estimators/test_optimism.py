"""The bootstrap's optimism: the same seed, the same number; none without a choice; and what cannot be drawn."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analytics.estimators.errors import Reason, Refused
from analytics.estimators.optimism import (
    CutRule,
    Measure,
    auc_optimism,
    cut_optimism,
    resamples,
    survival_cut_optimism,
)
from analytics.estimators.roc import Direction

DRAWS = np.random.default_rng(20)
RESPONSE = [0, 1] * 20
NOISE = DRAWS.normal(size=40).round(3).tolist()
OTHER = DRAWS.normal(size=40).round(3).tolist()
TIME, EVENT = DRAWS.integers(1, 60, size=40).tolist(), [1, 1, 0, 1] * 10


def test_the_same_seed_draws_the_same_subjects():
    # numpy's default generator, PCG64, at 7: its bits are the same on every machine.
    assert resamples(5, 2, seed=7).tolist() == resamples(5, 2, seed=7).tolist() == [[4, 3, 3, 4, 2], [3, 4, 1, 0, 1]]
    assert resamples(5, 2, seed=8).tolist() != resamples(5, 2, seed=7).tolist()


def test_the_same_draws_give_the_same_optimism():
    first, second = (auc_optimism(RESPONSE, {"x": NOISE}, resamples(40, 20, seed=1)) for _ in range(2))
    assert first == second
    assert (first.measure, first.subjects, first.resamples) == (Measure.AUC, 40, 20)
    assert first.corrected == pytest.approx(first.apparent - first.optimism)


def test_noise_looks_better_in_the_data_that_chose_it():
    drawn = resamples(40, 50, seed=2)
    model = auc_optimism(RESPONSE, {"x": NOISE, "y": OTHER}, drawn)
    cut = cut_optimism(RESPONSE, NOISE, drawn, direction=Direction.HIGHER, rule=CutRule.YOUDEN)
    hazard = survival_cut_optimism(TIME, EVENT, NOISE, drawn)
    for found in (model, cut.optimism, hazard.optimism):
        assert found.optimism > 0
        assert found.corrected < found.apparent
    assert hazard.optimism.measure is Measure.LOG_HAZARD_RATIO
    assert cut.lower <= cut.cut <= cut.upper


def test_without_resampling_there_is_no_optimism():
    everybody = np.arange(40)[None, :]
    found = cut_optimism(RESPONSE, NOISE, everybody, direction=Direction.HIGHER)
    assert found.optimism.optimism == 0
    assert found.lower == found.cut == found.upper


def test_a_lower_marker_can_speak_for_the_response():
    drawn = resamples(40, 5, seed=3)
    turned = cut_optimism(RESPONSE, [-each for each in NOISE], drawn, direction=Direction.LOWER, rule=CutRule.YOUDEN)
    found = cut_optimism(RESPONSE, NOISE, drawn, direction=Direction.HIGHER, rule=CutRule.YOUDEN)
    assert turned.optimism.apparent == pytest.approx(found.optimism.apparent)


def test_a_resample_with_one_response_only_is_left_out_and_counted():
    drawn = np.array([[0, 1, 2, 3, 4, 5], [0, 0, 2, 2, 4, 4], [0, 1, 2, 3, 4, 5]])
    found = auc_optimism([0, 1, 0, 1, 0, 1], {"x": [1, 2, 3, 1, 2, 3]}, drawn)
    assert (found.resamples, found.left_out) == (3, 1)


SIX = ([0, 1, 0, 1, 0, 1], [1, 2, 3, 1, 2, 3])
ONE_RESPONSE = np.array([[0, 0, 2, 2, 4, 4]])
UP: dict[str, Any] = {"direction": Direction.HIGHER}
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: resamples(0, 5, seed=1), Reason.NOBODY, "There is nobody to draw from yet."),
    ("no resamples", lambda: resamples(5, 0, seed=1), Reason.SETTING_OUT_OF_RANGE, "The bootstrap draws at least one"),
    ("a seed below 0", lambda: resamples(5, 5, seed=-1), Reason.SETTING_OUT_OF_RANGE, "The bootstrap draws at least"),
    ("one subject", lambda: auc_optimism([1], {"x": [2]}, resamples(1, 2, seed=1)), Reason.ONE_GROUP, "Everybody has"),
    (
        "no responders",
        lambda: cut_optimism([0, 0], [1, 2], resamples(2, 2, seed=1), **UP),
        Reason.ONE_GROUP,
        "Nobody has a response of 1",
    ),
    (
        "all under LLOQ",
        lambda: cut_optimism([0, 1], [1, 1], resamples(2, 2, seed=1), **UP),
        Reason.CONSTANT,
        "The marker has one value for everybody",
    ),
    (
        "no events",
        lambda: survival_cut_optimism([1, 2], [0, 0], [1, 2], resamples(2, 2, seed=1)),
        Reason.NO_EVENTS,
        "There are no events yet",
    ),
    (
        "draws of other subjects",
        lambda: cut_optimism(*SIX, resamples(5, 2, seed=1), **UP),
        Reason.LENGTHS_DIFFER,
        "A resample has 6 places from 0",
    ),
    (
        "nothing to choose in any resample",
        lambda: cut_optimism(*SIX, ONE_RESPONSE, **UP),
        Reason.NOTHING_COMPARED,
        "In no resample was there anything to choose",
    ),
    (
        "level",
        lambda: cut_optimism(*SIX, resamples(6, 20, seed=1), **UP, level=1),
        Reason.SETTING_OUT_OF_RANGE,
        "The level of an interval lies between",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_has_no_optimism_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)

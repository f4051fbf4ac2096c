"""Cuts chosen from the data: which are allowed and tied, what the correction costs, and what cannot be cut."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from analytics.estimators.errors import Reason, Refused
from analytics.estimators.maximally_selected import (
    cut_for_response,
    cut_for_survival,
    p_lausen_1992,
    p_lausen_1994,
)

TEN = list(range(1, 11))


def test_a_cut_leaves_the_least_share_on_either_side():
    found = cut_for_response([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], TEN, minprop=0.3, maxprop=0.7)
    assert found.cuts == (3.0, 4.0, 5.0, 6.0, 7.0)
    assert (found.cut, found.below, found.tied) == (5.0, 5, (5.0,))
    # The table of two by two without errors: the root of the chi-square, 10 * (5 * 5)^2 / 5^4 less one subject of ten.
    assert found.statistic == pytest.approx(np.sqrt(9.0))
    assert (found.subjects, found.minprop, found.maxprop) == (10, 0.3, 0.7)


def test_tied_cuts_are_all_named_and_the_least_is_taken():
    found = cut_for_response([0, 1, 1, 0], [1, 2, 3, 4], minprop=0.2, maxprop=0.8)
    assert found.tied == (1.0, 3.0)
    assert found.cut == 1.0


def test_two_subjects_with_the_same_value_are_never_divided():
    found = cut_for_response([0, 1, 0, 1, 1, 0], [1, 1, 2, 2, 2, 3], minprop=0.1, maxprop=0.9)
    assert found.cuts == (1.0, 2.0)


def test_the_choice_costs_significance():
    found = cut_for_survival([5, 6, 7, 8, 1, 2, 3, 4, 9, 10], [1] * 10, TEN)
    assert found.p_lau92 > found.p_lau94 > found.p_unselected
    assert found.p_unselected == pytest.approx(2 * norm.sf(found.statistic))


def test_with_one_cut_the_bound_of_1994_is_the_plain_p_value():
    assert p_lausen_1994(2.0, 20, np.array([10])) == pytest.approx(0.0455002638964)  # 2 pnorm(-2)


def test_a_small_statistic_has_a_p_value_of_one():
    assert p_lausen_1992(0.99, 0.1, 0.9) == 1.0
    assert p_lausen_1994(0.1, 100, np.arange(10, 90)) == 1.0


FIVE = ([1, 2, 3, 4, 5], [1, 0, 1, 1, 0])
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: cut_for_response([], []), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("nobody, survival", lambda: cut_for_survival([], [], []), Reason.NOBODY, "There is nobody"),
    ("one subject", lambda: cut_for_response([1], [1]), Reason.ONE_GROUP, "Everybody has a response of 1"),
    ("one subject, survival", lambda: cut_for_survival([3], [1], [1]), Reason.CONSTANT, "The marker has one value"),
    ("no responders", lambda: cut_for_response([0, 0], [1, 2]), Reason.ONE_GROUP, "Nobody has a response of 1"),
    (
        "no events",
        lambda: cut_for_survival([1, 2], [0, 0], [1, 2]),
        Reason.NO_EVENTS,
        "There are no events yet: no cut",
    ),
    ("all under LLOQ", lambda: cut_for_response([0, 1], [2, 2]), Reason.CONSTANT, "The marker has one value for every"),
    ("all under LLOQ, survival", lambda: cut_for_survival(*FIVE, [2] * 5), Reason.CONSTANT, "The marker has one value"),
    ("missing", lambda: cut_for_survival(*FIVE, [1, 2, 3, 4, None]), Reason.VALUES_MISSING, "1 of 5 subjects has no"),
    ("lengths", lambda: cut_for_survival(*FIVE, [1, 2]), Reason.LENGTHS_DIFFER, "The column marker has 2 values"),
    (
        "shares the wrong way round",
        lambda: cut_for_response([0, 1], [1, 2], minprop=0.9, maxprop=0.1),
        Reason.SETTING_OUT_OF_RANGE,
        "The least share below a cut lies above 0",
    ),
    (
        "most have one value",
        lambda: cut_for_response([0, 1] * 10, [0] * 19 + [1]),
        Reason.NOTHING_COMPARED,
        "No cut of the marker leaves the least share",
    ),
    (
        "all have the event at once",
        lambda: cut_for_survival([1, 1], [1, 1], [1, 2]),
        Reason.NO_VARIATION,
        "All subjects have the same score",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_cannot_be_cut_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=4, max_size=30), st.randoms())
def test_neither_the_order_of_subjects_nor_the_unit_moves_the_cut(rows: list[tuple[bool, int]], random: Any):
    try:
        found = cut_for_response([has for has, _ in rows], [value for _, value in rows])
    except Refused:
        assume(False)
    random.shuffle(rows)
    again = cut_for_response([has for has, _ in rows], [value * 10 + 3 for _, value in rows])
    assert again.cut == found.cut * 10 + 3
    assert again.tied == tuple(each * 10 + 3 for each in found.tied)
    assert again.statistics == pytest.approx(found.statistics)
    assert again.p_lau94 == pytest.approx(found.p_lau94)

"""ROC curves: the area as pairs counted one by one, ties of the best cut, and what has no area or no interval."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.estimators.errors import Reason, Refused
from analytics.estimators.roc import Direction, auc, best_cuts, compare_auc, roc_curve

HIGHER, LOWER = Direction.HIGHER, Direction.LOWER
RESPONSE, MARKER = [0, 0, 1, 1], [1, 3, 2, 4]


def test_the_curve_has_a_point_for_each_cut_and_both_ends():
    curve = roc_curve(RESPONSE, MARKER, direction=HIGHER)
    assert curve.cut == (None, 1.5, 2.5, 3.5, None)
    assert curve.sensitivity == (1.0, 1.0, 0.5, 0.5, 0.0)
    assert curve.specificity == (0.0, 0.5, 0.5, 1.0, 1.0)


def test_tied_best_cuts_are_all_named():
    # 1.5 spares one control and misses nobody; 3.5 spares both and misses one.
    found = best_cuts(roc_curve(RESPONSE, MARKER, direction=HIGHER))
    assert [each.cut for each in found.cuts] == [1.5, 3.5]
    assert found.youden == pytest.approx(0.5)
    assert (found.cases, found.controls, found.direction) == (2, 2, HIGHER)


def test_a_marker_that_separates_has_an_area_of_one_and_no_interval():
    found = auc([0, 0, 1, 1], [1, 2, 3, 4], direction=HIGHER)
    assert (found.value, found.lower, found.upper, found.std_err) == (1.0, None, None, None)
    assert found.interval_missing is Reason.NO_VARIATION


def test_one_responder_gives_an_area_without_interval():
    found = auc([0, 0, 1, 0], [1, 2, 3, 4], direction=HIGHER)
    assert found.value == pytest.approx(2 / 3)
    assert found.interval_missing is Reason.ONE_IN_A_GROUP
    assert (found.cases, found.controls) == (1, 3)


PAIR = {"first_direction": HIGHER, "second_direction": HIGHER}
REFUSED: list[tuple[str, Callable[[], Any], Reason, str]] = [
    ("nobody", lambda: auc([], [], direction=HIGHER), Reason.NOBODY, "There is nobody to estimate from yet."),
    ("one subject", lambda: auc([1], [2], direction=HIGHER), Reason.ONE_GROUP, "Everybody has a response of 1"),
    ("no responders", lambda: auc([0, 0], [2, 3], direction=HIGHER), Reason.ONE_GROUP, "Nobody has a response of 1"),
    ("all responders", lambda: auc([1, 1], [2, 3], direction=LOWER), Reason.ONE_GROUP, "Everybody has a response"),
    ("all under LLOQ", lambda: auc([0, 1, 1], [2, 2, 2], direction=HIGHER), Reason.CONSTANT, "The marker has one val"),
    ("missing", lambda: auc([0, 1], [None, 2], direction=HIGHER), Reason.VALUES_MISSING, "1 of 2 subjects has no val"),
    ("1 and 2", lambda: auc([1, 2], [3, 2], direction=HIGHER), Reason.RESPONSE_NOT_BINARY, "The column response is 1"),
    ("lengths", lambda: auc([1, 0], [3], direction=HIGHER), Reason.LENGTHS_DIFFER, "The column marker has 1 values"),
    ("level", lambda: auc(RESPONSE, MARKER, direction=LOWER, level=1), Reason.SETTING_OUT_OF_RANGE, "The level of an"),
    (
        "no cut better than none",
        lambda: best_cuts(roc_curve([0, 0, 1, 1], [3, 4, 1, 2], direction=HIGHER)),
        Reason.NOTHING_COMPARED,
        "No cut of the marker tells the responses apart",
    ),
    (
        "the same marker twice",
        lambda: compare_auc(RESPONSE, MARKER, [10, 30, 20, 40], **PAIR),
        Reason.NOTHING_COMPARED,
        "The two markers differ equally for everybody",
    ),
    (
        "one responder",
        lambda: compare_auc([0, 0, 1], [1, 2, 3], [3, 1, 2], **PAIR),
        Reason.ONE_IN_A_GROUP,
        "A comparison of two areas needs at least two subjects with each response.",
    ),
    (
        "a constant second marker",
        lambda: compare_auc(RESPONSE, MARKER, [5, 5, 5, 5], **PAIR),
        Reason.CONSTANT,
        "The second has one value for everybody",
    ),
]


@pytest.mark.parametrize(("_", "call", "reason", "begins"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_has_no_area_is_refused_in_a_sentence(_: str, call: Callable[[], Any], reason: Reason, begins: str):
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.reason is reason
    assert str(refused.value).startswith(begins)


ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=25)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_the_area_is_the_share_of_pairs_that_are_ordered_rightly(rows: list[tuple[bool, int, int]]):
    response, marker = [row[0] for row in rows], [row[1] for row in rows]
    assume(len({*response}) == 2 and len({*marker}) > 1)
    pairs = [
        Fraction(1) if mine > yours else Fraction(1, 2) if mine == yours else Fraction(0)
        for has, mine in zip(response, marker, strict=True)
        for other, yours in zip(response, marker, strict=True)
        if has and not other
    ]
    up, down = (auc(response, marker, direction=each) for each in (HIGHER, LOWER))
    assert up.value == pytest.approx(float(sum(pairs) / len(pairs)))
    assert up.value + down.value == pytest.approx(1)
    assert (up.std_err is None) == (down.std_err is None)
    if up.std_err is not None:
        assert up.std_err == pytest.approx(down.std_err)


@settings(deadline=None, max_examples=60)
@given(ROWS)
def test_the_area_is_that_under_the_points_of_the_curve(rows: list[tuple[bool, int, int]]):
    response, marker = [row[0] for row in rows], [row[1] for row in rows]
    assume(len({*response}) == 2 and len({*marker}) > 1)
    curve = roc_curve(response, marker, direction=HIGHER)
    false = [1 - each for each in curve.specificity]
    area = sum(
        (false[at] - false[at + 1]) * (curve.sensitivity[at] + curve.sensitivity[at + 1]) / 2
        for at in range(len(false) - 1)
    )
    assert auc(response, marker, direction=HIGHER).value == pytest.approx(area)


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_two_markers_change_places_with_the_sign(rows: list[tuple[bool, int, int]]):
    response, first, second = (list(each) for each in zip(*rows, strict=True))
    try:
        there = compare_auc(response, first, second, **PAIR)
    except Refused:
        assume(False)
    back = compare_auc(response, second, first, **PAIR)
    assert (there.value, there.std_err, there.p) == pytest.approx((-back.value, back.std_err, back.p))

"""Lanes and blasts of single subjects, and the lines that figures draw through points."""

import pytest

from monitor.report.courses import BlastCount, Happening, blast_change, lanes
from monitor.report.effect_figures import smooth
from monitor.report.time_figures import ticks_to
from monitor.report.typefaces import runs, width
from schemas.events.followup import Category
from tests.analytics.trials import DRAWN, TREATED
from tests.monitor.report.drawn import marrow, report
from tests.rules.drawn import on


def test_a_lane_has_response_relapse_and_death_where_they_happened() -> None:
    made = report(DRAWN)
    by_subject = {lane.subject: lane for lane in lanes(made.rows, made.then.timelines)}
    lane = by_subject["S-002"]
    # CRi on day 28, CR on day 60, relapse on day 300, dead on day 420.
    assert lane.days == 420
    assert set(lane.marks) == {(28, Happening.RESPONSE), (300, Happening.RELAPSE), (420, Happening.DEATH)}
    assert lane.best is Category.CR
    assert not lane.followed


def test_a_lane_ends_in_the_last_proof_of_life_and_says_who_is_still_followed() -> None:
    made = report(DRAWN)
    by_subject = {lane.subject: lane for lane in lanes(made.rows, made.then.timelines)}
    assert (by_subject["S-001"].days, by_subject["S-001"].followed) == (500, True)
    assert (by_subject["S-003"].days, by_subject["S-003"].followed) == (28, False), "lost"
    assert not by_subject["S-004"].followed, "withdrew"
    assert (by_subject["S-009"].start_on, by_subject["S-009"].days) == (on(397), 0), "enrolled, not treated"
    assert "S-010" not in by_subject, "not enrolled"


def test_a_transplant_is_a_mark() -> None:
    made = report({"S-001": f"{TREATED}, 28 CR, 90 transplant, 400 alive"})
    (lane,) = lanes(made.rows, made.then.timelines)
    assert (90, Happening.TRANSPLANT) in lane.marks


def test_the_longest_lane_is_the_first() -> None:
    made = report(DRAWN)
    days = [lane.days for lane in lanes(made.rows, made.then.timelines)]
    assert days == sorted(days, reverse=True)


def test_blasts_fall_from_the_last_marrow_before_treatment_to_the_lowest_after_it() -> None:
    marrows = [
        marrow("S-001", day, blasts) for day, blasts in ((-20, "80"), (-1, "40"), (28, "10"), (60, "2"), (90, "30"))
    ]
    made = report({"S-001": TREATED}, 500, marrows)
    found = blast_change(made.rows[0], made.blasts["S-001"])
    assert found is not None
    assert (found.before_pct, found.lowest_pct, found.change) == (40.0, 2.0, -95.0)


def test_a_dilute_marrow_and_one_after_the_cutoff_do_not_count() -> None:
    marrows = [marrow("S-001", -1, "50"), marrow("S-001", 28, "5", dilute=True), marrow("S-001", 60, "25")]
    made = report({"S-001": TREATED}, 500, marrows)
    assert made.blasts["S-001"] == (
        BlastCount(on=on(-1), blasts_pct=50.0),
        BlastCount(on=on(60), blasts_pct=25.0),
    )
    assert [each.blasts_pct for each in report({"S-001": TREATED}, 40, marrows).blasts["S-001"]] == [50.0]


@pytest.mark.parametrize("marrows", [[], [(-1, "50")], [(28, "5")], [(-1, "0"), (28, "5")]])
def test_without_blasts_on_both_sides_there_is_no_change(marrows: list[tuple[int, str]]) -> None:
    made = report({"S-001": TREATED}, 500, [marrow("S-001", *each) for each in marrows])
    assert blast_change(made.rows[0], made.blasts["S-001"]) is None


def test_a_straight_line_is_smoothed_into_itself() -> None:
    across, up = smooth([(float(day), 2.0 * day + 1) for day in (0, 3, 4, 9, 12)])
    assert (across[0], across[-1]) == (0.0, 12.0)
    assert up == pytest.approx([2 * day + 1 for day in across])


def test_points_at_two_times_are_smoothed_into_their_mean() -> None:
    assert smooth([(1.0, 2.0), (5.0, 4.0)]) == ([1.0, 5.0], [3.0, 3.0])


@pytest.mark.parametrize(
    ("last", "ticks"),
    [
        (1, [0, 1]),
        (40, [0, 7, 14, 21, 28, 35]),
        (400, [0, 60, 120, 180, 240, 300, 360]),
        (730, [0, 180, 360, 540, 720]),
    ],
)
def test_ticks_are_at_days_that_people_count_in(last: int, ticks: list[int]) -> None:
    assert ticks_to(last) == ticks


def test_a_text_is_set_in_two_faces_and_a_chinese_letter_is_as_wide_as_it_is_high() -> None:
    assert list(runs("OS 总生存 50%")) == [("Helvetica", "OS "), ("STSong-Light", "总生存"), ("Helvetica", " 50%")]
    assert width("总生存", 10) == 30
    assert width("≥", 10) == 10, "not in Helvetica"

"""An enrolment of a subject who was not eligible or had not consented is recorded, and flagged."""

import pytest

from schemas.deviations import Deviation, DeviationKind, deviations
from schemas.eligibility import judge
from tests.rules.candidates import READY, correction, milestones, study, void
from tests.rules.drawn import STUDY, on, row

# The entries of READY: 0 to 6 are answers, then 7-ps-1, 8-operated:none and 9-consent.
UNSIGNED = "-9 answered, -8 ps-1, -8 operated:none"


@pytest.mark.parametrize(
    ("history", "kind", "day", "criteria", "entries"),
    [
        pytest.param(
            f"{READY}, -5 fails-E2, 0 enrolled",
            "enrolled-not-eligible",
            0,
            ("E2",),
            ("11-enrolled", "10-fails-E2"),
            id="an exclusion was met",
        ),
        pytest.param(
            f"{READY}, 0 enrolled, 9 fails-E2",
            "enrolled-not-eligible",
            0,
            ("E2",),
            ("10-enrolled", "11-fails-E2"),
            id="an exclusion was found later",
        ),
        pytest.param(
            "-9 answered, -8 ps-4, -8 operated:-21, -7 consent, 0 enrolled",
            "enrolled-not-eligible",
            0,
            ("E3", "E4"),
            ("10-enrolled", "7-ps-4", "8-operated:-21"),
            id="two exclusions by facts: the criteria in the study's order, the entries in theirs",
        ),
        pytest.param(
            f"{READY}, -5 unfit, 0 enrolled",
            "enrolled-not-eligible",
            0,
            ("E3", "E4"),
            ("11-enrolled", "10-unfit"),
            id="an entry that decided twice is named once",
        ),
        pytest.param(
            f"{READY}, -5 open-I1, -4 open-E5, 0 enrolled",
            "enrolled-eligibility-open",
            0,
            ("I1", "E5"),
            ("12-enrolled", "10-open-I1", "11-open-E5"),
            id="two criteria are unknown",
        ),
        pytest.param(
            "-9 answered, -8 operated:none, -7 consent, 0 enrolled",
            "enrolled-eligibility-open",
            0,
            ("E4",),
            ("9-enrolled",),
            id="a criterion was never answered",
        ),
        pytest.param(
            f"{READY}, -5 fails-E2, -5 open-I1, 0 enrolled",
            "enrolled-not-eligible",
            0,
            ("E2",),
            ("12-enrolled", "10-fails-E2"),
            id="one that fails comes before one that is open",
        ),
        pytest.param(
            f"{READY}, -5 open-E2, 0 enrolled, 1 passes-E2",
            "enrolled-before-eligible",
            0,
            ("E2",),
            ("11-enrolled", "12-passes-E2"),
            id="unknown on the day, well answered on the next",
        ),
        pytest.param(
            f"{READY}, -5 fails-E2, 0 enrolled, 1 passes-E2",
            "enrolled-before-eligible",
            0,
            ("E2",),
            ("11-enrolled", "12-passes-E2"),
            id="excluded on the day, otherwise judged on the next",
        ),
        pytest.param(
            "-9 answered, -8 ps-1, -7 consent, 0 enrolled, 1 operated:none",
            "enrolled-before-eligible",
            0,
            ("E3",),
            ("9-enrolled", "10-operated:none"),
            id="a fact was noted on the next day",
        ),
        pytest.param(
            f"{UNSIGNED}, 0 enrolled",
            "enrolled-without-consent",
            0,
            (),
            ("9-enrolled",),
            id="nobody signed",
        ),
        pytest.param(
            f"{UNSIGNED}, -7 family-only, 0 enrolled",
            "enrolled-without-consent",
            0,
            (),
            ("10-enrolled", "9-family-only"),
            id="the subject did not sign",
        ),
        pytest.param(
            f"{UNSIGNED}, 0 enrolled, 1 consent",
            "enrolled-before-consent",
            0,
            (),
            ("9-enrolled", "10-consent"),
            id="signed on the day after",
        ),
        pytest.param(
            f"{UNSIGNED}, -7 family-only, 0 enrolled, 1 consent, 9 form-2",
            "enrolled-before-consent",
            0,
            (),
            ("10-enrolled", "11-consent"),
            id="the first good signature after enrolment",
        ),
    ],
)
def test_a_deviation_names_its_entries(
    history: str, kind: str, day: int, criteria: tuple[str, ...], entries: tuple[str, ...]
) -> None:
    expected = Deviation(kind=DeviationKind(kind), on=on(day), entries=entries, criteria=criteria)
    known = milestones(history)
    assert deviations(known, STUDY) == deviations(known, STUDY, judge(known, STUDY)) == (expected,)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(f"{READY}, 0 enrolled", id="eligible, and consented before"),
        pytest.param(f"{READY}, 0 enrolled, 5 takes-back, 5 withdrew, 6 fails-E6", id="withdrawn after enrolment"),
        pytest.param(f"{READY}, 0 enrolled, 0@17:00 passes-E2", id="judged on the day of enrolment"),
        pytest.param(f"{UNSIGNED}, 0 enrolled, 0@17:00 consent", id="signed on the day of enrolment"),
        pytest.param(f"{READY}, -5 fails-E2", id="not eligible and not enrolled"),
        pytest.param("-9 screened", id="nothing but screened"),
        pytest.param(f"{READY}, 0 enrolled, 3 enrolled, 2 alive", id="enrolled twice"),
        pytest.param(f"{READY}, 0 enrolled, 5 undone", id="an enrolment in order, undone"),
    ],
)
def test_nothing_is_flagged(history: str) -> None:
    assert deviations(milestones(history), STUDY) == ()


@pytest.mark.parametrize(
    ("history", "found"),
    [
        pytest.param(
            f"{READY}, -5 takes-back, 0 enrolled",
            [
                ("enrolled-not-eligible", 0, ("11-enrolled", "10-takes-back")),
                ("enrolled-without-consent", 0, ("11-enrolled", "9-consent", "10-takes-back")),
            ],
            id="participation was taken back before",
        ),
        pytest.param(
            f"{READY}, -5 takes-back, 0 enrolled, 2 consent",
            [
                ("enrolled-not-eligible", 0, ("11-enrolled", "10-takes-back")),
                ("enrolled-before-consent", 0, ("11-enrolled", "10-takes-back", "12-consent")),
            ],
            id="taken back before, and given again after",
        ),
        pytest.param(
            f"{READY}, -5 takes-back, -4 consent, -3 takes-back, 0 enrolled",
            [
                ("enrolled-not-eligible", 0, ("13-enrolled", "12-takes-back")),
                ("enrolled-without-consent", 0, ("13-enrolled", "9-consent", "11-consent", "12-takes-back")),
            ],
            id="taken back twice: all signatures, and the withdrawal that ended the last",
        ),
        pytest.param(
            f"{READY}, -5 takes-back, -4 consent, -3 takes-back, 0 enrolled, 2 consent",
            [
                ("enrolled-not-eligible", 0, ("13-enrolled", "12-takes-back")),
                ("enrolled-before-consent", 0, ("13-enrolled", "12-takes-back", "14-consent")),
            ],
            id="taken back twice, and given again after",
        ),
        pytest.param(
            f"{UNSIGNED}, 0@08:00 consent, 0@09:00 takes-back, 0@10:00 enrolled",
            [
                ("enrolled-not-eligible", 0, ("11-enrolled", "10-takes-back")),
                ("enrolled-without-consent", 0, ("11-enrolled", "9-consent", "10-takes-back")),
            ],
            id="given and taken back on the day, before the enrolment",
        ),
        pytest.param(
            "-9 screened, 0 enrolled",
            [
                ("enrolled-eligibility-open", 0, ("1-enrolled",)),
                ("enrolled-without-consent", 0, ("1-enrolled",)),
            ],
            id="enrolled with nothing known",
        ),
        pytest.param(
            f"{READY}, -5 fails-E2, 0 enrolled, 3 undone",
            [("enrolled-not-eligible", 0, ("11-enrolled", "10-fails-E2"))],
            id="an enrolment that was undone was a deviation",
        ),
        pytest.param(
            f"{READY}, -5 fails-E2, 0 enrolled, 3 undone, 20 passes-E2, 21 enrolled",
            [("enrolled-not-eligible", 0, ("11-enrolled", "10-fails-E2"))],
            id="the second enrolment was in order, and does not excuse the first",
        ),
        pytest.param(
            f"{UNSIGNED}, 0 enrolled, 3 undone, 4 consent, 5 fails-E2, 6 enrolled",
            [
                ("enrolled-without-consent", 0, ("9-enrolled",)),
                ("enrolled-not-eligible", 6, ("13-enrolled", "12-fails-E2")),
            ],
            id="each enrolment by what was known while it stood",
        ),
    ],
)
def test_several_deviations(history: str, found: list[tuple[str, int, tuple[str, ...]]]) -> None:
    known = milestones(history)
    flagged = deviations(known, STUDY, judge(known, STUDY))
    assert flagged == deviations(known, STUDY)
    assert [(each.kind, (each.on - on(0)).days, each.entries) for each in flagged] == found


def test_the_family_signature_is_demanded_of_an_enrolment_where_the_study_demands_it() -> None:
    known = milestones(f"{READY}, 0 enrolled")
    assert [each.kind for each in deviations(known, study(family_signature_required=True))] == [
        "enrolled-without-consent"
    ]


def test_a_voided_enrolment_was_none() -> None:
    assert deviations(milestones(f"{UNSIGNED}, 0 enrolled", void("9-enrolled")), STUDY) == ()


def test_a_corrected_answer_takes_the_deviation_back() -> None:
    history = f"{READY}, -5 fails-E2, 0 enrolled"
    assert deviations(milestones(history, correction("10-fails-E2", "passes-E2")), STUDY) == ()


def test_an_enrolment_corrected_to_an_earlier_day_comes_before_the_consent() -> None:
    (found,) = deviations(milestones(f"{READY}, 0 enrolled", correction("10-enrolled", "enrolled", "-8")), STUDY)
    assert (found.kind, found.on) == ("enrolled-before-consent", on(-8))


def test_an_endpoint_row_carries_the_deviations() -> None:
    history = "-8 screened, -6 eligible, -5 enrolled, 0 chemo"
    assert [each.kind for each in row(history, 400).membership.deviations] == ["enrolled-without-consent"]
    assert row(history, -6).membership.deviations == ()

"""Event-free survival: what ends it first, and where it is censored. Enrolment is day -5: day 60 is 65 days after."""

import pytest

from schemas.rules.endpoints import EndpointRow
from schemas.rules.event_free import EventFreeEnd, event_free_of
from schemas.rules.refractory import After, Refractory
from schemas.rules.survival import SurvivalRow
from tests.rules.drawn import IN_FULL_SET, on, row, timeline

# history after day 0 | cutoff | days from enrolment | end | the reason
CASES = [
    ("28 CR, 200 relapse", 400, 205, "relapse", "a relapse after a remission"),
    ("28 PR, 200 relapse", 400, 205, None, "a relapse without a remission ends nothing, and is a look"),
    ("28 CR, 200 relapse, 300 dead", 400, 205, "relapse", "the first event counts"),
    ("28 CR, 200 dead", 400, 205, "death", "a death in remission"),
    ("28 CR, 200 relapse, 200 dead", 400, 205, "relapse", "on one day the relapse came first"),
    ("12 dead", 400, 17, "death", "an early death"),
    ("28 CR, 100 CR", 400, 105, None, "censored at the last assessment"),
    ("28 CR, 100 NE", 400, 33, None, "NE is no look"),
    ("28 CR, 100 CR, 300 alive", 400, 105, None, "to be alive is not to be without relapse"),
    ("28 CR, 200 relapse", 199, 33, None, "a relapse after the cutoff is not known"),
    ("", 100, 0, None, "nobody looked: censored at the start"),
    ("28 CR, 725 relapse", 900, 730, "relapse", "the last day of the horizon is within it"),
    ("28 CR, 726 relapse", 900, 730, None, "an event after the horizon is censored at it"),
    ("28 CR, 800 CR", 900, 730, None, "nothing is seen beyond the horizon"),
]


def found(history: str, cutoff: int) -> EndpointRow:
    return row(f"{IN_FULL_SET}, {history}", cutoff)


@pytest.mark.parametrize(
    ("history", "cutoff", "days", "end"), [case[:4] for case in CASES], ids=[case[4] for case in CASES]
)
def test_event_free_rule(history: str, cutoff: int, days: int, end: str | None) -> None:
    free = found(history, cutoff).event_free
    assert free is not None
    assert (free.days, free.end) == (days, end)


def test_refractory_disease_is_an_event_before_a_relapse_or_death_of_the_same_day() -> None:
    drawn = timeline(f"{IN_FULL_SET}, 28 NR, 60 dead", 400)
    survival = found("28 NR, 60 dead", 400).survival
    assert isinstance(survival, SurvivalRow)
    refractory = Refractory(on=on(60), entry="marrow-2", after=After.INTENSIVE_COURSES)
    free = event_free_of(drawn, survival, refractory, None, 730)
    assert (free.days, free.end, free.source) == (65, EventFreeEnd.REFRACTORY, "marrow-2")


def test_who_is_not_in_the_full_set_has_none() -> None:
    assert row("-5 enrolled", 400).event_free is None


@pytest.mark.parametrize(
    ("history", "course"),
    [
        ("28 CR", 1),
        ("28 NR, 30 chemo-2, 60 CR", 2),
        # Seen on the first day of the second course, it answers the first one.
        ("30 CR, 30 chemo-2", 1),
        ("0 CR", 1),
        ("28 NR, 30 chemo-2", None),
    ],
)
def test_a_response_is_that_of_the_course_before_it(history: str, course: int | None) -> None:
    assert found(history, 400).responded_course == course

"""Which facts prove life, and where the dates of a row come from."""

import pytest

from schemas.events import CourseEnded, SpecimenRejected, SubjectFacts
from schemas.events.followup import Category
from schemas.events.specimens import Unfit
from schemas.events.treatment import CourseEnding
from schemas.rules.response import outranks
from schemas.rules.timeline import needs_the_person
from tests.rules.drawn import IN_FULL_SET, STUDY, on, row


@pytest.mark.parametrize(
    ("facts", "proves"),
    [
        pytest.param(CourseEnded(course=1, why=CourseEnding.COMPLETED), True, id="the last day of a course"),
        pytest.param(CourseEnded(course=1, why=CourseEnding.TOXICITY), True, id="a course that toxicity ended"),
        pytest.param(CourseEnded(course=1, why=CourseEnding.DEATH), False, id="a course that death ended does not"),
        pytest.param(SpecimenRejected(specimen="B-1", why=Unfit.CLOTTED), False, id="a rejected specimen does not"),
    ],
)
def test_a_fact_proves_life_where_it_needs_the_person(facts: SubjectFacts, proves: bool) -> None:
    assert needs_the_person(facts) is proves


def test_a_row_says_how_far_the_subject_came_and_when() -> None:
    counted = row(f"{IN_FULL_SET}, 28 marrow, 28 CR, 100 dead", 400)
    membership = counted.membership
    assert (membership.screened_on, membership.enrolled_on, membership.treated_on) == (on(-8), on(-5), on(0))
    assert (membership.assessed_on, membership.died_on) == (on(28), on(100))
    assert counted.early_death is not None
    assert counted.early_death.died_on == on(100)


def test_a_row_says_which_kind_of_fact_ended_the_time() -> None:
    alive, dead = row("0 enrolled, 50 alive", 400).survival, row("0 enrolled, 50 dead", 400).survival
    assert alive is not None
    assert dead is not None
    assert (alive.source_type, dead.source_type) == ("subject.contacted-alive.v1", "subject.died.v2")


@pytest.mark.parametrize(("cutoff", "over"), [(364, False), (365, True)])
def test_a_row_says_whether_the_window_is_over(cutoff: int, over: bool) -> None:
    response = row(f"{IN_FULL_SET}, 28 CR", cutoff).response
    assert response is not None
    assert response.window_over is over


@pytest.mark.parametrize(
    ("category", "other", "better"),
    [
        (Category.CR, None, True),
        (Category.NE, None, True),
        (Category.CR, Category.CRI, True),
        (Category.CRI, Category.CR, False),
        (Category.CR, Category.CR, False),
        (Category.PR, Category.MLFS, True),
        (Category.MLFS, Category.PR, False),
    ],
)
def test_a_category_outranks_another(category: Category, other: Category | None, better: bool) -> None:
    assert outranks(category, other, STUDY.endpoints) is better

"""Rules on courses of chemotherapy, their doses, and transplants. Courses count from 1 through all lines."""

from collections.abc import Iterator
from itertools import pairwise

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.checks.order import certainly_before
from schemas.events import ChemotherapyBegun, CourseEnded, DoseGiven, SubjectTransplanted
from schemas.settlement import Entry


def course_begun_twice(chart: Chart) -> Iterator[Doubt]:
    """Each later beginning of a course beside its first."""
    begun = _begun(chart)
    for entry, facts in chart.of(ChemotherapyBegun):
        if entry is not begun[facts.course]:
            yield doubt("course", begun[facts.course], entry)


def course_out_of_order(chart: Chart) -> Iterator[Doubt]:
    """A course that began before the one with the next lower number."""
    for (_, lower), (_, higher) in pairwise(sorted(_begun(chart).items())):
        if certainly_before(higher.happened, lower.happened):
            yield doubt("course", lower, higher)


def course_number_skipped(chart: Chart) -> Iterator[Doubt]:
    """A course other than the first, and the one before it never began."""
    begun = _begun(chart)
    for course, entry in sorted(begun.items()):
        if course > 1 and course - 1 not in begun:
            yield doubt("course", entry)


def course_ended_not_begun(chart: Chart) -> Iterator[Doubt]:
    begun = _begun(chart)
    for entry, facts in chart.of(CourseEnded):
        if facts.course not in begun:
            yield doubt("course", entry)


def course_ended_before_begun(chart: Chart) -> Iterator[Doubt]:
    begun = _begun(chart)
    for entry, facts in chart.of(CourseEnded):
        beginning = begun.get(facts.course)
        if beginning and certainly_before(entry.happened, beginning.happened):
            yield doubt("happened", beginning, entry)


def dose_of_course_not_begun(chart: Chart) -> Iterator[Doubt]:
    begun = _begun(chart)
    for entry, facts in chart.of(DoseGiven):
        if facts.course not in begun:
            yield doubt("course", entry)


def dose_before_course(chart: Chart) -> Iterator[Doubt]:
    """A dose given before the first day of its course."""
    begun = _begun(chart)
    for entry, facts in chart.of(DoseGiven):
        beginning = begun.get(facts.course)
        if beginning and certainly_before(entry.happened, beginning.happened):
            yield doubt("happened", beginning, entry)


def transplant_before_chemotherapy(chart: Chart) -> Iterator[Doubt]:
    """A transplant before the first day of chemotherapy, or where there never was one."""
    for entry, _ in chart.of(SubjectTransplanted):
        if chart.treated is None:
            yield doubt("happened", entry)
        elif certainly_before(entry.happened, chart.treated.happened):
            yield doubt("happened", entry, chart.treated)


def _begun(chart: Chart) -> dict[int, Entry]:
    """The first beginning of each course by its number."""
    begun: dict[int, Entry] = {}
    for entry, facts in chart.of(ChemotherapyBegun):
        begun.setdefault(facts.course, entry)
    return begun

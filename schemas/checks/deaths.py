"""Rules on death: there is one, and nothing that needs the person comes after it.

Source: clinical.md, "OS": any dated fact that needs the person proves life (`schemas.rules.timeline`). What happened on
the day of death itself is no contradiction. Where two deaths are in force, the first counts.
"""

from collections.abc import Callable, Iterator

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.checks.order import certainly_before
from schemas.events import BloodBlastsCounted, ContactedAlive, ResultReported, SubjectDied, SubjectFacts
from schemas.rules.timeline import needs_the_person

_MEASURED = (ResultReported, BloodBlastsCounted)
_RULES_OF_THEIR_OWN = (*_MEASURED, ContactedAlive)


def died_twice(chart: Chart) -> Iterator[Doubt]:
    """Each later death beside the first."""
    deaths = chart.of(SubjectDied)
    for entry, _ in deaths[1:]:
        yield doubt("happened", deaths[0][0], entry)


def result_after_death(chart: Chart) -> Iterator[Doubt]:
    """A laboratory result whose specimen was taken after death."""
    yield from _after_death(chart, lambda facts: isinstance(facts, _MEASURED))


def contact_after_death(chart: Chart) -> Iterator[Doubt]:
    yield from _after_death(chart, lambda facts: isinstance(facts, ContactedAlive))


def activity_after_death(chart: Chart) -> Iterator[Doubt]:
    """Anything else after death that needs the person: a visit, a course, a specimen, a marrow."""
    yield from _after_death(chart, lambda facts: needs_the_person(facts) and not isinstance(facts, _RULES_OF_THEIR_OWN))


def _after_death(chart: Chart, concerns: Callable[[SubjectFacts], bool]) -> Iterator[Doubt]:
    died = chart.died
    if died is None:
        return
    for entry in chart.in_force:
        if entry.facts is not None and certainly_before(died.happened, entry.happened) and concerns(entry.facts):
            yield doubt("happened", died, entry)

"""Rules on responses and relapses.

Source: clinical.md, "Response categories": a category other than relapse and NE rests on a marrow; a relapse needs an
earlier CR, CRh or CRi; both the investigator's category and the derived one are kept, and a difference is asked about.
"""

from collections.abc import Iterator

from schemas.checks.chart import Chart
from schemas.checks.finding import Doubt, doubt
from schemas.checks.order import certainly_before
from schemas.events import MarrowAssessed, ResponseAssessed, SubjectRelapsed
from schemas.events.followup import Category
from schemas.rules.comparison import Accord
from schemas.rules.derived import DerivedResponse
from schemas.settlement import Entry
from schemas.status import REMISSION

_WITHOUT_MARROW = frozenset({Category.NE, Category.RELAPSE})


def response_without_marrow(chart: Chart) -> Iterator[Doubt]:
    """A category that rests on a marrow names none, and none was taken on its day."""
    marrows_on = {entry.happened.on for entry, _ in chart.of(MarrowAssessed)}
    for entry, facts in chart.of(ResponseAssessed):
        rests_on_marrow = facts.category not in _WITHOUT_MARROW
        if rests_on_marrow and facts.marrow is None and entry.happened.on not in marrows_on:
            yield doubt("marrow", entry)


def response_names_no_marrow(chart: Chart) -> Iterator[Doubt]:
    """A category names an entry that is not known, no longer in force, or no marrow."""
    for entry, facts in chart.of(ResponseAssessed):
        if facts.marrow is None:
            continue
        named = chart.entries.get(facts.marrow)
        if named is None:
            yield doubt("marrow", entry, about=facts.marrow)
        elif not isinstance(named.facts, MarrowAssessed):
            yield Doubt(entries=tuple(sorted({entry.id, named.id})), field="marrow", on=entry.happened.on)


def response_before_chemotherapy(chart: Chart) -> Iterator[Doubt]:
    """A category before the first day of chemotherapy, or where there never was one. NE is none."""
    for entry, facts in chart.of(ResponseAssessed):
        if facts.category is Category.NE:
            continue
        if chart.treated is None:
            yield doubt("happened", entry)
        elif certainly_before(entry.happened, chart.treated.happened):
            yield doubt("happened", entry, chart.treated)


def relapse_without_remission(chart: Chart) -> Iterator[Doubt]:
    """A relapse, and no CR, CRh or CRi stands before it in the order of entries."""
    remission = next((entry for entry, facts in chart.of(ResponseAssessed) if facts.category in REMISSION), None)
    for entry in _relapses(chart):
        if remission is None or entry.sort_key() < remission.sort_key():
            yield doubt("happened", entry)


def response_differs(chart: Chart) -> Iterator[Doubt]:
    """The investigator's category is not the one that the study's rule set derives. Neither overwrites the other.

    What cannot be compared (another rule set, nothing to derive from, a value that is missing) is no difference.
    """
    for each in chart.compared:
        if each.accord is Accord.DIFFER:
            entries = tuple(sorted({each.mark.entry, *_relied_on(each.derived)}))
            yield Doubt(entries=entries, field="category", on=each.mark.on, about=each.mark.entry)


def _relied_on(derived: DerivedResponse | None) -> Iterator[str]:
    """The entry that the derived response is of, and every one that the log of conditions names."""
    assert derived is not None, "what differs was derived"
    yield derived.mark.entry
    yield from (each.entry for step in derived.log for each in step.findings if each.entry is not None)


def _relapses(chart: Chart) -> Iterator[Entry]:
    for entry, facts in chart.of(ResponseAssessed):
        if facts.category is Category.RELAPSE:
            yield entry
    for entry, _ in chart.of(SubjectRelapsed):
        yield entry

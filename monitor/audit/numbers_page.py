"""From a number to the subjects and entries behind it: the list of all numbers, and the page of one. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from analytics.contributions import Contributor
from monitor.audit import addresses, people
from monitor.audit.blinding import Blinding
from monitor.audit.numbers_words import PARTS, NumberSaid, counts_as, said, title
from monitor.audit.people import Origin
from monitor.audit.saying import Saying
from monitor.marks import Marks
from monitor.words import Words
from projections.recorded import Recorded
from schemas.events import CriterionAssessed
from schemas.study import StudyDefinition

MAIN = ("enrolment.enrolled", "funnel.steps.screened.subjects", "response.rates.ORR", "survival.deaths")
"""The numbers in which a subject's page says how the subject counts: one of each kind."""

_SETTINGS = frozenset(
    {"target", "plan", "plan_on", "window_days", "origin", "horizon_days", "interval_level", "planned_on"}
)
_NOT_LISTED = (
    *("enrolment.on", "enrolment.cumulative", "enrolment.last_subject", "survival.curve", ".marks.", ".categories"),
    *("accrual.curve", "accrual.intervals", "accrual.missing", "accrual.uneven"),
)


class NumberLink(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    value: str
    address: str
    mark: Markup | None


class NumberGroup(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    numbers: tuple[NumberLink, ...]


class NumbersPage(msgspec.Struct, frozen=True, kw_only=True):
    groups: tuple[NumberGroup, ...]
    cutoff: str
    position: str


class Stands(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands: as it was sent but with the facts of now, and the event by which it has them, None where
    it stands as it was sent."""

    entry: Recorded
    by: Recorded | None


class EntryLink(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that a subject's part rests on. ``corrected`` is by whom, when and why it stands otherwise than sent."""

    what: str
    origin: Origin
    corrected: Origin | None


class ContributorRow(msgspec.Struct, frozen=True, kw_only=True):
    """``entries`` are those that tell subjects apart; ``criteria`` are the judgements that nearly all share."""

    subject: str
    address: str
    counts_as: str
    entries: tuple[EntryLink, ...]
    criteria: tuple[EntryLink, ...]


class NumberPage(msgspec.Struct, frozen=True, kw_only=True):
    """``parts`` count the subjects by how they count; ``rows`` are in that order, and by subject within."""

    name: str
    title: str
    value: str
    mark: Markup | None
    parts: tuple[tuple[str, str], ...]
    rows: tuple[ContributorRow, ...]
    cutoff: str
    position: str
    table: str
    table_address: str
    zone: str


def numbers_page(numbers: Mapping[str, Any], cutoff: str, commit: int, marks: Marks, words: Words) -> NumbersPage:
    groups = []
    for part in PARTS:
        links = tuple(
            NumberLink(
                title=title(name, words),
                value=said(name, number, words),
                address=addresses.number(name),
                mark=marks.of(name),
            )
            for name, number in numbers.items()
            if _part_of(name) == part and is_listed(name)
        )
        groups.append(NumberGroup(title=words.text(f"tables.{part}"), numbers=links))
    return NumbersPage(groups=tuple(groups), cutoff=cutoff, position=words.text("line.position", n=commit))


def _part_of(name: str) -> str:
    """The panel that shows a number; the forecast stands beside enrolment."""
    part = name.partition(".")[0]
    return "enrolment" if part == "accrual" else part


def is_of_subjects(name: str) -> bool:
    """False for what the study definition says and no subject makes."""
    return name.rpartition(".")[2] not in _SETTINGS and not name.endswith(".categories") and "." in name


def is_listed(name: str) -> bool:
    """False for a setting, and for what only a drawing is made of."""
    return is_of_subjects(name) and not any(each in name for each in _NOT_LISTED)


def number_page(
    said_: NumberSaid,
    contributors: Sequence[Contributor],
    entries: Mapping[str, Stands],
    cutoff: str,
    commit: int,
    blinding: Blinding,
    study: StudyDefinition,
    words: Words,
) -> NumberPage:
    """``entries`` has by id how each entry stands."""
    saying = Saying(words, study, blinding)
    counts = Counter(each.counts_as for each in contributors)
    order = {code: place for place, (code, _) in enumerate(counts.most_common())}
    rows = sorted(contributors, key=lambda each: (order[each.counts_as], each.subject))
    panel = _part_of(said_.name)
    return NumberPage(
        name=said_.name,
        title=said_.title,
        value=said_.value,
        mark=said_.mark,
        parts=tuple((counts_as(code, words), words.number(count)) for code, count in counts.most_common()),
        rows=tuple(_row(each, entries, saying, blinding, study) for each in rows),
        cutoff=cutoff,
        position=words.text("line.position", n=commit),
        table=words.text(f"tables.{panel}"),
        table_address=f"/tables/{panel}",
        zone=people.zone(study, words),
    )


def _row(
    each: Contributor,
    entries: Mapping[str, Stands],
    saying: Saying,
    blinding: Blinding,
    study: StudyDefinition,
) -> ContributorRow:
    links: dict[bool, list[EntryLink]] = {True: [], False: []}
    for id_ in each.entries:
        found = entries.get(id_)
        if found is None or found.entry.event is None:
            continue
        link = EntryLink(
            what=saying.headline(found.entry.event),
            origin=_origin(found.entry, saying, blinding, study),
            corrected=None if found.by is None else _origin(found.by, saying, blinding, study),
        )
        links[isinstance(found.entry.event.facts, CriterionAssessed)].append(link)
    return ContributorRow(
        subject=each.subject,
        address=addresses.subject(each.subject),
        counts_as=counts_as(each.counts_as, saying.words),
        entries=tuple(links[False]),
        criteria=tuple(links[True]),
    )


def _origin(one: Recorded, saying: Saying, blinding: Blinding, study: StudyDefinition) -> Origin:
    assert one.event is not None, "an entry is an event"
    return people.origin(one.event, one.position, one.commit, one.committed_at, saying, blinding, study)

"""One subject: its status over time, the entries in force, and every field's values with who, when and why. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from monitor.audit import addresses, people
from monitor.audit.blinding import Blinding
from monitor.audit.numbers_words import NumberSaid
from monitor.audit.people import Origin
from monitor.audit.saying import Saying
from monitor.words import Words
from projections.fields import MILESTONES
from schemas.knowledge import Changed, SubjectAsOf, steps
from schemas.milestones import BULK
from schemas.study import StudyDefinition
from schemas.two_times import Told

ENTRIES_SHOWN = 100
"""How many entries of one type a page lists, the last ones; all are found by the search."""

LINES_SHOWN = 400
"""How many changed fields of entries a page draws a line of, the last ones."""


class StatusStep(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    on: str
    address: str
    current: bool


class EntryRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in force. ``corrected`` says that it does not stand as it was sent."""

    happened: str
    what: str
    origin: Origin
    corrected: bool
    address: str


class EntryGroup(msgspec.Struct, frozen=True, kw_only=True):
    """``closed`` groups are of bulk, such as results; ``left_out`` earlier ones are not listed."""

    title: str
    closed: bool
    rows: tuple[EntryRow, ...]
    left_out: int
    all_address: str


class LineValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a field said from one event on; ``value`` is None where the event took it away."""

    value: str | None
    origin: Origin


class FieldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A field's values in the order in which they came to be known; the last one holds."""

    name: str
    about: str | None
    address: str | None
    values: tuple[LineValue, ...]


class SubjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """``course`` are the subject's own fields that said several things, ``once`` those that said one; ``entries`` are
    fields of entries that changed after they were sent."""

    subject: str
    status: str
    statuses: tuple[StatusStep, ...]
    groups: tuple[EntryGroup, ...]
    course: tuple[FieldLine, ...]
    once: tuple[FieldLine, ...]
    entries: tuple[FieldLine, ...]
    counted: tuple[NumberSaid, ...]
    entries_in_force: int
    events: int
    search: str
    compare: str
    zone: str


def subject_page(
    as_of: SubjectAsOf,
    counted: tuple[NumberSaid, ...],
    blinding: Blinding,
    study: StudyDefinition,
    words: Words,
) -> SubjectPage:
    """``as_of`` has everything that is known now; ``counted`` says how the subject counts in the numbers."""
    saying = Saying(words, study, blinding)
    told = {each.event.id: each for each in as_of.told}
    lines = _Lines(as_of.told, saying, blinding, study)
    course = lines.course()
    return SubjectPage(
        subject=as_of.subject,
        status=_status(as_of, saying),
        statuses=tuple(_statuses(as_of, told, saying)),
        groups=tuple(_groups(as_of, told, saying, blinding, study)),
        course=tuple(each for each in course if len(each.values) > 1),
        once=tuple(each for each in course if len(each.values) == 1),
        entries=lines.entries(),
        counted=counted,
        entries_in_force=len(as_of.standing),
        events=len(as_of.told),
        search=addresses.search({"subject": as_of.subject}),
        compare=addresses.comparison({"subject": as_of.subject}),
        zone=people.zone(study, words),
    )


def _status(as_of: SubjectAsOf, saying: Saying) -> str:
    if as_of.status is None:
        return saying.words.text("audit_subject.no_status")
    name = saying.words.text(f"audit_status.{as_of.status.status.value}")
    return saying.words.text("audit.since", what=name, on=as_of.status.since.on)


def _statuses(as_of: SubjectAsOf, told: dict[str, Told], saying: Saying) -> Iterator[StatusStep]:
    for reached in as_of.statuses:
        at = told[reached.since.entry]
        yield StatusStep(
            name=saying.words.text(f"audit_status.{reached.status.value}"),
            on=saying.words.date(reached.since.on),
            address=addresses.event(at.position),
            current=reached is as_of.statuses[-1],
        )


def _groups(
    as_of: SubjectAsOf, told: dict[str, Told], saying: Saying, blinding: Blinding, study: StudyDefinition
) -> Iterator[EntryGroup]:
    """What moves the course together, in the order of what happened; each type of bulk by itself."""
    rows: dict[str, list[EntryRow]] = {}
    bulk = {facts.TYPE for facts in BULK}
    for standing in as_of.standing:
        entry, sent = standing.entry, told[standing.entry.id]
        assert entry.facts is not None, "an entry in force has facts"
        by = told[entry.by or entry.id]
        said = people.origin(by.event, by.position, by.commit, by.committed_at, saying, blinding, study)
        now = msgspec.structs.replace(sent.event, facts=entry.facts)
        row = EntryRow(
            happened=str(entry.happened)[:16].replace("T", " "),
            what=saying.headline(now),
            origin=said,
            corrected=entry.by is not None,
            address=addresses.event(sent.position),
        )
        rows.setdefault(entry.facts.TYPE if entry.facts.TYPE in bulk else "", []).append(row)
    for type_ in sorted(rows):
        asked = {"subject": as_of.subject} | ({"type": type_} if type_ else {})
        yield EntryGroup(
            title=saying.type_name(type_) if type_ else saying.words.text("audit_subject.course"),
            closed=bool(type_),
            rows=tuple(rows[type_][-ENTRIES_SHOWN:]),
            left_out=max(len(rows[type_]) - ENTRIES_SHOWN, 0),
            all_address=addresses.search(asked),
        )


class _Lines:
    """Collects every field's values from the steps by which a subject came to be known."""

    def __init__(self, told: Sequence[Told], saying: Saying, blinding: Blinding, study: StudyDefinition) -> None:
        self._saying = saying
        self._blinding = blinding
        self._study = study
        self._of_course: dict[str, list[tuple[Any, Told]]] = {}
        self._of_entries: dict[tuple[str, str], list[tuple[Any, Told]]] = {}
        self._sent = {each.event.id: each for each in told}
        for step in steps(told, study):
            for changed in step.changes:
                self._add(changed, step.told)

    def course(self) -> tuple[FieldLine, ...]:
        """The subject's own fields, in the order of its course; criteria behind them."""
        order = [*(name for name in MILESTONES if name in self._of_course)]
        order += sorted(name for name in self._of_course if name not in MILESTONES)
        return tuple(
            FieldLine(
                name=self._saying.field_name(name),
                about=None,
                address=None,
                values=tuple(
                    LineValue(value=self._saying.course(name, value), origin=self._origin(told))
                    for value, told in self._of_course[name]
                ),
            )
            for name in order
        )

    def entries(self) -> tuple[FieldLine, ...]:
        """The fields of entries that changed after they were sent, the last one that changed first."""
        changed = [(key, values) for key, values in self._of_entries.items() if len(values) > 1]
        changed.sort(key=lambda pair: (pair[1][-1][1].commit, pair[1][-1][1].position.offset), reverse=True)
        return tuple(self._entry_line(id_, name, values) for (id_, name), values in changed[:LINES_SHOWN])

    def _add(self, changed: Changed, told: Told) -> None:
        if changed.entry is None:
            self._of_course.setdefault(changed.field, []).append((changed.new, told))
            return
        name = "" if changed.is_whole else changed.field.removeprefix(f"{changed.entry}.")
        values = self._of_entries.setdefault((changed.entry, name), [])
        if name and not values:
            values.append((changed.old, self._sent[changed.entry]))
        values.append((changed.new, told))

    def _entry_line(self, id_: str, name: str, values: list[tuple[Any, Told]]) -> FieldLine:
        sent = self._sent[id_]
        shown = []
        for value, told in values:
            turned = self._saying.turned(None, f"{id_}.{name}" if name else id_, None, value)
            shown.append(LineValue(value=turned.new, origin=self._origin(told)))
        return FieldLine(
            name=self._saying.field_name(name) if name else self._saying.words.text("audit_subject.whole"),
            about=self._saying.headline(sent.event),
            address=addresses.event(sent.position),
            values=tuple(shown),
        )

    def _origin(self, told: Told) -> Origin:
        return people.origin(
            told.event, told.position, told.commit, told.committed_at, self._saying, self._blinding, self._study
        )

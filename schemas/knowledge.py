"""One subject as it was known at Y and true at X, and what came to be known between two such points, by which events.

`schemas.two_times` says what X and Y mean. First all events known at Y are settled, whenever the facts happened: a
correction known at Y counts also where it moves a fact to another day. Then those entries count that happened by X, at
the time that they have after settlement. An entry out of force says nothing, at any X.

What a subject's events are and which of them come first is the caller's to say: `Told` in the order of commits, and
within a commit by offset. Oversight facts have no part in a state and are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from schemas.changes import Field, entry_changed, milestones_changed, status_changed
from schemas.clusters import clusters_of
from schemas.codec import facts_digest
from schemas.events import OversightFacts
from schemas.events.event import Event
from schemas.milestones import Milestones, milestones_of, moves_milestones
from schemas.settlement import Entry, settle
from schemas.status import StatusSince, current, statuses
from schemas.study import StudyDefinition
from schemas.subject import SubjectState, change_of, state_of
from schemas.two_times import EVER, KnownAt, Origin, Told, TrueAt, origin_of


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An entry in force, and who said what stands of it: whoever sent it, or whoever corrected it last."""

    entry: Entry
    said: Origin


class SubjectAsOf(msgspec.Struct, frozen=True, kw_only=True):
    """A subject at two times.

    ``told`` is everything that was known of it, actions among it, in the order of commits; ``standing`` are the entries
    in force at both times, in their one order. ``state`` is of the entries that happened by X: its tallies of what was
    received and what is held are of all that was known. ``statuses`` are those reached, the last one current; empty,
    like everything else, where nothing was known.
    """

    subject: str
    true_at: TrueAt
    known_at: KnownAt
    told: tuple[Told, ...]
    state: SubjectState
    statuses: tuple[StatusSince, ...]
    standing: tuple[Standing, ...]

    @property
    def status(self) -> StatusSince | None:
        return self.statuses[-1] if self.statuses else None

    def entries(self) -> list[Entry]:
        """In force at both times, in their one order."""
        return [each.entry for each in self.standing]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One field that says something else than before, as `schemas.changes` names fields; values as JSON has them.

    ``entry``, ``type`` and ``happened`` are of the entry whose field it is, and None for a milestone, the status, and
    held actions. An entry that came or went whole is the field ``<entry id>``, with its payload and None.
    """

    field: str
    entry: str | None
    type: str | None
    happened: str | None
    old: Any
    new: Any

    @property
    def is_whole(self) -> bool:
        """Whether the entry came or went."""
        return self.field == self.entry


class FieldDifference(Changed, frozen=True, kw_only=True):
    """What differs between two points. ``origins`` are the events between them that moved it, in the order of commits.

    The last one brought the new value. There is none where X alone did it.
    """

    origins: tuple[Origin, ...]

    @property
    def origin(self) -> Origin | None:
        """The event that brought the new value."""
        return self.origins[-1] if self.origins else None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event, and what it changed of what was known until then."""

    told: Told
    changes: tuple[Changed, ...]


class FieldValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a field said from one event on, as JSON has it; ``value`` is None where the event took it away."""

    value: Any
    origin: Origin


def subject_at(
    subject: str, told: Iterable[Told], study: StudyDefinition, known_at: KnownAt, true_at: TrueAt = EVER
) -> SubjectAsOf:
    """The subject as known by these events, which are all that was known at ``known_at``, and as true at X."""
    known = _of_the_subject(told)
    settled = settle(each.event for each in known)
    happened = [entry for entry in settled.entries if true_at.includes(entry.happened)]
    true = msgspec.structs.replace(settled, entries=tuple(happened))
    state = state_of(subject, [facts_digest(each.event) for each in known], true)
    said = {each.event.id: each for each in known}
    return SubjectAsOf(
        subject=subject,
        true_at=true_at,
        known_at=known_at,
        told=known,
        state=state,
        statuses=statuses(state.milestones, study),
        standing=tuple(
            Standing(entry=entry, said=origin_of(said[entry.by or entry.id]))
            for entry in happened
            if entry.facts is not None
        ),
    )


def differences(before: SubjectAsOf, after: SubjectAsOf, study: StudyDefinition) -> list[FieldDifference]:
    """What the second point says otherwise: entries in their order, then milestones, status and held actions.

    What was known at the first point must have been known at the second. A field that moved and moved back is none.
    """
    assert before.subject == after.subject, "two points of one subject are compared"
    assert not before.known_at.is_after(after.known_at), "knowledge grows from the first point to the second"
    between = list(islice(steps(after.told, study, after.true_at), len(before.told), None))
    was, now = ({entry.id: entry for entry in point.entries()} for point in (before, after))
    changes = [
        changed
        for entry in sorted({**was, **now}.values(), key=Entry.sort_key)
        for changed in _of_an_entry(was.get(entry.id), now.get(entry.id))
    ]
    changes += _of_milestones(before.state.milestones, after.state.milestones, study)
    changes += _of_held(before.state.tallies.held, after.state.tallies.held)
    return [_difference(changed, between) for changed in changes]


def field_line(told: Iterable[Told], study: StudyDefinition, field: str, true_at: TrueAt = EVER) -> list[FieldValue]:
    """One field's values in the order in which they came to be known; empty where no event ever gave it one.

    ``field`` may also be one field of an entry's payload, or ``<entry id>.happened``: its line begins where the entry
    came.
    """
    line: list[FieldValue] = []
    for step in steps(told, study, true_at):
        for changed in step.changes:
            if _speaks_of(changed, field):
                value = _value_of(changed, field)
                if value != (line[-1].value if line else None):
                    line.append(FieldValue(value=value, origin=origin_of(step.told)))
    return line


def steps(told: Iterable[Told], study: StudyDefinition, true_at: TrueAt = EVER) -> Iterator[Step]:
    """What each event of one subject changed when it came, of what is true at X.

    Each event is settled with those that it is ever linked to, not with the whole history: of a long one that takes
    milliseconds.
    """
    known = _of_the_subject(told)
    clusters = clusters_of([each.event for each in known])
    heard: dict[str, list[Event]] = defaultdict(list)
    stands: dict[str, Entry] = {}
    milestones, held = Milestones(), 0
    for each in known:
        cluster = heard[clusters[each.event.id]]
        change = change_of(cluster, [each.event])
        cluster.append(each.event)
        pairs = [(stands.get(entry.id), _true(entry, true_at)) for entry in change.after]
        changes = [changed for old, new in pairs for changed in _of_an_entry(old, new)]
        for entry in change.after:
            stands.pop(entry.id, None)
        stands |= {new.id: new for _, new in pairs if new is not None}
        if any(_moves(entry) for pair in pairs for entry in pair if entry is not None):
            now = milestones_of(filter(_moves, stands.values()))
            changes += _of_milestones(milestones, now, study)
            milestones = now
        changes += _of_held(held, held + change.held)
        held += change.held
        yield Step(told=each, changes=tuple(changes))


def _of_the_subject(told: Iterable[Told]) -> tuple[Told, ...]:
    """Without what is only about the running of the study; each event once, as it was first told."""
    first: dict[str, Told] = {}
    for each in told:
        if not isinstance(each.event.facts, OversightFacts):
            first.setdefault(each.event.id, each)
    return tuple(first.values())


def _true(entry: Entry, true_at: TrueAt) -> Entry | None:
    """The entry where it is in force and had happened by X."""
    return entry if entry.facts is not None and true_at.includes(entry.happened) else None


def _moves(entry: Entry) -> bool:
    return entry.facts is not None and moves_milestones(entry.facts)


def _of_an_entry(old: Entry | None, new: Entry | None) -> Iterator[Changed]:
    entry = new or old
    for field, before, after in entry_changed(old, new):
        assert entry is not None, "one of the two is there"
        assert entry.facts is not None, "what is out of force is not among the entries that stand"
        yield Changed(
            field=field,
            entry=entry.id,
            type=entry.facts.TYPE,
            happened=str(entry.happened),
            old=_read(before),
            new=_read(after),
        )


def _of_milestones(old: Milestones, new: Milestones, study: StudyDefinition) -> Iterator[Changed]:
    if old != new:
        fields = (*milestones_changed(old, new), *status_changed(current(old, study), current(new, study)))
        yield from (_beyond_entries(field) for field in fields)


def _of_held(old: int, new: int) -> Iterator[Changed]:
    if old != new:
        yield _beyond_entries(("held", old, new))


def _beyond_entries(field: Field) -> Changed:
    return Changed(field=field[0], entry=None, type=None, happened=None, old=field[1], new=field[2])


def _difference(changed: Changed, between: Iterable[Step]) -> FieldDifference:
    movers = [step.told for step in between if any(_moved(each, changed) for each in step.changes)]
    return FieldDifference(**msgspec.structs.asdict(changed), origins=tuple(map(origin_of, movers)))


def _moved(step: Changed, net: Changed) -> bool:
    """Whether a step's change has a part in a difference: of an entry that came or went, every field of it has one."""
    if step.entry != net.entry:
        return False
    return step.field == net.field or (net.entry is not None and (step.is_whole or net.is_whole))


def _speaks_of(changed: Changed, field: str) -> bool:
    return changed.field == field or (changed.is_whole and field.startswith(f"{changed.entry}."))


def _value_of(changed: Changed, field: str) -> Any:
    if changed.field == field or changed.new is None:
        return changed.new
    name = field.removeprefix(f"{changed.entry}.")
    return changed.happened if name == "happened" else changed.new.get(name)


def _read(value: Any) -> Any:
    """A whole entry's payload, opened."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value

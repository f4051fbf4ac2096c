"""One subject as it was known at Y and true at X, and what came to be known between two such points, by which events.

`schemas.two_times` says what X and Y mean. First all events known at Y are settled, whenever the facts happened: a
correction known at Y counts also where it moves a fact to another day. Then those entries count that happened by X, at
the time that they have after settlement. An entry out of force says nothing, at any X.

What a subject's events are and which of them come first is the caller's to say: `Told` in the order of commits, and
within a commit by offset. Oversight facts have no part in a state and are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec

from schemas.changes import Field, entry_changed, milestones_changed, status_changed
from schemas.codec import replacement
from schemas.events import EntryCorrected, EntryVoided, OversightFacts, ResultReported
from schemas.events.event import Event
from schemas.milestones import Milestones, milestones_of, moves_milestones
from schemas.settlement import Entry, settle
from schemas.status import StatusSince, current, statuses
from schemas.study import StudyDefinition
from schemas.subject import SubjectState, change_of, folded
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


class FieldDifference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that says something else at the second point, as `schemas.changes` names and writes fields.

    An entry that came or went whole is the field ``<entry id>``. ``origins`` are the events between the two points that
    moved the field, in the order of commits: the last one brought the new value. It is empty where X alone did it.
    """

    field: str
    old: object
    new: object
    origins: tuple[Origin, ...]

    @property
    def origin(self) -> Origin | None:
        """The event that brought the new value."""
        return self.origins[-1] if self.origins else None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One event, and what it changed of what was known until then."""

    told: Told
    changes: tuple[Field, ...]


class FieldValue(msgspec.Struct, frozen=True, kw_only=True):
    """What a field said from one event on; ``value`` is None where the event took it away."""

    value: object
    origin: Origin


def subject_at(
    subject: str, told: Iterable[Told], study: StudyDefinition, known_at: KnownAt, true_at: TrueAt = EVER
) -> SubjectAsOf:
    """The subject as known by these events, which are all that was known at ``known_at``, and as true at X."""
    known = _of_the_subject(told)
    settled = settle(each.event for each in known)
    happened = [entry for entry in settled.entries if true_at.includes(entry.happened)]
    state = folded(subject, [each.event for each in known], happened, len(settled.held))
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
    moved: dict[str, list[Origin]] = defaultdict(list)
    for step in islice(steps(after.told, study, after.true_at), len(before.told), None):
        for field, _, _ in step.changes:
            moved[field].append(origin_of(step.told))
    return [
        FieldDifference(field=field, old=old, new=new, origins=tuple(moved.get(field, ())))
        for field, old, new in _changes(before, after, study)
    ]


def field_line(told: Iterable[Told], study: StudyDefinition, field: str, true_at: TrueAt = EVER) -> list[FieldValue]:
    """One field's values in the order in which they came to be known; empty where no event ever moved it."""
    return [
        FieldValue(value=new, origin=origin_of(step.told))
        for step in steps(told, study, true_at)
        for name, _, new in step.changes
        if name == field
    ]


def steps(told: Iterable[Told], study: StudyDefinition, true_at: TrueAt = EVER) -> Iterator[Step]:
    """What each event of one subject changed when it came, of what is true at X.

    Each event is settled with those that it is ever linked to, not with the whole history: of a long one that takes
    milliseconds.
    """
    known = _of_the_subject(told)
    clusters = clusters_of([each.event for each in known])
    heard: dict[str, list[Event]] = defaultdict(list)
    stands: dict[str, Entry] = {}
    milestones, status, held = Milestones(), None, 0
    for each in known:
        cluster = heard[clusters[each.event.id]]
        change = change_of(cluster, [each.event])
        cluster.append(each.event)
        touched = {entry.id: _true(entry, true_at) for entry in change.after}
        changes = [field for id_, entry in touched.items() for field in entry_changed(stands.get(id_), entry)]
        was = [stands[id_] for id_ in touched if id_ in stands]
        _restand(stands, touched)
        if any(_moves(entry) for entry in (*was, *touched.values()) if entry is not None):
            now = milestones_of(filter(_moves, stands.values()))
            reached = current(now, study)
            changes += [*milestones_changed(milestones, now), *status_changed(status, reached)]
            milestones, status = now, reached
        if change.held:
            changes.append(("held", held, held + change.held))
            held += change.held
        yield Step(told=each, changes=tuple(changes))


def clusters_of(events: Sequence[Event]) -> dict[str, str]:
    """By event id, the name of the cluster that it belongs to once all of these events are known.

    Two events are linked where one speaks of the other, where both speak of one, or where both belong to one series of
    results, by what they say or by what a correction puts in place. What is known later only brings clusters together,
    so an event never changed anything outside of its cluster.
    """
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (higher := above.setdefault(name, name)) != name:
            above[name] = above[higher]
            name = higher
        return name

    for event in events:
        for name in _links(event):
            above[top(name)] = top(event.id)
    return {event.id: top(event.id) for event in events}


def _links(event: Event) -> Iterator[str]:
    facts = event.facts
    if isinstance(facts, EntryCorrected | EntryVoided):
        yield facts.target
    if isinstance(facts, EntryCorrected) and facts.target_type == ResultReported.TYPE:
        put = replacement(facts)
        assert isinstance(put, ResultReported)
        yield f"series {put.series}"  # no event's id has a space in it
    elif isinstance(facts, ResultReported):
        yield f"series {facts.series}"


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


def _restand(stands: dict[str, Entry], touched: Mapping[str, Entry | None]) -> None:
    """Changes what stands, in place: a history may have very many entries."""
    for id_, entry in touched.items():
        if entry is None:
            stands.pop(id_, None)
        else:
            stands[id_] = entry


def _changes(before: SubjectAsOf, after: SubjectAsOf, study: StudyDefinition) -> Iterator[Field]:
    was = {entry.id: entry for entry in before.entries()}
    now = {entry.id: entry for entry in after.entries()}
    both = sorted({**was, **now}.values(), key=Entry.sort_key)
    for entry in both:
        yield from entry_changed(was.get(entry.id), now.get(entry.id))
    old, new = before.state, after.state
    yield from milestones_changed(old.milestones, new.milestones)
    yield from status_changed(current(old.milestones, study), current(new.milestones, study))
    if old.tallies.held != new.tallies.held:
        yield ("held", old.tallies.held, new.tallies.held)

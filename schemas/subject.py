"""The state of one subject: what the fold makes of the set of its events, and how it is carried forward.

``fold`` is the reference: it settles all events, sorts what is in force and evolves. ``carry`` reaches the same state
from an earlier one and the change alone. Both are byte-equal for the same set of events, in whatever order they came.
"""

import hashlib
from collections.abc import Iterable

import msgspec

from schemas.codec import facts_digest
from schemas.events.event import Event
from schemas.milestones import Milestones, evolve, milestones_of, moves_milestones
from schemas.settlement import Entry, Settled, settle

FOLD_VERSION = 2
"""Raised whenever the same events may give another state; the projections of another version are not touched.

A new upcast is such a change: the digests in a state are of the newest versions.
"""

_SUM_BITS = 512
_MODULUS = 1 << _SUM_BITS


class Tallies(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and sums that an entry can be added to and taken from, in any order.

    ``in_force`` counts entries by type. ``received_sum`` and ``in_force_sum`` are hexadecimal sums of the hashes of all
    events, and of all entries as they stand: they name the two sets whatever the order.
    """

    received: int = 0
    received_sum: str = "0"
    in_force: dict[str, int] = {}
    in_force_sum: str = "0"
    contested: int = 0
    held: int = 0


class SubjectState(msgspec.Struct, frozen=True, kw_only=True):
    subject: str
    milestones: Milestones = Milestones()
    tallies: Tallies = Tallies()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What new events did to the entries that they touch: those entries as they stood, and as they stand now.

    ``received`` are the new events' facts digests. ``held`` is the change in the number of held actions.
    """

    received: tuple[str, ...]
    before: tuple[Entry, ...]
    after: tuple[Entry, ...]
    held: int = 0

    def retracts(self, milestones: Milestones) -> bool:
        """True where an entry on which a register stands no longer stands as it did: registers cannot forget."""
        now = {entry.id: entry for entry in self.after}
        gone = {
            entry.id
            for entry in self.before
            if entry.facts is not None and moves_milestones(entry.facts) and now.get(entry.id) != entry
        }
        return bool(gone) and not gone.isdisjoint(milestones.rests_on())


def fold(subject: str, events: Iterable[Event]) -> SubjectState:
    """The state of a subject after this set of events; repeated events count once. No oversight facts."""
    unique = {event.id: event for event in events}
    return state_of(subject, map(facts_digest, unique.values()), settle(unique.values()))


def state_of(subject: str, digests: Iterable[str], settled: Settled) -> SubjectState:
    """What `fold` comes to, for whoever has its parts: each event's facts digest, and all events settled."""
    change = Change(received=tuple(digests), before=(), after=settled.entries, held=len(settled.held))
    return SubjectState(
        subject=subject, milestones=milestones_of(settled.in_force()), tallies=_tallied(Tallies(), change)
    )


def change_of(before: Iterable[Event], new: Iterable[Event]) -> Change:
    """The change that new events make to one cluster. ``before`` are all earlier events of the cluster."""
    earlier = {event.id: event for event in before}
    added = {event.id: event for event in new if event.id not in earlier}
    was: Settled = settle(earlier.values())
    now: Settled = settle([*earlier.values(), *added.values()])
    return Change(
        received=tuple(facts_digest(event) for event in added.values()),
        before=was.entries,
        after=now.entries,
        held=len(now.held) - len(was.held),
    )


def carry(state: SubjectState, change: Change, standing: Iterable[Entry] | None = None) -> SubjectState:
    """The state after a change.

    ``standing`` are all entries in force that move milestones, as they stand after the change; it is needed, and only
    then read, where ``change.retracts(state.milestones)``.
    """
    if change.retracts(state.milestones):
        assert standing is not None, "a retracted milestone needs the entries that still stand"
        milestones = milestones_of(standing)
    else:
        milestones = state.milestones
        was = {entry.id: entry for entry in change.before}
        for entry in change.after:
            if entry.facts is not None and was.get(entry.id) != entry:
                milestones = evolve(milestones, entry)
    return msgspec.structs.replace(state, milestones=milestones, tallies=_tallied(state.tallies, change))


def encode_state(state: SubjectState) -> bytes:
    """Canonical bytes: equal states give equal bytes."""
    return _encoder.encode(state)


def decode_state(stored: bytes) -> SubjectState:
    return _decoder.decode(stored)


def digest(state: SubjectState) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(encode_state(state)).hexdigest()


def study_digest(digests: Iterable[tuple[str, str]]) -> str:
    """One digest over (subject, digest) of all subjects, whatever their order."""
    lines = "".join(f"{subject} {each}\n" for subject, each in sorted(digests))
    return hashlib.sha256(lines.encode()).hexdigest()


_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder = msgspec.json.Decoder(SubjectState)


def _tallied(tallies: Tallies, change: Change) -> Tallies:
    in_force = dict(tallies.in_force)
    total = int(tallies.in_force_sum, 16)
    contested = tallies.contested
    for entries, sign in ((change.before, -1), (change.after, 1)):
        for entry in entries:
            contested += sign * entry.contested
            if entry.facts is not None:
                in_force[entry.facts.TYPE] = in_force.get(entry.facts.TYPE, 0) + sign
                total += sign * _entry_hash(entry)
    received = sum(_wide(digest_.encode()) for digest_ in change.received)
    return Tallies(
        received=tallies.received + len(change.received),
        received_sum=f"{(int(tallies.received_sum, 16) + received) % _MODULUS:x}",
        in_force={type_: count for type_, count in sorted(in_force.items()) if count},
        in_force_sum=f"{total % _MODULUS:x}",
        contested=contested,
        held=tallies.held + change.held,
    )


def _entry_hash(entry: Entry) -> int:
    facts = entry.facts
    assert facts is not None
    return _wide(_encoder.encode((entry.id, entry.happened, entry.by, facts.TYPE, facts)))


def _wide(said: bytes) -> int:
    return int.from_bytes(hashlib.sha512(said).digest(), "big")

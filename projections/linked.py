"""Loads what a batch's events are linked to: the other events of their clusters, and what stands of their subjects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, get_args

import psycopg

from projections.arrays import bigints, texts
from projections.arrivals import Arrived, arrived
from projections.pipelining import send
from projections.statements import LINKED, STANDING
from projections.stored import entry_of
from schemas.codec import decode
from schemas.events import SubjectFacts
from schemas.events.event import Event
from schemas.milestones import BULK
from schemas.records import Position
from schemas.settlement import Entry

MOVING_TYPES = tuple(sorted(facts.TYPE for facts in get_args(SubjectFacts) if facts not in BULK))
"""The types of entries that move milestones."""


class _Keys:
    """What to look up next, and what was looked up already."""

    def __init__(self) -> None:
        self.targets: set[str] = set()
        self.targeted: set[str] = set()
        self.series: set[int] = set()
        self._asked: tuple[set[str], set[str], set[int]] = (set(), set(), set())

    def of(self, each: Arrived, *, may_be_targeted: bool) -> None:
        if may_be_targeted:
            self.targeted.add(each.event.id)
        if each.target is not None:
            self.targets.add(each.target)
            self.targeted.add(each.target)
        if each.series is not None:
            self.series.add(each.series)

    def take(self) -> tuple[list[str], list[str], list[int]] | None:
        """The keys that were not asked yet, None where there is none."""
        new = (self.targets - self._asked[0], self.targeted - self._asked[1], self.series - self._asked[2])
        self._asked = (self.targets.copy(), self.targeted.copy(), self.series.copy())
        return (sorted(new[0]), sorted(new[1]), sorted(new[2])) if any(new) else None


def load_linked(
    connection: psycopg.Connection[Any],
    first: Position,
    batch: Mapping[str, Iterable[Arrived]],
    held: Mapping[str, int],
    linked: str = LINKED,
) -> dict[str, list[Arrived]]:
    """The earlier events, by subject, of all clusters that the batch's events join or bring together; perhaps more.

    ``batch`` and ``held`` (the number of held actions) are by subject, and the subjects are locked. Rows of the ledger
    from ``first`` on are the batch's own. One question in the normal case, whose answer is empty: a new event is spoken
    of by an earlier one only where its subject has held actions. ``linked`` is that question; a rebuild asks its own
    tables.
    """
    keys = _Keys()
    for subject, events in batch.items():
        for each in events:
            keys.of(each, may_be_targeted=held[subject] > 0)
    found: dict[str, dict[str, Arrived]] = defaultdict(dict)
    while (new := keys.take()) is not None:
        for value in _linked(connection, linked, first, *new):
            event = decode(value)
            assert isinstance(event, Event), "the ledger holds an accepted event that this code cannot read"
            each = arrived(event)
            # What speaks of another subject's entry, or of an oversight event, is linked to nothing: it is held.
            of = event.subject
            if of is None or of not in batch or not each.is_of_a_subject or event.id in found[of]:
                continue
            found[of][event.id] = each
            keys.of(each, may_be_targeted=True)
    return {subject: list(events.values()) for subject, events in found.items()}


def load_standing(
    connection: psycopg.Connection[Any], first: Position, subject: str, standing: str = STANDING
) -> list[Entry]:
    """The subject's entries in force before this batch that move milestones; ``standing`` is the question."""
    parameters = (subject, texts(MOVING_TYPES), first.topic, first.partition, first.offset)
    return [entry_of(row) for row in send(connection, standing, parameters)]


def _linked(
    connection: psycopg.Connection[Any],
    linked: str,
    first: Position,
    targets: list[str],
    targeted: list[str],
    series: list[int],
) -> list[bytes]:
    parameters = {
        "targets": texts(targets),
        "targeted": texts(targeted),
        "series": bigints(series),
        "topic": first.topic,
        "partition": first.partition,
        "first": first.offset,
    }
    return [value for (value,) in send(connection, linked, parameters)]

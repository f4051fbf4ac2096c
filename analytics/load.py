"""Reads what the statistics need: entries in force from the projections, or events from the ledger."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import msgspec
import psycopg

from analytics.computation import timelines_of
from projections import history, reading
from schemas.events import OversightFacts
from schemas.events.event import Event
from schemas.rules.timeline import Timeline
from schemas.settlement import Entry, settle
from schemas.study import StudyDefinition


@contextmanager
def one_view(connection: psycopg.Connection) -> Iterator[None]:
    """A read-only transaction in which every query sees the same commits. Nothing may be open on the connection."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """The timelines of the subjects whose state differs from the last look, and the subjects that are ``gone``."""

    timelines: Mapping[str, Timeline] = {}
    gone: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        return not self.timelines and not self.gone


class Watch:
    """Knows of each subject the digest of the state that was looked at last, and so which subjects to read again.

    ``cutoff_on`` is the explicit data cutoff, None for the default one. A watch may be thrown away at any time.
    """

    def __init__(self, study: StudyDefinition, cutoff_on: dt.date | None) -> None:
        self._study = study
        self._cutoff_on = cutoff_on
        self._digests: dict[str, str] = {}

    def look(self, connection: psycopg.Connection) -> Changed:
        """What the connection's transaction sees that is new since the last look."""
        digests = {row.subject: row.digest for row in reading.subjects(connection)}
        changed = frozenset(subject for subject, digest in digests.items() if self._digests.get(subject) != digest)
        # Subjects disappear only where the projections were swapped for rebuilt ones.
        gone = frozenset(self._digests.keys() - digests.keys())
        timelines = {}
        if changed:
            entries = reading.entries_in_force(connection, subjects=sorted(changed))
            # A subject of whom only held actions are known has a state, and no entry.
            theirs = {subject: entries.get(subject, []) for subject in sorted(changed)}
            timelines = timelines_of(theirs, self._cutoff_on, self._study)
        self._digests = digests
        return Changed(timelines=timelines, gone=gone)


def timelines_from_ledger(
    connection: psycopg.Connection,
    study: StudyDefinition,
    commit: int,
    cutoff_on: dt.date | None,
    before: int | None = None,
) -> dict[str, Timeline]:
    """The timelines as of a commit, from the accepted rows of the ledger alone: no projection is read.

    ``before`` leaves out the commit's own rows from this offset on.
    """
    return timelines_of(entries_from_ledger(connection, commit, before), cutoff_on, study)


def entries_from_ledger(
    connection: psycopg.Connection, commit: int, before: int | None = None
) -> dict[str, list[Entry]]:
    """The entries in force of each subject as of a commit, in their order; what `timelines_from_ledger` is made of."""
    events: dict[str, list[Event]] = defaultdict(list)
    for event in history.events_as_of(connection, commit, before):
        if event.subject is not None and not isinstance(event.facts, OversightFacts):
            events[event.subject].append(event)
    return {subject: settle(theirs).in_force() for subject, theirs in events.items()}

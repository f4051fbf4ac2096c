"""A trial in a real database, filled by the writer, one commit a call; and the bytes that its numbers then are."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import msgspec
import psycopg

from analytics.history import snapshots_over
from analytics.recompute import study_as_of
from analytics.snapshot import encode_snapshot
from projections.writer import Writer
from schemas.admission import key_of
from schemas.codec import encode
from schemas.events import EntryCorrected, EntryVoided, topics_of
from schemas.events.event import Event
from schemas.records import Batch, Record
from schemas.topics import Topic, topic_name
from schemas.two_times import KnownAt
from tests.rules.drawn import STUDY
from tests.servers.postgres import Database


class Ledger:
    """Applies events as the application's role. One partition a topic is enough here."""

    def __init__(self, database: Database) -> None:
        self._writer = Writer(database.connect, STUDY)

    def commit(self, events: Iterable[Event]) -> list[int]:
        """One batch for each topic that the events need; gives the numbers of the commits."""
        by_topic: dict[Topic, list[Event]] = defaultdict(list)
        for event in events:
            by_topic[_topic(event)].append(event)
        return [self._apply(topic, theirs) for topic, theirs in by_topic.items()]

    def close(self) -> None:
        self._writer.close()

    def _apply(self, topic: Topic, events: list[Event]) -> int:
        name = topic_name(STUDY.id, topic)
        first = self._writer.next_offset(name, 0)
        records = tuple(
            Record(topic=name, partition=0, offset=first + number, key=key_of(event.subject), value=encode(event))
            for number, event in enumerate(events)
        )
        batch = Batch(topic=name, topic_id=name, partition=0, log_end=first + len(records), records=records)
        commit = self._writer.apply(batch).commit
        assert commit is not None
        return commit


def held(connection: psycopg.Connection, commit: int) -> bytes | None:
    """The body of the snapshot that is stored to hold for this commit; None where the job did not look at it."""
    kept = snapshots_over(connection, commit, commit, most=1).kept
    return kept[-1].body if kept else None


def recomputed(connection: psycopg.Connection, commit: int, cutoff_on: dt.date | None = None) -> bytes:
    """The canonical bytes of the numbers as of a commit, from the ledger alone."""
    known_at = KnownAt(commit=commit, committed_at=None)
    return encode_snapshot(study_as_of(connection, STUDY, known_at, cutoff_on).snapshot)


def corrected(event: Event, **changes: object) -> Event:
    """A correction of an entry: its payload with these fields changed."""
    replacement = {**msgspec.to_builtins(event.facts, str_keys=True), **changes}
    facts = EntryCorrected(target=event.id, target_type=event.type, replacement=replacement)
    return msgspec.structs.replace(event, id=f"{event.id}-corrected", reason="transcription", facts=facts)


def voided(event: Event) -> Event:
    return msgspec.structs.replace(
        event, id=f"{event.id}-voided", reason="wrong subject", facts=EntryVoided(target=event.id)
    )


def _topic(event: Event) -> Topic:
    if isinstance(event.facts, EntryCorrected | EntryVoided):
        return Topic.FOLLOWUP
    (topic,) = topics_of(type(event.facts))
    return topic

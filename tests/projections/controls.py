"""Fixed examples and a log in memory, from which tests cut the batches that they like."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from projections.writer import Writer
from schemas import events as ev
from schemas.admission import key_of
from schemas.codec import encode, encode_facts
from schemas.events import topics_of
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.records import Applied, Batch, Headers, Record
from schemas.study import StudyDefinition, parse_study
from schemas.topics import Topic, topic_name
from tests.schemas.controls import event
from tests.servers.postgres import Database

STUDY: StudyDefinition = parse_study(
    (Path(__file__).parents[2] / "schemas" / "studies" / "nct06486350.toml").read_bytes()
)
LAB = topic_name(STUDY.id, Topic.LAB)
ENROLLMENT = topic_name(STUDY.id, Topic.ENROLLMENT)
FOLLOWUP = topic_name(STUDY.id, Topic.FOLLOWUP)
OVERSIGHT = topic_name(STUDY.id, Topic.OVERSIGHT)

SCREENED = event("e-screened", ev.ScreeningStarted(site="FJMUUH"), happened="2024-01-02")
ENROLLED = event("e-enrolled", ev.SubjectEnrolled(site="FJMUUH"), happened="2024-01-05")
WAITING = event("o-waiting", ev.MessageWaiting(door="hl7", message="ab" * 16), subject=None)


def platelets(
    id_: str,
    number: str = "55",
    *,
    series: str | None = None,
    status: ResultStatus = ResultStatus.FINAL,
    happened: str = "2024-02-01",
    recorded_at: str = "2024-02-01T12:00",
    subject: str = "S-001",
) -> Event:
    """A platelet count, in a series of its own unless one is given."""
    facts = ev.ResultReported(
        analyte="platelets",
        bound=Bound.EQUAL,
        number=Decimal(number),
        unit="10*9/L",
        text=number,
        unit_sent="10*9/L",
        matrix=Matrix.WHOLE_BLOOD,
        status=status,
        series=series or f"series of {id_}",
        code="777-3",
        code_system="LN",
    )
    return event(id_, facts, happened=happened, recorded_at=recorded_at, subject=subject)


def correction(
    id_: str, target: Event, replacement: ev.Facts, *, recorded_at: str = "2024-03-01T09:00", subject: str = "S-001"
) -> Event:
    return event(
        id_,
        ev.EntryCorrected(
            target=target.id, target_type=replacement.TYPE, replacement=msgspec.json.decode(encode_facts(replacement))
        ),
        happened=target.happened,
        recorded_at=recorded_at,
        subject=subject,
        reason="transcription error",
    )


def void(id_: str, target: str, *, recorded_at: str = "2024-03-02T09:00", subject: str = "S-001") -> Event:
    facts = ev.EntryVoided(target=target)
    return event(id_, facts, recorded_at=recorded_at, subject=subject, reason="entered for the wrong subject")


def topic_for(event: Event) -> str:
    """A topic on which the event may travel; an action takes the laboratory's."""
    topics = topics_of(type(event.facts))
    return topic_name(STUDY.id, Topic.LAB if Topic.LAB in topics else min(topics))


class MemoryLog:
    """Topics of one partition, in memory. Nothing of ours is replaced by it: batches are made by hand from it."""

    def __init__(self) -> None:
        self.records: dict[str, list[Record]] = defaultdict(list)

    def send(self, *events: Event, topic: str | None = None) -> None:
        for each in events:
            self.send_bytes(topic or topic_for(each), encode(each), key=key_of(each.subject))

    def send_bytes(
        self, topic: str, value: bytes | None, *, key: bytes | None = b"S-001", headers: Headers = ()
    ) -> None:
        offset = len(self.records[topic])
        self.records[topic].append(
            Record(
                topic=topic,
                partition=0,
                offset=offset,
                key=key,
                value=value,
                headers=headers,
                timestamp_ms=1_700_000_000_000 + offset,
            )
        )

    def batch(self, topic: str, first: int = 0, last: int | None = None, **other: Any) -> Batch:
        """Records from ``first`` to before ``last``; ``other`` overrides fields of the batch."""
        whole = self.records[topic]
        fields: dict[str, Any] = {
            "topic": topic,
            "topic_id": f"id of {topic}",
            "partition": 0,
            "log_end": len(whole),
            "records": tuple(whole[first:last]),
        }
        return Batch(**(fields | other))

    def apply_all(self, writer: Writer) -> list[Applied]:
        """Brings everything that the writer has not applied, a topic at a time, in one batch each."""
        return [
            writer.apply(self.batch(topic, writer.next_offset(topic, 0)))
            for topic in sorted(self.records)
            if writer.next_offset(topic, 0) < len(self.records[topic])
        ]


def writer_on(database: Database) -> Writer:
    return Writer(lambda: database.connect("trialog_app"), STUDY)


def rows(connection: psycopg.Connection[Any], query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    found = connection.execute(query, parameters).fetchall()
    connection.rollback()
    return found


def outcomes(connection: psycopg.Connection[Any], topic: str) -> list[tuple[str, str | None, str | None]]:
    """(status, reason, event id) of a topic's ledger rows, in order."""
    return [
        (status, reason, event_id)
        for status, reason, event_id in rows(
            connection, 'SELECT status, reason, event_id FROM trial.ledger WHERE topic = %s ORDER BY "offset"', (topic,)
        )
    ]


def moved_to(events: Iterable[Event], subject: str, prefix: str) -> list[Event]:
    """The same events of another subject, under ids of their own."""
    moved = []
    for each in events:
        facts: Any = each.facts
        if isinstance(facts, ev.EntryCorrected | ev.EntryVoided):
            facts = msgspec.structs.replace(facts, target=prefix + facts.target)
        moved.append(msgspec.structs.replace(each, id=prefix + each.id, subject=subject, facts=facts))
    return moved

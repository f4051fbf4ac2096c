"""Whoever reads is recorded before anything is shown; what is recorded moves no state and no statistic."""

import datetime as dt
from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest

from analytics.job import Job
from analytics.snapshot import Snapshot
from eventlog.errors import LogUnavailable
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings
from eventlog.kafka_topics import KafkaTopics
from projections import reading
from projections.history import events_as_of
from schemas import events as ev
from schemas.admission import admit
from schemas.events.access import Via
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome
from schemas.topics import Topic, topic_name
from tests.projections.controls import ENROLLED, SCREENED, STUDY, platelets
from tests.schemas.controls import event
from tests.servers.broker import Broker
from tests.trialog.line import Ended, SteppedLine
from trialog.access import Access, Actor, Author

Command = Callable[..., Ended]

REDRIVEN = event(
    "o-redriven",
    QuarantineRedriven(
        held="nct06486350.lab[0]@0", held_for="not-json", outcome=RedriveOutcome.TAKEN, events=("e-enrolled",)
    ),
    subject=None,
)


def accesses(line: SteppedLine) -> list[Event]:
    """Every access that the ledger has, in the order of recording."""
    line.apply()
    with line.read() as connection:
        found = [
            each
            for each in events_as_of(connection, reading.head(connection).commit)
            if each.type.startswith("access.")
        ]
    return sorted(found, key=lambda each: each.recorded_key())


@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "for machines"])
def test_reading_a_subject_is_one_event_with_who_and_what(
    stepped_line: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TRIALOG_ACTOR", "auditor-1")
    monkeypatch.setenv("TRIALOG_ACTOR_ROLE", "auditor")
    stepped_line.send(SCREENED, ENROLLED)
    stepped_line.apply()
    ended = trialog("subject", "S-001", *form)
    assert ended.code == 0, ended.told
    [said] = accesses(stepped_line)
    assert said.facts == ev.SubjectRead(via=Via.COMMAND, view="subject")
    assert (said.subject, said.actor, said.actor_role, said.source) == (
        "S-001",
        "auditor-1",
        "auditor",
        "/command/subject",
    )


def test_each_reading_is_an_event_of_its_own_and_without_settings_its_author_is_unnamed(
    stepped_line: SteppedLine, trialog: Command
) -> None:
    stepped_line.send(SCREENED)
    stepped_line.apply()
    assert [trialog("subject", "S-001").code for _ in range(3)] == [0, 0, 0]
    said = accesses(stepped_line)
    assert len({each.id for each in said}) == 3
    assert {(each.actor, each.actor_role) for each in said} == {("unnamed-operator", "operator")}


def test_asking_for_nobody_is_recorded_without_the_name_that_was_typed(
    stepped_line: SteppedLine, trialog: Command
) -> None:
    ended = trialog("subject", "ZHANG-0042")
    assert ended.code == 1
    [said] = accesses(stepped_line)
    assert said.facts == ev.ActionRefused(action="subject", why="no-such-subject")
    assert said.subject is None
    assert stepped_line.ask("SELECT count(*) FROM trial.ledger WHERE position('ZHANG' in value::text) > 0") == [(0,)]
    assert stepped_line.ask("SELECT count(*) FROM trial.subjects") == [(0,)]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "the embedded log did not answer"),
        (None, "name the doors' role in TRIALOG_INTAKE_DATABASE_URL"),
    ],
    ids=["the log is away", "the role may not append"],
)
def test_what_cannot_be_recorded_is_not_shown(
    stepped_line: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch, url: str | None, said: str
) -> None:
    stepped_line.send(SCREENED)
    stepped_line.apply()
    monkeypatch.setenv("TRIALOG_INTAKE_DATABASE_URL", url or stepped_line.database.url("trialog_read"))
    for command in (("subject", "S-001"), ("subject", "S-001", "--json"), ("quarantine", "show", "x.lab[0]@0")):
        ended = trialog(*command)
        assert (ended.code, ended.printed) == (3, "")
        assert "the access could not be recorded, so nothing is shown" in ended.told
        assert said in ended.told


def test_accesses_and_redrives_move_no_digest_and_no_statistic(stepped_line: SteppedLine, trialog: Command) -> None:
    stepped_line.send(SCREENED, ENROLLED, platelets("e-1"))
    stepped_line.apply()
    job = Job(lambda: stepped_line.database.connect("trialog_app"), STUDY)
    with closing(stepped_line.database.connect("trialog_app", autocommit=True)) as connection:
        before = job.refresh(connection)
        digest, commit = reading.study_digest(connection), reading.head(connection).commit
        states = stepped_line.ask("SELECT subject, digest, state FROM trial.subjects")
        assert trialog("subject", "S-001").code == 0
        assert trialog("subject", "S-002").code == 1
        stepped_line.send(REDRIVEN)
        stepped_line.apply()
        after, head = job.refresh(connection), reading.head(connection).commit
        assert head > commit
        assert reading.study_digest(connection) == digest
        assert stepped_line.ask("SELECT subject, digest, state FROM trial.subjects") == states
        assert after == before
        assert fresh(stepped_line) == before
        assert stepped_line.ask("SELECT count(*) FROM trial.snapshots") == [(1,)]
        assert stepped_line.ask("SELECT first_commit, last_commit FROM trial.snapshot_holds") == [(commit, head)]


def fresh(line: SteppedLine) -> Snapshot:
    """The snapshot of a job that was started just now."""
    with closing(line.database.connect("trialog_app", autocommit=True)) as connection:
        return Job(lambda: line.database.connect("trialog_app"), STUDY).refresh(connection)


def test_on_kafka_an_access_is_a_record_of_the_topic_oversight(broker: Broker, study: str) -> None:
    named = msgspec.structs.replace(STUDY, id=study)
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap)
    KafkaTopics(kafka).ensure(study, 1)
    author = Author(named, Actor("auditor-1", "auditor"), lambda: dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC))
    with closing(KafkaAppender(kafka)) as appender, closing(KafkaReader(kafka)) as reader:
        Access(appender, author).record(ev.SubjectRead(via=Via.PAGE, view="subject"), place="/page", subject="S-001")
        [record] = reader.read(topic_name(study, Topic.OVERSIGHT), 0, 0, most=10, wait_seconds=10.0)
    said = admit(record, Topic.OVERSIGHT)
    assert isinstance(said, Event)
    assert (said.subject, str(said.happened), said.actor) == ("S-001", "2026-03-02T09:30:00.000+08:00", "auditor-1")


def test_a_kafka_that_is_away_lets_nothing_be_shown() -> None:
    author = Author(STUDY, Actor("auditor-1", "auditor"), lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC))
    kafka = KafkaSettings(bootstrap_servers="127.0.0.1:1", timeout_seconds=0.5)
    with closing(KafkaAppender(kafka)) as appender, pytest.raises(LogUnavailable, match="so nothing is shown"):
        Access(appender, author).record(ev.SubjectRead(via=Via.PAGE, view="subject"), place="/page", subject="S-001")

"""The embedded line on a test's database, one step at a time: what is sent is in the log, and applied when told."""

import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Any

import psycopg
import pytest
import structlog

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.topics import EmbeddedTopics
from projections.writer import Writer
from schemas.admission import key_of
from schemas.codec import encode
from schemas.events.event import Event
from schemas.records import Batch, NewRecord
from schemas.topics import topic_names
from tests.projections.controls import STUDY, rows, topic_for
from tests.servers.postgres import Database
from trialog import cli


class SteppedLine:
    """One partition a topic, so that a test can name positions."""

    def __init__(self, database: Database) -> None:
        self.database = database
        EmbeddedTopics(partial(database.connect, "trialog_owner")).ensure(STUDY.id, 1)

    def send(self, *events: Event) -> None:
        for each in events:
            self.send_bytes(topic_for(each), encode(each), key_of(each.subject))

    def send_bytes(self, topic: str, value: bytes, key: bytes = b"S-001") -> None:
        with closing(EmbeddedAppender(partial(self.database.connect, "trialog_intake"))) as appender:
            appender.append([NewRecord(topic=topic, key=key, value=value)])

    def apply(self) -> None:
        """Brings everything that is in the log into the projections, a batch a topic."""
        connect = partial(self.database.connect, "trialog_app")
        with closing(EmbeddedReader(connect)) as reader, closing(Writer(connect, STUDY)) as writer:
            for (topic, partition), end in reader.ends(topic_names(STUDY.id)).items():
                first = writer.next_offset(topic, partition)
                if first < end:
                    records = tuple(reader.read(topic, partition, first, most=1000))
                    topic_id = reader.topic_id(topic)
                    writer.apply(
                        Batch(topic=topic, topic_id=topic_id, partition=partition, log_end=end, records=records)
                    )

    @contextmanager
    def read(self) -> Iterator[psycopg.Connection[Any]]:
        with closing(self.database.connect("trialog_read", autocommit=True)) as connection:
            yield connection

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.read() as connection:
            return rows(connection, query, parameters)


class Ended:
    """How a command ended: its exit code and what it printed on either stream."""

    def __init__(self, code: int, printed: str, told: str) -> None:
        self.code, self.printed, self.told = code, printed, told


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *command: str) -> Ended:
    """One command in this process, as the console script runs it."""
    monkeypatch.setattr(sys, "argv", ["trialog", *command])
    monkeypatch.setenv("COLUMNS", "250")
    capsys.readouterr()
    code, root = 0, logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        # The command's log lines go to what is captured now, and that is closed soon.
        structlog.reset_defaults()
        root.handlers[:], root.level = handlers, level
    captured = capsys.readouterr()
    return Ended(code, captured.out, captured.err)

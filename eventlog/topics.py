"""A study's topics: created, and compared with how they must be kept (`schemas.topics`). Here for the embedded log;
`kafka_topics` has the same for Kafka."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Protocol

import msgspec
import psycopg

from eventlog.embedded_client import Connect, as_log_errors, opened
from eventlog.errors import TopicsDiffer, TopicsMissing
from eventlog.tables import create, wait_for_others
from schemas.topics import PARTITIONS_DEFAULT, topic_names

ABSENT = "absent"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about a topic that is not as it must be. ``found`` is `ABSENT` where the whole topic is not there."""

    topic: str
    setting: str
    found: str
    wanted: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.setting} is {self.found}, should be {self.wanted}; {self.remedy}"


class Topics(Protocol):
    """Both logs' topics, as `trialog topics` uses them."""

    def ensure(self, study: str, partitions: int = PARTITIONS_DEFAULT) -> list[str]:
        """Creates those of the four topics that are missing and returns their names; changes none that is there.

        Then demands that all are as they must be: raises TopicsDiffer. Raises LogUnavailable.
        """
        ...

    def check(self, study: str, partitions: int | None = None) -> list[Difference]:
        """What is not as it must be, in the order of the topics; empty where all is well.

        ``partitions`` None takes whatever number there is. Raises LogUnavailable.
        """
        ...


def absent(topic: str) -> Difference:
    return Difference(
        topic=topic, setting="the topic", found=ABSENT, wanted="there", remedy="create it with `trialog topics`"
    )


def demand(differences: Sequence[Difference]) -> None:
    """Raises TopicsMissing where a topic is absent, else TopicsDiffer where anything differs; says all of it."""
    sentences = "\n".join(str(difference) for difference in differences)
    if any(difference.found == ABSENT for difference in differences):
        raise TopicsMissing(sentences)
    if differences:
        raise TopicsDiffer(sentences)


class EmbeddedTopics:
    """The topics as rows. What keeps them is the schema's guards, so those are compared too."""

    def __init__(self, connect: Connect) -> None:
        """``connect`` gives a connection as the log's owner; for `check` alone any role that may read will do."""
        self._connect = connect

    def ensure(self, study: str, partitions: int = PARTITIONS_DEFAULT) -> list[str]:
        """As `Topics.ensure`; creates the schema as well where it is missing, for which the roles must exist."""
        with as_log_errors(), closing(opened(self._connect)) as owner:
            create(owner)
            with owner.transaction():
                wait_for_others(owner)
                created = [name for name in topic_names(study) if _added(owner, name, partitions)]
        demand(self.check(study, partitions))
        return created

    def check(self, study: str, partitions: int | None = None) -> list[Difference]:
        with as_log_errors(), closing(opened(self._connect)) as connection:
            there = connection.execute("SELECT to_regclass('eventlog.topics') IS NOT NULL").fetchone()
            if there != (True,):
                return [absent(name) for name in topic_names(study)]
            rows = connection.execute("SELECT topic, partitions FROM eventlog.topics").fetchall()
            guards = connection.execute(
                """
                SELECT wanted.guarded, wanted.guard FROM (VALUES
                    ('records', 'append_only'), ('topics', 'append_only'),
                    ('counters', 'append_only'), ('counters', 'never_back')) AS wanted (guarded, guard)
                WHERE NOT EXISTS (
                    SELECT FROM pg_trigger WHERE tgrelid = ('eventlog.' || wanted.guarded)::regclass
                    AND tgname = wanted.guard AND tgenabled IN ('O', 'A'))
                """
            ).fetchall()
        found = dict(rows)
        differences = [
            difference for name in topic_names(study) for difference in _differences(name, found, partitions)
        ]
        return differences + [_unguarded(*guard) for guard in guards]


def _added(owner: psycopg.Connection[Any], name: str, partitions: int) -> bool:
    """Whether the topic was not there yet. One statement, so that its counters are filled once."""
    made = owner.execute(
        """
        WITH made AS (
            INSERT INTO eventlog.topics (topic, partitions) VALUES (%s, %s)
            ON CONFLICT DO NOTHING RETURNING topic, partitions
        )
        INSERT INTO eventlog.counters (topic, partition)
        SELECT topic, generate_series(0, partitions - 1) FROM made
        """,
        (name, partitions),
    )
    return made.rowcount > 0


def _differences(name: str, found: dict[str, int], partitions: int | None) -> list[Difference]:
    if name not in found:
        return [absent(name)]
    if partitions is not None and found[name] != partitions:
        return [partitions_differ(name, found[name], partitions)]
    return []


def partitions_differ(name: str, found: int, wanted: int) -> Difference:
    return Difference(
        topic=name,
        setting="its number of partitions",
        found=str(found),
        wanted=str(wanted),
        remedy=f"run with {found}: another number would part a subject's records, so it never changes",
    )


def _unguarded(table: str, guard: str) -> Difference:
    return Difference(
        topic=f"eventlog.{table}",
        setting=f"the trigger {guard}",
        found="off",
        wanted="on",
        remedy="find out who switched it off and compare the log with the ledger (`trialog ledger verify`); then "
        f"ALTER TABLE eventlog.{table} ENABLE TRIGGER {guard}",
    )

"""Both logs behind one face, so that one suite of tests convicts either. Each test has a study of its own."""

import json
import uuid
from abc import ABC, abstractmethod
from functools import partial
from typing import Any, TypeVar

import psycopg

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.errors import LogUnavailable, TopicsMissing
from eventlog.kafka import KafkaAppender, KafkaReader
from eventlog.kafka_client import KafkaSettings, admin, described
from eventlog.kafka_topics import KafkaTopics
from eventlog.log import Appender, Reader
from eventlog.topics import EmbeddedTopics, Topics
from schemas.records import NewRecord, Position, Record
from schemas.topics import Topic, topic_name, topic_names
from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

PARTITIONS = 4

Client = TypeVar("Client", bound=Appender | Reader)


class LogUnderTest(ABC):
    """A log with the four topics of one study, made by `topics().ensure`."""

    name: str
    study: str

    def __init__(self) -> None:
        self._clients: list[Appender | Reader] = []

    def appender(self) -> Appender:
        """A new one, closed after the test."""
        return self.closing(self._new_appender())

    def reader(self) -> Reader:
        """A new one, closed after the test."""
        return self.closing(self._new_reader())

    @abstractmethod
    def _new_appender(self) -> Appender: ...

    @abstractmethod
    def _new_reader(self) -> Reader: ...

    @abstractmethod
    def topics(self) -> Topics: ...

    @abstractmethod
    def address(self) -> str:
        """What another process needs to open this log, as JSON; see `opened`."""

    @abstractmethod
    def remove(self) -> None:
        """Removes the study's topics with all that is in them, as only the owner of the log can."""

    @abstractmethod
    def stop(self) -> None:
        """The log's server goes away as an operator takes it away."""

    @abstractmethod
    def crash(self) -> None:
        """The log's server dies at once."""

    @abstractmethod
    def start(self) -> None:
        """The log's server comes back with all that was durable."""

    @abstractmethod
    def settle(self) -> None:
        """Returns once nothing is under way any more for clients that are dead."""

    def closing(self, client: Client) -> Client:
        self._clients.append(client)
        return client

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def topic(self, topic: Topic = Topic.LAB) -> str:
        return topic_name(self.study, topic)


class EmbeddedUnderTest(LogUnderTest):
    name = "embedded"

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.study = "NCT00000001"

    def connect(self, role: str) -> psycopg.Connection[Any]:
        return self.database.connect(role)

    def _new_appender(self) -> EmbeddedAppender:
        return EmbeddedAppender(partial(self.connect, "trialog_intake"))

    def reader(self) -> EmbeddedReader:
        return self.closing(self._new_reader())

    def _new_reader(self) -> EmbeddedReader:
        return EmbeddedReader(partial(self.connect, "trialog_read"))

    def topics(self) -> EmbeddedTopics:
        return EmbeddedTopics(partial(self.connect, "trialog_owner"))

    def address(self) -> str:
        return json.dumps({"log": self.name, "url": self.database.url("trialog_intake")})

    def remove(self) -> None:
        with self.connect("trialog_owner") as owner:
            owner.execute("DROP SCHEMA eventlog CASCADE")

    def stop(self) -> None:
        self.database.stop()

    def crash(self) -> None:
        self.database.kill()

    def start(self) -> None:
        self.database.start()

    def settle(self) -> None:
        wait_until(self._nobody_appends, what="the end of the dead clients' sessions")

    def _nobody_appends(self) -> bool:
        with self.connect("postgres") as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'trialog_intake' AND datname = %s"
            return connection.execute(query, (self.database.name,)).fetchone() == (0,)


class KafkaUnderTest(LogUnderTest):
    name = "kafka"

    def __init__(self, broker: Broker, *, timeout_seconds: float = 10.0) -> None:
        super().__init__()
        self.broker = broker
        self.settings = KafkaSettings(bootstrap_servers=broker.bootstrap, timeout_seconds=timeout_seconds)
        self.study = f"T{uuid.uuid4().hex[:12]}"

    def _new_appender(self) -> KafkaAppender:
        return KafkaAppender(self.settings)

    def _new_reader(self) -> KafkaReader:
        return KafkaReader(self.settings)

    def topics(self) -> KafkaTopics:
        return KafkaTopics(self.settings)

    def address(self) -> str:
        return json.dumps({"log": self.name, "bootstrap": self.settings.bootstrap_servers})

    def remove(self) -> None:
        with admin(self.settings) as client:
            client.delete_topics(list(topic_names(self.study)))
            wait_until(lambda: not described(client, topic_names(self.study)), what="the end of the topics")

    def stop(self) -> None:
        self.broker.stop()

    def crash(self) -> None:
        self.broker.kill()

    def start(self) -> None:
        self.broker.start()

    def close(self) -> None:
        """Removes the topics too: a broker that crashes with hundreds of partitions takes minutes to recover them."""
        super().close()
        self.start()
        with admin(self.settings) as client:
            client.delete_topics(list(topic_names(self.study)), raise_errors=False)

    def settle(self) -> None:
        """Kafka answers only what is appended already; a dead client's last request may come in at any time."""


def opened(address: str) -> Appender:
    """The appender that `LogUnderTest.address` describes, for a process of its own."""
    where = json.loads(address)
    if where["log"] == "embedded":
        return EmbeddedAppender(lambda: psycopg.connect(where["url"]))
    return KafkaAppender(KafkaSettings(bootstrap_servers=where["bootstrap"]))


def all_records(reader: Reader, topic: str) -> list[Record]:
    """Everything in the topic, partition after partition, each checked to count from 0 to its end without a gap."""
    records = []
    for partition in range(reader.partitions(topic)):
        end = reader.end(topic, partition)
        offset = 0
        while offset < end:
            part = reader.read(topic, partition, offset, most=500)
            assert [record.offset for record in part] == list(range(offset, offset + len(part)))
            offset += len(part)
            records += part
        assert offset >= end
    return records


def new_record(topic: str, key: str, value: bytes, **more: Any) -> NewRecord:
    return NewRecord(topic=topic, key=key.encode(), value=value, **more)


def at(reader: Reader, position: Position) -> Record:
    """The one record that lies there."""
    records = reader.read(position.topic, position.partition, position.offset, most=1)
    assert [record.position for record in records] == [position]
    return records[0]


def takes(appender: Appender, topic: str, value: bytes = b"again") -> bool:
    """Whether the log takes a record for S-001 now; for waiting until it is back."""
    try:
        appender.append([new_record(topic, "S-001", value)])
    except (LogUnavailable, TopicsMissing):
        return False
    return True

"""The two logs as fixtures: `log` and `stoppable_log` run a test on both, `embedded` and `kafka_log` on one.

A `log` never stops its server; only a `stoppable_log` may, whose Kafka is then surely ours.
"""

from collections.abc import Iterator
from typing import TypeVar

import pytest

from schemas.topics import Topic
from tests.eventlog.logs import PARTITIONS, EmbeddedUnderTest, KafkaUnderTest, LogUnderTest
from tests.servers.broker import Broker
from tests.servers.postgres import Database

Log = TypeVar("Log", bound=LogUnderTest)

# While Kafka is away each try costs this much, so that these tests do not wait for the default of ten seconds.
OUTAGE_TIMEOUT_SECONDS = 3.0


@pytest.fixture
def embedded(empty_database: Database) -> Iterator[EmbeddedUnderTest]:
    yield from made(EmbeddedUnderTest(empty_database))


@pytest.fixture
def kafka_log(broker: Broker) -> Iterator[KafkaUnderTest]:
    yield from made(KafkaUnderTest(broker))


@pytest.fixture
def stoppable_kafka_log(stoppable_broker: Broker) -> Iterator[KafkaUnderTest]:
    yield from made(KafkaUnderTest(stoppable_broker, timeout_seconds=OUTAGE_TIMEOUT_SECONDS))


@pytest.fixture(params=["embedded", pytest.param("kafka_log", marks=pytest.mark.kafka)])
def log(request: pytest.FixtureRequest) -> LogUnderTest:
    found: LogUnderTest = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["embedded", pytest.param("stoppable_kafka_log", marks=pytest.mark.kafka)])
def stoppable_log(request: pytest.FixtureRequest) -> LogUnderTest:
    found: LogUnderTest = request.getfixturevalue(request.param)
    return found


def made(log: Log) -> Iterator[Log]:
    assert log.topics().ensure(log.study, PARTITIONS) == [log.topic(topic) for topic in Topic]
    yield log
    log.close()

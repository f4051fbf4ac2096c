"""The Kafka brokers of the tests. Each kind that the machine can run goes through the same tests."""

from collections.abc import Iterator

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from tests.servers.broker import Broker, find_broker, wait_for_broker
from tests.servers.container_broker import ContainerBroker
from tests.servers.errors import Missing, NotStarted
from tests.servers.native_broker import NativeBroker
from tests.servers.waiting import answers, free_ports

TOPIC = "survives"


@pytest.fixture(scope="module", params=[ContainerBroker, NativeBroker])
def own_broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    try:
        own: Broker = request.param()
        own.start()
    except Missing as missing:
        # Not marked `kafka`: one kind is enough for the suite, and the other's absence is no failure in CI.
        pytest.skip(f"{request.param.kind}: {missing}")
    try:
        admin = KafkaAdminClient(bootstrap_servers=own.bootstrap)
        admin.create_topics(
            [NewTopic(TOPIC, num_partitions=1, replication_factor=1, topic_configs={"flush.messages": "1"})]
        )
        admin.close()
        yield own
    finally:
        own.close()


def send(broker: Broker, value: bytes) -> int:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    try:
        return int(producer.send(TOPIC, value, partition=0).get(timeout=30).offset)
    finally:
        producer.close()


def everything(broker: Broker) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    here = TopicPartition(TOPIC, 0)
    try:
        consumer.assign([here])
        end = consumer.end_offsets([here])[here]
        consumer.seek_to_beginning(here)
        values: list[bytes] = []
        while consumer.position(here) < end:
            values += [record.value for record in consumer.poll(timeout_ms=1000).get(here, [])]
        return values
    finally:
        consumer.close()


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_an_outage_refuses_connections_and_keeps_address_topics_and_records(own_broker: Broker, ending: str):
    bootstrap = own_broker.bootstrap
    host, _, port = bootstrap.partition(":")
    before = len(everything(own_broker))
    assert send(own_broker, f"before the {ending}".encode()) == before
    getattr(own_broker, ending)()
    assert not answers(host, int(port))
    own_broker.start()
    assert own_broker.bootstrap == bootstrap
    assert send(own_broker, f"after the {ending}".encode()) == before + 1
    assert everything(own_broker)[before:] == [f"before the {ending}".encode(), f"after the {ending}".encode()]


@pytest.mark.slow
def test_starting_a_running_broker_changes_nothing(own_broker: Broker):
    before = len(everything(own_broker))
    own_broker.start()
    assert len(everything(own_broker)) == before


def test_a_broker_asked_for_by_name_that_does_not_answer_is_an_error_and_not_replaced(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.servers.broker.START_SECONDS", 0.2)
    with pytest.raises(NotStarted):
        find_broker(f"127.0.0.1:{free_ports(1)[0]}")


def test_a_process_that_ends_while_it_starts_is_noticed_at_once():
    with pytest.raises(NotStarted, match="ended while it started"):
        wait_for_broker(f"127.0.0.1:{free_ports(1)[0]}", alive=lambda: False)


def test_the_session_s_broker_answers(broker: Broker):
    wait_for_broker(broker.bootstrap)


def test_the_session_s_broker_is_there_again_after_an_outage(stoppable_broker: Broker):
    stoppable_broker.stop()
    stoppable_broker.start()
    wait_for_broker(stoppable_broker.bootstrap)

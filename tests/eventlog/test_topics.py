"""How a study's topics are made and compared with how they must be kept."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from eventlog.errors import TopicsDiffer, TopicsMissing
from eventlog.kafka_client import admin
from eventlog.topics import demand
from schemas.topics import Topic, topic_names
from tests.eventlog.logs import PARTITIONS, EmbeddedUnderTest, KafkaUnderTest, LogUnderTest, new_record
from tests.servers.waiting import wait_until


def test_topics_just_made_are_as_they_must_be(log: LogUnderTest) -> None:
    assert log.topics().check(log.study, PARTITIONS) == []
    assert log.topics().check(log.study) == []


def test_topics_are_made_once_and_stay(log: LogUnderTest) -> None:
    before = log.reader().topic_id(log.topic())
    assert log.topics().ensure(log.study, PARTITIONS) == []
    assert log.reader().topic_id(log.topic()) == before


def test_several_processes_may_make_them_at_once(log: LogUnderTest) -> None:
    other = log.study + "X"
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda _: log.topics().ensure(other, 2), range(3)))
    assert {name for names in made for name in names} == set(topic_names(other))
    assert log.topics().check(other, 2) == []


def test_a_missing_topic_is_named_and_can_be_made(log: LogUnderTest) -> None:
    differences = log.topics().check("T404", PARTITIONS)
    assert [str(difference) for difference in differences] == [
        f"{name}: the topic is absent, should be there; create it with `trialog topics`" for name in topic_names("T404")
    ]
    with pytest.raises(TopicsMissing, match=r"t404\.lab"):
        demand(differences)


def test_another_number_of_partitions_is_a_difference_that_is_never_repaired(log: LogUnderTest) -> None:
    appender = log.appender()
    appender.append([new_record(log.topic(), "S-001", b"v")])
    with pytest.raises(TopicsDiffer, match=rf"{log.topic()}: its number of partitions is 4, should be 5; run with 4"):
        log.topics().ensure(log.study, 5)
    assert log.reader().partitions(log.topic()) == PARTITIONS


def test_without_its_schema_the_embedded_log_lacks_its_topics(embedded: EmbeddedUnderTest) -> None:
    embedded.remove()
    assert [difference.topic for difference in embedded.topics().check(embedded.study)] == list(
        topic_names(embedded.study)
    )
    with pytest.raises(TopicsMissing, match="trialog topics"):
        embedded.appender().append([new_record(embedded.topic(), "S-001", b"v")])
    with pytest.raises(TopicsMissing, match="trialog topics"):
        embedded.reader().topic_id(embedded.topic())


@pytest.mark.parametrize(
    ("table", "guard"),
    [("records", "append_only"), ("topics", "append_only"), ("counters", "append_only"), ("counters", "never_back")],
)
def test_a_guard_that_was_switched_off_is_a_difference(embedded: EmbeddedUnderTest, table: str, guard: str) -> None:
    with embedded.connect("trialog_owner") as owner:
        owner.execute(psycopg.sql.SQL(f"ALTER TABLE eventlog.{table} DISABLE TRIGGER {guard}"))  # type: ignore[arg-type]
    (difference,) = embedded.topics().check(embedded.study)
    assert str(difference).startswith(f"eventlog.{table}: the trigger {guard} is off, should be on; find out who")
    with pytest.raises(TopicsDiffer):
        demand([difference])


def test_kafka_keeps_the_topics_for_ever_and_on_disk(kafka_log: KafkaUnderTest) -> None:
    """Asked of the broker itself, against literals and not against schemas.topics."""
    with admin(kafka_log.settings) as client:
        resources = [ConfigResource(ConfigResourceType.TOPIC, kafka_log.topic(topic)) for topic in Topic]
        kept = client.describe_configs(resources, config_filter="all")["topic"]
        brokers = len(client.describe_cluster()["brokers"])
        topics = client.describe_topics([kafka_log.topic(topic) for topic in Topic])
    assert len(kept) == 4
    for settings in kept.values():
        values = {name: entry["value"] for name, entry in settings.items()}
        assert values["cleanup.policy"] == "delete"
        assert values["retention.ms"] == "-1"
        assert values["retention.bytes"] == "-1"
        assert values["unclean.leader.election.enable"] == "false"
        assert values["max.message.bytes"] == "1048576"
        if brokers < 3:
            assert (values["flush.messages"], values["min.insync.replicas"]) == ("1", "1")
        else:
            assert values["min.insync.replicas"] == "2"
    for topic in topics:
        assert len(topic["partitions"]) == PARTITIONS
        assert {len(partition["replica_nodes"]) for partition in topic["partitions"]} == {3 if brokers >= 3 else 1}


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("retention.ms", "604800000", "-1"),
        ("retention.bytes", "1073741824", "-1"),
        ("cleanup.policy", "compact", "delete"),
        ("unclean.leader.election.enable", "true", "false"),
        ("max.message.bytes", "1000", "1048576"),
    ],
)
def test_a_setting_that_was_changed_is_a_difference_with_the_command_that_repairs_it(
    kafka_log: KafkaUnderTest, setting: str, value: str, wanted: str
) -> None:
    name = kafka_log.topic(Topic.FOLLOWUP)
    with admin(kafka_log.settings) as client:
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, {setting: value})])
    # The broker says yes to a new setting a moment before it shows it.
    wait_until(lambda: kafka_log.topics().check(kafka_log.study, PARTITIONS) != [], what="the new setting")
    (difference,) = kafka_log.topics().check(kafka_log.study, PARTITIONS)
    assert str(difference) == (
        f"{name}: {setting} is {value}, should be {wanted}; kafka-configs.sh --alter --entity-type topics "
        f"--entity-name {name} --add-config {setting}={wanted}"
    )
    with pytest.raises(TopicsDiffer, match=setting):
        kafka_log.topics().ensure(kafka_log.study, PARTITIONS)

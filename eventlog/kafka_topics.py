"""A study's topics in Kafka: created, and compared with how they must be kept (`schemas.topics`)."""

import time
from collections.abc import Sequence
from contextlib import suppress

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import TopicAlreadyExistsError

from eventlog.kafka_client import KafkaSettings, KafkaTopic, admin, described
from eventlog.topics import Difference, absent, demand, partitions_differ
from schemas.topics import PARTITIONS_DEFAULT, topic_names, topic_settings


def ensure_topic(settings: KafkaSettings, name: str) -> None:
    """Creates a topic of one partition, kept like the study's own, where it is missing. Raises LogUnavailable."""
    with admin(settings) as client:
        if name in described(client, [name]):
            return
        _make(client, [name], 1, _brokers(client), settings.timeout_seconds)


def _make(client: KafkaAdminClient, names: Sequence[str], partitions: int, brokers: int, seconds: float) -> None:
    """Creates topics and waits until they are heard of. Another process may be creating them at the same moment."""
    made = {
        "num_partitions": partitions,
        "replication_factor": _replication(brokers),
        "configs": topic_settings(brokers),
    }
    with suppress(TopicAlreadyExistsError):
        client.create_topics(dict.fromkeys(names, made))
    client.wait_for_topics(list(names), timeout_ms=round(seconds * 1000))


JUST_MADE_SECONDS = 2.0
"""How long topics that were there already may still be settling; what differs after that differs."""


class KafkaTopics:
    """As `topics.Topics` says."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings

    def ensure(self, study: str, partitions: int = PARTITIONS_DEFAULT) -> list[str]:
        with admin(self._settings) as client:
            brokers = _brokers(client)
            names = topic_names(study)
            found = described(client, names)
            lacking = [name for name in names if name not in found]
            if lacking:
                # What another process made meanwhile is checked below like any.
                _make(client, lacking, partitions, brokers, self._settings.timeout_seconds)
        demand(self._settled(study, partitions, self._settings.timeout_seconds if lacking else JUST_MADE_SECONDS))
        return lacking

    def _settled(self, study: str, partitions: int, seconds: float) -> list[Difference]:
        """As `check`, asked until the brokers have heard of the new topics: another one than before may answer.

        Another process may have made them a moment ago: what is there and differs is asked about again as well.
        """
        deadline = time.monotonic() + seconds
        while (differences := self.check(study, partitions)) and time.monotonic() < deadline:
            time.sleep(0.2)
        return differences

    def check(self, study: str, partitions: int | None = None) -> list[Difference]:
        names = topic_names(study)
        with admin(self._settings) as client:
            brokers = _brokers(client)
            found = described(client, names)
            resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in found]
            settings = client.describe_configs(resources, config_filter="all")["topic"] if resources else {}
        differences: list[Difference] = []
        for name in names:
            if name in found:
                kept = {setting: str(entry["value"]) for setting, entry in settings[name].items()}
                differences += _differences(found[name], kept, brokers, partitions)
            else:
                differences.append(absent(name))
        return differences


def _differences(topic: KafkaTopic, kept: dict[str, str], brokers: int, partitions: int | None) -> list[Difference]:
    differences = []
    if partitions is not None and topic.partitions != partitions:
        differences.append(partitions_differ(topic.name, topic.partitions, partitions))
    if topic.replication < _replication(brokers):
        differences.append(
            Difference(
                topic=topic.name,
                setting="the number of its replicas",
                found=str(topic.replication),
                wanted=f"{_replication(brokers)} on {brokers} brokers",
                remedy="raise it with kafka-reassign-partitions.sh",
            )
        )
    for setting, wanted in topic_settings(brokers).items():
        if kept.get(setting) != wanted:
            differences.append(
                Difference(
                    topic=topic.name,
                    setting=setting,
                    found=kept.get(setting, "not set"),
                    wanted=wanted,
                    remedy=f"kafka-configs.sh --alter --entity-type topics --entity-name {topic.name} "
                    f"--add-config {setting}={wanted}",
                )
            )
    return differences


def _brokers(client: KafkaAdminClient) -> int:
    """All that are registered, also those which are down just now: a topic must outlive a restart."""
    return len(client.describe_cluster()["brokers"])


def _replication(brokers: int) -> int:
    return 3 if brokers >= 3 else 1

"""The four topics of a study and how each must be kept."""

import enum
from types import MappingProxyType


class Topic(enum.StrEnum):
    """Which of a study's topics a fact travels on; the value is the last part of the topic's name."""

    ENROLLMENT = "enrollment"
    LAB = "lab"
    FOLLOWUP = "followup"
    OVERSIGHT = "oversight"


PARTITIONS_DEFAULT = 4

# Kept for ever, never compacted: the log is the trial's source document. Offsets must be contiguous, so no
# compaction and no transactional producers (their markers take offsets).
KEPT_FOR_EVER = MappingProxyType(
    {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "unclean.leader.election.enable": "false",
        "message.timestamp.type": "CreateTime",
        "max.message.bytes": "1048576",
    }
)


def topic_name(study: str, topic: Topic) -> str:
    """The topic's name in the log.

    >>> topic_name("NCT06486350", Topic.LAB)
    'nct06486350.lab'
    """
    return f"{study.lower()}.{topic.value}"


def topic_names(study: str) -> tuple[str, ...]:
    """All four names, in a fixed order."""
    return tuple(topic_name(study, topic) for topic in Topic)


def topic_settings(brokers: int) -> dict[str, str]:
    """The settings that make a topic durable on a cluster of this many brokers.

    Three brokers or more: every write on two disks' owners before it counts. Fewer: acks=all means one page cache,
    so each write is flushed to disk before it is acknowledged.
    """
    settings = dict(KEPT_FOR_EVER)
    if brokers >= 3:
        settings["min.insync.replicas"] = "2"
    else:
        settings["min.insync.replicas"] = "1"
        settings["flush.messages"] = "1"
    return settings

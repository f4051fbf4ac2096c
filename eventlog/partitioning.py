"""Which partition a key belongs to: Kafka's own rule, so that both logs place a subject alike. Pure."""

from functools import lru_cache

_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C
_MULTIPLIER = 0x5BD1E995


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a topic with this many. A topic's number of partitions must therefore never change.

    >>> partition_of(b"S-0042", 4)
    2
    """
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(key: bytes) -> int:
    """32-bit MurmurHash2 as Apache Kafka's Java client has it (org.apache.kafka.common.utils.Utils.murmur2).

    Written out here because the one inside kafka-python costs the import of the whole client, which the embedded
    log does without; a test holds the two equal.
    """
    whole = len(key) & ~3
    hashed = _SEED ^ len(key)
    for start in range(0, whole, 4):
        word = int.from_bytes(key[start : start + 4], "little") * _MULTIPLIER & _MASK
        word = (word ^ word >> 24) * _MULTIPLIER & _MASK
        hashed = hashed * _MULTIPLIER & _MASK ^ word
    if whole < len(key):
        hashed = (hashed ^ int.from_bytes(key[whole:], "little")) * _MULTIPLIER & _MASK
    hashed = (hashed ^ hashed >> 13) * _MULTIPLIER & _MASK
    return hashed ^ hashed >> 15

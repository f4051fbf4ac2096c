"""What every Kafka broker of the tests can do, and which one is taken.

The first that works: the one that TRIALOG_KAFKA names (host:port); apache/kafka in a container, where Docker answers
and has or can pull the image; a native broker, where Java and Maven are installed.
"""

import logging
from collections.abc import Callable
from typing import Protocol

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from tests.servers.errors import Missing, NotStarted
from tests.servers.waiting import answers, wait_until

START_SECONDS = 90.0


class Broker(Protocol):
    """A single-node Apache Kafka in KRaft mode, a log that is empty at first.

    ``bootstrap`` is `host:port` and stays the same over `stop()` and `start()`, and so do topics and records.
    """

    bootstrap: str
    kind: str

    @property
    def stoppable(self) -> bool:
        """False for a broker that somebody else runs: outage tests are skipped on it."""
        ...

    def start(self) -> None:
        """Returns when the broker answers; does nothing where it runs. Raises NotStarted, or Missing."""
        ...

    def stop(self) -> None:
        """An orderly stop. Connections are refused from then on."""
        ...

    def kill(self) -> None:
        """SIGKILL: nothing is flushed or said."""
        ...

    def close(self) -> None:
        """Stops, and removes the data."""
        ...


class ForeignBroker:
    """The broker of TRIALOG_KAFKA: somebody else starts and stops it."""

    kind = "TRIALOG_KAFKA"
    stoppable = False

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def start(self) -> None:
        wait_for_broker(self.bootstrap)

    def stop(self) -> None:
        raise AssertionError("the broker of TRIALOG_KAFKA is not ours to stop")

    kill = stop

    def close(self) -> None:
        """Leaves it as it is."""


def find_broker(bootstrap: str | None) -> Broker:
    """A running broker. Raises Missing with the reason of every kind that is not there, and NotStarted where
    ``bootstrap`` names a broker that does not answer: what was asked for by name is never replaced."""
    if bootstrap:
        foreign = ForeignBroker(bootstrap)
        foreign.start()
        return foreign
    reasons = []
    for make in (_container, _native):
        try:
            broker = make()
            broker.start()
        except (Missing, NotStarted) as error:
            reasons.append(str(error))
        else:
            return broker
    raise Missing("; ".join(reasons))


def wait_for_broker(bootstrap: str, *, alive: Callable[[], bool] = lambda: True) -> None:
    """Returns when the broker answers. Raises NotStarted after 90 s, or at once where not ``alive()``."""

    def there() -> bool:
        return not alive() or _answers(bootstrap)

    logger = logging.getLogger("kafka")
    level = logger.level
    # Each refused connection is a line of the client's log; while a broker starts they say nothing new.
    logger.setLevel(logging.CRITICAL)
    try:
        wait_until(there, within_seconds=START_SECONDS, what=f"an answer of Kafka at {bootstrap}")
    except TimeoutError as error:
        raise NotStarted(str(error)) from error
    finally:
        logger.setLevel(level)
    if not alive():
        raise NotStarted(f"Kafka at {bootstrap} ended while it started")


def _answers(bootstrap: str) -> bool:
    host, _, port = bootstrap.partition(",")[0].rpartition(":")
    if not answers(host, int(port)):
        return False  # quicker than to let the client find out
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    except (KafkaError, OSError, ValueError):
        return False
    try:
        return bool(client.describe_cluster().get("brokers"))
    except (KafkaError, OSError):
        return False
    finally:
        client.close()


def _container() -> Broker:
    from tests.servers.container_broker import ContainerBroker  # here, because it imports Docker's client

    return ContainerBroker()


def _native() -> Broker:
    from tests.servers.native_broker import NativeBroker

    return NativeBroker()

"""The official apache/kafka image through testcontainers.

testcontainers' own KafkaContainer runs Confluent's scripts, which this image does not have. Its port is mapped at a
fixed free one, chosen before the start: so the address to advertise is known then, and it survives stop and start.
"""

import os
import socket
from typing import Any

from tests.servers.broker import wait_for_broker
from tests.servers.errors import Missing, NotStarted
from tests.servers.waiting import free_ports

# The reaper is one more image to pull, and only cleans up after a test run that was itself killed.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

import docker
from docker.errors import APIError, DockerException
from testcontainers.core.container import DockerContainer

IMAGE = "apache/kafka:4.3.0"
PORT = 9092
STOP_SECONDS = 30
PORT_ATTEMPTS = 3


class KafkaContainer(DockerContainer):  # type: ignore[misc]
    """One KRaft node. A single KAFKA_ variable replaces the image's whole configuration, so all are given."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(IMAGE)
        self.with_bind_ports(PORT, port)
        for name, value in _settings(f"{host}:{port}").items():
            self.with_env(name, value)


class ContainerBroker:
    """See `tests.servers.broker.Broker`. Raises Missing where Docker does not answer or cannot get the image."""

    kind = f"container {IMAGE}"
    stoppable = True

    def __init__(self) -> None:
        client = _docker()
        self._host = _published_at(client)
        _get_image(client)
        self._container: Any = None
        self.bootstrap = ""

    def start(self) -> None:
        if self._container is None:
            self._create()
        else:
            self._container.get_wrapped_container().start()
        try:
            wait_for_broker(self.bootstrap, alive=self._alive)
        except NotStarted as error:
            raise NotStarted(f"{error}; its log ends: {self._log()[-2000:]}") from error

    def stop(self) -> None:
        if self._container is not None:
            self._container.get_wrapped_container().stop(timeout=STOP_SECONDS)

    def kill(self) -> None:
        if self._container is not None and self._alive():
            self._container.get_wrapped_container().kill()

    def close(self) -> None:
        if self._container is not None:
            self._container.stop(force=True, delete_volume=True)
            self._container = None

    def _create(self) -> None:
        for attempt in range(PORT_ATTEMPTS):
            (port,) = free_ports(1)
            container = KafkaContainer(self._host, port)
            try:
                container.start()
            except (APIError, OSError) as error:
                container.stop(force=True, delete_volume=True)
                # Another process may have taken the port in between.
                if attempt == PORT_ATTEMPTS - 1:
                    raise NotStarted(f"the container of {IMAGE} did not start: {error}") from error
            else:
                self._container = container
                self.bootstrap = f"{self._host}:{port}"
                return

    def _alive(self) -> bool:
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        return bool(wrapped.status in {"created", "running"})

    def _log(self) -> str:
        text: bytes = self._container.get_wrapped_container().logs(tail=40)
        return text.decode(errors="replace")


def _docker() -> Any:
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except (DockerException, OSError) as error:
        raise Missing("no Docker engine answers") from error
    return client


def _get_image(client: Any) -> None:
    try:
        if not client.images.list(name=IMAGE):
            client.images.pull(IMAGE)
    except (DockerException, OSError) as error:
        raise Missing(f"Docker answers, but {IMAGE} cannot be pulled") from error


def _published_at(client: Any) -> str:
    """Where a published port answers. An engine that calls itself by this machine's name publishes on its loopback."""
    if client.info().get("Name") == socket.gethostname():
        return "localhost"
    host: str = DockerContainer(IMAGE).get_container_host_ip()
    return host


def _settings(advertised: str) -> dict[str, str]:
    single = {f"KAFKA_{name}_REPLICATION_FACTOR": "1" for name in ("OFFSETS_TOPIC", "TRANSACTION_STATE_LOG")}
    return single | {
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_NODE_ID": "1",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{PORT},ITSELF://localhost:9094,CONTROLLER://:9093",
        # The broker's transaction coordinator talks to the broker: not over the published port, which is not inside.
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{advertised},ITSELF://localhost:9094",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,ITSELF:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "ITSELF",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "4",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        # A killed broker may come back only when its last session is over: 3 s instead of 9.
        "KAFKA_BROKER_SESSION_TIMEOUT_MS": "3000",
        "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
        "KAFKA_HEAP_OPTS": "-Xmx512m",
    }

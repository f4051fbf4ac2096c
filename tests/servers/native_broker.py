"""A single-node Apache Kafka in KRaft mode from its own jars, started as its own scripts start it."""

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from tests.servers.broker import wait_for_broker
from tests.servers.errors import NotStarted
from tests.servers.java import class_path, java_path
from tests.servers.waiting import free_ports

POM = Path(__file__).parent / "kafka" / "pom.xml"
LOGGING = Path(__file__).parent / "kafka" / "log4j2.yaml"
HEAP = "-Xmx512m"
STOP_SECONDS = 60
PORT_ATTEMPTS = 3

# A killed broker may come back only when its last session is over: 3 s instead of 9. flush.messages is set per topic
# by Trialog itself; the broker's own topics do not need it.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={data}
num.partitions=1
auto.create.topics.enable=false
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=2097152
"""


class NativeBroker:
    """See `tests.servers.broker.Broker`. Raises Missing where Java or Maven are not there."""

    kind = "native Apache Kafka"
    stoppable = True

    def __init__(self, *, heap: str = HEAP) -> None:
        self._java = java_path()
        self._class_path = class_path(POM)
        self._heap = heap
        self._home = Path(tempfile.mkdtemp(prefix="trialog-kafka-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._configure()

    def start(self) -> None:
        if self._alive():
            return
        first = not (self._home / "data").exists()
        for attempt in range(PORT_ATTEMPTS):
            try:
                self._start_once()
            except NotStarted:
                # A free port may have been taken in between; only before the first start may it change.
                if not (first and self._port_was_taken()) or attempt == PORT_ATTEMPTS - 1:
                    raise
                shutil.rmtree(self._home / "data", ignore_errors=True)
                self._configure()
            else:
                return

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    def _configure(self) -> None:
        port, controller = free_ports(2)
        self.bootstrap = f"127.0.0.1:{port}"
        text = PROPERTIES.format(port=port, controller=controller, data=self._home / "data")
        (self._home / "server.properties").write_text(text)

    def _start_once(self) -> None:
        if not (self._home / "data").exists():
            self._format()
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("kafka.Kafka", str(self._home / "server.properties")),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | {"LC_ALL": "C.UTF-8"},
                start_new_session=True,  # Ctrl-C in the terminal ends the tests, and they end the broker
            )
        try:
            wait_for_broker(self.bootstrap, alive=self._alive)
        except NotStarted as error:
            self.kill()
            raise NotStarted(f"{error}; its log ends: {self._log()[-2000:]}") from error

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatting = ["format", "-t", cluster, "-c", str(self._home / "server.properties")]
        done = subprocess.run(
            self._command("kafka.tools.StorageTool", *formatting),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise NotStarted(f"the storage of Kafka could not be formatted: {(done.stdout + done.stderr)[-2000:]}")

    def _command(self, main: str, *arguments: str) -> list[str]:
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"]
        logging = f"-Dlog4j2.configurationFile={LOGGING}"
        return [self._java, self._heap, *quick, logging, "-cp", self._class_path, main, *arguments]

    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None

    def _log(self) -> str:
        return (self._home / "server.log").read_text(errors="replace")

    def _port_was_taken(self) -> bool:
        return "Address already in use" in self._log()

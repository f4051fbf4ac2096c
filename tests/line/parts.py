"""The distributed line as real processes of the console script, on the tests' own Kafka and PostgreSQL."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.servers.broker import Broker
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

TRIALOG = Path(sys.executable).with_name("trialog")
KEY = "7a" * 32
PARTITIONS = "3"


class Part:
    """One process. What it prints goes to a file, so that no full pipe ever stops it."""

    def __init__(self, command: list[str], environ: dict[str, str], printed: Path) -> None:
        self._printed = printed
        with printed.open("wb") as file:
            self.process = subprocess.Popen(
                [TRIALOG, *command], env=environ, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )

    @property
    def output(self) -> str:
        return self._printed.read_text(errors="replace")

    def says(self, pattern: str) -> re.Match[str]:
        """Waits until the output matches; fails at once where the process ended before."""
        found: list[re.Match[str]] = []

        def there() -> bool:
            match = re.search(pattern, self.output)
            if match is not None:
                found.append(match)
            elif self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.output}")
            return match is not None

        wait_until(there, within_seconds=90, what=f"{pattern!r} in the output")
        return found[0]

    def stop(self) -> int:
        """As a supervisor does it: SIGTERM, then wait."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)


def environment(broker: Broker, database: Database, study: Path, folder: Path, role: str) -> dict[str, str]:
    """The settings of one part that connects as this role and keeps its data in the folder."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("TRIALOG_", "DATABASE_"))},
        "TRIALOG_STUDY": str(study),
        "TRIALOG_KAFKA": broker.bootstrap,
        "TRIALOG_PARTITIONS": PARTITIONS,
        "TRIALOG_SPOOL_KEY": KEY,
        "TRIALOG_IDENTITY_KEY": KEY,
        "TRIALOG_HTTP": "127.0.0.1:0",
        "TRIALOG_HL7": "127.0.0.1:0",
        "TRIALOG_LOG_TIMEOUT_SECONDS": "3",
        "DATABASE_URL": database.url(role),
        "TRIALOG_INTAKE_DATABASE_URL": database.url("trialog_intake"),
        "TRIALOG_DATA": str(folder),
    }


class Parts:
    """Starts parts of one line. Study and topics are those of the built-in study: one line a broker at a time."""

    def __init__(self, broker: Broker, database: Database, folder: Path, until: ExitStack, study: Path) -> None:
        self._folder = folder
        self._until = until
        self._environ = partial(environment, broker, database, study)

    def run(self, *command: str, role: str = "trialog_read") -> subprocess.CompletedProcess[str]:
        """A command that ends by itself."""
        environ = self._environ(self._folder, role)
        return subprocess.run([TRIALOG, *command], env=environ, capture_output=True, text=True, timeout=120)

    def start(self, name: str, *command: str, role: str) -> Part:
        environ = {**self._environ(self._folder / name, role), "TRIALOG_WORKER": name}
        part = Part(list(command), environ, self._folder / f"{name}.txt")
        self._until.callback(part.stop)
        return part

    def doors(self) -> tuple[tuple[str, int], str]:
        """Both doors open: where HL7 is taken, and the address of pages and forms."""
        hl7 = self.start("intake", "intake", role="trialog_intake").says(r"HL7 door at ([\d.]+):(\d+)")
        http = self.start("serve", "serve", role="trialog_read").says(r"at (http://[\d.:]+)")
        return (hl7[1], int(hl7[2])), http[1]


@contextmanager
def parts(broker: Broker, database: Database, folder: Path, study_code: str) -> Iterator[Parts]:
    """A line whose topics are made, for a study that differs from the built-in one only by its code."""
    from tests.line.studies import study_file

    with ExitStack() as until:
        line = Parts(broker, database, folder, until, study_file(folder, study_code))
        made = line.run("topics", role="trialog_owner")
        assert made.returncode == 0, made.stderr
        yield line

"""A worker as a process, and the little that a supervisor does."""

import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import msgspec

from stream_processors.health import SignOfLife
from tests.faults.faulty_worker import FaultySettings
from tests.servers.waiting import wait_until


class WorkerProcess:
    """One worker that is started again whenever it is down, as a supervisor would."""

    def __init__(self, name: str, settings: FaultySettings, folder: Path) -> None:
        self.health_file = folder / f"{name}.json"
        self._settings = msgspec.structs.replace(settings, health_file=str(self.health_file))
        self._log_file = folder / f"{name}.log"
        self._log = self._log_file.open("ab")
        self._starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.exits: Counter[int] = Counter()

    def ensure_running(self) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.exits[self._process.returncode] += 1
            self._process = None
        if self._process is None:
            self._starts += 1
            settings = msgspec.structs.replace(self._settings, seed=self._settings.seed * 1000 + self._starts)
            self.health_file.unlink(missing_ok=True)
            command = [sys.executable, "-m", "tests.faults.faulty_worker", msgspec.json.encode(settings).decode()]
            self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    @property
    def log(self) -> str:
        """All that its processes have logged so far."""
        return self._log_file.read_text()

    def wait_for_end(self, within_seconds: float = 90.0) -> int:
        """Returns the exit code of a process that ends by itself."""
        assert self._process is not None
        return self._process.wait(within_seconds)

    def is_at_work(self) -> bool:
        """Whether this very process has written a bundle since it was started."""
        self.ensure_running()
        with suppress(FileNotFoundError):
            return msgspec.json.decode(self.health_file.read_bytes(), type=SignOfLife).applied_at is not None
        return False

    def _is_up(self) -> bool:
        self.ensure_running()
        return self.health_file.exists()

    def kill(self) -> bool:
        """SIGKILL; False where the process was down already."""
        assert self._process is not None
        alive = self._process.poll() is None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self.ensure_running()
        return alive

    def stop(self, *, once_up: bool = True) -> int:
        """SIGTERM, by default once the worker is up; returns the exit code."""
        if once_up:
            wait_until(self._is_up, within_seconds=60, what="a worker that is up")
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(60)

    def freeze(self) -> None:
        """SIGSTOP: it answers nobody any more, and is not gone."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()

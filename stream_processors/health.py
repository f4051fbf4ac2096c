"""A worker's sign of life: a small JSON file, written every two seconds, that says what the worker does.

Check it with `python -m stream_processors.health FILE`: it prints the file and exits 0 where the worker is well, and
1 with the reason where it is not. A file older than `SILENT_SECONDS_MAX` is a worker that hangs or is dead.
"""

import enum
import json
import logging
import os
import sys
from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from stream_processors.death import cause

logger = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
SILENT_SECONDS_MAX = 30.0
STUCK_SECONDS_MAX = 120.0


class Doing(enum.StrEnum):
    """What the worker is at."""

    STARTING = "starting"
    IDLE = "idle"
    WRITING = "writing"


class SignOfLife(msgspec.Struct, kw_only=True):
    """What one process reports. Times are UTC.

    ``assigned`` lists `topic[partition]`, empty while other workers have all partitions. ``writing_since`` is when the
    bundle now being written was taken up, None between bundles. ``applied_at`` is when the last one was committed,
    None before the first.
    """

    beat_at: datetime
    doing: Doing
    assigned: list[str] = []
    writing_since: datetime | None = None
    applied_at: datetime | None = None
    applied_commit: int | None = None


OnBeat = Callable[[SignOfLife], None]


class Health:
    """Gathers the signs, and gives them to ``path`` and to ``on_beat`` at each beat, where there are such."""

    def __init__(self, path: Path | None = None, on_beat: OnBeat | None = None) -> None:
        self._path = path
        self._on_beat = on_beat
        self._sign = SignOfLife(beat_at=datetime.now(UTC), doing=Doing.STARTING)

    def takes_up(self) -> None:
        """A bundle is about to be written."""
        self._sign.doing = Doing.WRITING
        self._sign.writing_since = datetime.now(UTC)

    def applied(self, commit: int | None) -> None:
        """A bundle is through. ``commit`` is None where all of it had been applied before."""
        self._sign.doing = Doing.IDLE
        self._sign.writing_since = None
        self._sign.applied_at = datetime.now(UTC)
        if commit is not None:
            self._sign.applied_commit = commit

    def ready(self) -> None:
        """The worker has its partitions, and nothing to write."""
        if self._sign.doing is Doing.STARTING:
            self._sign.doing = Doing.IDLE

    def let_go(self) -> None:
        """The bundle that was taken up is no longer wanted."""
        self._sign.doing = Doing.IDLE
        self._sign.writing_since = None

    def beat(self, assigned: list[str]) -> None:
        """Passes the sign on. What goes wrong with it is logged: a sign that is missing is itself the alarm."""
        self._sign.beat_at = datetime.now(UTC)
        self._sign.assigned = assigned
        try:
            if self._path is not None:
                _write(self._path, self._sign)
            if self._on_beat is not None:
                self._on_beat(copy(self._sign))
        except Exception as error:  # noqa: BLE001 - the work is worth more than its report
            logger.warning("the sign of life did not get out: %s", cause(error))


def _write(path: Path, sign: SignOfLife) -> None:
    """In one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(msgspec.json.encode(sign))
    beside.replace(path)


def complaint(sign: SignOfLife, now: datetime) -> str | None:
    """Why the worker is not well, in words; None where it is. A bundle that takes long is a database that is away."""
    if now - sign.beat_at > timedelta(seconds=SILENT_SECONDS_MAX):
        return f"no sign of life since {sign.beat_at.isoformat()}"
    if sign.doing is Doing.STARTING:
        return "starting: no partitions assigned yet"
    if sign.writing_since is not None and now - sign.writing_since > timedelta(seconds=STUCK_SECONDS_MAX):
        return f"one bundle has been in the writing since {sign.writing_since.isoformat()}"
    return None


def main(arguments: list[str]) -> int:
    """The healthcheck of a container: 0 well, 1 not well, 2 wrong use."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m stream_processors.health FILE\n")
        return 2
    try:
        sign = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=SignOfLife)
    except (OSError, msgspec.DecodeError) as error:
        sys.stderr.write(f"no sign of life: {type(error).__name__}\n")
        return 1
    reason = complaint(sign, datetime.now(UTC))
    sys.stdout.write(json.dumps({"well": reason is None, "reason": reason, **msgspec.to_builtins(sign)}) + "\n")
    return 0 if reason is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The spool: the exact bytes that came to a door, sealed on disk before anything else is done with them.

One file is one message. Its folder is its state, and its name says when it came and which bytes it holds:

    pending/   came; what is to become of it is not settled (the log was away, or the process was killed)
    waiting/   good, but its patient is mapped to no subject yet
    refused/   got a negative answer; beside it, ``.why`` says what was wrong and where
    torn/      was cut short by a crash while it was being written: its source never got an answer, and sends again
    damaged/   does not open: its bytes changed on disk, or the key is another one

A file: the magic line, the length of the sealed part, the door, the sealed bytes. File name and header are the
seal's context, so no file can be passed off as another. Moves are renames: at every instant a message is in exactly
one state, and never in none.
"""

import datetime as dt
import enum
import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from producers.errors import SpoolBusy, SpoolFull, Unreadable
from producers.sealing import OVERHEAD_BYTES, Sealer

_MAGIC = b"trialog-spool-1\n"
_PART = ".part"
_MESSAGE = ".msg"
_WHY = ".why"


class State(enum.StrEnum):
    PENDING = "pending"
    WAITING = "waiting"
    REFUSED = "refused"
    TORN = "torn"
    DAMAGED = "damaged"


class Entry(msgspec.Struct, frozen=True, order=True):
    """One spooled message. ``name`` sorts by arrival and is unique; ``fingerprint`` is a keyed hash of its bytes."""

    name: str
    state: State

    @property
    def received_at(self) -> dt.datetime:
        """When it came, in UTC, to the microsecond."""
        return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=int(self.name.split("-")[0]))

    @property
    def fingerprint(self) -> str:
        return self.name.split("-")[1]


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message was refused: the door's code and the place in the message. Never a value."""

    problem: str
    where: str | None

    def __str__(self) -> str:
        return f"{self.problem} at {self.where}" if self.where else self.problem


class SpoolReader:
    """Reads a spool that a process may have open at the same time: it takes no lock and changes nothing.

    A message may be moved between two of its questions; then the second one finds it no longer there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_with(self, key: bytes, entry: Entry) -> tuple[str, bytes]:
        """As `Spool.read`. Raises WrongKey as well, for a key that is not 32 bytes."""
        return self._opened(Sealer(key, "spool"), entry)

    def why(self, entry: Entry) -> Why | None:
        """Why a refused message was refused; None where that is not known."""
        try:
            return msgspec.json.decode(self._path(entry).with_suffix(_WHY).read_bytes(), type=Why)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def entries(self, state: State) -> list[Entry]:
        """All messages in this state in the order of their arrival. Nothing is decrypted."""
        with os.scandir(self._folder / state) as found:
            names = [item.name for item in found if item.name.endswith(_MESSAGE)]
        return [Entry(name.removesuffix(_MESSAGE), state) for name in sorted(names)]

    def _opened(self, sealer: Sealer, entry: Entry) -> tuple[str, bytes]:
        content = self._path(entry).read_bytes()
        header, sealed = _split(content)
        raw = sealer.open(sealed, header + entry.name.encode())
        return header[len(_MAGIC) :].split(b" ", 1)[1].rstrip(b"\n").decode(), raw

    def _path(self, entry: Entry) -> Path:
        return self._folder / entry.state / (entry.name + _MESSAGE)


class Spool(SpoolReader):
    """The spool in one folder, for one process. Thread-safe, as long as one thread at a time works on an entry."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Opens, or makes, the spool. What a crash left half-written goes to ``torn/``.

        Raises SpoolBusy where another process has it open, WrongKey for a key that is not 32 bytes.
        """
        super().__init__(folder)
        self._sealer = Sealer(key, "spool")
        for state in State:
            (folder / state).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock_file = _locked(folder / "lock")
        self._naming = threading.Lock()
        self._last_us = 0
        self._set_apart_torn()

    def close(self) -> None:
        os.close(self._lock_file)

    def fingerprint(self, raw: bytes) -> str:
        """A keyed hash that names these bytes, 32 hexadecimal digits."""
        return self._sealer.name(raw).hex()[:32]

    def put(self, door: str, raw: bytes) -> Entry:
        """Keeps the bytes, durably, as pending. Raises SpoolFull; then nothing is kept."""
        entry = Entry(f"{self._arrival_us():016d}-{self.fingerprint(raw)}", State.PENDING)
        path = self._path(entry)
        part = path.with_suffix(_PART)
        try:
            _write_durably(part, self._sealed(entry, door, raw))
            # Killed before the rename: a restart finds a .part file, whole or not, and sets it apart as torn.
            # Nobody was told that it came, so its source sends it again.
            part.rename(path)
            # Killed before the folder is flushed: the machine may come up with the file under either name. Both are
            # right, because there was no answer yet.
            _flush_folder(path.parent)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise SpoolFull(f"the spool could not keep a message ({error.strerror}); nothing was accepted") from error
        # From here on a restart finds the message pending, and publishes it.
        return entry

    def read(self, entry: Entry) -> tuple[str, bytes]:
        """The door and the exact bytes. Raises Unreadable, and FileNotFoundError where it is no longer there."""
        return self._opened(self._sealer, entry)

    def wait(self, entry: Entry) -> Entry:
        """Its patient is not mapped yet."""
        return self._move(entry, State.WAITING)

    def refuse(self, entry: Entry, why: Why) -> Entry:
        reasons = self._folder / State.REFUSED / (entry.name + _WHY)
        _write_durably(reasons, msgspec.json.encode(why))
        # Killed here: the reasons are there and the message is still pending. It is judged again, and overwrites them.
        return self._move(entry, State.REFUSED)

    def set_damaged(self, entry: Entry) -> Entry:
        """It does not open. Kept, and counted, for whoever looks into it; it stops nothing else."""
        return self._move(entry, State.DAMAGED)

    def finish(self, entry: Entry) -> None:
        """Its events are in the log (or it repeats what is kept): the bytes go.

        Not flushed on purpose: where a crash brings the file back, it is published again under the same event ids.
        """
        path = self._path(entry)
        path.unlink(missing_ok=True)
        path.with_suffix(_WHY).unlink(missing_ok=True)

    def counts(self) -> dict[State, int]:
        return {state: len(self.entries(state)) for state in State}

    def _arrival_us(self) -> int:
        """Microseconds since 1970 UTC, made to rise always: a clock set back does not turn the order round."""
        with self._naming:
            self._last_us = max(time.time_ns() // 1000, self._last_us + 1)
            return self._last_us

    def _sealed(self, entry: Entry, door: str, raw: bytes) -> bytes:
        assert "\n" not in door, "a door's name is one line"
        header = _MAGIC + f"{len(raw) + OVERHEAD_BYTES} {door}\n".encode()
        return header + self._sealer.seal(raw, header + entry.name.encode())

    def _move(self, entry: Entry, state: State) -> Entry:
        """Killed before the folders are flushed: the entry is found in one of the two states, and is judged again."""
        moved = Entry(entry.name, state)
        self._path(entry).rename(self._path(moved))
        _flush_folder(self._path(moved).parent)
        _flush_folder(self._path(entry).parent)
        if entry.state is State.REFUSED and state is not State.REFUSED:
            self._path(entry).with_suffix(_WHY).unlink(missing_ok=True)
        return moved

    def _set_apart_torn(self) -> None:
        for part in (self._folder / State.PENDING).glob(f"*{_PART}"):
            part.rename(self._folder / State.TORN / f"{part.stem}{_MESSAGE}")


def _split(content: bytes) -> tuple[bytes, bytes]:
    """Header and sealed part. Raises Unreadable where the file is not one of ours, or is shorter than it says."""
    end = content.find(b"\n", len(_MAGIC))
    if not content.startswith(_MAGIC) or end < 0:
        raise Unreadable("a spooled file has no whole header")
    header, sealed = content[: end + 1], content[end + 1 :]
    length = header[len(_MAGIC) :].split(b" ", 1)[0]
    if not length.isdigit() or len(sealed) != int(length):
        raise Unreadable("a spooled file is cut short")
    return header, sealed


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise SpoolBusy(f"another process works on the spool in {path.parent}; give each its own folder") from error
    return descriptor

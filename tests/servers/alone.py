"""One process of a test run at a time, where several would get in each other's way: fetching, building, making."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCK = Path(__file__).parent / "target" / "alone.lock"


@contextmanager
def alone() -> Iterator[None]:
    """Waits until no other process is in here. The file stays; whoever ends, even by a kill, lets go of it."""
    _LOCK.parent.mkdir(exist_ok=True)
    with _LOCK.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield

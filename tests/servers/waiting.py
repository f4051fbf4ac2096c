"""Waiting for a condition instead of for a time, and ports that are free."""

import itertools
import random
import socket
import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], *, within_seconds: float = 30.0, what: str = "the condition") -> None:
    """Returns as soon as ``condition()`` is true; raises TimeoutError naming ``what`` when the time is over."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {within_seconds:g} s")
        time.sleep(0.05)


# Below those that systems give to outgoing connections: a server that is away for a while finds its port free again.
_PORTS = range(20_000, 32_000)


def free_ports(count: int) -> list[int]:
    """Distinct ports of the loopback address that nobody listens on now; another process may still be quicker."""
    found = filter(_is_free, random.SystemRandom().sample(_PORTS, len(_PORTS)))
    return list(itertools.islice(found, count))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False

"""Waiting for a condition instead of for a time, and ports that are free."""

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


def free_ports(count: int) -> list[int]:
    """Distinct ports of the loopback address that nobody listens on now; another process may still be quicker."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False

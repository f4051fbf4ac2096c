"""Verifies the chain beside the line, so that the pages can say up to where it is whole."""

import threading
from contextlib import closing

import psycopg
import structlog

from projections.verifying.carried_on import CarriedOn, ChainSeen
from trialog.stores import Connect

LOOK_SECONDS = 15.0
PAUSE_SECONDS = 0.05
"""Between steps: a long ledger is caught up with in the background, and the line goes first."""

log = structlog.get_logger()


class ChainWatch:
    """Looks every few seconds at what is new. A database that is away is asked again at the next look."""

    def __init__(self, connect: Connect, look_seconds: float = LOOK_SECONDS) -> None:
        """``connect`` opens a connection as a role that may read."""
        self._connect = connect
        self._look_seconds = look_seconds
        self._seen: ChainSeen | None = None

    def seen(self) -> ChainSeen | None:
        """What the last look came to, None before the first."""
        return self._seen

    def run(self, stop: threading.Event) -> None:
        """Works until ``stop`` is set."""
        chain = CarriedOn(lambda: stop.wait(PAUSE_SECONDS))
        while not stop.is_set():
            try:
                with closing(self._connect()) as connection:
                    connection.autocommit = True
                    while not stop.is_set():
                        self._look(chain, connection)
                        stop.wait(self._look_seconds)
            except psycopg.Error as error:
                log.warning("the chain is not verified now", error=type(error).__name__)
                stop.wait(self._look_seconds)

    def _look(self, chain: CarriedOn, connection: psycopg.Connection) -> None:
        before = self._seen
        self._seen = seen = chain.look(connection)
        if seen is not None and seen.broken is not None and (before is None or before.broken is None):
            log.critical("the ledger is not whole: run `trialog ledger verify`", position=seen.broken.position)

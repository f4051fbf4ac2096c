"""The thread that takes up what was left: pending messages when the log is back, waiting ones when a patient is mapped.

It looks at the identity map itself, so it does not matter which process mapped the patient.
"""

import threading
from collections.abc import Callable

import structlog

from producers.backlog import Backlog
from producers.errors import RegisterAway, Unreadable
from producers.register import Register
from producers.spool import Entry, Spool

POLL_SECONDS = 1.0

Settle = Callable[[Entry, str, bytes], bool]
"""Settles an entry; False where the log or the database is away, and the entry was put back."""

NumberMac = Callable[[str, bytes, Entry], bytes | None]

log = structlog.get_logger()


class Publisher:
    def __init__(
        self,
        spool: Spool,
        backlog: Backlog,
        register: Register,
        settle: Settle,
        number_mac: NumberMac,
        poll_seconds: float,
    ) -> None:
        self._spool = spool
        self._backlog = backlog
        self._register = register
        self._settle = settle
        self._number_mac = number_mac
        self._poll_seconds = poll_seconds
        self._wakened = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        # Whether the log and the database answered when they were last needed here.
        self.reachable = True

    def start(self) -> None:
        assert self._thread is None, "a publisher is started once"
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the entry under way is settled."""
        self._stopping.set()
        self._wakened.set()
        if self._thread is not None:
            self._thread.join()

    def is_this_thread(self) -> bool:
        return threading.current_thread() is self._thread

    def wake(self) -> None:
        self._wakened.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self.reachable:
                self._wakened.wait(None if self._backlog.is_empty() else self._poll_seconds)
            else:
                # What wakes a publisher whose log is away is time only: each message that comes would try again.
                self._stopping.wait(self._poll_seconds)
            self._wakened.clear()
            self.reachable = self._drain_pending() and self._release_waiting()

    def _drain_pending(self) -> bool:
        """Publishes the pending messages in the order of their arrival; False where the first one must wait."""
        while not self._stopping.is_set() and (entry := self._backlog.next_pending()) is not None:
            if not self._settled(entry):
                return False
        return True

    def _release_waiting(self) -> bool:
        waiting = self._backlog.waiting()
        for entry in [entry for entry, mac in waiting.items() if mac is None]:
            if self._stopping.is_set():
                return True
            self._learn_number(entry)
        waiting = self._backlog.waiting()
        if not waiting:
            return True
        try:
            mapped = self._register.mapped_of({mac for mac in waiting.values() if mac is not None})
        except RegisterAway:
            return False
        ready = [entry for entry, mac in waiting.items() if mac in mapped]
        for entry in ready:
            if self._stopping.is_set():
                return True
            if self._backlog.take_waiting(entry) and not self._settled(entry):
                return False
        return True

    def _learn_number(self, entry: Entry) -> None:
        """Reads a message that was found waiting after a restart, to know for whom it waits.

        One that no longer translates (the code map changed) is settled at once, and so refused.
        """
        opened = self._opened(entry)
        if opened is None:
            self._backlog.take_waiting(entry)
            return
        mac = self._number_mac(*opened, entry)
        if mac is not None:
            self._backlog.add_waiting(entry, mac)
        elif self._backlog.take_waiting(entry):
            self._settled(entry)

    def _settled(self, entry: Entry) -> bool:
        opened = self._opened(entry)
        if opened is None:
            return True
        try:
            return self._settle(entry, *opened)
        except Exception as error:  # noqa: BLE001 - a defect of ours over one message must not hold up all others
            # The bytes stay where they are in the spool: counted, and tried again at the next start.
            log.critical("message not settled", door=opened[0], message=entry.fingerprint, error=type(error).__name__)
            return True

    def _opened(self, entry: Entry) -> tuple[str, bytes] | None:
        """The kind and the bytes; None where they do not open any more, and the entry was set apart."""
        try:
            return self._spool.read(entry)
        except Unreadable as error:
            log.critical("spooled message does not open", message=entry.fingerprint, problem=str(error))
            self._spool.set_damaged(entry)
            return None
        except FileNotFoundError:
            # A move whose flush failed took it to its next state; the next start finds it there.
            log.critical("spooled message is in another state", message=entry.fingerprint)
            return None

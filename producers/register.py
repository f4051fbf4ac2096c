"""The doors' database: identity map and receipts in one transaction, over a few connections that heal themselves."""

import queue
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import msgspec
import psycopg

from producers.errors import DoorError, NotTaken, RegisterAway
from producers.identity import Contradiction, IdentityMap, Mapped, mapped_of
from producers.message import Message
from producers.receipts import Conflict, Receipt, Receipts

CONNECTIONS = 4
STATEMENT_SECONDS_MAX = 10
_Answer = TypeVar("_Answer")

STAND_IN = "S-000"
"""Stands for a subject that is not known yet, to see whether a message could be published at all."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """The message is about this subject. ``mapped`` is None where it named the subject and no number."""

    subject: str
    receipt: Receipt
    mapped: Mapped | None


class NotMapped(msgspec.Struct, frozen=True, kw_only=True):
    """The message is about a number that is no subject yet."""

    number_mac: bytes
    receipt: Receipt


Entering = Entered | NotMapped | Contradiction | Conflict


class _UndoneError(Exception):
    """Leaves the transaction so that nothing of it stays."""

    def __init__(self, why: Contradiction) -> None:
        super().__init__("undone")
        self.why = why


class Register:
    """Thread-safe."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], key: bytes) -> None:
        """``connect`` gives a connection as the role trialog_intake; it is first called by the first question.

        Raises WrongKey for a key that is not 32 bytes.
        """
        self._connect = connect
        self._identities = IdentityMap(key)
        self._receipts = Receipts(key)
        self._key_checked = False
        self._idle = queue.LifoQueue[psycopg.Connection[Any] | None]()
        for _ in range(CONNECTIONS):
            self._idle.put(None)

    def enter(self, message: Message, check: Callable[[str], None]) -> Entering:
        """Writes the receipt and, where the message asks for it, the mapping: both or neither.

        ``check`` is called with the subject before anything is final; what it raises undoes all. Doing it again gives
        the same answer. Raises RegisterAway, WrongKey, NotTaken.
        """
        try:
            return self._within(lambda connection: self._enter(connection, message, check))
        except _UndoneError as undone:
            return undone.why

    def number_mac(self, message: Message) -> bytes:
        """The keyed hash of the hospital number that the message names."""
        assert message.hospital_number is not None, "only a message that names a number is asked for it"
        return self._identities.number_mac(message.hospital_number, message.numbered_by)

    def mapped_of(self, macs: Iterable[bytes]) -> set[bytes]:
        """Those of the keyed hashes whose numbers are mapped by now. Raises RegisterAway."""
        asked = list(macs)
        return self._within(lambda connection: mapped_of(connection, asked))

    def check_key(self) -> None:
        """Raises WrongKey where the identity map was written with another key, RegisterAway."""
        self._within(self._checked)

    def close(self) -> None:
        """Closes what is idle; a transaction still under way finishes first."""
        for _ in range(CONNECTIONS):
            connection = self._idle.get()
            if connection is not None:
                connection.close()

    def _enter(self, connection: psycopg.Connection[Any], message: Message, check: Callable[[str], None]) -> Entering:
        self._checked(connection)
        receipt = self._receipts.note(connection, message)
        if isinstance(receipt, Conflict):
            return receipt
        found = self._identified(connection, message)
        if isinstance(found, Contradiction):
            # The receipt goes with it: whoever repairs the message may send it under the same identity.
            raise _UndoneError(found)
        if found is None and message.subject is None:
            check(STAND_IN)
            return NotMapped(number_mac=self.number_mac(message), receipt=receipt)
        subject = found.subject if found is not None else message.subject
        assert subject is not None
        check(subject)
        return Entered(subject=subject, receipt=receipt, mapped=found)

    def _checked(self, connection: psycopg.Connection[Any]) -> None:
        """Once is enough, but it must be before the first number is looked up."""
        if not self._key_checked:
            self._identities.check_key(connection)
            self._key_checked = True

    def _identified(self, connection: psycopg.Connection[Any], message: Message) -> Mapped | Contradiction | None:
        number, site = message.hospital_number, message.numbered_by
        if number is None:
            return None
        if message.maps:
            return self._identities.map(connection, number, message.subject, site)
        known = self._identities.lookup(connection, number, site)
        if known is not None and message.subject not in (None, known.subject):
            return Contradiction(number_is_another_subject=True)
        return known

    def _within(self, work: Callable[[psycopg.Connection[Any]], _Answer]) -> _Answer:
        """Does the work in one transaction; once more where a connection from before turns out to be dead.

        The work may have been committed when the connection broke; done twice, it does the same.
        """
        try:
            with self._lent(fresh=False) as connection, connection.transaction():
                return work(connection)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            pass
        except psycopg.Error as error:
            raise _meant(error) from error
        try:
            with self._lent(fresh=True) as connection, connection.transaction():
                return work(connection)
        except psycopg.Error as error:
            raise _meant(error) from error

    @contextmanager
    def _lent(self, *, fresh: bool) -> Iterator[psycopg.Connection[Any]]:
        """A connection on loan; after an error it is closed and not used again."""
        connection = self._idle.get()
        try:
            if connection is not None and fresh:
                connection.close()
                connection = None
            if connection is None:
                connection = self._connect()
                connection.autocommit = True
                connection.execute("SELECT set_config('statement_timeout', %s, false)", (f"{STATEMENT_SECONDS_MAX}s",))
                # Whatever the server's default is: a mapping that was answered for must not get lost.
                connection.execute("SET synchronous_commit = on")
            yield connection
        except BaseException:
            if connection is not None:
                with suppress(psycopg.Error):
                    connection.close()
                connection = None
            raise
        finally:
            self._idle.put(connection)


def _meant(error: psycopg.Error) -> DoorError:
    """A value that no column takes is the message's fault, everything else the database's."""
    if isinstance(error, psycopg.DataError):
        return NotTaken(f"the identity map's database cannot hold a value of the message ({type(error).__name__})")
    return RegisterAway(
        f"the identity map's database did not answer ({type(error).__name__}); is it running, and migrated?"
    )

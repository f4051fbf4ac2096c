"""The way from a source's bytes to the log, the same for every door.

    spool the bytes -> translate -> receipt and identity -> append to the log -> take the bytes out of the spool

Whoever stands at the door gets a good answer only after the append, which returns when the events are durable. Killed
at any instruction in between, a restart finds the bytes spooled and walks the same way again; every step comes out the
same the second time, and the events have the same ids. Where the log or the database is away, the publisher walks it
later.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

import structlog

from eventlog.errors import LogUnavailable, RecordTooLarge, TopicsMissing
from eventlog.log import Appender
from producers.backlog import Backlog
from producers.errors import NotTaken, RegisterAway, SpoolFull, WrongKey
from producers.identity import Contradiction
from producers.message import Accepted, Message, Refusal, Translate, Unavailable
from producers.publication import Publication
from producers.publisher import POLL_SECONDS, Publisher
from producers.receipts import Conflict
from producers.register import Entered, NotMapped, Register
from producers.spool import Entry, Spool, State, Why
from schemas.events.quarantine import RedriveOutcome
from schemas.records import NewRecord
from schemas.study import StudyDefinition

RETRY_AFTER_SECONDS = 10

log = structlog.get_logger()

Answer = Accepted | Refusal | Unavailable

Notice = Callable[[RedriveOutcome, tuple[str, ...], str | None], NewRecord]
"""Makes the record that says who drove a message again: from the outcome, the ids of the facts that came of it, and for
what it is held still, if it is."""


class Intake:
    """Takes messages. Thread-safe; one object for one spool. `start` publishes what an earlier run left."""

    def __init__(
        self,
        *,
        spool: Spool,
        register: Register,
        appender: Appender,
        study: StudyDefinition,
        doors: Mapping[str, Translate],
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        """``doors`` has a translation for each kind of message: "hl7", "form/enrolment", ...

        What stands before the slash is the door that oversight events name. ``poll_seconds`` is how often the
        publisher looks whether the log is back, or a patient was mapped elsewhere.
        """
        self._spool = spool
        self._register = register
        self._appender = appender
        self._doors = dict(doors)
        self._publication = Publication(study)
        self._backlog = Backlog(spool)
        self._publisher = Publisher(spool, self._backlog, register, self._settle_kept, self.number_mac, poll_seconds)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Raises WrongKey where the identity map has another key. A database that is away is waited for."""
        with suppress(RegisterAway):
            self._register.check_key()
        self._publisher.start()

    def close(self) -> None:
        """Stops publishing after the message under way; what is left stays spooled. Close the doors before."""
        self._publisher.stop()

    def take(self, kind: str, raw: bytes) -> Answer:
        """Takes one message through the translation of its kind. Blocks until it is known what to answer."""
        assert kind in self._doors, f"no door takes {kind}"
        try:
            entry = self._spool.put(kind, raw)
        except SpoolFull as error:
            log.critical("message not spooled", door=kind, problem=str(error))
            return Unavailable(retry_after_seconds=RETRY_AFTER_SECONDS)
        try:
            return self._settle(entry, kind, raw)
        except Exception as error:  # noqa: BLE001 - a defect of ours; nobody may be told yes, and its text may quote values
            log.critical("message not settled", door=kind, message=entry.fingerprint, error=type(error).__name__)
            # The bytes stay pending in the spool: counted, and tried again at the next start.
            return Unavailable(retry_after_seconds=RETRY_AFTER_SECONDS)

    def redrive(self, entry: Entry, notice: Notice) -> Answer | None:
        """Judges a refused message again, after a code map, the identity map or a door was repaired.

        What it comes to and the notice of it are appended together. The message stays refused until then, so that a
        kill at any instruction leaves it as it was, or driven again with its author. None where it is not refused.
        """
        if not self._backlog.take_refused(entry):
            return None
        try:
            kind, raw = self._spool.read(entry)
            return self._settle(entry, kind, raw, notice)
        except Exception:
            self._backlog.add_refused(entry)
            raise

    def refused(self) -> list[tuple[Entry, Why | None]]:
        """The refused messages in the order of their arrival, with the code and place of what was wrong."""
        return [(entry, self._spool.why(entry)) for entry in self._spool.entries(State.REFUSED)]

    def counts(self) -> dict[State, int]:
        """How many messages the spool holds, by state."""
        return self._spool.counts()

    def number_mac(self, kind: str, raw: bytes, entry: Entry) -> bytes | None:
        """The keyed hash of the number that a waiting message is about; None where it no longer translates."""
        said = self._translated(entry, kind, raw)
        if isinstance(said, Refusal) or said.hospital_number is None:
            return None
        return self._register.number_mac(said)

    def _settle_kept(self, entry: Entry, kind: str, raw: bytes) -> bool:
        """For the publisher: False where the log or the database is away, and the entry is left as it was."""
        if kind not in self._doors:
            # Not ours to judge: it stays where it is for a process that has this door.
            log.critical("spooled message has no door here", door=kind, message=entry.fingerprint)
            return True
        return not isinstance(self._settle(entry, kind, raw), Unavailable)

    def _settle(self, entry: Entry, kind: str, raw: bytes, notice: Notice | None = None) -> Answer:
        """``notice`` is that of a redrive, None where nobody drove the message again."""
        said = self._translated(entry, kind, raw)
        try:
            if isinstance(said, Message):
                self._demand_reachable()
                return self._publish(entry, kind, raw, said, notice)
            return self._refuse(entry, kind, said, notice)
        except (LogUnavailable, TopicsMissing, RegisterAway, WrongKey, OSError) as error:
            log.warning("message left for later", door=kind, message=entry.fingerprint, away=type(error).__name__)
            self._leave(entry)
        if isinstance(said, Refusal) and notice is None:
            # A no may be said while the log is away: the notice of it follows. That of a redrive would lack its author.
            return said
        return Unavailable(retry_after_seconds=RETRY_AFTER_SECONDS)

    def _demand_reachable(self) -> None:
        """Raises LogUnavailable where the publisher found the log away, a second ago at most.

        Each message that comes meanwhile would wait for the log's own timeout, and hold up its door.
        """
        if not self._publisher.reachable and not self._publisher.is_this_thread():
            raise LogUnavailable(
                "the log or the database was away a moment ago; the message is published when it is back"
            )

    def _leave(self, entry: Entry) -> None:
        if entry.state is State.REFUSED:
            self._backlog.add_refused(entry)
            return
        if entry.state is State.WAITING:
            self._backlog.add_waiting(entry, None)
        elif not self._backlog.add_pending(entry):
            # The same bytes are pending already: a source that sends again every few seconds must not fill the disk.
            self._spool.finish(entry)
        self._publisher.wake()

    def _translated(self, entry: Entry, kind: str, raw: bytes) -> Message | Refusal:
        try:
            return self._doors[kind](raw, entry.received_at)
        except Exception as error:  # noqa: BLE001 - whatever a source sends, the door stays open and the bytes are kept
            # The text of the error may quote the message, so only its type is logged.
            log.critical("translation failed", door=kind, message=entry.fingerprint, error=type(error).__name__)
            return Refusal(problem="door-defect", where=None, text="the door could not read this message", status=500)

    def _publish(self, entry: Entry, kind: str, raw: bytes, message: Message, notice: Notice | None) -> Answer:
        try:
            entered = self._register.enter(message, lambda subject: self._publication.check(message, subject))
        except (NotTaken, RecordTooLarge) as error:
            log.critical("message not admissible", door=kind, message=entry.fingerprint, problem=str(error))
            return self._refuse(entry, kind, _NOT_ADMISSIBLE, notice)
        match entered:
            case Contradiction():
                return self._refuse(entry, kind, _CONTRADICTION, notice)
            case Conflict():
                return self._refuse(entry, kind, _REUSED, notice)
            case NotMapped():
                return self._keep_waiting(entry, kind, entered, notice)
            case Entered():
                first = self._as_first_seen(kind, raw, message, entered)
                return self._append_events(entry, kind, first, entered, notice)

    def _as_first_seen(self, kind: str, raw: bytes, message: Message, entered: Entered) -> Message:
        """The message as it was when its content came first.

        A form that does not say when it was written means the time at which it came. Sent again it comes later, and
        must not say another time under the same event ids.
        """
        if message.identity_reusable:
            return message
        said = self._doors[kind](raw, entered.receipt.first_seen_at)
        # The database's clock may be a little behind: what is in its future just now is taken as it came.
        return said if isinstance(said, Message) else message

    def _append_events(
        self, entry: Entry, kind: str, message: Message, entered: Entered, notice: Notice | None
    ) -> Accepted:
        ids, records = self._publication.of_message(message, entered.subject)
        flag = self._publication.reused(message, entered.receipt)
        notices: list[NewRecord] = [] if flag is None else [flag]
        if entry.state is State.WAITING and entered.mapped is not None:
            notices.append(self._publication.released(entry, kind, entered.mapped.mapped_at))
        if notice is not None:
            notices.append(notice(RedriveOutcome.TAKEN, tuple(ids), None))
        # Killed before the append: the receipt and the mapping are durable, the events are not, nobody was answered.
        # A restart finds the entry where it is, enters it again with the same outcome, and appends.
        self._appender.append([*records, *notices])
        # Killed here: all is in the log. A restart appends it once more, and the ledger marks it as repeated.
        self._spool.finish(entry)
        log.info("message taken", door=kind, message=entry.fingerprint, events=len(records), flagged=flag is not None)
        if message.maps:
            self._publisher.wake()
        return Accepted(event_ids=tuple(ids), subject=entered.subject)

    def _keep_waiting(self, entry: Entry, kind: str, entered: NotMapped, notice: Notice | None) -> Accepted:
        again = [] if notice is None else [notice(RedriveOutcome.WAITING, (), None)]
        if self._backlog.holds(State.WAITING, entry.fingerprint):
            self._appender.append(again)
            self._spool.finish(entry)
        else:
            self._appender.append([self._publication.waiting(entry, kind), *again])
            # Killed here: the notice is durable and the entry pending. A restart says the same notice again.
            waiting = self._spool.wait(entry)
            self._backlog.add_waiting(waiting, entered.number_mac)
            # The patient may have been mapped since this message was entered.
            self._publisher.wake()
            log.info("message waits for its patient", door=kind, message=entry.fingerprint)
        return Accepted(event_ids=(), subject=None, waiting=True)

    def _refuse(self, entry: Entry, kind: str, refusal: Refusal, notice: Notice | None) -> Refusal:
        """Raises LogUnavailable before the entry is refused for good, so that the notice is never left out."""
        why = Why(problem=refusal.problem, where=refusal.where)
        if notice is not None:
            # Held as before, and counted once: the notice says for what.
            self._appender.append([notice(RedriveOutcome.STILL_HELD, (), str(why))])
        elif not refusal.kept or self._backlog.holds(State.REFUSED, entry.fingerprint):
            self._spool.finish(entry)
            return refusal
        else:
            self._appender.append([self._publication.refused(entry, kind, why)])
        # Killed here: the notice is durable and the entry pending. A restart refuses it again, with the same notice.
        self._backlog.add_refused(self._spool.refuse(entry, why))
        log.warning(
            "message refused", door=kind, message=entry.fingerprint, problem=refusal.problem, where=refusal.where
        )
        return refusal


_NOT_ADMISSIBLE = Refusal(
    problem="not-taken",
    where=None,
    text="what this message says does not fit into the study's record; it is kept, and its operator was told",
)
_CONTRADICTION = Refusal(
    problem="identity-contradiction",
    where=None,
    text="the hospital number and the subject are mapped otherwise; nothing was changed",
    status=409,
)
_REUSED = Refusal(
    problem="form-id-reused",
    where=None,
    text="the same form id came before with other content; send the new content under a new form id",
    status=409,
)

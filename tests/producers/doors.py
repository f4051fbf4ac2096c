"""A whole door on real parts: spool, register and embedded log, as a process has them. It can be opened again."""

import asyncio
import datetime as dt
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.log import Appender
from eventlog.topics import EmbeddedTopics
from producers.hl7.framing import END, VT
from producers.hl7.listener import Listener
from producers.hl7.translation import translation
from producers.intake import Intake
from producers.message import Draft, Message, Refusal, Translate
from producers.register import Register
from producers.spool import Spool
from schemas.admission import admit
from schemas.events import ScreeningStarted
from schemas.events.event import Event
from schemas.moments import day
from schemas.topics import Topic, topic_name
from tests.producers.controls import STUDY, ZONE
from tests.servers.postgres import Database

SPOOL_KEY = bytes(range(32))
IDENTITY_KEY = bytes(range(32, 64))
PARTITIONS = 2
OUTAGE_SECONDS = 3.0


class Screening(msgspec.Struct):
    """The smallest form that maps a patient: as much as the intake's tests need of one."""

    form_id: str
    number: str | None = None
    subject: str | None = None
    on: dt.date = dt.date(2025, 3, 1)


def screening(raw: bytes, received_at: dt.datetime) -> Message | Refusal:
    try:
        form = msgspec.json.decode(raw, type=Screening)
    except msgspec.MsgspecError:
        return Refusal(problem="not-json", where="$", text="not a screening form", status=400, kept=False)
    at = day(form.on, ZONE)
    return Message(
        door="form",
        source="/forms/FJMUUH",
        identity=form.form_id,
        identity_reusable=False,
        content_digest=raw.hex(),
        hospital_number=form.number,
        subject=form.subject,
        maps=form.number is not None,
        drafts=(
            Draft(
                facts=ScreeningStarted(site="FJMUUH"),
                happened=at,
                recorded_at=at.at,
                actor="nurse-1",
                actor_role="nurse",
            ),
        ),
    )


DOORS: Mapping[str, Translate] = {"hl7": translation(STUDY), "form/screening": screening}


def form(form_id: str = "form-0001", number: str | None = None, subject: str | None = None) -> bytes:
    return msgspec.json.encode(Screening(form_id=form_id, number=number, subject=subject))


def make_topics(database: Database) -> None:
    EmbeddedTopics(partial(database.connect, "trialog_owner")).ensure(STUDY.id, PARTITIONS)


def new_appender(database: Database) -> EmbeddedAppender:
    return EmbeddedAppender(partial(database.connect, "trialog_intake"), timeout_seconds=OUTAGE_SECONDS)


def new_register(database: Database) -> Register:
    return Register(partial(database.connect, "trialog_intake"), IDENTITY_KEY)


@contextmanager
def opened(
    database: Database, folder: Path, *, doors: Mapping[str, Translate] = DOORS, appender: Appender | None = None
) -> Iterator[Intake]:
    """An intake on this spool, as after a start of the process; ``appender`` where not the usual one."""
    spool = Spool(folder, SPOOL_KEY)
    register = new_register(database)
    log = appender or new_appender(database)
    try:
        with Intake(
            spool=spool, register=register, appender=log, study=STUDY, doors=doors, poll_seconds=0.05
        ) as intake:
            yield intake
    finally:
        log.close()
        register.close()
        spool.close()


def logged(database: Database, topic: Topic) -> list[Event]:
    """Every record of a topic as an event, also repeated ones; none of them is one that the ledger would refuse."""
    reader = EmbeddedReader(partial(database.connect, "trialog_read"))
    name = topic_name(STUDY.id, topic)
    found = []
    for partition in range(PARTITIONS):
        for record in reader.read(name, partition, 0, most=10_000):
            event = admit(record, topic)
            assert isinstance(event, Event), event
            found.append(event)
    reader.close()
    return found


def by_id(events: list[Event]) -> dict[str, Event]:
    """The events by id. Repeated ones are the same to the byte: the ledger would quarantine any other."""
    found: dict[str, Event] = {}
    for event in events:
        assert found.setdefault(event.id, event) == event
    return found


class HL7Door:
    """A listener on a free port, in a thread with an event loop of its own."""

    def __init__(self, intake: Intake, *, frame_seconds_max: float = 60.0) -> None:
        self._intake = intake
        self._frame_seconds_max = frame_seconds_max
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.address = ("", 0)

    def __enter__(self) -> "HL7Door":
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        listener = Listener(
            self._intake,
            study=STUDY,
            clock=lambda: dt.datetime.now(ZONE),
            frame_seconds_max=self._frame_seconds_max,
        )
        async with listener:
            self.address = listener.address
            self._ready.set()
            await self._stopping.wait()


class Sender:
    """A connection to the door that says exactly what it is told to."""

    def __init__(self, address: tuple[str, int], *, timeout: float = 30.0) -> None:
        self._socket = socket.create_connection(address, timeout=timeout)
        self._received = b""

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, raw: bytes) -> None:
        self._socket.sendall(raw)

    def end(self) -> None:
        """Says that nothing more comes, and still listens."""
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self) -> str:
        """The next answer, without its frame. Raises TimeoutError: none came; ConnectionError: the door closed."""
        while END not in self._received:
            piece = self._socket.recv(65_536)
            if not piece:
                raise ConnectionError("the door closed the connection")
            self._received += piece
        answer, self._received = self._received.split(END, 1)
        assert answer.startswith(VT)
        return answer[1:].decode()

    def ask(self, text: str | bytes) -> str:
        raw = text.encode() if isinstance(text, str) else text
        self.send(VT + raw + END)
        return self.answer()


def acknowledgement(answer: str) -> tuple[str, str]:
    """MSA-1 and MSA-2."""
    msa = next(line for line in answer.split("\r") if line.startswith("MSA"))
    return msa.split("|")[1], msa.split("|")[2]

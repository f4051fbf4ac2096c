"""Both doors of a site over real sockets, with one intake and the embedded log behind them."""

import asyncio
import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from litestar import Litestar

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.topics import EmbeddedTopics
from producers.forms.door import routes
from producers.forms.translation import doors
from producers.hl7.listener import Listener
from producers.hl7.translation import translation
from producers.intake import Intake
from producers.register import Register
from producers.spool import Spool
from schemas.codec import decode
from schemas.events.event import Event
from schemas.subject import digest, fold, study_digest
from schemas.topics import topic_names
from tests.producers_forms.site import KEY, running
from tests.servers.postgres import Database
from tests.simulator.folding import STUDY


class BothDoors:
    """``hl7`` and ``http`` are where they listen."""

    def __init__(self, database: Database, spool: Spool, hl7: tuple[str, int], http: str) -> None:
        self.database = database
        self.spool = spool
        self.hl7 = hl7
        self.http = http

    def events(self) -> dict[str, list[Event]]:
        """All that the log holds of subjects, each record decoded, by subject."""
        reader = EmbeddedReader(partial(self.database.connect, "trialog_read"))
        found: dict[str, list[Event]] = defaultdict(list)
        try:
            for topic in topic_names(STUDY.id):
                for partition in range(reader.partitions(topic)):
                    for record in reader.read(topic, partition, 0, most=100_000):
                        event = decode(record.value)
                        assert isinstance(event, Event), event
                        if event.subject is not None:
                            found[event.subject].append(event)
        finally:
            reader.close()
        return dict(found)

    def digest(self) -> str:
        return study_digest((subject, digest(fold(subject, events))) for subject, events in self.events().items())


@contextmanager
def both_doors(database: Database, folder: Path) -> Iterator[BothDoors]:
    EmbeddedTopics(partial(database.connect, "trialog_owner")).ensure(STUDY.id)
    spool = Spool(folder / "spool", KEY)
    appender = EmbeddedAppender(partial(database.connect, "trialog_intake"), timeout_seconds=3)
    register = Register(partial(database.connect, "trialog_intake"), KEY)
    kinds = doors(STUDY) | {"hl7": translation(STUDY)}
    intake = Intake(spool=spool, register=register, appender=appender, study=STUDY, doors=kinds, poll_seconds=0.1)
    application = Litestar(routes(intake, STUDY, clock), openapi_config=None)
    try:
        with intake, running(application) as http, _listening(intake) as hl7:
            yield BothDoors(database, spool, hl7, http)
    finally:
        register.close()
        appender.close()
        spool.close()


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@contextmanager
def _listening(intake: Intake) -> Iterator[tuple[str, int]]:
    """The MLLP listener in an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="hl7 loop", daemon=True)
    thread.start()
    listener = Listener(intake, study=STUDY, clock=clock)
    try:
        asyncio.run_coroutine_threadsafe(listener.start(), loop).result(30)
        yield listener.address
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

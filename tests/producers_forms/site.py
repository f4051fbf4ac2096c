"""The HTTP door with all that is behind it: intake, spool, identity map and the embedded log, in a real server."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import resources
from pathlib import Path

import httpx
import uvicorn
from litestar import Litestar

from eventlog.embedded import EmbeddedAppender, EmbeddedReader
from eventlog.topics import EmbeddedTopics
from producers.forms.door import routes
from producers.forms.translation import doors
from producers.intake import Intake
from producers.register import Register
from producers.spool import Spool
from schemas.codec import decode
from schemas.events.event import Event
from schemas.study import StudyDefinition, parse_study
from schemas.topics import topic_names
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until

STUDY: StudyDefinition = parse_study((resources.files("schemas.studies") / "nct06486350.toml").read_bytes())
NOW = dt.datetime(2026, 6, 10, 9, 30, tzinfo=STUDY.tzinfo)
KEY = bytes(range(32))


class Site:
    """A running door. ``client`` asks as a program does; pages are asked for with ``browser_headers``."""

    def __init__(
        self, database: Database, client: httpx.Client, spool: Spool, intake: Intake, study: StudyDefinition
    ) -> None:
        self.database = database
        self.intake = intake
        self.client = client
        self.spool = spool
        self.study = study

    @property
    def browser_headers(self) -> dict[str, str]:
        return {"Origin": str(self.client.base_url).rstrip("/")}

    def events(self) -> list[Event]:
        """Everything in the log, decoded, topic after topic."""
        reader = EmbeddedReader(partial(self.database.connect, "trialog_read"))
        found: list[Event] = []
        try:
            for topic in topic_names(self.study.id):
                for partition in range(reader.partitions(topic)):
                    for record in reader.read(topic, partition, 0, most=10_000):
                        event = decode(record.value)
                        assert isinstance(event, Event), event
                        found.append(event)
        finally:
            reader.close()
        return found


@contextmanager
def site(
    database: Database, folder: Path, hosts: frozenset[str] | None = None, study: StudyDefinition = STUDY
) -> Iterator[Site]:
    EmbeddedTopics(partial(database.connect, "trialog_owner")).ensure(study.id)
    spool = Spool(folder / "spool", KEY)
    appender = EmbeddedAppender(partial(database.connect, "trialog_intake"), timeout_seconds=3)
    register = Register(partial(database.connect, "trialog_intake"), KEY)
    intake = Intake(spool=spool, register=register, appender=appender, study=study, doors=doors(study))
    try:
        application = Litestar(routes(intake, study, lambda: NOW, hosts), openapi_config=None)
        with intake, running(application) as url, httpx.Client(base_url=url, timeout=30) as client:
            yield Site(database, client, spool, intake, study)
    finally:
        register.close()
        appender.close()
        spool.close()


@contextmanager
def running(application: Litestar) -> Iterator[str]:
    """Serves the application on a free port; gives its address."""
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, name="door", daemon=True)
    thread.start()
    wait_until(lambda: server.started, what="the HTTP server")
    (socket,) = server.servers[0].sockets
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()

"""The monitor's pages behind a real server, over a real database that the real writer fills."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import uvicorn
from litestar import Litestar

from analytics.job import Job
from eventlog.errors import LogUnavailable
from monitor.app import Monitoring, routes
from monitor.audit.answers import Audit
from projections.heartbeat import beat
from schemas import events as ev
from schemas.events.access import AccessFacts
from schemas.events.event import Event
from tests.analytics.trials import PLAN
from tests.projections.controls import STUDY, MemoryLog, writer_on
from tests.schemas.controls import event
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until


class Trial:
    """A log in memory, a writer, the statistics' job and a heartbeat, each moved by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.log = MemoryLog()
        self.log_away = False
        self.refuses_to_record = False
        self.accesses: list[tuple[str, str | None, str]] = []
        self._writer = writer_on(database)
        self._job = Job(lambda: database.connect("trialog_app"), STUDY)

    def say(self, *events: Event) -> None:
        """Sends events, writes them, brings statistics up to date, and lets the worker be heard."""
        self.log.send(*events)
        self.write()

    def write(self) -> None:
        self.write_only()
        self.compute()
        self.beat()

    def write_only(self) -> None:
        self.log.apply_all(self._writer)

    def compute(self) -> None:
        with self.database.connect("trialog_app", autocommit=True) as connection:
            self._job.refresh(connection)

    def beat(self, name: str = "worker-1", state: str = "running") -> None:
        with self.database.connect("trialog_app", autocommit=True) as connection:
            beat(connection, name, state)

    def ends(self) -> dict[tuple[str, int], int]:
        if self.log_away:
            raise LogUnavailable("stopped by the test")
        return {(topic, 0): len(records) for topic, records in self.log.records.items()}

    def record(self, facts: AccessFacts, *, place: str, subject: str | None = None) -> None:
        """Keeps (kind, subject, place) of each access; the log of this trial is moved by hand."""
        if self.refuses_to_record:
            raise LogUnavailable("stopped by the test")
        self.accesses.append((type(facts).__name__, subject, place))

    def monitoring(self, *, forms: bool = True, **of_the_audit: Any) -> Monitoring:
        audit = Audit(self._connect, STUDY, **{"record": self.record, "forms": forms, "plan": PLAN, **of_the_audit})
        return Monitoring(self._connect, STUDY, self.ends, forms=forms, audit=audit)

    def _connect(self) -> psycopg.Connection[Any]:
        return self.database.connect("trialog_read")

    def close(self) -> None:
        self._writer.close()


def enrolled(number: int, on: str = "2024-03-04") -> list[Event]:
    """A subject from screening to the first day of chemotherapy, eligible."""
    subject, prefix = f"S-{number:03}", f"e{number}-"
    date = dt.date.fromisoformat(on)
    days = [str(date - dt.timedelta(days=days)) for days in (3, 2, 1, 0)] + [str(date + dt.timedelta(days=2))]
    facts: list[tuple[str, ev.Facts, str]] = [
        ("screened", ev.ScreeningStarted(site="FJMUUH"), days[0]),
        (
            "consent",
            ev.ConsentSigned(form_version="1", language="zh-CN", signed_by_subject=True, signed_by_family=True),
            days[1],
        ),
        ("enrolled", ev.SubjectEnrolled(site="FJMUUH"), days[3]),
        ("treated", ev.ChemotherapyBegun(course=1, regimen="DA 3+7", intensity="intensive"), days[4]),  # type: ignore[arg-type]
    ]
    for criterion in STUDY.criteria:
        answer = "met" if criterion.includes else "not-met"
        facts.append((criterion.id, ev.CriterionAssessed(criterion=criterion.id, answer=answer), days[2]))  # type: ignore[arg-type]
    return [event(prefix + name, fact, happened=happened, subject=subject) for name, fact, happened in facts]


@contextmanager
def served(monitoring: Monitoring, port: int = 0) -> Iterator[str]:
    """The address of a running server, without a slash at its end; on a free port unless one is named."""
    app = Litestar(route_handlers=[routes(monitoring)], lifespan=[monitoring.lifespan], openapi_config=None)
    listening = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), what="the server")
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        monitoring.close()
        server.should_exit = True
        thread.join()
        listening.close()

"""The whole line in one process, on the embedded default: database, log, doors, projections, statistics and pages."""

import threading
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from analytics.prespecified import Prespecified
from eventlog.embedded import EmbeddedReader
from monitor.app import Monitoring
from producers.intake import Intake
from projections.writer import Writer
from schemas.study import StudyDefinition
from stream_processors.embedded import EmbeddedLoop
from trialog.audit_pages import open_audit
from trialog.chain_watch import ChainWatch
from trialog.doors import HL7Door, open_intake
from trialog.heart import Heart
from trialog.log_ends import LogEnds
from trialog.running import running
from trialog.sealing import open_keeper
from trialog.settings import Address, Settings
from trialog.statistics import open_statistics
from trialog.stores import Stores
from trialog.study import prespecified
from trialog.web import WebServer, application

LOOP = "embedded loop"


class Line:
    """Runs until it is left. ``died`` is set where a part cannot go on; `failure` then holds why."""

    def __init__(self, settings: Settings, study: StudyDefinition) -> None:
        self._settings = settings
        self._study = study
        self._exit = ExitStack()
        self.died = threading.Event()
        self.failure: BaseException | None = None
        self.stores = Stores(settings, study)

    def __enter__(self) -> Self:
        with self._exit as until:
            until.enter_context(self.stores)
            self.stores.prepare()
            # Left after the loop, so that the last seal covers everything that it wrote.
            self._start_seals(until)
            self._start_projections(until)
            self._start_statistics(until)
            self.intake: Intake = open_intake(self.stores, self._settings, self._study, "doors", until)
            self._hl7 = until.enter_context(HL7Door(self.intake, self._study, self._settings.hl7))
            self._web = self._start_pages(until)
            # All parts are up: from here on they are closed when the line is left, and not before.
            self._exit = until.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def http(self) -> Address:
        return self._web.address

    @property
    def hl7(self) -> Address:
        return self._hl7.address

    def _start_projections(self, until: ExitStack) -> None:
        connect = self.stores.connect_as("app")
        loop = EmbeddedLoop(
            reader=EmbeddedReader(connect),
            writer=Writer(connect, self._study),
            topics=self.stores.topic_names(),
            on_death=self._part_died,
        )
        loop.start()
        until.callback(loop.stop)
        until.enter_context(Heart(connect, LOOP, lambda: loop.alive))

    @property
    def prespecified(self) -> Prespecified:
        """What the study's plan asks for, of the numbers that the line makes."""
        return prespecified(self._settings, self._study)

    def _start_seals(self, until: ExitStack) -> None:
        keeper = open_keeper(self.stores, self._settings, self._study)
        until.enter_context(running(keeper.run, "seals", self._part_died))

    def _start_statistics(self, until: ExitStack) -> None:
        job = open_statistics(self.stores, self._settings, self._study, until)
        until.enter_context(running(job.run, "statistics", self._part_died))

    def _start_pages(self, until: ExitStack) -> WebServer:
        ends = until.enter_context(LogEnds(self.stores))
        watch = ChainWatch(self.stores.connect_as("read"))
        until.enter_context(running(watch.run, "chain", self._part_died))
        audit = open_audit(self.stores, self._settings, self._study, watch.seen, until)
        monitoring = Monitoring(self.stores.connect_as("read"), self._study, ends, watch.seen, audit=audit)
        app = application(monitoring, self.intake, self._study, self._settings.http)
        server = until.enter_context(WebServer(app, self._settings.http))
        until.callback(monitoring.close)
        return server

    def _part_died(self, reason: BaseException) -> None:
        self.failure = reason
        self.died.set()

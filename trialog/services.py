"""One part of the distributed line each, until it is asked to stop."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

from schemas.study import StudyDefinition
from trialog.chain_watch import ChainWatch
from trialog.errors import AnswerIsNo
from trialog.heart import Heart
from trialog.log_ends import LogEnds
from trialog.running import running
from trialog.settings import Settings
from trialog.stores import Stores

HEALTH_FILE = "worker.health"

Tell = Callable[[str], None]
"""Told where the part listens, once it does."""


def serve_pages(settings: Settings, study: StudyDefinition, stop: threading.Event, tell: Tell) -> None:
    """Pages and forms. It reads as the role of ``database_url`` and takes forms as that of ``intake_url``."""
    from monitor.app import Monitoring
    from trialog.audit_pages import open_audit
    from trialog.doors import open_intake
    from trialog.web import WebServer, application

    with ExitStack() as until:
        stores = until.enter_context(Stores(settings, study))
        intake = open_intake(stores, settings, study, "forms", until)
        watch = ChainWatch(stores.connect_as("read"))
        ends, audit = until.enter_context(LogEnds(stores)), open_audit(stores, settings, study, watch.seen, until)
        monitoring = Monitoring(stores.connect_as("read"), study, ends, watch.seen, audit=audit)
        server = until.enter_context(WebServer(application(monitoring, intake, study, settings.http), settings.http))
        until.callback(monitoring.close)
        tell(f"http://{server.address}")
        _work_until(stop, watch.run, "pages")


def take_hl7(settings: Settings, study: StudyDefinition, stop: threading.Event, tell: Tell) -> None:
    """The HL7 door, with its own spool."""
    from trialog.doors import HL7Door, open_intake

    with ExitStack() as until:
        stores = until.enter_context(Stores(settings, study))
        intake = open_intake(stores, settings, study, "hl7", until)
        door = until.enter_context(HL7Door(intake, study, settings.hl7))
        tell(str(door.address))
        stop.wait()


def run_worker(settings: Settings, study: StudyDefinition) -> None:
    """A Faust worker; it handles the signals itself. At a fence the process ends at once, for its supervisor."""
    from projections.writer import Writer
    from stream_processors import worker
    from stream_processors.app import WorkerSettings

    with Stores(settings, study) as stores:
        assert stores.kafka is not None, "TRIALOG_KAFKA is demanded of this command"
        connect = stores.connect_as("app")
        wanted = WorkerSettings(
            kafka=stores.kafka,
            group=f"trialog-{study.id.lower()}",
            topics=stores.topic_names(),
            health_file=settings.data_dir / HEALTH_FILE,
        )
        with Heart(connect, settings.worker_name):
            worker.run(wanted, lambda: Writer(connect, study))


def keep_seals(settings: Settings, study: StudyDefinition, stop: threading.Event) -> None:
    """The signer. Raises AnswerIsNo where it refuses to go on."""
    from trialog.sealing import open_keeper

    with Stores(settings, study) as stores:
        _work_until(stop, open_keeper(stores, settings, study).run, "seals")


def keep_statistics(settings: Settings, study: StudyDefinition, stop: threading.Event) -> None:
    """The continuous job. Raises AnswerIsNo where it cannot go on."""
    from trialog.statistics import open_statistics

    with ExitStack() as until:
        stores = until.enter_context(Stores(settings, study))
        _work_until(stop, open_statistics(stores, settings, study, until).run, "statistics")


def _work_until(stop: threading.Event, work: Callable[[threading.Event], None], name: str) -> None:
    """Runs a part in a thread until asked to stop. Raises AnswerIsNo where it died before that."""
    died: list[BaseException] = []

    def end(reason: BaseException) -> None:
        died.append(reason)
        stop.set()

    with running(work, name, end):
        stop.wait()
    if died:
        raise AnswerIsNo(f"the {name} have stopped ({type(died[0]).__name__}): {died[0]}") from died[0]

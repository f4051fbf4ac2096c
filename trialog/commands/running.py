"""Commands that run until they are stopped: all in one process, or one part of the line each."""

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from analytics.job import Job
from monitor.app import Monitoring
from projections.writer import Writer
from stream_processors import worker as faust_worker
from stream_processors.app import WorkerSettings
from trialog.commands.options import Context, Data, Hl7, Http, asked_to_stop, context, err, out
from trialog.demo import plan_with_progress, run_demo
from trialog.doors import HL7Door, open_intake
from trialog.errors import AnswerIsNo, SettingsError
from trialog.heart import Heart
from trialog.line import Line
from trialog.log_ends import LogEnds
from trialog.printing import print_outcome
from trialog.running import running
from trialog.settings import Address, parse_address
from trialog.stores import Stores
from trialog.web import WebServer, application

HEALTH_FILE = "worker.health"
LOOK_SECONDS = 0.5

DISTRIBUTED = ("DATABASE_URL", "TRIALOG_KAFKA")
DOOR = (*DISTRIBUTED, "TRIALOG_SPOOL_KEY", "TRIALOG_IDENTITY_KEY")


def up(data: Data = None, http: Http = None, hl7: Hl7 = None) -> None:
    """Runs the whole line in this process, on the embedded default."""
    given = _embedded(context(data=data, http=http, hl7=hl7, log="warning"))
    stop = asked_to_stop()
    with err.status("starting the database and the line"):
        line = Line(given.settings, given.study).__enter__()
    with line:
        _say_where(line)
        _wait(line, stop)


def demo(
    data: Data = None,
    http: Http = None,
    hl7: Hl7 = None,
    seed: Annotated[int, typer.Option(help="The trial to make up.")] = 1,
    subjects: Annotated[int, typer.Option(min=1, max=2000, help="How many subjects enrol.")] = 72,
    pace: Annotated[
        float | None, typer.Option(min=0.1, help="Messages a second; without it, as fast as it goes.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Stay up afterwards, until Ctrl-C.")] = False,
) -> None:
    """Runs the whole line and sends a simulated trial through its doors; ends with the numbers."""
    with ExitStack() as until:
        folder = data or Path(until.enter_context(tempfile.TemporaryDirectory(prefix="trialog-demo-")))
        given = _embedded(context(data=folder, http=http, hl7=hl7))
        plan = plan_with_progress(seed, given.study, subjects, err)
        with err.status("starting the database and the line"):
            line = until.enter_context(Line(given.settings, given.study))
        _say_where(line)
        stop = asked_to_stop() if keep else None
        outcome = run_demo(line, given.study, plan, err, pace)
        print_outcome(out, outcome)
        if stop is not None:
            out.print("\nThe line stays up until Ctrl-C.")
            _wait(line, stop)
        if outcome.broken:
            raise AnswerIsNo("the chain is broken")


def serve(data: Data = None, http: Http = None) -> None:
    """Serves the pages and takes forms."""
    given = context(data=data, http=http, demand=(*DOOR, "TRIALOG_INTAKE_DATABASE_URL"), log="info")
    stop = asked_to_stop()
    with ExitStack() as until:
        stores = until.enter_context(Stores(given.settings, given.study))
        intake = open_intake(stores, given.settings, given.study, "forms", until)
        ends = until.enter_context(LogEnds(stores))
        monitoring = Monitoring(stores.connect_as("read"), given.study, ends)
        server = until.enter_context(WebServer(application(monitoring, intake, given.study), given.settings.http))
        until.callback(monitoring.close)
        out.print(f"pages and forms at http://{server.address}")
        stop.wait()


def intake(data: Data = None, hl7: Hl7 = None) -> None:
    """Takes HL7 messages over MLLP."""
    given = context(data=data, hl7=hl7, demand=DOOR, log="info")
    stop = asked_to_stop()
    with ExitStack() as until:
        stores = until.enter_context(Stores(given.settings, given.study))
        doors = open_intake(stores, given.settings, given.study, "hl7", until)
        listener = until.enter_context(HL7Door(doors, given.study, given.settings.hl7))
        out.print(f"HL7 door at {listener.address}")
        stop.wait()


def worker(data: Data = None) -> None:
    """Runs a Faust worker: Kafka's topics into the projections."""
    given = context(data=data, demand=DISTRIBUTED, log="info")
    with Stores(given.settings, given.study) as stores:
        assert stores.kafka is not None, "TRIALOG_KAFKA is demanded"
        connect = stores.connect_as("app")
        settings = WorkerSettings(
            kafka=stores.kafka,
            group=f"trialog-{given.study.id.lower()}",
            topics=stores.topic_names(),
            health_file=given.settings.data_dir / HEALTH_FILE,
        )
        with Heart(connect, given.settings.worker_name):
            faust_worker.run(settings, lambda: Writer(connect, given.study))


def analyse() -> None:
    """Keeps the statistics current."""
    given = context(demand=("DATABASE_URL",), log="info")
    stop = asked_to_stop()
    died: list[BaseException] = []

    def end(reason: BaseException) -> None:
        died.append(reason)
        stop.set()

    with Stores(given.settings, given.study) as stores:
        name = given.settings.worker_name if given.settings.worker_name != "worker" else "analyse"
        job = Job(stores.connect_as("app"), given.study, given.settings.cutoff_on, name=name)
        with running(job.run, "statistics", end):
            stop.wait()
    if died:
        raise AnswerIsNo(f"the statistics have stopped: {type(died[0]).__name__}") from died[0]


def _embedded(given: Context) -> Context:
    """Everything in one process is the embedded default; the parts of the distributed line are started one by one."""
    if given.settings.kafka is not None or not given.settings.embedded:
        raise SettingsError(
            "DATABASE_URL or TRIALOG_KAFKA is set, and this command runs on the embedded default only: unset them, or "
            "start the parts (`trialog migrate`, `topics`, `intake`, `worker`, `analyse`, `serve`)"
        )
    return given


def _say_where(line: Line) -> None:
    out.print(f"pages and forms at [bold]http://{line.http}[/bold]")
    out.print(f"HL7 door (MLLP) at [bold]{line.hl7}[/bold]")


def _wait(line: Line, stop: threading.Event) -> None:
    """Until asked to stop, or until a part of the line died, which is an answer of no."""
    while not stop.wait(LOOK_SECONDS):
        if line.died.is_set():
            raise AnswerIsNo(f"a part of the line has died: {line.failure}")


def address_of(text: str, name: str) -> Address:
    """An address option, with the option's name in what is said of a wrong one."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error

"""Commands that run until they are stopped: all in one process, or one part of the line each.

What a command runs is imported when it runs: Faust, the web server and the statistics take seconds to load, and no
command needs all of them.
"""

import os
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialog.commands.options import Context, Data, Hl7, Http, asked_to_stop, context, err, out
from trialog.errors import AnswerIsNo, SettingsError
from trialog.settings import Address, parse_address

if TYPE_CHECKING:
    from trialog.line import Line

LOOK_SECONDS = 0.5

DISTRIBUTED = ("DATABASE_URL", "TRIALOG_KAFKA")
DOOR = (*DISTRIBUTED, "TRIALOG_SPOOL_KEY", "TRIALOG_IDENTITY_KEY")


def up(data: Data = None, http: Http = None, hl7: Hl7 = None) -> None:
    """Runs the whole line in this process, on the embedded default."""
    from trialog.line import Line

    given = _embedded(context(data=data, http=http, hl7=hl7, log="warning"))
    stop = asked_to_stop()
    with ExitStack() as until:
        with err.status("starting the database and the line"):
            line = until.enter_context(Line(given.settings, given.study))
        _say_where(line)
        _wait(line, stop)


def demo(
    data: Data = None,
    http: Http = None,
    hl7: Hl7 = None,
    seed: Annotated[int, typer.Option(help="The trial to make up.")] = 7,
    subjects: Annotated[
        int | None, typer.Option(min=1, max=2000, help="How many subjects enrol; without it, the study's target.")
    ] = None,
    pace: Annotated[
        float | None, typer.Option(min=0.1, help="Messages a second; without it, as fast as it goes.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Stay up afterwards, until Ctrl-C.")] = False,
) -> None:
    """Runs the whole line and sends a simulated trial through its doors; ends with the numbers.

    Without a data folder it uses one that is gone afterwards.
    """
    from trialog.demo import run_demo
    from trialog.line import Line
    from trialog.outcome import print_outcome
    from trialog.simulation import plan_with_progress

    with ExitStack() as until:
        named = data or os.environ.get("TRIALOG_DATA")
        folder = Path(named or until.enter_context(tempfile.TemporaryDirectory(prefix="trialog-demo-")))
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
    from trialog.services import serve_pages

    given = context(data=data, http=http, demand=(*DOOR, "TRIALOG_INTAKE_DATABASE_URL"), log="info")
    serve_pages(given.settings, given.study, asked_to_stop(), lambda where: out.print(f"pages and forms at {where}"))


def intake(data: Data = None, hl7: Hl7 = None) -> None:
    """Takes HL7 messages over MLLP."""
    from trialog.services import take_hl7

    given = context(data=data, hl7=hl7, demand=DOOR, log="info")
    take_hl7(given.settings, given.study, asked_to_stop(), lambda where: out.print(f"HL7 door at {where}"))


def worker(data: Data = None) -> None:
    """Runs a Faust worker: Kafka's topics into the projections."""
    from trialog.services import run_worker

    given = context(data=data, demand=DISTRIBUTED, log="info")
    run_worker(given.settings, given.study)


def analyse() -> None:
    """Keeps the statistics current."""
    from trialog.services import keep_statistics

    given = context(demand=("DATABASE_URL",), log="info")
    keep_statistics(given.settings, given.study, asked_to_stop())


def _embedded(given: Context) -> Context:
    """Everything in one process is the embedded default; the parts of the distributed line are started one by one."""
    if given.settings.kafka is not None or not given.settings.embedded:
        raise SettingsError(
            "DATABASE_URL or TRIALOG_KAFKA is set, and this command runs on the embedded default only: unset them, or "
            "start the parts (`trialog migrate`, `topics`, `intake`, `worker`, `analyse`, `serve`)"
        )
    return given


def _say_where(line: "Line") -> None:
    out.print(f"pages and forms at [bold]http://{line.http}[/bold]")
    out.print(f"HL7 door (MLLP) at [bold]{line.hl7}[/bold]")


def _wait(line: "Line", stop: threading.Event) -> None:
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

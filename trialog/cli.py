"""The console script `trialog`. Exit codes: 0 good, 1 the answer is no, 2 wrong use or settings, 3 not reachable."""

import sys

import psycopg
import typer

from eventlog.errors import LogError, LogUnavailable
from projections.errors import DatabaseAway, ProjectionError, ServerNotStarted
from projections.seals.errors import OutsideAway
from trialog.commands import (
    administering,
    estimating,
    exporting,
    looking,
    publishing,
    quarantining,
    replaying,
    reporting,
    running,
    sealing,
    verifying,
)
from trialog.commands.options import err
from trialog.errors import AnswerIsNo, NotReachable, TrialogError

app = typer.Typer(
    name="trialog",
    help="The event-sourced data platform of a clinical trial. Simulated data only: there is no sign-in yet.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ledger = typer.Typer(help="The ledger: every record of the log, chained.", no_args_is_help=True)
quarantine = typer.Typer(help="Records that could not be taken.", no_args_is_help=True)

app.command()(running.up)
app.command()(running.demo)
app.command()(running.serve)
app.command()(running.intake)
app.command()(running.worker)
app.command()(running.analyse)
app.command()(administering.simulate)
app.command()(looking.status)
app.command()(looking.stats)
app.command()(looking.subject)
app.command()(replaying.replay)
app.command()(estimating.estimate)
app.command()(reporting.report)
app.command()(administering.topics)
app.command()(administering.migrate)
app.command()(publishing.schema)
ledger.command("verify")(verifying.verify)
ledger.command("seal")(sealing.seal)
ledger.command("prove")(sealing.prove)
ledger.command("export")(exporting.export)
ledger.add_typer(sealing.key, name="key")
app.add_typer(ledger, name="ledger")
quarantine.command("list")(quarantining.list_held)
quarantine.command("show")(quarantining.show)
quarantine.command("redrive")(quarantining.redrive)
app.add_typer(quarantine, name="quarantine")


_OF_THE_DATABASE = (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege)


def main() -> None:
    """Runs one command. What was foreseen ends with a sentence and its exit code, anything else with a traceback."""
    try:
        app()
    except (TrialogError, LogError, ProjectionError, *_OF_THE_DATABASE) as error:
        told = _foreseen(error)
        err.print(f"trialog: {told}", markup=False, soft_wrap=True)
        sys.exit(told.exit_code)


def _foreseen(error: Exception) -> TrialogError:
    if isinstance(error, TrialogError):
        return error
    away: tuple[type[Exception], ...] = (LogUnavailable, DatabaseAway, ServerNotStarted, OutsideAway)
    if isinstance(error, away):
        return NotReachable(str(error))
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return NotReachable("the role in DATABASE_URL may not read the projections; name one that may")
    if isinstance(error, psycopg.OperationalError):
        return NotReachable(f"the database does not answer ({type(error).__name__})")
    return AnswerIsNo(str(error))

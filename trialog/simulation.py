"""Sends a made-up trial through doors that are open, and shows how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from producers.simulator.plan import simulate
from producers.simulator.planned import Plan
from producers.simulator.send import Sent, send
from schemas.study import StudyDefinition
from trialog.settings import Address


def plan_with_progress(seed: int, study: StudyDefinition, subjects: int | None, console: Console) -> Plan:
    """The plan of a trial in which so many subjects enrol; None is the study's target."""
    with console.status(f"making up a trial of {subjects or study.target} subjects, seed {seed}"):
        return simulate(seed, study, subjects)


def send_with_progress(
    plan: Plan,
    *,
    hl7: Address,
    http: Address,
    console: Console,
    pace: float | None = None,
    shuffle_seed: int | None = None,
    repeat: float = 0.0,
) -> Sent:
    """Sends a plan through the doors that listen on these addresses, and shows how far it is."""
    with _progress(console) as bar:
        task = bar.add_task("messages", total=None)
        return send(
            plan,
            hl7=(hl7.host, hl7.port),
            http=f"http://{http}",
            pace=pace,
            shuffle_seed=shuffle_seed,
            repeat=repeat,
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        yield bar

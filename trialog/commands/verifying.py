"""The command that verifies the ledger and all that is made of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from projections.verify import Stage, Verification
from trialog.commands.options import Data, Json, context, demand_data, err, out, print_json
from trialog.errors import AnswerIsNo
from trialog.stores import Stores


def verify(
    data: Data = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="SEAL", help="Only what follows this seal: its number, or its file."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="KEY", help="Trust this public key alone: its text, or a file. May be repeated."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Processes side by side; without it, one a core.")
    ] = None,
    json: Json = False,
) -> None:
    """Verifies the whole ledger and all that is made of it; exit 1 where anything is not whole."""
    # Imported here: other commands need not wait for it.
    from projections.verify import verify as verified
    from trialog.trusting import kept_seals, seal_named, trusted_keys

    given = context(data=data)
    demand_data(given.settings)
    with Stores(given.settings, given.study) as stores, _bars() as bars:
        trusted = trusted_keys(stores, given.settings, given.study, key or [])
        kept, away = kept_seals(stores, given.settings)
        for each in away:
            err.print(f"{each} does not answer: its seals are not looked at", markup=False, soft_wrap=True)
        found = verified(
            stores.connect_as("read"),
            given.study,
            keys=trusted.keys,
            kept=kept,
            since=None if since is None else seal_named(stores, since),
            workers=workers,
            report=bars.report,
            told=bars.begin,
        )
    if json:
        print_json(found)
    else:
        for line in said(found, trusted.source):
            out.print(line, markup=False, soft_wrap=True)
    if found.broken:
        raise AnswerIsNo(f"the ledger is not whole: {len(found.broken)} places")


def said(found: Verification, source: str) -> Iterator[str]:
    """What a person reads: each place with what is wrong and what stands, then what is proven and what is not yet."""
    for each in found.broken:
        more = "" if each.rows == 1 else f" ({each.rows} such)"
        yield f"{each.position}  {each.kind.value}: {each.what}{more}"
        yield f"    still trustworthy: {each.stands}"
    behind = f" behind the {found.since} that the seal covers" if found.since else ""
    what = "nothing broken" if not found.broken else f"{len(found.broken)} places broken"
    yield f"verified to commit {found.commit}, {found.rows} rows{behind}: {what}"
    if found.sealed is not None:
        signers = ", ".join(found.sealed.signed_by)
        yield f"sealed: {found.sealed.size} rows up to commit {found.sealed.commit}, by {found.sealed.name}"
        yield f"    root {found.sealed.root}, signed by {signers} ({source})"
    if found.not_sealed:
        yield f"not yet sealed: {found.not_sealed} rows; nothing proves them to somebody outside yet"


class _Rate(ProgressColumn):
    """How many rows a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} rows/s")


class _Bars:
    """A bar for each stage, on stderr."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[Stage, TaskID] = {}

    def begin(self, totals: Mapping[Stage, int]) -> None:
        self._tasks = {
            stage: self._progress.add_task(stage.value, total=rows) for stage, rows in totals.items() if rows
        }

    def report(self, stage: Stage, rows: int) -> None:
        if stage in self._tasks:
            self._progress.advance(self._tasks[stage], rows)


@contextmanager
def _bars() -> Iterator[_Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=err) as progress:
        yield _Bars(progress)

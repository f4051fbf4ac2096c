"""`trialog replay`: makes again what is derived from the ledger, compares it with what is live, and exchanges them.

The rebuilding is imported when it runs, because it needs SQLAlchemy, which takes half a second to load.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from projections.by_subject import PARTS_MAX
from projections.errors import DatabaseNotReady
from projections.replay.stages import Report, Stage
from trialog.commands.options import Data, Json, context, demand_data, err, out, print_json
from trialog.errors import AnswerIsNo, SettingsError
from trialog.stores import Stores

if TYPE_CHECKING:
    from projections.replay.rebuild import Replayed

_TOLD = {
    Stage.LOG: "reading the log",
    Stage.FOLD: "folding",
    Stage.INDEX: "indexing",
    Stage.FOLLOW: "following live",
    Stage.COMPARE: "comparing",
    Stage.EXCHANGE: "exchanging",
}


def replay(
    data: Data = None,
    from_log: Annotated[
        bool, typer.Option("--from-log", help="Read the log itself, and compare its bytes with the ledger's.")
    ] = False,
    swap: Annotated[
        bool, typer.Option("--swap", help="Put the rebuilt projections in the place of the live ones.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=PARTS_MAX, help="How many processes fold, each its subjects.")] = 1,
    json: Json = False,
) -> None:
    """Rebuilds the projections beside live and compares: exit 1 where they differ. Needs the owner's DATABASE_URL.

    Differences are told by field, never with a value. After --swap, those that another fold version made are no reason
    for exit 1.
    """
    from projections.replay.rebuild import replay as rebuild

    given = context(data=data)
    demand_data(given.settings)
    with Stores(given.settings, given.study) as stores, _progress() as report:
        log = stores.reader("owner") if from_log else None
        try:
            found = rebuild(stores.connect_as("owner"), given.study, log=log, swap=swap, workers=workers, report=report)
        except DatabaseNotReady as error:
            raise SettingsError(f"DATABASE_URL: {error}") from error
        finally:
            if log is not None:
                log.close()
    if json:
        print_json(found)
    else:
        _print(found)
    if found.compared.count and not (found.swapped_at is not None and found.is_of_another_version):
        raise AnswerIsNo(
            f"{found.compared.count} differences between generation {found.live_generation} and the ledger"
        )


def _print(found: "Replayed") -> None:
    out.print(
        f"generation {found.generation}, fold version {found.fold_version}, from the {found.source}: "
        f"{found.accepted} events, {found.subjects} subjects, state digest {found.state_digest[:16]}"
    )
    out.print(f"as the ledger has them: {found.duplicate} repeated, {found.quarantined} quarantined")
    said = f"{found.compared.count} differences" if found.compared.count else "no difference"
    out.print(
        f"compared at commit {found.commit} with generation {found.live_generation}, fold version "
        f"{found.live_fold_version}: {said}"
    )
    if found.compared.count:
        _print_differences(found)
    if found.swapped_at is not None:
        out.print(f"generation {found.generation} is live since commit {found.swapped_at}")


def _print_differences(found: "Replayed") -> None:
    table = Table()
    for column in ("subject", "where", "field", "position"):
        table.add_column(column)
    for each in found.compared.differences:
        table.add_row(each.subject or "", each.table, each.field, each.position or "")
    out.print(table)
    untold = found.compared.count - len(found.compared.differences)
    counted = ", ".join(f"{count} in {name}" for name, count in found.compared.counts.items())
    out.print(f"{found.compared.subjects} subjects differ; {counted}" + (f"; {untold} are not shown" if untold else ""))


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


@contextmanager
def _progress() -> Iterator[Report]:
    """A line for each stage on the terminal's error side, with rate and time left; gone when all is done."""
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
        console=err, transient=True,
    )  # fmt: skip
    with bar:
        lines = {stage: bar.add_task(told, visible=False, start=False) for stage, told in _TOLD.items()}

        def report(stage: Stage, more: int, total: int) -> None:
            bar.start_task(lines[stage])
            bar.update(lines[stage], advance=more, total=total, visible=True)

        yield report

"""The command that runs an analysis plan over a plain file, by the very estimators of the trial's own numbers."""

from pathlib import Path
from typing import Annotated

import typer

from trialog.commands.options import Json, out, print_json
from trialog.errors import AnswerIsNo, SettingsError

NOT_TOLD = "A file does not tell whether its plan was there before the data: nothing here counts as prespecified."


def estimate(
    data: Annotated[Path, typer.Argument(metavar="DATA.csv", help="One line a subject, with a header, in UTF-8.")],
    plan: Annotated[Path, typer.Option("--plan", metavar="PLAN.toml", help="Columns and estimates.")],
    json: Json = False,
) -> None:
    """Estimates what the plan asks for; exit 1 where an estimate is refused, 2 where the plan or the data are wrong."""
    # Imported here: no other command waits for the estimators to load.
    from analytics.plans.lines import lines
    from analytics.plans.plan import PlanError, parse_plan
    from analytics.plans.running import run
    from analytics.plans.table import TableError, read_csv

    try:
        asked = parse_plan(_content(plan))
        results = run(asked, read_csv(_content(data), asked))
    except (PlanError, TableError) as error:
        raise SettingsError(str(error)) from error
    if json:
        print_json(results)
    else:
        for result in results.results:
            for line in lines(result):
                out.print(line, markup=False, soft_wrap=True)
        out.print(NOT_TOLD, markup=False, soft_wrap=True)
    if refused := results.refused:
        named = ", ".join(f"{each.id} ({each.refused.reason})" for each in refused if each.refused is not None)
        raise AnswerIsNo(f"{len(refused)} of {len(results.results)} estimates are refused: {named}")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error

"""What `trialog stats --plan` answers: the estimates of an analysis plan as of a commit, and the folder of them."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import psycopg
import typer

from schemas.two_times import KnownAt
from trialog.access import opened_access
from trialog.commands.options import Context, err, out, print_json
from trialog.errors import AnswerIsNo, SettingsError
from trialog.printing_two_times import point
from trialog.stores import Stores
from trialog.study import load_plan

if TYPE_CHECKING:
    from analytics.analyses import Analyses
    from analytics.plan_as_of import PlanAsOf
    from analytics.plans.plan import Plan

PlanOption = Annotated[bool, typer.Option("--plan", help="The estimates of the study's analysis plan.")]
PlanFile = Annotated[
    Path | None, typer.Option("--plan-file", metavar="PLAN.toml", help="Of another plan: exploratory where it differs.")
]
ExportTo = Annotated[
    Path | None,
    typer.Option("--export", metavar="DIR", help="As a folder that scripts in Python and R reproduce."),
]


class AskedOfPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``file`` None is the study's own plan; ``export`` a folder that is not there yet, None for none."""

    plan: bool
    file: Path | None
    export: Path | None

    @property
    def of_a_plan(self) -> bool:
        return self.plan or self.file is not None or self.export is not None


def answer_of_plan(
    stores: Stores,
    connection: psycopg.Connection[Any],
    given: Context,
    asked: AskedOfPlan,
    known_at: KnownAt,
    cutoff_on: dt.date | None,
    *,
    json: bool,
) -> None:
    """Raises SettingsError for a plan that is none, AnswerIsNo where stored analyses of the same versions differ."""
    # Imported here: no other command waits for the estimators to load.
    from analytics.analyses import encode_analyses
    from analytics.disclosure import hidden_columns, shown
    from analytics.plan_as_of import beside_stored, plan_as_of

    plan, own = _plans(given, asked.file)
    with err.status(f"estimating from the ledger as of {known_at}"):
        found = plan_as_of(connection, given.study, plan, own, known_at, cutoff_on)
        beside = beside_stored(connection, found)
    hidden = hidden_columns(given.study, sees_values=given.settings.sees_values)
    said = "no stored analyses to compare with" if beside is None else str(beside)
    if asked.export is not None:
        _export(stores, connection, given, asked.export, found, own, hidden, json=json)
    elif json:
        out.file.write(encode_analyses(shown(found.analyses, hidden)).decode() + "\n")
    else:
        _print(found.known_at, shown(found.analyses, hidden))
    (err if json else out).print(said, markup=False, soft_wrap=True)
    if beside is not None and beside.contradicts:
        raise AnswerIsNo(f"the estimates of {known_at} come to something else than what was stored: {said}")


def _plans(given: Context, file: Path | None) -> "tuple[Plan, Plan | None]":
    """The plan that is asked for, and the study's own."""
    from analytics.plans.plan import PlanError, parse_plan
    from analytics.study_table import STUDY_COLUMNS

    document = load_plan(given.settings)
    own = None if document is None else parse_plan(document, STUDY_COLUMNS)
    if file is None and own is None:
        raise SettingsError("the study has no analysis plan: name one with --plan-file, or set TRIALOG_PLAN")
    if file is None:
        assert own is not None
        return own, own
    try:
        return parse_plan(file.read_bytes(), STUDY_COLUMNS), own
    except OSError as error:
        raise SettingsError(f"--plan-file: {file} cannot be read ({error.strerror})") from error
    except PlanError as error:
        told = "\n".join(f"  {file}:{problem}" for problem in error.problems)
        raise SettingsError(f"--plan-file: {len(error.problems)} problems\n{told}") from error


def _print(known_at: KnownAt, analyses: "Analyses") -> None:
    from analytics.plans.lines import lines

    out.print(f"known at {point(known_at)}, cutoff {analyses.cutoff_on}, {analyses.look} look", markup=False)
    for result in analyses.results.results:
        for line in lines(result):
            out.print(line, markup=False, soft_wrap=True)


def _export(
    stores: Stores,
    connection: psycopg.Connection[Any],
    given: Context,
    path: Path,
    found: "PlanAsOf",
    own: "Plan | None",
    hidden: tuple[str, ...],
    *,
    json: bool,
) -> None:
    from trialog.analysis_folders import folder_of, write_folder

    made = folder_of(connection, given.study, own, found, hidden)
    with opened_access(stores, given.settings, given.study) as access:
        write_folder(path, made, access)
    checked = sum(each.python or each.r for each in made.numbers)
    if json:
        told = {"path": str(path), "sha256sums": made.digest, "rows": made.rows, "numbers": len(made.numbers)}
        print_json({**told, "recomputed": checked, "withheld": hidden})
        return
    lines = [
        f"{path}: {made.rows} subjects, {len(made.numbers)} numbers, of which its scripts recompute {checked}",
        f"sha256 of SHA256SUMS {made.digest}",
    ]
    if hidden:
        lines.append(f"left out, as this role may not see them: {', '.join(hidden)}, and the estimates that read them")
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)

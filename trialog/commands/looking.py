"""Commands that look: status, statistics, one subject."""

import datetime as dt
from typing import Annotated, Any

import msgspec
import psycopg
import typer
from rich.table import Table

from analytics.prespecified import with_prespecification
from analytics.reading import latest_snapshot
from analytics.snapshot import Snapshot, encode_snapshot
from monitor.status import status as status_of
from projections import reading
from projections.rows import SubjectRow
from schemas.checks.catalogue import RULES_BY_NAME
from schemas.checks.queries import Query, queries
from schemas.checks.responses import comparing
from schemas.events import OversightFacts
from schemas.events.access import SubjectRead, Via
from schemas.study import StudyDefinition
from trialog.access import opened_access, subject_shown
from trialog.commands import plan_estimates, two_times
from trialog.commands.options import Data, Json, out, print_json
from trialog.commands.options import connected as _read
from trialog.commands.options import on_data as _looking
from trialog.commands.options import table as _table
from trialog.errors import AnswerIsNo
from trialog.log_ends import LogEnds
from trialog.printing import print_statistics, print_status
from trialog.stores import Stores
from trialog.study import prespecified


class SubjectShown(SubjectRow, frozen=True, kw_only=True):
    """What `trialog subject --json` prints."""

    open_queries: tuple[Query, ...]


def status(data: Data = None, json: Json = False) -> None:
    """Says what the overview page says."""
    given = _looking(data)
    with Stores(given.settings, given.study) as stores, _read(stores) as connection, LogEnds(stores) as ends:
        now = status_of(connection, given.study, ends, prespecified=prespecified(given.settings, given.study))
    if json:
        print_json(now)
    else:
        print_status(out, now)


def stats(
    data: Data = None,
    as_of: Annotated[
        int | None, typer.Option(min=0, metavar="COMMIT", help="As the ledger was at this commit.")
    ] = None,
    true_at: two_times.DataCutoff = None,
    known_at: two_times.KnownAtOption = None,
    diff: two_times.Diff = None,
    moved_by: two_times.MovedBy = None,
    plan: plan_estimates.PlanOption = False,
    plan_file: plan_estimates.PlanFile = None,
    export: plan_estimates.ExportTo = None,
    json: Json = False,
) -> None:
    """Prints the statistics: the newest, or computed again from the ledger as it was known; or what moved them.

    With --plan, the estimates of the analysis plan, from the ledger; with --export, as a folder too.
    """
    of_plan = plan_estimates.AskedOfPlan(plan=plan, file=plan_file, export=export)
    asked = two_times.AskedOfStudy(as_of=as_of, true_at=true_at, known_at=known_at, diff=diff, moved_by=moved_by)
    given = _looking(data)
    with Stores(given.settings, given.study) as stores, _read(stores) as connection:
        if of_plan.of_a_plan:
            known, cutoff_on = two_times.times_of_plan(connection, given, asked)
            plan_estimates.answer_of_plan(stores, connection, given, of_plan, known, cutoff_on, json=json)
            return
        if asked.of_the_ledger:
            two_times.answer_of_study(stores, connection, given, asked, json=json)
            return
        snapshot = _newest(connection)
    body = encode_snapshot(snapshot)
    told = prespecified(given.settings, given.study).of_snapshot(body)
    if json:
        out.file.write(with_prespecification(body, told).decode() + "\n")
    else:
        print_statistics(out, snapshot, told)


def subject(
    subject_id: Annotated[str, typer.Argument(metavar="ID")],
    data: Data = None,
    true_at: two_times.TrueAtOption = None,
    known_at: two_times.KnownAtOption = None,
    diff: two_times.Diff = None,
    json: Json = False,
) -> None:
    """Shows one subject's status over time, the entry that each came from, and the queries that are open today.

    With --true-at or --known-at, as it was at these two times; with --diff, what came to be known between two points.
    """
    asked_of = two_times.AskedOfSubject(subject=subject_id, true_at=true_at, known_at=known_at, diff=diff)
    given = _looking(data)
    with (
        Stores(given.settings, given.study) as stores,
        _read(stores) as connection,
        opened_access(stores, given.settings, given.study) as access,
    ):
        if asked_of.of_the_ledger:
            two_times.answer_of_subject(connection, access, given, asked_of, json=json)
            return
        found = next((row for row in reading.subjects(connection) if row.subject == subject_id), None)
        asked = _open_queries(connection, given.study, subject_id)
        subject_shown(access, None if found is None else found.subject, SubjectRead(via=Via.COMMAND, view="subject"))
    if found is None:
        raise AnswerIsNo(f"no subject {subject_id} in the projections")
    if json:
        print_json(SubjectShown(**msgspec.structs.asdict(found), open_queries=asked))
        return
    out.print(f"[bold]{found.subject}[/bold]  state digest {found.digest[:16]}")
    table = _table("status", "since", "entry")
    for each in found.statuses:
        table.add_row(each.status, str(each.on), each.entry)
    out.print(table)
    out.print(f"{len(asked)} open queries")
    if asked:
        out.print(_query_table(asked))


def _open_queries(connection: psycopg.Connection[Any], study: StudyDefinition, subject_id: str) -> tuple[Query, ...]:
    """Judged at today's date in the study's zone: a visit may be missing tomorrow that is not missing today."""
    events = reading.events_of(connection, subject_id)
    own = [event for event in events if not isinstance(event.facts, OversightFacts)]
    oversight = [event for event in events if isinstance(event.facts, OversightFacts)]
    today = dt.datetime.now(study.tzinfo).date()
    found = queries(subject_id, own, oversight, study, today, comparing(study))
    return tuple(query for query in found if query.is_open)


def _query_table(asked: tuple[Query, ...]) -> Table:
    """A rule's own words only: what a person wrote may hold what belongs on no screen."""
    table = _table("query", "state", "day", "about")
    for query in asked:
        rule = RULES_BY_NAME.get(query.rule or "")
        about = "asked by a person" if rule is None else rule.text.en
        table.add_row(query.id, query.state.value, "" if query.on is None else str(query.on), about)
    return table


def _newest(connection: psycopg.Connection[Any]) -> Snapshot:
    stored = latest_snapshot(connection)
    if stored is None:
        raise AnswerIsNo("no statistics yet: the continuous job (`trialog analyse`) has not looked")
    return stored.snapshot

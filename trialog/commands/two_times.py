"""What `trialog subject` and `trialog stats` answer at two times: true at X, known at Y; and what changed in between.

`schemas.two_times` says what X and Y mean. Everything here is computed from the ledger, never from what stands now.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
import psycopg
import typer

from projections.errors import UnknownCommit
from projections.knowledge import known_at_head, resolve_known, subject_as_of
from projections.stored import StatusRow
from schemas.events.access import SubjectRead, Via
from schemas.knowledge import SubjectAsOf, differences
from schemas.showing import shown_differences, withheld_results
from schemas.study import StudyDefinition
from schemas.subject import digest
from schemas.two_times import EVER, KnownAt, Origin, TrueAt, UnclearTime, parse_true_at
from trialog.access import Access, opened_access, subject_shown
from trialog.commands.options import Context, err, out, print_json
from trialog.errors import AnswerIsNo, SettingsError
from trialog.printing import print_statistics
from trialog.printing_two_times import point, print_cascade, print_differences, print_subject
from trialog.stores import Stores
from trialog.study import prespecified

TrueAtOption = Annotated[
    str | None, typer.Option("--true-at", metavar="X", help="What had happened by a date or an instant (with offset).")
]
DataCutoff = Annotated[
    str | None, typer.Option("--true-at", metavar="DATE", help="What had happened by a date: the data cutoff.")
]
KnownAtOption = Annotated[
    str | None, typer.Option("--known-at", metavar="Y", help="What was known at a commit or an instant (with offset).")
]
Diff = Annotated[
    tuple[str, str] | None, typer.Option("--diff", metavar="Y1 Y2", help="What came to be known from Y1 to Y2.")
]
MovedBy = Annotated[
    str | None, typer.Option("--moved-by", metavar="EVENT", help="What moved when this event came to be known.")
]

Connection = psycopg.Connection[Any]
Answer = TypeVar("Answer")


class AskedOfSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to know of one subject; the texts as they were given."""

    subject: str
    true_at: str | None
    known_at: str | None
    diff: tuple[str, str] | None

    @property
    def of_the_ledger(self) -> bool:
        return any(each is not None for each in (self.true_at, self.known_at, self.diff))


class AskedOfStudy(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to know of the statistics; ``as_of`` is ``known_at`` by a commit's number."""

    as_of: int | None
    true_at: str | None
    known_at: str | None
    diff: tuple[str, str] | None
    moved_by: str | None

    @property
    def of_the_ledger(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__struct_fields__)


class EntryThen(msgspec.Struct, frozen=True, kw_only=True):
    """One entry in force then, and who said it; what it says is not shown here."""

    entry: str
    type: str
    happened: str
    contested: bool
    said: Origin


class SubjectThen(msgspec.Struct, frozen=True, kw_only=True):
    """What `trialog subject ID --known-at Y --json` prints. ``statuses`` are those reached, the last one current."""

    subject: str
    true_at: str
    known_at: KnownAt
    digest: str
    statuses: tuple[StatusRow, ...]
    entries: tuple[EntryThen, ...]


def answer_of_subject(
    connection: Connection, access: Access, given: Context, asked: AskedOfSubject, *, json: bool
) -> None:
    """Raises SettingsError for times that are none, AnswerIsNo where nothing was known, and what recording raises."""
    _demand_one_question({"--known-at": asked.known_at, "--diff": asked.diff})
    true_at = EVER if asked.true_at is None else _x(asked.true_at, given.study)
    if asked.diff is not None:
        before, after = _two_points(connection, asked.diff, given.study)
        points = [subject_as_of(connection, given.study, asked.subject, true_at, each) for each in (before, after)]
        _record_read(access, points[1], compared_with=before)
        found = differences(points[0], points[1], given.study)
        withheld = withheld_results((each.event for each in points[1].told), given.study)
        shown = shown_differences(found, withheld)
        if json:
            print_json({"subject": asked.subject, "before": before, "after": after, "differences": shown})
        else:
            print_differences(out, points[0], points[1], shown)
        return
    known_at = _y(connection, "--known-at", asked.known_at, given.study)
    then = subject_as_of(connection, given.study, asked.subject, true_at, known_at)
    _record_read(access, then)
    if json:
        print_json(_then(then))
    else:
        print_subject(out, then)


def answer_of_study(stores: Stores, connection: Connection, given: Context, asked: AskedOfStudy, *, json: bool) -> None:
    """Raises SettingsError for times that are none, UnknownEvent, and AnswerIsNo where a stored snapshot differs.

    What moved is told with the rows of single subjects, so that answer is recorded first, and raises what that raises.
    """
    _demand_one_question(
        {
            "--as-of": asked.as_of,
            "--known-at": asked.known_at,
            "--diff": asked.diff,
            "--moved-by": asked.moved_by,
        }
    )
    cutoff_on = given.settings.cutoff_on if asked.true_at is None else _cutoff(asked.true_at, given.study)
    if asked.diff is not None or asked.moved_by is not None:
        with opened_access(stores, given.settings, given.study) as access:
            _answer_moves(connection, access, given, asked, cutoff_on, json=json)
        return
    option, text = ("--known-at", asked.known_at) if asked.as_of is None else ("--as-of", str(asked.as_of))
    _answer_statistics(connection, given, _y(connection, option, text, given.study), cutoff_on, json=json)


def times_of_plan(connection: Connection, given: Context, asked: AskedOfStudy) -> tuple[KnownAt, dt.date | None]:
    """At which point a plan is estimated, the head where none is named, and at which cutoff. Raises SettingsError."""
    if asked.diff is not None or asked.moved_by is not None:
        raise SettingsError(
            "--plan, --plan-file and --export are of one point: give --known-at, no --diff or --moved-by"
        )
    _demand_one_question({"--as-of": asked.as_of, "--known-at": asked.known_at})
    cutoff_on = given.settings.cutoff_on if asked.true_at is None else _cutoff(asked.true_at, given.study)
    option, text = ("--known-at", asked.known_at) if asked.as_of is None else ("--as-of", str(asked.as_of))
    return _y(connection, option, text, given.study), cutoff_on


def _answer_statistics(
    connection: Connection, given: Context, known_at: KnownAt, cutoff_on: dt.date | None, *, json: bool
) -> None:
    # Imported here: what only reads a stored snapshot need not wait for the estimators to load.
    from analytics.comparison import stored_beside
    from analytics.prespecified import with_prespecification
    from analytics.recompute import study_as_of
    from analytics.snapshot import encode_snapshot

    with err.status(f"computing from the ledger as of {known_at}"):
        snapshot = study_as_of(connection, given.study, known_at, cutoff_on).snapshot
        beside = stored_beside(connection, known_at.commit, snapshot)
    said = "no stored snapshot to compare with" if beside is None else str(beside)
    body = encode_snapshot(snapshot)
    told = prespecified(given.settings, given.study).of_snapshot(body)
    if json:
        out.file.write(with_prespecification(body, told).decode() + "\n")
        err.print(said, markup=False, soft_wrap=True)
    else:
        out.print(f"known at {point(known_at)}", markup=False)
        print_statistics(out, snapshot, told)
        out.print(said, markup=False, soft_wrap=True)
    if beside is not None and not beside.values_equal:
        raise AnswerIsNo(f"the statistics of {known_at} come to something else than what was stored")


def _answer_moves(
    connection: Connection,
    access: Access,
    given: Context,
    asked: AskedOfStudy,
    cutoff_on: dt.date | None,
    *,
    json: bool,
) -> None:
    from analytics.cascade import cascade, moved_from

    with err.status("computing from the ledger, before and after"):
        if asked.moved_by is not None:
            found = cascade(connection, given.study, asked.moved_by, cutoff_on)
        else:
            assert asked.diff is not None
            before, after = _two_points(connection, asked.diff, given.study)
            found = moved_from(connection, given.study, before, after, cutoff_on)
    read = SubjectRead(
        via=Via.COMMAND,
        view="stats",
        true_at=None if cutoff_on is None else cutoff_on.isoformat(),
        known_at=found.after.commit,
        compared_with=found.before.commit,
    )
    access.record(read, place="/command/stats", subject=found.subject)
    told = prespecified(given.settings, given.study).said(each.name for each in found.numbers)
    if json:
        print_json({**msgspec.structs.asdict(found), "prespecification": told})
    else:
        print_cascade(out, found, told)


def _then(then: SubjectAsOf) -> SubjectThen:
    return SubjectThen(
        subject=then.subject,
        true_at=str(then.true_at),
        known_at=then.known_at,
        digest=digest(then.state),
        statuses=tuple(
            StatusRow(status=each.status.value, on=each.since.on, entry=each.since.entry) for each in then.statuses
        ),
        entries=tuple(
            EntryThen(
                entry=each.entry.id,
                type="" if each.entry.facts is None else each.entry.facts.TYPE,
                happened=str(each.entry.happened),
                contested=each.entry.contested,
                said=each.said,
            )
            for each in then.standing
        ),
    )


def _demand_one_question(given: dict[str, Any]) -> None:
    named = [option for option, value in given.items() if value is not None]
    if len(named) > 1:
        raise SettingsError(f"{' and '.join(named)} ask for different things: give one of them")


def _record_read(access: Access, then: SubjectAsOf, compared_with: KnownAt | None = None) -> None:
    """Records, before anything is shown, what of the subject is shown. Raises AnswerIsNo where nothing was known."""
    facts = SubjectRead(
        via=Via.COMMAND,
        view="subject",
        true_at=None if then.true_at == EVER else str(then.true_at),
        known_at=then.known_at.commit,
        compared_with=None if compared_with is None else compared_with.commit,
    )
    subject_shown(access, then.subject if then.told else None, facts)
    if not then.told:
        raise AnswerIsNo(f"nothing was known of subject {then.subject} at {then.known_at}")


def _two_points(connection: Connection, diff: Sequence[str], study: StudyDefinition) -> tuple[KnownAt, KnownAt]:
    before, after = (_y(connection, "--diff", text, study) for text in diff)
    if before.is_after(after):
        raise SettingsError(f"--diff: {before} comes after {after}; name the earlier point first")
    return before, after


def _y(connection: Connection, option: str, text: str | None, study: StudyDefinition) -> KnownAt:
    if text is None:
        return known_at_head(connection)
    return _asked(option, lambda: resolve_known(connection, text, study))


def _x(text: str, study: StudyDefinition) -> TrueAt:
    return _asked("--true-at", lambda: parse_true_at(text, study))


def _cutoff(text: str, study: StudyDefinition) -> dt.date:
    """Statistics are cut at the end of a day: windows of days are over or not, and half a day is neither."""
    on = _x(text, study).on
    if on is None:
        raise SettingsError(f"--true-at {text}: statistics are cut at the end of a day: give a date")
    return on


def _asked(option: str, ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except (UnclearTime, UnknownCommit) as error:
        raise SettingsError(f"{option}: {error}") from error

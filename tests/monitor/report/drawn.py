"""Reports of drawn trials: histories on one line, with marrows and marker values where a test wants some."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from importlib.resources import files

import msgspec

from analytics.analyses import analyse
from analytics.computation import timelines_of
from analytics.plans.plan import Plan, parse_plan
from analytics.recompute import study_of
from analytics.study_table import STUDY_COLUMNS
from monitor.report.content import Report, Sealed
from monitor.report.courses import blasts_of
from schemas.events import MarrowAssessed, ResultReported, SpecimenCollected, SubjectFacts
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.settlement import settle
from schemas.two_times import KnownAt
from tests.rules.drawn import STUDY, events, on

_DOCUMENT = files("schemas.studies").joinpath("nct06486350.plan.toml").read_bytes()
PLAN: Plan = parse_plan(_DOCUMENT.replace(b"bootstraps = 200", b"bootstraps = 5"), STUDY_COLUMNS)
"""The study's own, with fewer resamples: how many they are plays no part in how they are shown."""

SEALED = Sealed(
    number=3,
    rows=120,
    commit=40,
    root="ab" * 32,
    sealed_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC),
    keys=("0123 4567",),
    covers=True,
)


def said(subject: str, days: int, name: str, facts: SubjectFacts) -> Event:
    (event,) = events(f"{days} alive", subject)
    return msgspec.structs.replace(event, id=f"{subject}-{name}", facts=facts)


def marrow(subject: str, days: int, blasts_pct: str, *, dilute: bool = False) -> Event:
    facts = MarrowAssessed(blasts_pct=Decimal(blasts_pct), cells_counted=200, dilute=dilute)
    return said(subject, days, f"marrow-{days}", facts)


def interleukin_6(subject: str, number: str, bound: Bound = Bound.EQUAL) -> list[Event]:
    """Taken two days before treatment, and measured."""
    result = ResultReported(
        analyte="il6",
        bound=bound,
        number=Decimal(number),
        unit="pg/mL",
        text=number,
        unit_sent="pg/mL",
        matrix=Matrix.MARROW_SUPERNATANT,
        status=ResultStatus.FINAL,
        series=f"{subject}-il-6",
        code="49732-1",
        code_system="LN",
        lower_limit=Decimal("1.5"),
        specimen=f"{subject}-SP",
        device="cobas e 801",
    )
    taken = SpecimenCollected(specimen=f"{subject}-SP", matrix=Matrix.MARROW_SUPERNATANT)
    return [said(subject, -2, "taken", taken), said(subject, -2, "measured", result)]


def report(
    histories: Mapping[str, str],
    cutoff: int | None = 500,
    more: Iterable[Event] = (),
    *,
    plan: Plan | None = PLAN,
    seal: Sealed | None = SEALED,
    with_blinded: bool = False,
    sees_values: bool | None = None,
) -> Report:
    """At a cutoff in days from day 0, None for the default one; whoever asks for the blinded marker may see it unless
    ``sees_values`` says otherwise."""
    told = {subject: events(history, subject) for subject, history in histories.items()}
    for event in more:
        assert event.subject is not None
        told[event.subject].append(event)
    entries = {subject: settle(theirs).in_force() for subject, theirs in told.items()}
    explicit_on = None if cutoff is None else on(cutoff)
    known_at = KnownAt(commit=40, committed_at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC))
    then = study_of(timelines_of(entries, explicit_on, STUDY), STUDY, known_at, explicit_on)
    rows = list(then.rows.values())
    return Report(
        study=STUDY,
        then=then,
        analyses=None if plan is None else analyse(rows, plan, plan, STUDY, then.cutoff_on),
        seal=seal,
        blasts={subject: blasts_of(theirs, STUDY, then.cutoff_on) for subject, theirs in entries.items()},
        sees_values=with_blinded if sees_values is None else sees_values,
        with_blinded=with_blinded,
        plan=plan,
    )

"""Generated histories of one subject: timely and late entries, versions of results, corrections, voids."""

import datetime as dt
from decimal import Decimal

import msgspec
from hypothesis import strategies as st

from schemas import events as ev
from schemas.codec import encode_facts
from schemas.events.enrollment import Answer, Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty, EndReason
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.moments import Moment, Precision, day
from tests.schemas.controls import ZONE, event

DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2024, 1, 12))
DECIMALS = st.decimals(min_value=0, max_value=1000, places=2, allow_nan=False)


def result(series: str, status: ResultStatus, number: Decimal | None) -> ev.ResultReported:
    return ev.ResultReported(
        analyte="platelets",
        bound=None if number is None else Bound.EQUAL,
        number=number,
        unit="10*9/L",
        text="-----" if number is None else str(number),
        unit_sent="10*9/L",
        matrix=Matrix.WHOLE_BLOOD,
        status=status,
        series=series,
        code="777-3",
        code_system="LN",
    )


FACTS = st.one_of(
    st.builds(ev.ScreeningStarted, site=st.just("FJMUUH")),
    st.builds(ev.CriterionAssessed, criterion=st.sampled_from(["I1", "I2", "E3"]), answer=st.sampled_from(Answer)),
    st.builds(
        ev.ConsentSigned,
        form_version=st.sampled_from(["1", "2"]),
        language=st.just("zh"),
        signed_by_subject=st.booleans(),
        signed_by_family=st.booleans(),
    ),
    st.builds(ev.SubjectEnrolled, site=st.just("FJMUUH")),
    st.builds(
        ev.ChemotherapyBegun,
        course=st.integers(1, 4),
        regimen=st.just("DA 3+7"),
        intensity=st.sampled_from(Intensity),
    ),
    st.builds(ev.SpecimenCollected, specimen=st.sampled_from(["A1", "A2"]), matrix=st.sampled_from(Matrix)),
    st.builds(
        result,
        series=st.sampled_from(["r1", "r2", "r3"]),
        status=st.sampled_from(ResultStatus),
        number=st.none() | DECIMALS,
    ),
    st.builds(ev.MarrowAssessed, blasts_pct=st.none() | DECIMALS, dilute=st.none() | st.booleans()),
    st.builds(ev.ResponseAssessed, category=st.sampled_from(Category), rule_set=st.just("ELN2022")),
    st.builds(ev.ContactedAlive, means=st.just("telephone")),
    st.builds(ev.SubjectDied, cause=st.sampled_from(Cause), certainty=st.sampled_from(Certainty)),
    st.builds(ev.SubjectWithdrew, follow_up_allowed=st.booleans()),
    st.builds(ev.SubjectLost, attempts=st.integers(0, 5)),
    st.builds(ev.StudyEnded, why=st.sampled_from(EndReason)),
)


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    on = draw(DAYS)
    if draw(st.booleans()):
        return day(on, ZONE)
    return Moment(dt.datetime.combine(on, dt.time(draw(st.integers(0, 23)), 30), ZONE), Precision.MINUTE)


@st.composite
def histories(draw: st.DrawFn, *, entries_max: int = 10, actions_max: int = 8) -> list[Event]:
    """The events of one subject in an arbitrary order. Actions speak of entries, of each other, or of nothing known."""
    entries = [
        event(f"e{n}", draw(FACTS), happened=draw(moments()), recorded_at=draw(moments()).at)
        for n in range(draw(st.integers(0, entries_max)))
    ]
    types = {entry.id: entry.type for entry in entries}
    count = draw(st.integers(0, actions_max))
    ids = [*types, *(f"a{n}" for n in range(count)), "elsewhere"]
    actions = []
    for n in range(count):
        target = draw(st.sampled_from(ids))
        facts: ev.Facts
        if draw(st.booleans()):
            facts = ev.EntryVoided(target=target)
        else:
            new = draw(FACTS)
            facts = ev.EntryCorrected(
                target=target,
                target_type=new.TYPE,
                replacement=msgspec.json.decode(encode_facts(new)),
                happened=draw(st.none() | moments()),
            )
        actions.append(
            event(f"a{n}", facts, happened=draw(moments()), recorded_at=draw(moments()).at, reason="checked")
        )
    return draw(st.permutations(entries + actions))

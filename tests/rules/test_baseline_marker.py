"""The marker before treatment: which specimen and number it is, and why there is none."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest

from schemas.events import ChemotherapyBegun, ResultReported, SpecimenCollected, SpecimenRejected
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix, ResultStatus
from schemas.events.specimens import Unfit
from schemas.moments import Moment, Precision
from schemas.rules.baseline_marker import MarkerLimit, MarkerRow, NoMarker
from schemas.rules.endpoints import EndpointRow, endpoint_digest, endpoint_of
from schemas.rules.timeline import timeline_of
from schemas.settlement import settle
from tests.rules.drawn import STUDY, events, on
from tests.rules.test_endpoints import said

UNTREATED = "-30 screened, -29 consent, -28 eligible, -27 enrolled"


def result(
    days: int,
    number: str | None = "12.5",
    *,
    name: str = "il6",
    bound: Bound | None = Bound.EQUAL,
    lower: str | None = None,
    upper: str | None = None,
    **changed: object,
) -> Event:
    facts = ResultReported(
        analyte="il6",
        bound=None if number is None else bound,
        number=None if number is None else Decimal(number),
        unit="pg/mL",
        text=number or "-----",
        unit_sent="pg/mL",
        matrix=Matrix.MARROW_SUPERNATANT,
        status=ResultStatus.FINAL,
        series=f"{name}-{days}",
        code="49732-1",
        code_system="LN",
        lower_limit=None if lower is None else Decimal(lower),
        upper_limit=None if upper is None else Decimal(upper),
        specimen=f"SP{days}",
        device="cobas e 801",
    )
    return said(days, f"{name}-{days}", msgspec.structs.replace(facts, **changed))


def taken(days: int, matrix: Matrix = Matrix.MARROW_SUPERNATANT) -> Event:
    return said(days, f"taken-{days}", SpecimenCollected(specimen=f"SP{days}", matrix=matrix))


def rejected(days: int) -> Event:
    return said(1, f"rejected-{days}", SpecimenRejected(specimen=f"SP{days}", why=Unfit.CLOTTED))


def at(event: Event, clock: str, offset_hours: int = 8) -> Event:
    """The same event at an instant of its day."""
    zone = dt.timezone(dt.timedelta(hours=offset_hours))
    time = dt.datetime.combine(event.happened.on, dt.time.fromisoformat(clock), zone)
    return msgspec.structs.replace(event, happened=Moment(time, Precision.MINUTE))


def endpoint(*history: Event, chemo: str | None = "0 chemo", clock: str | None = None) -> EndpointRow:
    begun = (
        []
        if chemo is None
        else [said(0, "chemo", ChemotherapyBegun(course=1, regimen="DA 3+7", intensity=Intensity.INTENSIVE))]
    )
    if clock is not None:
        begun = [at(begun[0], clock)]
    entries = settle([*events(UNTREATED), *begun, *history]).in_force()
    return endpoint_of(timeline_of("S-001", entries, on(100), STUDY), STUDY, on(100))


def marker(*history: Event, clock: str | None = None) -> MarkerRow:
    found = endpoint(*history, clock=clock)
    assert found.no_marker is None
    assert found.marker is not None
    return found.marker


def test_the_row_says_what_was_measured_by_what_and_where_it_comes_from() -> None:
    assert marker(result(-3, "12.50", lower="1.5", upper="5000", method="ECLIA")) == MarkerRow(
        limit=MarkerLimit.EXACT,
        number="12.5",
        unit="pg/mL",
        matrix=Matrix.MARROW_SUPERNATANT,
        platform="cobas e 801",
        on=on(-3),
        days_before=3,
        specimen="SP-3",
        entry="il6--3",
        lower_limit="1.5",
        upper_limit="5000",
    )


@pytest.mark.parametrize(
    ("device", "method", "platform"),
    [("cobas", "ECLIA", "cobas"), (None, "ELISA", "ELISA"), (None, None, None)],
    ids=["the device", "else the method", "else it is not known"],
)
def test_the_platform(device: str | None, method: str | None, platform: str | None) -> None:
    assert marker(result(-3, device=device, method=method)).platform == platform


# the results, each with its name | the entry that is the baseline | the reason
CHOSEN = [
    ([result(-10), result(-3)], "il6--3", "the last specimen before treatment"),
    ([result(-14)], "il6--14", "fourteen days before is within the window"),
    ([result(-1)], "il6--1", "and so is the day before"),
    ([result(-3), result(5), result(0)], "il6--3", "what was taken during treatment is none"),
    ([result(-10), result(-3), rejected(-3)], "il6--10", "a rejected specimen is passed over"),
    ([result(-10), taken(-3)], "il6--10", "so is one that is not reported yet"),
    ([result(-10), result(-3, None)], "il6--10", "and one without a number"),
    ([result(-10), result(-3, unit="ng/L")], "il6--10", "and one in a unit that nobody converted"),
    ([result(-10), result(-3, matrix=Matrix.SERUM)], "il6--10", "serum is not marrow supernatant"),
    ([result(-10), result(-3, analyte="crp")], "il6--10", "nor is another quantity the marker"),
    ([result(-3, name="a"), result(-3, name="b")], "b--3", "of two results of one specimen the last"),
]


@pytest.mark.parametrize(("history", "entry"), [case[:2] for case in CHOSEN], ids=[case[2] for case in CHOSEN])
def test_which_measurement_is_the_baseline(history: list[Event], entry: str) -> None:
    assert marker(*history).entry == entry
    assert marker(*reversed(history)).entry == entry


# bound | number | lower and upper limit of the run | what is kept | the reason
LIMITS = [
    (Bound.EQUAL, "12.5", "1.5", "5000", "exact", "12.5", "between the limits it is exact"),
    (Bound.EQUAL, "1.5", "1.5", "5000", "exact", "1.5", "exactly at the lower limit it was measured"),
    (Bound.EQUAL, "1.49", "1.5", "5000", "below", "1.5", "under the run's lower limit it is the limit"),
    (Bound.EQUAL, "5000", "1.5", "5000", "exact", "5000", "exactly at the upper limit it was measured"),
    (Bound.EQUAL, "5000.1", "1.5", "5000", "above", "5000", "over the run's upper limit it is the limit"),
    (Bound.EQUAL, "0.2", None, None, "exact", "0.2", "without limits of the run a number is what it is"),
    (Bound.LESS, "1.5", None, None, "below", "1.5", "a result that says less is below"),
    (Bound.LESS_OR_EQUAL, "1.5", None, None, "below", "1.5", "also one that says at most"),
    (Bound.LESS, "1.5", "7", None, "below", "7", "the analyser's range is not the run's limit, which is greater"),
    (Bound.LESS, "7", "1.5", None, "below", "7", "a diluted specimen has the greater limit of its own"),
    (Bound.GREATER, "5000", None, None, "above", "5000", "a result that says more is above"),
    (Bound.GREATER_OR_EQUAL, "5000", None, None, "above", "5000", "also one that says at least"),
    (Bound.GREATER, "5000", None, "3000", "above", "3000", "the lesser of two upper limits"),
    (Bound.GREATER, "3000", None, "5000", "above", "3000", "whichever names it"),
]


@pytest.mark.parametrize(
    ("bound", "number", "lower", "upper", "limit", "kept"),
    [case[:6] for case in LIMITS],
    ids=[case[6] for case in LIMITS],
)
def test_a_value_beyond_a_limit_is_the_limit(
    bound: Bound, number: str, lower: str | None, upper: str | None, limit: str, kept: str
) -> None:
    found = marker(result(-3, number, bound=bound, lower=lower, upper=upper))
    assert (found.limit.value, found.number) == (limit, kept)


@pytest.mark.parametrize(
    ("sent", "written"), [("5E+3", "5000"), ("100", "100"), ("0.10", "0.1"), ("1E-7", "0.0000001")]
)
def test_equal_numbers_are_written_alike(sent: str, written: str) -> None:
    assert marker(result(-3, sent)).number == written


# the history | why there is none | the reason
MISSED = [
    ([], "no-specimen", "nothing was taken"),
    ([result(-3, matrix=Matrix.SERUM), taken(-3, Matrix.SERUM)], "no-specimen", "serum is another specimen"),
    ([result(-15)], "outside-window", "fifteen days before is too early"),
    ([result(1)], "outside-window", "the day after treatment began is too late"),
    ([taken(-15)], "outside-window", "a specimen alone can be too early"),
    ([result(0)], "order-not-known", "on day 0 dates do not say which came first"),
    ([result(0), result(-15)], "order-not-known", "that is nearer than one too early"),
    ([taken(-3), rejected(-3)], "rejected", "the laboratory refused it"),
    ([result(-3), rejected(-3)], "rejected", "nothing measured in a rejected specimen counts"),
    ([taken(-3), rejected(-3), result(0)], "rejected", "that is nearer than one of day 0"),
    ([taken(-3)], "not-reported", "taken, and no result yet"),
    ([taken(-3), taken(-4), rejected(-4)], "not-reported", "one that may still come is nearer"),
    ([result(-3, None)], "no-number", "reported without a number"),
    ([taken(-3), result(-3, None)], "no-number", "and its specimen is no other one"),
    ([result(-3, unit="ng/L")], "other-unit", "in a unit that nobody converted"),
    ([taken(-3), result(-3, unit="ng/L")], "other-unit", "also where the specimen is noted"),
    ([result(-3, unit="ng/L"), result(-4, None)], "no-number", "of these two the first named"),
]


@pytest.mark.parametrize(("history", "why"), [case[:2] for case in MISSED], ids=[case[2] for case in MISSED])
def test_a_baseline_that_is_missing_says_why(history: list[Event], why: str) -> None:
    found = endpoint(*history)
    assert found.marker is None
    assert found.no_marker is NoMarker(why)


def test_who_was_not_treated_has_no_baseline() -> None:
    assert endpoint(result(-3), chemo=None).no_marker is NoMarker.NOT_TREATED


def test_every_reason_is_in_the_table() -> None:
    assert {case[1] for case in MISSED} | {"not-treated"} == {each.value for each in NoMarker}


@pytest.mark.parametrize(
    ("specimen", "chemo", "counts"),
    [("08:30", "14:00", True), ("14:00", "14:00", False), ("15:00", "14:00", False)],
    ids=["earlier", "at the same minute", "later"],
)
def test_on_day_0_the_earlier_of_two_known_times_decides(specimen: str, chemo: str, counts: bool) -> None:
    found = endpoint(at(result(0), specimen), clock=chemo)
    assert (found.marker is not None) is counts
    assert found.no_marker is (None if counts else NoMarker.OUTSIDE_WINDOW)
    if found.marker is not None:
        assert found.marker.days_before == 0


def test_one_time_without_the_other_does_not() -> None:
    assert endpoint(at(result(0), "08:30")).no_marker is NoMarker.ORDER_NOT_KNOWN
    assert endpoint(result(0), clock="14:00").no_marker is NoMarker.ORDER_NOT_KNOWN


def test_a_study_without_a_marker_has_none_and_no_reason() -> None:
    study = msgspec.structs.replace(STUDY, marker=None)
    entries = settle([*events(UNTREATED), result(-3)]).in_force()
    found = endpoint_of(timeline_of("S-001", entries, on(100), study), study, on(100))
    assert (found.marker, found.no_marker) == (None, None)


def test_a_corrected_value_changes_the_digest_and_a_zero_at_its_end_does_not() -> None:
    digests = {number: endpoint_digest([endpoint(result(-3, number))]) for number in ("12.5", "12.50", "12.6")}
    assert digests["12.5"] == digests["12.50"]
    assert digests["12.5"] != digests["12.6"]

"""Cases of the rules on single values. The drawn study has platelets plausible from 1 to 2,000, IL-6 from 0.5 up."""

from decimal import Decimal
from typing import Any

from schemas.events.event import Event
from schemas.events.lab import Bound, Matrix
from tests.checks.cases import Case, passes, put_right, raises
from tests.checks.drawn import blasts_counted, corrects, marrow, result, voids


def platelets(number: str, bound: Bound = Bound.EQUAL, **facts: Any) -> Event:
    return result("2024-03-02", number=Decimal(number), bound=bound, **facts)


def il6(number: str, bound: Bound = Bound.EQUAL, **facts: Any) -> Event:
    more = {"analyte": "il6", "unit": "pg/mL", "unit_sent": "pg/mL", "matrix": Matrix.MARROW_SUPERNATANT}
    return result("2024-03-02", number=Decimal(number), bound=bound, **(more | facts))


def implausible(fact: str, value: Event) -> Case:
    return raises("value-implausible", fact, value, finds="result: number 2024-03-02")


def plausible(fact: str, value: Event) -> Case:
    return passes("value-implausible", fact, value)


CASES = [
    implausible("just above the upper limit", platelets("2000.1")),
    implausible("just below the lower limit", platelets("0.9")),
    implausible("below a lower limit where there is no upper", il6("0.4")),
    implausible("less than the lower limit", platelets("1", Bound.LESS)),
    implausible("at most something below the lower limit", platelets("0.9", Bound.LESS_OR_EQUAL)),
    implausible("more than the upper limit", platelets("2000", Bound.GREATER)),
    implausible("at least something above the upper limit", platelets("2000.1", Bound.GREATER_OR_EQUAL)),
    plausible("the upper limit itself", platelets("2000")),
    plausible("the lower limit itself", platelets("1")),
    plausible("no upper limit", il6("1000000")),
    plausible("less than something above the lower limit", platelets("1.1", Bound.LESS)),
    plausible("at most the lower limit", platelets("1", Bound.LESS_OR_EQUAL)),
    plausible("more than something below the upper limit", platelets("1999.9", Bound.GREATER)),
    plausible("at least the upper limit", platelets("2000", Bound.GREATER_OR_EQUAL)),
    plausible("less than a vast number, which allows plausible ones", platelets("9999", Bound.LESS)),
    plausible("more than nothing, which allows plausible ones", platelets("0", Bound.GREATER)),
    plausible("no number", result("2024-03-02", number=None, bound=None, text="-----")),
    plausible("a unit that is not canonical is another rule's", platelets("250000", unit="/uL")),
    plausible("an analyte without limits", platelets("9999", analyte="wbc")),
    plausible("an analyte that the study does not have", platelets("9999", analyte="ferritin")),
    put_right(
        "value-implausible",
        "the number is corrected",
        platelets("25000"),
        by=corrects(platelets("25000"), number=Decimal(25)),
    ),
    raises("analyte-unknown", "ferritin", platelets("100", analyte="ferritin"), finds="result: analyte 2024-03-02"),
    passes("analyte-unknown", "platelets", platelets("100")),
    put_right(
        "analyte-unknown",
        "the analyte is corrected",
        platelets("100", analyte="plt"),
        by=corrects(platelets("100", analyte="plt"), analyte="platelets"),
    ),
    raises(
        "unit-missing",
        "a number with a blank unit",
        platelets("100", unit_sent=" "),
        finds="result: unit_sent 2024-03-02",
    ),
    passes("unit-missing", "a number with a unit", platelets("100")),
    passes("unit-missing", "no number and no unit", result("2024-03-02", number=None, bound=None, unit_sent="")),
    put_right(
        "unit-missing",
        "the unit is put in",
        platelets("100", unit_sent=""),
        by=corrects(platelets("100", unit_sent=""), unit_sent="10*9/L"),
    ),
    raises("unit-not-canonical", "platelets in /uL", platelets("100", unit="/uL"), finds="result: unit 2024-03-02"),
    raises(
        "unit-not-canonical",
        "a spelling of the canonical unit",
        platelets("100", unit="10^9/L"),
        finds="result: unit 2024-03-02",
    ),
    passes("unit-not-canonical", "the canonical unit, sent in a spelling", platelets("100", unit_sent="10^9/L")),
    passes(
        "unit-not-canonical", "an analyte that the study does not have", platelets("1", analyte="ferritin", unit="ug/L")
    ),
    put_right(
        "unit-not-canonical",
        "number and unit are corrected",
        platelets("100000", unit="/uL"),
        by=corrects(platelets("100000", unit="/uL"), unit="10*9/L", number=Decimal(100)),
    ),
    raises(
        "unit-sent-unknown",
        "a spelling that no table lists",
        platelets("100", unit_sent="10*8/dL"),
        finds="result: unit_sent 2024-03-02",
    ),
    passes("unit-sent-unknown", "a spelling of the table", platelets("100", unit_sent="K/uL")),
    passes("unit-sent-unknown", "no unit is another rule's", platelets("100", unit_sent="")),
    passes("unit-sent-unknown", "no number", result("2024-03-02", number=None, bound=None, unit_sent="bags")),
    put_right(
        "unit-sent-unknown",
        "the result is voided",
        platelets("100", unit_sent="bags"),
        by=voids(platelets("100", unit_sent="bags")),
    ),
    raises(
        "marrow-few-cells",
        "199 cells",
        marrow("2024-03-02", cells_counted=199),
        finds="marrow: cells_counted 2024-03-02",
    ),
    raises(
        "marrow-few-cells",
        "no cell at all",
        marrow("2024-03-02", cells_counted=0),
        finds="marrow: cells_counted 2024-03-02",
    ),
    passes("marrow-few-cells", "200 cells", marrow("2024-03-02", cells_counted=200)),
    passes("marrow-few-cells", "a report that does not say how many", marrow("2024-03-02", cells_counted=None)),
    put_right(
        "marrow-few-cells",
        "the count is corrected",
        marrow("2024-03-02", cells_counted=20),
        by=corrects(marrow("2024-03-02", cells_counted=20), cells_counted=200),
    ),
    raises(
        "percentage-impossible",
        "marrow blasts just above 100 %",
        marrow("2024-03-02", blasts_pct=Decimal("100.1")),
        finds="marrow: blasts_pct 2024-03-02 blasts_pct",
    ),
    raises(
        "percentage-impossible",
        "three percentages of one report, each doubted",
        marrow("2024-03-02", blasts_pct=Decimal("-0.1"), cellularity_pct=Decimal(101), blood_blasts_pct=Decimal(200)),
        finds=[
            "marrow: blasts_pct 2024-03-02 blasts_pct",
            "marrow: cellularity_pct 2024-03-02 cellularity_pct",
            "marrow: blood_blasts_pct 2024-03-02 blood_blasts_pct",
        ],
    ),
    raises(
        "percentage-impossible",
        "blasts in blood just above 100 %",
        blasts_counted("2024-03-02", "100.1"),
        finds="blasts: blasts_pct 2024-03-02 blasts_pct",
    ),
    passes(
        "percentage-impossible",
        "100 % and 0 %",
        marrow("2024-03-02", blasts_pct=Decimal(100), cellularity_pct=Decimal(0)),
    ),
    passes("percentage-impossible", "a marrow that could not be read", marrow("2024-03-02", blasts_pct=None)),
    passes("percentage-impossible", "no blasts in blood", blasts_counted("2024-03-02", "0")),
    put_right(
        "percentage-impossible",
        "the percentage is corrected",
        marrow("2024-03-02", blasts_pct=Decimal(450)),
        by=corrects(marrow("2024-03-02", blasts_pct=Decimal(450)), blasts_pct=Decimal("4.50")),
    ),
]

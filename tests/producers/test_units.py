"""Units behind the table: what UCUM's grammar may say, and that it says the same as the table where both speak."""

import re
import subprocess
import sys
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.units import factor_for
from schemas.study import Analyte, Text
from schemas.units import SPELLING_MAX, UnitProblem, factor_of, spellings_of
from tests.producers.controls import STUDY

CANONICAL = ("10*9/L", "g/L", "mg/L", "pg/mL", "mmol/L")


def analyte(analyte_id: str) -> Analyte:
    known = STUDY.analyte(analyte_id)
    assert known is not None
    return known


def measured_in(unit: str) -> Analyte:
    return Analyte(id="x", text=Text(zh="x", en="x"), unit=unit)


# Analyte | as sent | factor, or the code of the refusal | the reason.
SPELLINGS = [
    ("platelets", "10*3/uL", "1", "in the table"),
    ("platelets", "10*6/cL", "0.1", "per centilitre: UCUM has it, no table"),
    ("platelets", "10*3.uL-1", "1", "a negative power in the place of a stroke"),
    ("platelets", "10*-3/fL", "1000", "a power below one"),
    ("platelets", "dm-3", "0.000000001", "a cubic decimetre is a litre"),
    ("platelets", "10*6/cm3", "1", "a cubic centimetre is a millilitre"),
    ("platelets", "10^9/cm^3", "unknown", "a caret belongs to the ten"),
    ("hemoglobin", "kg/m3", "1", "a kilogram in a cubic metre is a gram in a litre"),
    ("hemoglobin", "g/cm3", "1000", "and so on"),
    ("hemoglobin", "mg.cm-3", "1", "with a point for the product"),
    ("hemoglobin", "cg/mL", "10", "with a prefix that nobody uses"),
    ("il6", "ag/nL", "1", "smaller and smaller"),
    ("il6", "g.mL-1", "1000000000000", "the largest factor within the dimension"),
    ("platelets", "K/uL", "1", "the table speaks before UCUM's kelvin"),
    ("hemoglobin", "K/uL", "other-dimension", "counts, and never asked as kelvin"),
    ("platelets", "K.cm-3", "unknown", "kelvin is no unit of any result here"),
    ("platelets", "ug/cm3", "other-dimension", "a mass in a volume is no count in one"),
    ("hemoglobin", "mol.dm-3", "other-dimension", "moles need a molar mass, also beyond the table"),
    ("platelets", "mol.dm-3", "other-dimension", "a mole is a number of things only to UCUM"),
    ("il6", "10*3.dm-3", "other-dimension", "a count is no mass"),
    ("hemoglobin", "g", "other-dimension", "a mass in nothing"),
    ("hemoglobin", "g/kg", "other-dimension", "a mass in a mass"),
    ("hemoglobin", "Mg.m-3", "uncertain-case", "a megagram, or a milligram with a capital"),
    ("platelets", "10*9/Ym3", "uncertain-case", "no prefix in capitals, whatever the dimension"),
    ("platelets", "{platelets}/uL", "annotated", "an annotation that no table has"),
    ("il6", "ng{FEU}/mL", "annotated", "an annotation that may change the quantity"),
    ("platelets", "109/L", "unknown", "a superscript that was lost"),
    ("platelets", "10.uL-1", "unknown", "a bare ten"),
    ("il6", "mg/(10.L)", "unknown", "a bare ten below"),
    ("hemoglobin", "[lb_av]/L", "unknown", "pounds"),
    ("hemoglobin", "u/L", "unknown", "atomic mass units are measured and not exact; here they are enzymes"),
    ("il6", "[iU]/mL", "unknown", "units of activity need a standard"),
    ("platelets", "[APL'U]/L", "unknown", "agreed units are pure numbers to pint, and would count as cells"),
    ("platelets", "[CFU]/mL", "unknown", "colonies are pure numbers to pint, too"),
    ("platelets", "10*99999999/L", "unknown", "a power that would take a machine's memory"),
    ("platelets", "10*16/L", "unknown", "the first power beyond the limit"),
    ("platelets", "10*15/aL", "not-a-power-of-ten", "each power in its limit, and not their product"),
    ("il6", "皮克/L", "unknown", "not ASCII, so no UCUM"),
    ("il6", "((g/L", "unknown", "brackets that do not close"),
    ("il6", "g//L", "unknown", "two strokes"),
    ("il6", "g/mm3", "1000000000000000", "by fifteen places, the most that is believed"),
    ("hemoglobin", "ag/mL", "0.000000000000001", "by fifteen places to the other side"),
    ("hemoglobin", "ag/cL", "not-a-power-of-ten", "by sixteen"),
    ("hemoglobin", "g/L" + ".m/m" * 7, "1", "as long as a unit may be"),
    ("hemoglobin", "g/L" + ".m/m" * 8, "unknown", "the same, longer"),
    ("il6", "m" * 4000, "unknown", "too long to be a unit"),
    ("il6", "㎎" * 20 + "/L", "unknown", "short as sent, too long when written out"),
    ("il6", "", "blank", "nothing"),
    ("il6", "1", "bare-number", "one says nothing"),
    ("neutrophils-pct", "%", "1", "per cent"),
    ("neutrophils-pct", "[ppth]", "unknown", "a fraction to UCUM, where a percentage is another"),
    ("neutrophils-pct", "g/g", "unknown", "to UCUM, grams per gram are cells per cell"),
    ("neutrophils-pct", "Cel", "unknown", "a scale with another zero"),
]


@pytest.mark.parametrize(
    ("analyte_id", "sent", "expected"), [row[:3] for row in SPELLINGS], ids=[f"{row[0]}: {row[3]}" for row in SPELLINGS]
)
def test_spelling(analyte_id: str, sent: str, expected: str) -> None:
    found = factor_for(analyte(analyte_id), sent)
    assert (found.value if isinstance(found, UnitProblem) else f"{found:f}") == expected


def test_a_study_can_refuse_what_the_table_and_what_ucum_would_take() -> None:
    strict = msgspec.structs.replace(analyte("hemoglobin"), units_refused=("g/dL", "kg/m3"))
    assert [factor_for(strict, sent) for sent in ("g/dL", "kg/m3", "mg/dL")] == [
        UnitProblem.REFUSED_BY_STUDY,
        UnitProblem.REFUSED_BY_STUDY,
        Decimal("0.01"),
    ]


@pytest.mark.parametrize(
    ("unit", "sent", "expected"),
    [
        ("U/L", "kU/mL", Decimal(1000000)),
        ("U/L", "umol/min/L", Decimal(1)),
        ("U/L", "kat/L", UnitProblem.NOT_A_POWER_OF_TEN),
        ("U/L", "[iU]/L", UnitProblem.UNKNOWN),
        ("mm/h", "cm/h", Decimal(10)),
        ("mm/h", "mm/min", UnitProblem.NOT_A_POWER_OF_TEN),
        ("fL", "um3", Decimal(1)),
        ("mg/g", "ug/mg", UnitProblem.OTHER_DIMENSION),
        ("mg/g", "mmol/mol", UnitProblem.OTHER_DIMENSION),
        ("Cel", "mm", UnitProblem.UNKNOWN),
        ("points", "mm", UnitProblem.UNKNOWN),
    ],
)
def test_other_studies_units(unit: str, sent: str, expected: Decimal | UnitProblem) -> None:
    assert factor_for(measured_in(unit), sent) == expected


_UCUM_NAMES = {"mcg": "ug", "mcmol": "umol", "mcl": "uL", "dl": "dL", "ml": "mL", "ul": "uL", "l": "L", "nl": "nL"}


def in_ucum(said: str) -> str | None:
    """A spelling of the table as UCUM writes it; None for those that UCUM has no words for."""
    above, _, below = said.partition("/")
    below = {"mm^3": "mm3", "mm*3": "mm3", "cmm": "mm3", "cumm": "mm3"}.get(below, below)
    below = _UCUM_NAMES.get(below.lower(), below)
    above = _UCUM_NAMES.get(above, above)
    if above in ("", "1", "cell", "cells", "{cells}", "个", "個"):
        above = ""
    if not re.fullmatch(r"(10\*[0-9]+|[munpf]?(g|mol))?", above) or not re.fullmatch(r"[mdnu]?L|mm3", below):
        return None
    return f"{above}/{below}"


def test_the_table_and_ucum_agree_on_every_spelling_that_ucum_has() -> None:
    """Read by ucumvert's own registry, in floating point: a factor of 1 in the table must be one in UCUM."""
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()
    compared = 0
    for canonical in CANONICAL:
        unit = registry.from_ucum(canonical)
        for said, factor in spellings_of(canonical).items():
            written = in_ucum(said)
            if written is None:
                continue
            ratio = (registry.from_ucum(written) / unit).to_base_units()
            assert ratio.dimensionless, said
            assert float(ratio.magnitude) == pytest.approx(float(factor), rel=1e-12), said
            assert (factor == 1) == (float(ratio.magnitude) == pytest.approx(1, rel=1e-12)), said
            compared += 1
    # Thirteen numerators of counts by eighteen volumes, and seven of masses (three times) and moles by five.
    assert compared == 13 * 18 + 4 * 7 * 5


def test_the_spellings_that_ucum_cannot_check_are_these() -> None:
    unchecked = {said for canonical in CANONICAL for said in spellings_of(canonical) if in_ucum(said) is None}
    assert {said.partition("/")[0] for said in unchecked if not said.endswith("/100ml")} == {
        *("万", "百万", "K", "k", "thou", "Thou", "M", "G", "Gpt", "T", "Tpt", "10)"),
    }
    # What UCUM makes of the letters that analysers mean as numbers: kelvin and gauss, and nothing at all.
    assert [factor_of(said, "10*9/L") for said in ("K/uL", "G/L", "M/uL")] == [1, 1, 1000]


def test_ucum_is_asked_for_nothing_that_the_table_has() -> None:
    """A table's spelling loads no parser: half a second and thirty megabytes, of which no command may pay unasked."""
    asking = (
        "import sys, producers.hl7.translation\n"
        "from producers.units import factor_for\n"
        "from tests.producers.controls import STUDY\n"
        "said = [factor_for(STUDY.analyte('platelets'), unit) for unit in ('K/uL', '10^9/L', 'g/L', '1', '')]\n"
        "assert len(said) == 5\n"
        "loaded = {'ucumvert', 'pint', 'lark'} & set(sys.modules)\n"
        "assert loaded == set(), loaded\n"
        "factor_for(STUDY.analyte('platelets'), '10*6/cL')\n"
        "assert {'ucumvert', 'pint', 'lark'} <= set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", asking], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


signs = st.text("0123456789*^/.()-+{}[]'%kMGuµmcdnpfgLlolmsh ", max_size=14) | st.text(max_size=SPELLING_MAX)


@settings(deadline=None)
@given(st.sampled_from(STUDY.analytes), signs)
def test_whatever_is_sent_has_a_factor_that_is_a_power_of_ten_or_a_reason(known: Analyte, sent: str) -> None:
    found = factor_for(known, sent)
    if not isinstance(found, UnitProblem):
        assert re.fullmatch(r"10*|0\.0*1", f"{found:f}")
    assert factor_for(known, sent) == found

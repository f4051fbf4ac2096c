"""The table of spellings, against factors that were written down by hand.

Rows are what is counted or weighed, columns per what; a cell is the factor to the canonical unit at the head.
"""

from decimal import Decimal
from fractions import Fraction
from importlib import resources

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.quantities import EXPONENT_MAX, WRITTEN_MAX, Quantity, quantity_of_text
from schemas.study import StudyDefinition, StudyError, parse_study
from schemas.units import (
    FACTOR_DIGITS_MAX,
    SPELLING_MAX,
    Dimension,
    UnitProblem,
    contradictions,
    converted,
    dimension_of,
    factor_of,
    folded,
    spellings_of,
)

TOML = resources.files("schemas.studies").joinpath("nct06486350.toml").read_bytes()
STUDY: StudyDefinition = parse_study(TOML)

# 10*9/L is a thousand million in a litre: a million in a millilitre, a thousand in a microlitre, one in a nanolitre.
COUNTS = """
                                    L,l     mL,ml,ML    uL,ul,UL,mcL,mcl,MCL,mm3,mm^3,mm*3,cmm,cumm    nL,nl
,1,cell,cells,{cells},个,個          1e-9    0.000001    0.001                                          1
10*2                                1e-7    0.0001      0.1                                            100
10*3                                0.000001 0.001      1                                              1000
10*4,万                             0.00001  0.01       10                                             10000
10*6,百万                           0.001    1          1000                                           1000000
10*9                                1       1000        1000000                                        1000000000
10*12                               1000    1000000     1000000000                                     1000000000000
K,k,thou,Thou                       -       -           1                                              -
M                                   -       -           1000                                           -
G,Gpt                               1       -           -                                              -
T,Tpt                               1000    -           -                                              -
"""
GRAMS_PER_LITRE = """
                    l          dl,100ml    ml         ul,mcl
g                   1          10          1000       1000000
mg                  0.001      0.01        1          1000
ug,mcg              0.000001   0.00001     0.001      1
ng                  1e-9       1e-8        0.000001   0.001
pg                  1e-12      1e-11       1e-9       0.000001
fg                  1e-15      1e-14       1e-12      1e-9
"""
MILLIGRAMS_PER_LITRE = """
                    l          dl,100ml    ml         ul,mcl
g                   1000       10000       1000000    1000000000
mg                  1          10          1000       1000000
ug,mcg              0.001      0.01        1          1000
ng                  0.000001   0.00001     0.001      1
pg                  1e-9       1e-8        0.000001   0.001
fg                  1e-12      1e-11       1e-9       0.000001
"""
PICOGRAMS_PER_MILLILITRE = """
                    l             dl,100ml       ml              ul,mcl
g                   1000000000    10000000000    1000000000000   1000000000000000
mg                  1000000       10000000       1000000000      1000000000000
ug,mcg              1000          10000          1000000         1000000000
ng                  1             10             1000            1000000
pg                  0.001         0.01           1               1000
fg                  0.000001      0.00001        0.001           1
"""
MILLIMOLES_PER_LITRE = """
                    l          dl,100ml    ml         ul,mcl
mol                 1000       10000       1000000    1000000000
mmol                1          10          1000       1000000
umol,mcmol          0.001      0.01        1          1000
nmol                0.000001   0.00001     0.001      1
pmol                1e-9       1e-8        0.000001   0.001
fmol                1e-12      1e-11       1e-9       0.000001
"""
# The damaged cube of an ABX Pentra 60: 10³/mm³.
COUNTED_BY_A_PENTRA = {"10)/mm)": Decimal(1)}

FACTORS_BY_ANALYTE = {
    "il6": PICOGRAMS_PER_MILLILITRE,
    "wbc": COUNTS,
    "anc": COUNTS,
    "platelets": COUNTS,
    "hemoglobin": GRAMS_PER_LITRE,
    "crp": MILLIGRAMS_PER_LITRE,
}


def written(grid: str) -> dict[str, Decimal]:
    """The factors of a grid by spelling."""
    head, *rows = grid.strip("\n").splitlines()
    columns = head.split()
    factors: dict[str, Decimal] = {}
    for row in rows:
        above, *cells = row.split()
        for below, cell in zip(columns, cells, strict=True):
            if cell != "-":
                for top in above.split(","):
                    factors |= {f"{top}/{bottom}": Decimal(cell) for bottom in below.split(",")}
    return factors


@pytest.mark.parametrize("analyte_id", FACTORS_BY_ANALYTE)
def test_every_spelling_of_an_analyte_has_the_factor_that_was_written_down(analyte_id: str) -> None:
    analyte = STUDY.analyte(analyte_id)
    assert analyte is not None
    expected = written(FACTORS_BY_ANALYTE[analyte_id])
    if FACTORS_BY_ANALYTE[analyte_id] is COUNTS:
        expected |= COUNTED_BY_A_PENTRA
    assert spellings_of(analyte.unit) == expected
    taken = {
        said: factor_of(said, analyte.unit, analyte.units, analyte.units_refused) for said in spellings_of(analyte.unit)
    }
    assert taken == expected


@pytest.mark.parametrize("analyte_id", ["neutrophils-pct", "blood-blasts-pct"])
def test_a_percentage_has_one_spelling(analyte_id: str) -> None:
    analyte = STUDY.analyte(analyte_id)
    assert analyte is not None
    assert spellings_of(analyte.unit) == {"%": Decimal(1)}


def test_every_analyte_of_the_study_is_in_these_tables() -> None:
    assert {analyte.id for analyte in STUDY.analytes} == {*FACTORS_BY_ANALYTE, "neutrophils-pct", "blood-blasts-pct"}
    assert [analyte.id for analyte in STUDY.analytes if analyte.units or analyte.units_refused] == []


def test_moles_have_a_table_of_their_own() -> None:
    assert spellings_of("mmol/L") == written(MILLIMOLES_PER_LITRE)


def test_a_unit_outside_of_the_dimensions_has_no_spellings_but_itself() -> None:
    assert spellings_of("mm/h") == {}
    assert dimension_of("mm/h") is None
    assert factor_of("mm/h", "mm/h") == 1
    assert factor_of("mm", "mm/h") is UnitProblem.UNKNOWN


# As sent | canonical unit | factor, or the code of the refusal | the reason.
SPELLINGS = [
    ("10^9/L", "10*9/L", "1", "a caret for the power"),
    ("x10^9/L", "10*9/L", "1", "a letter x before it"),
    ("X10^9/L", "10*9/L", "1", "a capital one"),
    ("*10^9/L", "10*9/L", "1", "a star"),
    ("×10^9/L", "10*9/L", "1", "a multiplication sign"),
    ("× 10^9 / L", "10*9/L", "1", "blanks between"),
    ("10⁹/L", "10*9/L", "1", "a superscript, which the normal form of Unicode would make 109/L of"),
    ("×10¹²/L", "10*9/L", "1000", "two superscripts"),
    ("10E9/L", "10*9/L", "1", "a letter E for the power"),
    ("10e9/L", "10*9/L", "1", "a small one"),
    ("10**9/L", "10*9/L", "1", "a programmer's power"),
    ("10(9)/L", "10*9/L", "1", "a power in brackets"),
    ("x10(3)/mcL", "10*9/L", "1", "the same per microlitre, as in the United States"),
    ("10＾9/l", "10*9/L", "1", "a caret in full width"),
    ("１０＾９／Ｌ", "10*9/L", "1", "all of it in full width"),
    ("10*09/L", "10*9/L", "1", "a power with a nought before it"),
    ("10E3/uL", "10*9/L", "1", "thousands per microlitre, seen in captures"),
    ("10*3/μL", "10*9/L", "1", "the Greek letter mu"),
    ("10*3/µL", "10*9/L", "1", "the micro sign, which is another one"),
    ("10*3/㎕", "10*9/L", "1", "a microlitre in one sign"),
    ("10³/mm³", "10*9/L", "1", "cubic millimetres with a superscript"),
    ("10)/mm)", "10*9/L", "1", "a cube in an analyser's code page"),
    ("102/mm)", "10*9/L", "unknown", "the same analyser's sixth power is in no table"),
    ("K/uL", "10*9/L", "1", "thousands, and no kelvin"),
    ("M/uL", "10*9/L", "1000", "millions"),
    ("M/L", "10*9/L", "unknown", "millions or moles"),
    ("G/L", "10*9/L", "1", "giga among counts"),
    ("g/L", "10*9/L", "other-dimension", "grams are not counts"),
    ("G/L", "g/L", "1", "gram among masses, in capitals"),
    ("个/µL", "10*9/L", "0.001", "a Chinese counting word"),
    ("個/μL", "10*9/L", "0.001", "a Japanese one"),
    ("万/μL", "10*9/L", "10", "ten thousands"),
    ("/ul", "10*9/L", "0.001", "per microlitre, of nothing named"),
    ("/3uL", "10*9/L", "unknown", "per three microlitres, as in a counting chamber"),
    ("10*9", "10*9/L", "bare-number", "a count per nothing"),
    ("109/L", "10*9/L", "unknown", "a superscript that was lost"),
    ("10 9/L", "10*9/L", "unknown", "and left a blank"),
    ("100/uL", "10*9/L", "unknown", "hundreds, or what is left of a power"),
    ("10^(9/L", "10*9/L", "unknown", "a bracket that does not close"),
    ("mmol/L", "10*9/L", "other-dimension", "moles are not cells"),
    ("pg/ml", "pg/mL", "1", "a small letter for the litre"),
    ("PG/ML", "pg/mL", "1", "all capitals"),
    ("Pg/mL", "pg/mL", "1", "a capital at the beginning, and no petagram"),
    ("ｐｇ／ｍＬ", "pg/mL", "1", "full width"),
    ("ng/L", "pg/mL", "1", "the same amount in a litre"),
    ("ng/mL", "pg/mL", "1000", "a thousand times as much"),
    ("pmol/L", "pg/mL", "other-dimension", "moles need a molar mass"),
    ("IU/mL", "pg/mL", "unknown", "units of activity need a standard"),
    ("mg/dl", "mg/L", "10", "per decilitre, small letters"),
    ("MG/DL", "mg/L", "10", "per decilitre, all capitals"),
    ("Mg/dL", "mg/L", "10", "a capital at the beginning, and no megagram"),
    ("㎎/㎗", "mg/L", "10", "two signs of one character"),
    ("µg/mL", "mg/L", "1", "micrograms"),
    ("mcg/mL", "mg/L", "1", "micrograms, as prescriptions write them"),
    ("g/100mL", "g/L", "10", "per hundred millilitres"),
    ("mmol/L", "g/L", "other-dimension", "haemoglobin in moles is not converted"),
    ("％", "%", "1", "a percent sign in full width"),
    ("g/L", "%", "other-dimension", "a mass is not a fraction"),
    ("1", "%", "bare-number", "one says nothing, although a percentage has it as its unit in UCUM"),
    ("１", "10*9/L", "bare-number", "not in full width either"),
    ("10*-2", "%", "bare-number", "a number is not a unit, whatever its size"),
    ("/", "10*9/L", "bare-number", "a stroke alone"),
    ("", "10*9/L", "blank", "nothing"),
    ("   ", "10*9/L", "blank", "blanks"),
    ("皮克", "pg/mL", "unknown", "a picogram per nothing, in Chinese"),
    (" " * 99, "10*9/L", "blank", "a line of blanks"),
    ("10^9" + " " * 13 + "/" + " " * 13 + "L", "10*9/L", "1", "as long as a spelling may be"),
    ("10^9" + " " * 14 + "/" + " " * 13 + "L", "10*9/L", "unknown", "longer than any unit"),
]


@pytest.mark.parametrize(
    ("sent", "unit", "expected"), [row[:3] for row in SPELLINGS], ids=[f"{row[1]}: {row[3]}" for row in SPELLINGS]
)
def test_spelling(sent: str, unit: str, expected: str) -> None:
    found = factor_of(sent, unit)
    assert (found.value if isinstance(found, UnitProblem) else f"{found:f}") == expected


def test_folding_twice_is_folding_once() -> None:
    for unit in ("10*9/L", "g/L", "mmol/L", "%"):
        assert {said for said in spellings_of(unit) if folded(said) != said} == set()


def test_no_spelling_belongs_to_two_dimensions_but_for_giga_and_gram() -> None:
    sets = [set(spellings_of(unit)) for unit in ("10*9/L", "g/L", "mmol/L", "%")]
    shared = [one & other for at, one in enumerate(sets) for other in sets[at + 1 :]]
    assert [each for each in shared if each] == []
    assert {dimension_of(unit) for unit in ("10*9/L", "g/L", "mmol/L", "%")} == set(Dimension)
    # In capitals a gram per litre looks like a thousand million per litre: what is measured decides.
    assert (factor_of("G/L", "10*9/L"), factor_of("G/L", "mg/L"), factor_of("G/L", "%")) == (
        Decimal(1),
        Decimal(1000),
        UnitProblem.OTHER_DIMENSION,
    )


def test_a_study_adds_spellings_and_refuses_some() -> None:
    taken = {"K": Decimal(1), "1": Decimal(1), "": Decimal("0.001")}
    assert factor_of("K", "10*9/L") is UnitProblem.UNKNOWN
    assert [factor_of(sent, "10*9/L", taken) for sent in ("K", " Ｋ ", "1", "", " ")] == [
        Decimal(1),
        Decimal(1),
        Decimal(1),
        Decimal("0.001"),
        Decimal("0.001"),
    ]
    assert factor_of("10^3/µL", "10*9/L", {}, ["10*3/uL"]) is UnitProblem.REFUSED_BY_STUDY
    assert factor_of("10*3/ul", "10*9/L", {}, ["10*3/uL"]) == 1


# Canonical unit | own spellings | refused | what is said.
CONTRADICTIONS: list[tuple[str, dict[str, str], list[str], list[str]]] = [
    ("pg/mL", {}, [], []),
    ("pg/mL", {"pg/mL": "1", "ng/L": "1", "pg": "1", "": "1", "1": "1000"}, ["PG/ML"], []),
    ("mm/h", {"mm/h": "1", "mm": "1", "mm/1h": "1"}, [], []),
    ("kg/m3", {"g/L": "1"}, [], []),
    ("pg/mL", {"pg/mL": "2"}, [], ["its own unit pg/mL needs the factor 1"]),
    ("mm/h", {"mm/h": "2"}, [], ["its own unit mm/h needs the factor 1"]),
    ("pg/mL", {"ng/mL": "1"}, [], ["the factor of ng/mL is 1000"]),
    ("pg/mL", {"µg/mL": "1"}, [], ["the factor of µg/mL is 1000000"]),
    ("pg/mL", {"pg": "0"}, [], ["the factor of pg is not above 0"]),
    ("pg/mL", {"pg": "-1"}, [], ["the factor of pg is not above 0"]),
    ("pg/mL", {"pg": "NaN"}, [], ["the factor of pg is not above 0"]),
    ("pg/mL", {"pg": "Infinity"}, [], ["the factor of pg is not above 0"]),
    ("pg/mL", {"pg": "1." + "1" * 20}, [], ["the factor of pg has more than 20 digits"]),
    ("pg/mL", {"pg": "1e21"}, [], ["the factor of pg has more than 20 digits"]),
    ("g/L", {"mmol/L": "16.114"}, [], ["mmol/L is a unit of another dimension than g/L"]),
    ("10*9/L", {"g/L": "1"}, [], ["g/L is a unit of another dimension than 10*9/L"]),
    ("pg/mL", {"pg": "1"}, ["ｐｇ"], ["pg is both taken and refused"]),
    ("pg/mL", {"pg": "1", "ｐｇ": "2"}, [], ["ｐｇ is spelt twice, with two factors"]),
    ("pg/mL", {}, ["pg/mL"], ["its own unit pg/mL is refused"]),
]


@pytest.mark.parametrize(("unit", "taken", "refused", "expected"), CONTRADICTIONS)
def test_what_an_analyte_may_not_say(unit: str, taken: dict[str, str], refused: list[str], expected: list[str]) -> None:
    factors = {spelling: Decimal(factor) for spelling, factor in taken.items()}
    assert [what for _, what in contradictions(unit, factors, refused)] == expected


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b'units = { "g/dL" = "0" }', "the factor of g/dL is not above 0"),
        (b'units = { "g/dL" = "1" }', "the factor of g/dL is 10"),
        (b'units = { "mmol/L" = "16.114" }', "mmol/L is a unit of another dimension than g/L"),
        (b'units_refused = ["g/L"]', "its own unit g/L is refused"),
    ],
)
def test_a_study_that_contradicts_the_table_is_refused(said: bytes, problem: str) -> None:
    with pytest.raises(StudyError, match=problem):
        parse_study(TOML.replace(b'unit = "g/L"\n', b'unit = "g/L"\n' + said + b"\n", 1))


def test_a_study_may_take_a_bare_number_for_one_analyte_only() -> None:
    study = parse_study(TOML.replace(b'unit = "%"\n', b'unit = "%"\nunits = { "1" = "100" }\n', 1))
    first, second = study.analyte("neutrophils-pct"), study.analyte("blood-blasts-pct")
    assert first is not None
    assert second is not None
    assert factor_of("1", first.unit, first.units) == 100
    assert factor_of("1", second.unit, second.units) is UnitProblem.BARE_NUMBER


UNITS = ("10*9/L", "g/L", "mg/L", "pg/mL", "mmol/L", "%")
units = st.sampled_from(UNITS)
pairs = units.flatmap(lambda unit: st.tuples(st.just(unit), st.sampled_from(sorted(spellings_of(unit)))))
texts = st.decimals(min_value=0, allow_nan=False, allow_infinity=False).map(str) | st.from_regex(
    r"[0-9]{1,16}(\.[0-9]{0,15})?(e-?1?[0-9])?", fullmatch=True
)
sent_numbers = texts.map(quantity_of_text).filter(lambda read: isinstance(read, Quantity) and read.number is not None)


@given(pairs, sent_numbers)
def test_a_number_converted_and_taken_back_is_the_same_number(pair: tuple[str, str], sent: Quantity) -> None:
    unit, spelling = pair
    factor = factor_of(spelling, unit)
    assert isinstance(factor, Decimal)
    assert sent.number is not None
    canonical = converted(sent.number, factor)
    assert Fraction(canonical) / Fraction(factor) == Fraction(sent.number)
    # What is canonical stays as it is, to the last nought.
    again = factor_of(unit, unit)
    assert again == 1
    assert str(converted(canonical, Decimal(1))) == str(canonical)


@given(pairs, st.tuples(sent_numbers, sent_numbers))
def test_conversion_keeps_order(pair: tuple[str, str], sent: tuple[Quantity, Quantity]) -> None:
    unit, spelling = pair
    factor = factor_of(spelling, unit)
    assert isinstance(factor, Decimal)
    one, other = (each.number for each in sent)
    assert one is not None
    assert other is not None
    assert (converted(one, factor) < converted(other, factor)) == (one < other)
    assert (converted(one, factor) == converted(other, factor)) == (one == other)


@given(units, units.flatmap(lambda unit: st.sampled_from(sorted(spellings_of(unit)))))
def test_a_factor_there_and_the_factor_back_make_one_or_there_is_none(unit: str, spelling: str) -> None:
    # In capitals, a gram per litre is canonical for nobody.
    assume(spelling not in ("G/L", "G/l"))
    there = factor_of(spelling, unit)
    if isinstance(there, UnitProblem):
        assert there is UnitProblem.OTHER_DIMENSION
        assert dimension_of(spelling) is not dimension_of(unit)
        return
    back = factor_of(unit, spelling)
    assert isinstance(back, Decimal)
    assert there * back == 1


longest = st.tuples(
    st.integers(1, 10**WRITTEN_MAX - 1), st.integers(-EXPONENT_MAX - WRITTEN_MAX, EXPONENT_MAX - WRITTEN_MAX + 1)
)


def test_the_longest_number_that_is_read_times_the_longest_factor_of_a_study() -> None:
    read = quantity_of_text("1234567890123.123456789012345678")
    assert isinstance(read, Quantity)
    assert read.number is not None
    factor = Decimal("1.0000000000000000001")
    assert contradictions("pg/mL", {"pg": factor}, []) == []
    # 1234567890123.123456789012345678 + 0.0000001234567890123123456789012345678, added by hand.
    assert str(converted(read.number, factor)) == "1234567890123.1234569124691346903123456789012345678"


@given(longest, st.integers(1, 10**FACTOR_DIGITS_MAX - 1), st.integers(-FACTOR_DIGITS_MAX, FACTOR_DIGITS_MAX))
def test_the_longest_number_times_the_longest_factor_is_exact(sent: tuple[int, int], digits: int, power: int) -> None:
    number, factor = Decimal(sent[0]).scaleb(sent[1]), Decimal(digits).scaleb(power)
    assert Fraction(converted(number, factor)) == Fraction(number) * Fraction(factor)


@given(st.text(max_size=SPELLING_MAX + 4) | st.text("0123456789*^/xKMGuµμLlmgpn³⁹%() ", max_size=12), units)
def test_whatever_is_sent_has_a_positive_factor_or_a_reason(spelling: str, unit: str) -> None:
    found = factor_of(spelling, unit)
    assert isinstance(found, UnitProblem) or found > 0
    assert folded(folded(spelling)) == folded(spelling)

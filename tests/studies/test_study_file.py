"""A wrong study file gives everything that is wrong with it at once, each with its line and path."""

import datetime as dt
import re
import subprocess
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.study import Problem, StudyDefinition, StudyError, parse_study
from schemas.study_checks import contradictions
from schemas.toml_types import untyped
from tests.line.parts import TRIALOG
from tests.line.test_command_line import environ
from tests.studies.files import FIRST, FIRST_TOML, SECOND, SECOND_FILE, SECOND_TOML, changed
from trialog.errors import SettingsError
from trialog.settings import Settings
from trialog.study import load_study


def problems_of(toml: bytes) -> tuple[Problem, ...]:
    with pytest.raises(StudyError) as refused:
        parse_study(toml)
    return refused.value.problems


# What is changed into what; the path that is named; a text on the line that is named; what is said.
WRONG = tomllib.loads(Path(__file__).with_name("wrong.toml").read_text("utf-8"))["wrong"]


@pytest.mark.parametrize("wrong", WRONG, ids=[each["name"] for each in WRONG])
def test_a_wrong_file_says_what_is_wrong_where_and_nothing_else(wrong: dict[str, Any]):
    toml = changed((wrong["old"], wrong["new"]))
    problems = problems_of(toml)
    assert len(problems) == 1 + wrong.get("others", 0)
    (found,) = [problem for problem in problems if problem.path == wrong["path"] and wrong["said"] in str(problem)]
    assert wrong["line"] in toml.decode().splitlines()[found.line - 1]
    assert found.then


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "follow_up_ends_on = 2025-12-31", "follow_up_ends_on = 2025-07-24", id="day 540 of the last is in it"
        ),
        pytest.param("in_force_from = 2022-01-10", "in_force_from = 2022-02-01", id="in force as enrolment begins"),
        pytest.param("in_force_from = 2023-03-01", "in_force_from = 2022-01-11", id="in force for one day"),
        pytest.param("enrolment_ends_on = 2024-01-31", "enrolment_ends_on = 2022-02-02", id="enrolment of two days"),
        pytest.param("interval_level = 0.9", 'interval_level = "0.999"', id="a number as a text"),
        pytest.param("plausible_max = 25", "plausible_max = 1.1", id="a narrow range"),
        pytest.param("days_before = 21\n", "days_before = 167\n", id="windows that touch on no day"),
        pytest.param('"ukat/L" = 60', '"ukat/L" = 1e-9', id="a tiny factor"),
        pytest.param("days_before = 28\n", "days_before = 0\n", id="a window of one day"),
        pytest.param(
            'code = "LD-7"\nsystem = "99NRL"\nanalyte = "ldh"\nmatrices = ["plasma"]',
            'code = "777-3"\nsystem = "99NRL"\nanalyte = "ldh"',
            id="one code of two systems",
        ),
        pytest.param(
            'matrices = ["whole-blood"]\n',
            'matrices = ["whole-blood"]\n'
            '[[codes]]\ncode = "6690-2"\nsystem = "LN"\nanalyte = "ldh"\nmatrices = ["serum"]\n',
            id="one code of two kinds of specimen",
        ),
        pytest.param(
            "[treatment]",
            '[marker]\nanalyte = "b2m"\nmatrix = "plasma"\ndays_before = 0\n[treatment]',
            id="a marker under one matrix of several",
        ),
        pytest.param("[response]", '[response]\nrule_set = "CN1987"', id="a rule set"),
        pytest.param(
            'requires = ["response"]', 'requires = ["marrow", "contact", "hgb"]', id="what a visit can require"
        ),
    ],
)
def test_a_file_at_the_edge_of_what_is_right_is_taken(old: str, new: str):
    parse_study(changed((old, new)))


def test_everything_wrong_is_said_at_once_in_the_order_of_lines():
    toml = changed(
        ("target = 30", 'target = "30"'),
        ('id = "SOUTH"', 'id = "NORTH"'),
        ("in_force_from = 2023-03-01", "in_force_from = 2021-03-01"),
        ("interval_level = 0.9", "interval_level = 90"),
        ("[response]", '[response]\nrule_set = "CN2023"\nmood = "good"'),
        ('"g/L" = 0.1', '"g/L" = -0.1'),
        ('analyte = "hgb"', 'analyte = "hb"'),
        ('requires = ["response"]', 'requires = ["scan"]'),
    )
    assert [(problem.line, problem.path) for problem in problems_of(toml)] == [
        (7, "target"),
        (26, "sites[1].id"),
        (36, "protocol[1].in_force_from"),
        (44, "endpoints.interval_level"),
        (47, "response.rule_set"),
        (48, "response.mood"),
        (92, 'analytes[2].units."g/L"'),
        (123, "codes[2].analyte"),
        (151, "visits[1].requires[0]"),
    ]


def test_a_slip_in_a_table_hides_no_contradiction_of_the_same_table():
    toml = changed(('unit = "g/dL"', 'unit = "g/dL"\ncolour = "red"'), ('"g/dL" = 1,', '"g/dL" = 3,'))
    assert [problem.path for problem in problems_of(toml)] == ["analytes[2].colour", 'analytes[2].units."g/dL"']


def test_a_file_that_is_no_toml_names_the_line():
    (found,) = problems_of(changed(("target = 30", "target = ")))
    assert (found.line, found.path) == (7, "")
    assert "is not TOML" in found.what
    (cut,) = problems_of(SECOND_TOML + b'[[visits]]\nid = "x')
    assert cut.line == SECOND_TOML.count(b"\n") + 2


def test_a_file_that_is_not_utf_8_names_the_line():
    (found,) = problems_of(
        SECOND_TOML.decode().replace("北方医院", "\ufffd", 1).encode().replace(b"\xef\xbf\xbd", b"\xff")
    )
    assert (found.line, found.what) == (23, "is not UTF-8")


def test_an_empty_file_names_all_that_must_be_there():
    assert {problem.path for problem in problems_of(b"")} == {
        "id", "version", "title", "sites", "protocol", "target", "zone", "zone_offset_minutes", "enrolment_begins_on",
        "enrolment_ends_on", "family_signature_required", "endpoints", "response", "criteria", "analytes", "codes",
    }  # fmt: skip


PLACES = [
    *(("target",), ("title",), ("title", "zh"), ("sites",), ("sites", 0), ("sites", 1, "id"), ("protocol", 0)),
    *(("enrolment_ends_on",), ("endpoints",), ("endpoints", "orr"), ("endpoints", "orr", 0), ("response", "endpoint")),
    *(("criteria", 3, "computed"), ("criteria", 3, "computed", "limit"), ("analytes", 1, "units"), ("codes", 3)),
    *(("analytes", 2, "units", "g/L"), ("analytes", 3, "blinded"), ("codes", 3, "matrices"), ("visits", 0, "requires")),
    *(("codes", 3, "verified_on"), ("visits", 1, "day"), ("ignored_codes", 0), ("age_min_years",), ("secondary_ids",)),
]
VALUES: list[Any] = [
    *(1, -1, 10**30, Decimal("0.5"), True, "", "x", "NORTH", [], ["x"], [[]], [{}], {}, {"x": 1}),
    *(dt.date(2022, 1, 1), dt.datetime(2022, 1, 1, tzinfo=dt.UTC), dt.time(9)),
]


@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(VALUES)), max_size=3))
def test_whatever_is_changed_the_file_is_refused_with_problems_or_taken(changes: list[tuple[tuple[Any, ...], Any]]):
    """What the walk finds good, msgspec takes; and no value of a wrong type stops the checks."""
    document = tomllib.loads(SECOND_TOML.decode(), parse_float=Decimal)
    for path, value in changes:
        inner = document
        try:
            for part in path[:-1]:
                inner = inner[part]
            inner[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    good = not list(untyped(document, StudyDefinition))
    try:
        msgspec.convert(document, StudyDefinition)
    except msgspec.ValidationError:
        assert not good
    else:
        # Texts of blanks and dates in quotation marks are refused by the walk only; none is among the values.
        assert good
    assert all(problem.what and problem.then for problem in contradictions(document))


def test_the_settings_error_has_a_line_for_each_problem(tmp_path: Path):
    file = tmp_path / "wrong.toml"
    file.write_bytes(changed(("target = 30", "target = 0"), ('id = "SOUTH"', 'id = "NORTH"')))
    with pytest.raises(SettingsError) as refused:
        load_study(Settings(study_file=file))
    first, target, site = str(refused.value).splitlines()
    assert first == "TRIALOG_STUDY: 2 problems"
    assert target == f"  {file}:7: target: is out of range; write a whole number from 1 on"
    assert site.startswith(f"  {file}:26: sites[1].id: site NORTH is named twice; ")


@pytest.mark.slow
def test_the_command_line_prints_every_problem_and_exits_with_2(tmp_path: Path):
    file = tmp_path / "wrong.toml"
    file.write_bytes(changed(("target = 30", "target = 0"), ('id = "SOUTH"', 'id = "NORTH"')))
    ended = subprocess.run(
        [TRIALOG, "status"], env=environ(tmp_path, TRIALOG_STUDY=str(file)), capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert re.findall(r"wrong\.toml:(\d+): (\S+):", ended.stderr) == [("7", "target"), ("26", "sites[1].id")]


def test_without_a_setting_the_study_is_the_one_that_is_brought():
    assert load_study(Settings()) == FIRST
    assert load_study(Settings(study_file=SECOND_FILE)) == SECOND


def test_the_protocol_in_force_is_that_of_the_day():
    days = ["2021-05-05", "2022-01-10", "2023-02-28", "2023-03-01", "2030-01-01"]
    assert [SECOND.protocol_on(dt.date.fromisoformat(day)) for day in days] == ["1.0", "1.0", "1.0", "2.0", "2.0"]


def test_a_site_is_found_by_its_id_and_by_what_its_senders_call_it():
    found = [SECOND.site(name) for name in ("SOUTH", "Southern Laboratories", "NORTH", "WEST", "", None)]
    assert [site.id if site else None for site in found] == ["SOUTH", "SOUTH", "NORTH", None, None, None]
    only = [FIRST.site(name) for name in ("anything", None)]
    assert [site.id if site else None for site in only] == ["FJMUUH", "FJMUUH"]


def test_a_factor_is_exact_whether_it_is_written_as_a_number_or_as_a_text():
    as_text = parse_study(changed(('"/uL" = 0.001', '"/uL" = "0.001"')))
    for study in (SECOND, as_text):
        analyte = study.analyte("leucocytes")
        assert analyte is not None
        assert analyte.units["/uL"] == Decimal("0.001")


# Written by hand from the registry record.
def test_the_study_that_is_brought_says_what_its_record_says():
    assert (FIRST.id, FIRST.target, [site.id for site in FIRST.sites]) == ("NCT06486350", 72, ["FJMUUH"])
    assert [criterion.id for criterion in FIRST.criteria] == ["I1", "I2", "I3", "E1", "E2", "E3", "E4", "E5", "E6"]
    computed = {each.id: (each.computed.rule, each.computed.limit) for each in FIRST.criteria if each.computed}
    assert computed == {"E3": ("major-surgery-within-days", 21), "E4": ("performance-above", 3)}
    assert FIRST.marker is not None
    assert (FIRST.marker.analyte, FIRST.marker.matrix, FIRST.marker.days_before) == ("il6", "marrow-supernatant", 14)
    assert (FIRST.endpoints.response_window_days, FIRST.endpoints.survival_horizon_days) == (365, 730)
    assert [category.value for category in FIRST.endpoints.orr] == ["CR", "CRh", "CRi", "PR"]
    assert (FIRST.response.counts_days_before, FIRST.response.counts_days_after) == (7, 14)


def test_the_schedule_of_the_study_that_is_brought():
    windows = [(each.id, each.day - each.days_before, each.day + each.days_after) for each in FIRST.visits]
    assert windows == [
        ("screening", -14, 0),
        ("baseline", -14, 0),
        ("after-course-1", 21, 42),
        ("after-course-2", 49, 84),
        ("month-3", 85, 121),
        ("month-6", 152, 212),
        ("month-9", 244, 304),
        ("month-12", 335, 395),
        ("month-18", 503, 593),
        ("month-24", 685, 775),
    ]
    assert {visit.id for visit in FIRST.visits if "marrow" in visit.requires} == {
        "baseline",
        "after-course-1",
        "after-course-2",
    }


def test_every_analyte_of_the_study_that_is_brought_has_a_plausible_range():
    ranges = {each.id: (each.plausible_min, each.plausible_max) for each in FIRST.analytes}
    assert all(least is not None and most is not None for least, most in ranges.values())
    # Hyperleukocytosis, an empty marrow, and Elecsys' upper limit of 5,000 pg/mL by dilution all lie within.
    for analyte, values in {"wbc": (0, 600), "anc": (0, 100), "platelets": (0, 1500), "il6": (0.5, 50_000)}.items():
        least, most = ranges[analyte]
        assert least is not None
        assert most is not None
        assert all(least <= value <= most for value in values)


def test_what_a_clinician_has_to_confirm_is_marked():
    lines = FIRST_TOML.decode().splitlines()
    for field in (
        "plausible_min",
        "plausible_max",
        "days_before",
        "days_after",
        "requires",
        "cri_requires_one_lineage",
    ):
        marked = [line for line in lines if line.startswith(f"{field} =")]
        assert marked
        assert all("(confirm)" in line for line in marked), field

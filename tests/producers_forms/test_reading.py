"""What is wrong with a document, without any server: one row for each fault."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.forms.catalog import LANGUAGES, Catalog, load_catalogs
from producers.forms.documents import FORMS, FollowupForm
from producers.forms.problems import STATUS_BY_CODE, Code, Problem
from producers.forms.reading import examined, read
from producers.forms.times import is_after, moment_of
from producers.forms.translation import doors
from producers.message import Message, Refusal
from tests.monitor.test_words import placeholders
from tests.producers_forms.site import NOW, STUDY

GOOD: dict[str, dict[str, Any]] = {
    "enrolment": {
        "form_id": "form-0001",
        "actor": "nurse-01",
        "actor_role": "nurse",
        "recorded_at": "2026-03-02T17:00",
        "hospital_number": "SIM0000001",
        "subject": "S-001",
        "screening": {"happened": "2026-03-02"},
    },
    "followup": {
        "form_id": "form-0002",
        "actor": "investigator-01",
        "actor_role": "investigator",
        "subject": "S-001",
        "marrow": {"happened": "2026-04-01", "blasts_pct": 4.5, "cells_counted": 200, "dilute": False},
    },
    "correction": {
        "form_id": "form-0003",
        "actor": "coordinator-01",
        "actor_role": "coordinator",
        "subject": "S-001",
        "target": "0123456789abcdef-0",
        "target_type": "subject.contacted-alive.v1",
        "reason": "typing error",
        "replacement": {"means": "visit"},
    },
}

MISSING = object()

FAULTS = [
    # kind, path, value there, where, code, what it shows
    ("enrolment", "form_id", MISSING, "$.form_id", "missing", "a form names itself"),
    ("enrolment", "form_id", "short", "$.form_id", "ill-formed-form-id", "seven characters are no id"),
    ("enrolment", "form_id", 12345678, "$.form_id", "not-a-text", "a number is no text"),
    ("enrolment", "actor", "王 伟", "$.actor", "ill-formed-person", "a name is no id of the register"),
    ("enrolment", "actor", "sim0000001", "$.actor", "identity-in-text", "the patient's number in other letters"),
    ("enrolment", "actor_role", "patient", "$.actor_role", "not-one-of", "roles are a closed list"),
    ("enrolment", "actor_role", ["nurse"], "$.actor_role", "not-one-of", "a list is no role"),
    (
        "enrolment",
        "recorded_at",
        "2026-03-02",
        "$.recorded_at",
        "not-an-instant",
        "a date says not when it was written",
    ),
    ("enrolment", "recorded_at", "2026-06-11T00:00", "$.recorded_at", "in-the-future", "tomorrow"),
    (
        "enrolment",
        "recorded_at",
        "2026-03-01T17:00",
        "$.screening.happened",
        "before-it-happened",
        "written a day early",
    ),
    ("enrolment", "hospital_number", "FZ 1", "$.hospital_number", "ill-formed-hospital-number", "a space"),
    ("enrolment", "subject", "s-1", "$.subject", "ill-formed-subject", "small letters"),
    ("enrolment", "subject", "SIM0000001", "$.subject", "identity-in-text", "the hospital number is no subject id"),
    ("enrolment", "screening", "2026-03-02", "$.screening", "not-an-object", "a part is an object"),
    ("enrolment", "screening.happened", MISSING, "$.screening.happened", "missing-in-part", "a part has a date"),
    ("enrolment", "screening.happened", "2026-02-30", "$.screening.happened", "not-a-time", "no such day"),
    ("enrolment", "screening.happened", "02.03.2026", "$.screening.happened", "not-a-time", "written otherwise"),
    ("enrolment", "screening.happened", "2026-03-02T25:00", "$.screening.happened", "not-a-time", "no such hour"),
    ("enrolment", "screening.happened", "1026-03-02", "$.screening.happened", "not-a-time", "a slip in the year"),
    ("enrolment", "screening.happened", "2026-06-11", "$.screening.happened", "in-the-future", "tomorrow"),
    ("enrolment", "screening.happened", "2026-06-10T01:31Z", "$.screening.happened", "in-the-future", "in a minute"),
    ("enrolment", "screening.mood", "good", "$.screening", "unknown-field", "an extra field in a part"),
    ("enrolment", "mood", "good", "$", "unknown-field", "an extra field"),
    ("enrolment", "screening", MISSING, "$", "nothing-said", "a form without any part"),
    ("enrolment", "criteria", {}, "$.criteria", "empty", "no answer in the part"),
    (
        "enrolment",
        "criteria",
        {"E9": {"happened": "2026-03-02", "answer": "met"}},
        "$.criteria",
        "unknown-criterion",
        "E9",
    ),
    (
        "enrolment",
        "criteria",
        {"I1": {"happened": "2026-03-02", "answer": "yes"}},
        "$.criteria.I1.answer",
        "not-one-of",
        "yes",
    ),
    (
        "enrolment",
        "criteria",
        {"I1": {"happened": "2026-03-02", "answer": "met", "evidence": "call 13812345678"}},
        "$.criteria.I1.evidence",
        "identity-in-text",
        "a mobile number",
    ),
    (
        "enrolment",
        "criteria",
        {"I1": {"happened": "2026-03-02", "answer": "met", "evidence": "id 35010219600101123X"}},
        "$.criteria.I1.evidence",
        "identity-in-text",
        "a resident's identity number",
    ),
    (
        "enrolment",
        "criteria",
        {"I1": {"happened": "2026-03-02", "answer": "met", "evidence": "x" * 1001}},
        "$.criteria.I1.evidence",
        "length",
        "more than a thousand characters",
    ),
    ("followup", "subject", MISSING, "$.subject", "nobody-named", "neither number nor subject"),
    ("followup", "marrow.blasts_pct", 100.1, "$.marrow.blasts_pct", "out-of-range", "more than all"),
    ("followup", "marrow.blasts_pct", -0.1, "$.marrow.blasts_pct", "out-of-range", "less than none"),
    ("followup", "marrow.blasts_pct", "NaN", "$.marrow.blasts_pct", "not-a-number", "not a number"),
    ("followup", "marrow.blasts_pct", "<5", "$.marrow.blasts_pct", "not-a-number", "a bound is no percentage"),
    ("followup", "marrow.blasts_pct", True, "$.marrow.blasts_pct", "not-a-number", "true is not one"),
    ("followup", "marrow.blasts_pct", 1e300, "$.marrow.blasts_pct", "not-a-number", "no measurement has 300 digits"),
    ("followup", "marrow.cells_counted", 199.5, "$.marrow.cells_counted", "not-a-whole-number", "half a cell"),
    ("followup", "marrow.cells_counted", -1, "$.marrow.cells_counted", "out-of-range", "fewer than none"),
    ("followup", "marrow.dilute", "no", "$.marrow.dilute", "not-true-or-false", "a word is no truth value"),
    (
        "followup",
        "response",
        {"happened": "2026-04-01", "category": "CR"},
        "$.response.rule_set",
        "missing-in-part",
        "by which rules",
    ),
    (
        "followup",
        "contact",
        {"happened": "2026-04-01", "means": "   "},
        "$.contact.means",
        "length",
        "blanks are no text",
    ),
    (
        "followup",
        "chemotherapy",
        {"happened": "2026-04-01", "course": 0, "regimen": "DA", "intensity": "intensive"},
        "$.chemotherapy.course",
        "out-of-range",
        "courses count from 1",
    ),
    ("correction", "reason", MISSING, "$.reason", "missing", "a correction says why"),
    ("correction", "reason", "", "$.reason", "length", "an empty reason is none"),
    ("correction", "target", MISSING, "$.target", "missing", "a correction names its entry"),
    (
        "correction",
        "target_type",
        "entry.corrected.v1",
        "$.target_type",
        "not-a-fact",
        "actions are voided, not replaced",
    ),
    ("correction", "replacement", MISSING, "$.replacement", "replacement-or-void", "neither of the two"),
    ("correction", "void", True, "$.replacement", "replacement-or-void", "both of the two"),
    ("correction", "replacement", {}, "$.replacement.means", "missing-in-part", "the whole payload, no patch"),
    ("correction", "replacement", {"means": 5}, "$.replacement.means", "not-a-text", "the type of its field"),
    ("correction", "happened", "2027-01-01", "$.happened", "in-the-future", "a new time in the future"),
]


_decoder: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


def changed(kind: str, path: str, value: object) -> dict[str, Any]:
    document = _decoder.decode(msgspec.json.encode(GOOD[kind]))
    *parts, last = path.split(".")
    place: Any = document
    for part in parts:
        place = place[part]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return document


@pytest.mark.parametrize("kind", GOOD)
def test_the_control_of_each_kind_is_good(kind: str):
    assert read(msgspec.json.encode(GOOD[kind]), kind, STUDY, NOW).problems == ()


@pytest.mark.parametrize(
    ("kind", "path", "value", "where", "code"),
    [row[:5] for row in FAULTS],
    ids=[f"{row[0]}: {row[5]}" for row in FAULTS],
)
def test_a_fault_is_told_with_its_place(kind: str, path: str, value: object, where: str, code: str):
    raw = msgspec.json.encode(changed(kind, path, value))
    problems = read(raw, kind, STUDY, NOW).problems
    assert [(problem.where, problem.code.value) for problem in problems] == [(where, code)]


def test_every_code_for_a_document_is_in_the_table_of_faults():
    tested = {row[4] for row in FAULTS}
    not_about_content = {code.value for code in STATUS_BY_CODE}
    assert {code.value for code in Code} - tested - not_about_content == {
        "ill-formed",
        "too-small",
        "not-taken",
        "site-missing",  # of a study with several sites: tests/studies/test_sites.py
    }


def test_a_name_of_a_field_that_nobody_knows_is_not_repeated():
    problems = read(msgspec.json.encode(changed("enrolment", "张三", 1)), "enrolment", STUDY, NOW).problems
    assert "张三" not in repr(problems)


TIMES = [
    ("2026-03-02", "2026-03-02"),
    ("2026-03-02T09:30", "2026-03-02T09:30+08:00"),
    ("2026-03-02T09:30:15", "2026-03-02T09:30:15+08:00"),
    ("2026-03-02T09:30:15.25", "2026-03-02T09:30:15.250+08:00"),
    ("2026-03-02T01:30Z", "2026-03-02T09:30+08:00"),
    ("2026-03-01T23:30-05:00", "2026-03-02T12:30+08:00"),
    ("2026-03-02 09:30", None),
    ("2026-3-2", None),
    ("2026-03-02Z", None),
    ("2026-13-01", None),
    ("2026-03-02T09:30+25:00", None),
    ("２０２６-03-02", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "meant"), TIMES)
def test_a_time_keeps_the_precision_with_which_it_is_written(written: str, meant: str | None):
    moment = moment_of(written, STUDY.tzinfo)
    assert (None if moment is None else str(moment)) == meant


def test_a_date_is_not_in_the_future_while_its_day_lasts_in_the_study_zone():
    just_after_midnight = dt.datetime(2026, 6, 9, 16, 1, tzinfo=dt.UTC)
    today = moment_of("2026-06-10", STUDY.tzinfo)
    tomorrow = moment_of("2026-06-11", STUDY.tzinfo)
    assert today is not None
    assert tomorrow is not None
    assert not is_after(today, just_after_midnight)
    assert is_after(tomorrow, just_after_midnight)


def test_a_number_is_kept_as_it_is_written():
    raw = (
        b'{"form_id":"form-0002","actor":"a","actor_role":"nurse","subject":"S-1",'
        b'"marrow":{"happened":"2026-04-01","blasts_pct":4.10}}'
    )
    form = read(raw, "followup", STUDY, NOW).form
    assert isinstance(form, FollowupForm)
    assert form.marrow is not None
    assert str(form.marrow.blasts_pct) == "4.10"


def test_a_form_that_does_not_say_when_it_was_written_means_now():
    document = changed("enrolment", "recorded_at", MISSING)
    message = doors(STUDY)["form/enrolment"](msgspec.json.encode(document), NOW.astimezone(dt.UTC))
    assert isinstance(message, Message)
    assert [draft.recorded_at.isoformat() for draft in message.drafts] == ["2026-06-10T09:30:00+08:00"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=12)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [(kind, name) for kind, form in FORMS.items() for name in form.__struct_fields__] + [
    ("followup", "marrow.blasts_pct"),
    ("followup", "marrow.cells_counted"),
    ("enrolment", "screening.happened"),
]


@given(place=st.sampled_from(PATHS), value=json_values)
def test_what_the_examination_finds_good_is_taken_and_nothing_raises(place: tuple[str, str], value: object):
    kind, path = place
    document = changed(kind, path, value)
    reading = examined(document, kind, STUDY, NOW)
    assert (reading.form is None) is bool(reading.problems)
    said = doors(STUDY)[f"form/{kind}"](msgspec.json.encode(document), NOW)
    assert isinstance(said, Message | Refusal)


@given(raw=st.binary(max_size=200))
def test_no_bytes_raise(raw: bytes):
    assert read(raw, "followup", STUDY, NOW).problems


def leaves(texts: Any, path: str = "") -> dict[str, str]:
    if isinstance(texts, str):
        return {path: texts}
    return {name: text for key, inner in texts.items() for name, text in leaves(inner, f"{path}/{key}").items()}


def test_both_catalogs_say_the_same_things_with_the_same_placeholders():
    zh, en = (leaves(catalog.texts) for catalog in load_catalogs().values())
    assert zh.keys() == en.keys()
    # A Chinese sentence may say in other places what English says by a plural, but never leave a value out.
    assert {key for key in en if placeholders(en[key]) != placeholders(zh[key])} == set()
    assert all(text.strip() for text in (*zh.values(), *en.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_has_words_without_a_hole(language: str):
    catalog: Catalog = load_catalogs()[language]
    for code in Code:
        told = catalog.told(Problem(code=code, allowed=("a", "b"), least="1", most="2"))
        assert told["what"]
        assert told["next"]
        assert "{" not in told["what"] + told["next"]


def test_decimals_of_a_document_stay_exact():
    reading = examined(changed("followup", "marrow.blasts_pct", Decimal("4.999999999")), "followup", STUDY, NOW)
    assert isinstance(reading.form, FollowupForm)
    assert reading.form.marrow is not None
    assert reading.form.marrow.blasts_pct == Decimal("4.999999999")

"""What of a subject's fields is shown, and what is withheld."""

from decimal import Decimal
from typing import Any, get_args

import msgspec
from msgspec import inspect as mi

from schemas import events as ev
from schemas.events import SubjectFacts
from schemas.events.enrollment import Answer
from schemas.events.event import Event
from schemas.events.lab import ResultStatus
from schemas.knowledge import differences
from schemas.showing import OWN_WORDS, WITHHELD, shown_differences, withheld_results
from tests.rules.drawn import STUDY
from tests.schemas.controls import event
from tests.schemas.histories import result
from tests.schemas.test_settlement import rewrites
from tests.schemas.told import as_of

(BLINDED, *_) = (analyte.id for analyte in STUDY.analytes if analyte.blinded)


def of(analyte: str, number: str, series: str = "line") -> ev.ResultReported:
    return msgspec.structs.replace(result(series, ResultStatus.FINAL, Decimal(number)), analyte=analyte)


def shown(*events: Event, first: int = 0) -> dict[str, tuple[Any, Any]]:
    after = as_of(events)
    found = differences(as_of(events, first), after, STUDY)
    kept = shown_differences(found, withheld_results((each.event for each in after.told), STUDY))
    return {each.field: (each.old, each.new) for each in kept}


def test_what_was_measured_of_a_blinded_analyte_is_withheld() -> None:
    payload = shown(event("r", of(BLINDED, "1234.5")))["r"][1]
    assert "1234.5" not in str(payload)
    assert (payload["analyte"], payload["status"], payload["number"]) == (BLINDED, "F", WITHHELD)


def test_what_was_measured_of_another_is_shown() -> None:
    assert shown(event("r", of("platelets", "55")))["r"][1]["number"] == "55"


def test_an_analyte_that_the_study_does_not_know_is_withheld() -> None:
    assert shown(event("r", of("unheard-of", "55")))["r"][1]["number"] == WITHHELD


def test_a_correction_of_a_blinded_result_shows_that_it_changed_and_not_what() -> None:
    events = (event("r", of(BLINDED, "1234.5")), rewrites("c", "r", of(BLINDED, "2345.6"), "2024-02-01T08:00"))
    assert shown(*events, first=1) == {"r.number": (WITHHELD, WITHHELD), "r.text": (WITHHELD, WITHHELD)}


def test_a_result_that_was_or_became_blinded_is_withheld_in_all_its_versions() -> None:
    became = (event("r", of("platelets", "55")), rewrites("c", "r", of(BLINDED, "1234.5"), "2024-02-01T08:00"))
    assert shown(*became, first=1)["r.number"] == (WITHHELD, WITHHELD)
    was = (event("r", of(BLINDED, "1234.5")), rewrites("c", "r", of("platelets", "55"), "2024-02-01T08:00"))
    assert shown(*was, first=1)["r.number"] == (WITHHELD, WITHHELD)
    assert shown(*was, first=1)["r.analyte"] == (BLINDED, "platelets")


def test_a_result_beside_it_is_not() -> None:
    found = shown(event("r", of(BLINDED, "1234.5")), event("p", of("platelets", "55", "another line")))
    assert (found["r"][1]["number"], found["p"][1]["number"]) == (WITHHELD, "55")


def test_what_a_person_wrote_is_withheld_and_what_was_chosen_is_not() -> None:
    noted = ev.CriterionAssessed(criterion="E4", answer=Answer.MET, evidence="says Zhang")
    assert shown(event("a", noted))["a"][1] == {"criterion": "E4", "answer": "met", "evidence": WITHHELD}


def test_milestones_and_status_are_shown() -> None:
    assert shown(event("e", ev.SubjectEnrolled(site="A")))["enrolled"] == (None, "2024-01-01")


CODED = {
    *("analyte", "change", "code", "code_system", "criterion", "derived", "device", "device_serial", "dictionary"),
    *("disease", "donor", "drug", "eln_version", "entry", "fab", "flags", "form_version", "from_place", "gene"),
    *("guideline", "guideline_version", "icc", "karyotype", "kind", "laboratory", "language", "marrow", "means"),
    *("method", "reference_range", "regimen", "renews", "route", "rule_set", "series", "site", "specimen", "text"),
    *("to_place", "unit", "unit_sent", "visit", "who", "who_edition"),
}
"""Fields of text that hold a code, an id, a name of a thing, or what an instrument sent."""


def texts(kind: mi.Type, name: str) -> set[str]:
    """The names of the fields of plain text."""
    match kind:
        case mi.StrType():
            return {name}
        case mi.UnionType(types=types):
            return {found for each in types for found in texts(each, name)}
        case mi.VarTupleType(item_type=item):
            return texts(item, name)
        case mi.StructType(fields=fields):
            return {found for each in fields for found in texts(each.type, each.name)}
        case _:
            return set()


def test_of_every_field_of_text_it_was_decided_whether_people_write_in_it_as_they_like() -> None:
    undecided = {
        (facts.TYPE, name)
        for facts in get_args(SubjectFacts)
        for name in texts(mi.type_info(facts), "")
        if name not in CODED and name not in OWN_WORDS.get(facts.TYPE, ())
    }
    assert undecided == set()


def test_own_words_are_fields_that_there_are() -> None:
    by_type = {facts.TYPE: texts(mi.type_info(facts), "") for facts in get_args(SubjectFacts)}
    assert all(fields <= by_type[type_] for type_, fields in OWN_WORDS.items())

"""What somebody typed into a web form, and the document that it makes; and the way back from a problem to its field."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from producers.forms.problems import Problem
from producers.forms.sheets import Control, Field, Sheet
from schemas.events.lab import Bound
from schemas.quantities import Quantity, plain, quantity_of_text
from schemas.study import StudyDefinition

FIELDS_MAX = 200
"""More fields than any form has: such a request was not made by its page."""

_SHARED = "criteria.happened"
_YES_NO = {"yes": True, "no": False}


def typed_of(body: bytes) -> dict[str, str] | None:
    """The fields of an application/x-www-form-urlencoded body, None where it is none. The first of a name counts."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=FIELDS_MAX,
        )
    except ValueError:
        return None
    typed: dict[str, str] = {}
    for name, value in pairs:
        typed.setdefault(name, value)
    return typed


def document_of(typed: Mapping[str, str], sheet: Sheet, study: StudyDefinition) -> dict[str, Any]:
    """The document that the filled-in fields make. Empty fields are left out; so is a part that has none.

    A text that is no number stays a text, so that the examination of the document says what is wrong with it.
    """
    document: dict[str, Any] = {"form_id": typed.get("form_id", "")}
    for field in sheet.fields():
        value = _value_of(field, typed.get(field.name, ""))
        if value is not None and field.name != _SHARED:
            part, _, name = field.name.rpartition(".")
            (document.setdefault(part, {}) if part else document)[name] = value
    if sheet.kind == "enrolment":
        document.update(_criteria(typed, study))
    return document


def field_of(problem: Problem, sheet: Sheet, study: StudyDefinition) -> str:
    """The name of the field at which the problem is shown, empty where it concerns the whole form."""
    name = problem.where.removeprefix("$").removeprefix(".")
    if name == "criteria" or re.fullmatch(r"criteria\.[A-Z0-9]+\.happened", name):
        return _SHARED
    known = {field.name for field in sheet.fields()}
    known |= {f"criteria.{each.id}.{part}" for each in study.criteria for part in ("answer", "evidence")}
    return name if name in known else ""


def _criteria(typed: Mapping[str, str], study: StudyDefinition) -> dict[str, Any]:
    """One date stands for all answers of a form. A date without an answer makes an empty part, which is a problem."""
    on = _as_time(typed.get(_SHARED, ""))
    answers: dict[str, dict[str, Any]] = {}
    for criterion in study.criteria:
        answer = typed.get(f"criteria.{criterion.id}.answer", "").strip()
        evidence = typed.get(f"criteria.{criterion.id}.evidence", "").strip()
        said = {name: value for name, value in (("answer", answer), ("evidence", evidence)) if value}
        if said:
            answers[criterion.id] = said | ({"happened": on} if on else {})
    return {"criteria": answers} if answers or on else {}


def _value_of(field: Field, typed: str) -> Any:
    text = typed.strip()
    if not text:
        return None
    match field.control:
        case Control.DAY | Control.MINUTE:
            return _as_time(text)
        case Control.WHOLE:
            digits = plain(text)
            return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else text
        case Control.NUMBER:
            return _number_of(text)
        case Control.YES_NO:
            return _YES_NO.get(text, text)
        case Control.TEXT | Control.CHOICE:
            return text


def _number_of(typed: str) -> str:
    """A number as people and input methods write it (full width, a decimal comma), in the plain form of documents."""
    match quantity_of_text(typed):
        case Quantity(Bound.EQUAL, Decimal() as number):
            return f"{number:f}"
    return plain(typed)


def _as_time(typed: str) -> str:
    """Full-width digits, and a space before the time, as input methods and people write them, become the plain form."""
    return re.sub(r"(?<=[0-9]) +(?=[0-9])", "T", unicodedata.normalize("NFKC", typed).strip())

"""All problems of a document at once. A library stops at the first; whoever fills in a form wants the whole list.

The walk follows the document's type as msgspec describes it, so that a field is described once, in
`producers.forms.documents`. What it finds good, ``msgspec.convert`` takes; a property test holds the two together.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect

from producers.forms.documents import Kind
from producers.forms.problems import Code, Problem
from producers.forms.times import is_after, moment_of
from schemas.moments import Moment, Precision

DIGITS_MAX = 12
"""Digits of a number on a form; more are not a measurement."""

_DECIMAL_TEXT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
# A resident's identity number (18 places, the last may be X) and a mobile number; neither belongs in any text.
_IDENTITY_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9])")

_ILL_FORMED = {
    Kind.HOSPITAL_NUMBER: Code.ILL_FORMED_HOSPITAL_NUMBER,
    Kind.SUBJECT: Code.ILL_FORMED_SUBJECT,
    Kind.PERSON: Code.ILL_FORMED_PERSON,
    Kind.FORM_ID: Code.ILL_FORMED_FORM_ID,
}
_MAY_HOLD_IDENTITY = frozenset({None, Kind.FREE_TEXT, Kind.SUBJECT, Kind.PERSON, Kind.ENTRY})


class Walk:
    """Problems and moments found so far in one document, in the order of the walk."""

    def __init__(self, zone: dt.tzinfo, now: dt.datetime, hospital_number: str | None) -> None:
        self.problems: list[Problem] = []
        self.moments: dict[str, Moment] = {}
        self._zone = zone
        self._now = now
        self._names_patient = _finder_of(hospital_number)

    def note(self, code: Code, where: str, **more: Any) -> None:
        self.problems.append(Problem(code=code, where=where, **more))

    def examine(self, value: Any, type_: inspect.Type, where: str, kind: Kind | None = None) -> None:
        """Notes what is wrong with ``value`` as a ``type_``."""
        if isinstance(type_, inspect.Metadata):
            self.examine(value, type_.type, where, (type_.extra or {}).get("kind", kind))
        elif isinstance(type_, inspect.UnionType):
            if value is None:
                return
            (only,) = (each for each in type_.types if not isinstance(each, inspect.NoneType))
            self.examine(value, only, where, kind)
        else:
            _EXAMINERS[type(type_)](self, value, type_, where, kind)

    def _struct(self, value: Any, type_: inspect.StructType, where: str, _: Kind | None) -> None:
        if not isinstance(value, Mapping):
            self.note(Code.NOT_AN_OBJECT, where)
            return
        fields = {field.encode_name: field for field in type_.fields}
        for name, field in fields.items():
            if name in value:
                self.examine(value[name], field.type, f"{where}.{name}")
            elif field.required:
                self.note(Code.MISSING if where == "$" else Code.MISSING_IN_PART, f"{where}.{name}")
        # The name of a field that nobody knows is itself something that was sent: it may be a patient's.
        unknown = [name for name in value if name not in fields]
        if unknown:
            self.note(Code.UNKNOWN_FIELD, where, allowed=tuple(fields))

    def _dict(self, value: Any, type_: inspect.DictType, where: str, _: Kind | None) -> None:
        if not isinstance(value, Mapping):
            self.note(Code.NOT_AN_OBJECT, where)
        elif len(value) < (type_.min_length or 0):
            self.note(Code.EMPTY, where)
        elif not isinstance(type_.value_type, inspect.AnyType):
            for key, item in value.items():
                # The keys are criteria; a key that is none is noted by whoever knows the study, without its text.
                if _FIELD_NAME.fullmatch(key) and len(key) <= len("E99"):
                    self.examine(item, type_.value_type, f"{where}.{key}")

    def _str(self, value: Any, type_: inspect.StrType, where: str, kind: Kind | None) -> None:
        if not isinstance(value, str):
            self.note(Code.NOT_A_TEXT, where)
            return
        if kind in (Kind.TIME, Kind.INSTANT):
            self._time(value, where, kind)
            return
        least, most = type_.min_length or 0, type_.max_length
        if len(value) < least or (most is not None and len(value) > most) or (least and not value.strip()):
            self.note(Code.LENGTH, where, least=str(least), most=str(most))
        elif type_.pattern is not None and not re.search(type_.pattern, value):
            self.note(_ILL_FORMED.get(kind, Code.ILL_FORMED) if kind else Code.ILL_FORMED, where)
        elif kind in _MAY_HOLD_IDENTITY and self._names_patient(value):
            self.note(Code.IDENTITY_IN_TEXT, where)

    def _time(self, value: str, where: str, kind: Kind) -> None:
        moment = moment_of(value, self._zone)
        if moment is None:
            self.note(Code.NOT_A_TIME, where)
        elif kind is Kind.INSTANT and moment.precision is Precision.DAY:
            self.note(Code.NOT_AN_INSTANT, where)
        elif is_after(moment, self._now):
            self.note(Code.IN_THE_FUTURE, where)
        else:
            self.moments[where] = moment

    def _int(self, value: Any, type_: inspect.IntType, where: str, _: Kind | None) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            self.note(Code.NOT_A_WHOLE_NUMBER, where)
        elif type_.le is None and type_.ge is not None and value < type_.ge:
            self.note(Code.TOO_SMALL, where, least=str(type_.ge))
        elif (type_.ge is not None and value < type_.ge) or (type_.le is not None and value > type_.le):
            self.note(Code.OUT_OF_RANGE, where, least=str(type_.ge), most=str(type_.le))

    def _decimal(self, value: Any, _: inspect.DecimalType, where: str, kind: Kind | None) -> None:
        number = _decimal_of(value)
        if number is None:
            self.note(Code.NOT_A_NUMBER, where)
        elif kind is Kind.PERCENTAGE and not 0 <= number <= 100:
            self.note(Code.OUT_OF_RANGE, where, least="0", most="100")

    def _bool(self, value: Any, _: inspect.BoolType, where: str, _kind: Kind | None) -> None:
        if not isinstance(value, bool):
            self.note(Code.NOT_TRUE_OR_FALSE, where)

    def _enum(self, value: Any, type_: inspect.EnumType, where: str, _: Kind | None) -> None:
        self._one_of(value, tuple(member.value for member in type_.cls), where)

    def _literal(self, value: Any, type_: inspect.LiteralType, where: str, _: Kind | None) -> None:
        self._one_of(value, tuple(str(each) for each in type_.values), where)

    def _one_of(self, value: Any, allowed: tuple[str, ...], where: str) -> None:
        if not isinstance(value, str) or value not in allowed:
            self.note(Code.NOT_ONE_OF, where, allowed=allowed)


_EXAMINERS: dict[type[inspect.Type], Callable[[Walk, Any, Any, str, Kind | None], None]] = {
    inspect.StructType: Walk._struct,  # noqa: SLF001 - the table belongs to the class
    inspect.DictType: Walk._dict,  # noqa: SLF001
    inspect.StrType: Walk._str,  # noqa: SLF001
    inspect.IntType: Walk._int,  # noqa: SLF001
    inspect.DecimalType: Walk._decimal,  # noqa: SLF001
    inspect.BoolType: Walk._bool,  # noqa: SLF001
    inspect.EnumType: Walk._enum,  # noqa: SLF001
    inspect.LiteralType: Walk._literal,  # noqa: SLF001
}


def described(type_: type[msgspec.Struct]) -> inspect.Type:
    """The type as the walk reads it."""
    return inspect.type_info(type_)


def _decimal_of(value: Any) -> Decimal | None:
    """The number, exactly as written; None for what is none, is not finite, or has more digits than a measurement."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL_TEXT.fullmatch(value) else None
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > DIGITS_MAX or len(number.as_tuple().digits) > DIGITS_MAX:
        return None
    return number


def _finder_of(hospital_number: str | None) -> Callable[[str], bool]:
    """Says whether a text holds the patient's own number, or any number that names a person."""
    own = None
    if hospital_number:
        own = re.compile(rf"(?<![A-Za-z0-9]){re.escape(hospital_number)}(?![A-Za-z0-9])", re.IGNORECASE)
    return lambda text: bool(_IDENTITY_NUMBER.search(text) or (own is not None and own.search(text)))

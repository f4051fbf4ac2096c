"""Facts of every type, made from the types themselves: a field that is added tomorrow is generated tomorrow."""

import datetime as dt
from decimal import Decimal
from functools import cache
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect as mi

from schemas import events as ev
from schemas.codec import encode_facts
from schemas.events.access import DAY_OR_INSTANT_PATTERN, HELD_PATTERN

TEXTS = st.sampled_from(["A1", "A2", "血小板", '"\\\n\t', "ẞ 𝛼"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12
)
"""Text as it may come: Chinese, quotes, control characters. A NUL is refused by the codec, half a surrogate no text."""

UNBOUNDED = 1000
"""How long the largest text is made whose type sets no end."""

# Few enough that entries of one history meet in one series, one criterion, one specimen.
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "series": st.sampled_from(["r1", "r2", "r3"]),
    "criterion": st.sampled_from(["I1", "I2", "E3"]),
    "course": st.integers(1, 4),
    "line": st.integers(1, 3),
}
_PATTERNS = {
    "^[0-9a-f]{32,64}$": st.sampled_from(["ab" * 16, "0" * 64]),
    "^[0-9a-f]{64}$": st.sampled_from(["0123456789abcdef" * 4, "f" * 64]),
    DAY_OR_INSTANT_PATTERN: st.sampled_from(["2024-02-29", "2024-02-29T23:59:59.999999+08:00"]),
    HELD_PATTERN: st.sampled_from(["study.lab[2]@117", "ab" * 16]),
}


@cache
def facts_of(kind: type[ev.Facts]) -> st.SearchStrategy[ev.Facts]:
    """Facts of one type, actions apart from which every type is built field by field."""
    if kind is ev.EntryCorrected:
        return st.builds(correction, st.sampled_from(["e0", "e1"]), st.sampled_from(SUBJECT_KINDS).flatmap(facts_of))
    made = _struct(kind)
    if kind is ev.ResultReported:
        return st.builds(_with_its_bound, made)  # type: ignore[arg-type]
    return made


def correction(target: str, new: ev.Facts, happened: Any = None) -> ev.EntryCorrected:
    """A correction of a target to new facts."""
    replacement = msgspec.json.decode(encode_facts(new))
    return ev.EntryCorrected(target=target, target_type=new.TYPE, replacement=replacement, happened=happened)


SUBJECT_KINDS: tuple[type[ev.SubjectFacts], ...] = get_args(ev.SubjectFacts)
KINDS: tuple[type[ev.Facts], ...] = get_args(ev.Facts)


def largest(kind: type[ev.SubjectFacts]) -> ev.SubjectFacts:
    """The facts of this type that take the most room when they are written."""
    info = mi.type_info(kind)
    assert isinstance(info, mi.StructType)
    return msgspec.convert({field.name: _largest(field.type) for field in info.fields}, kind)


def _with_its_bound(facts: ev.ResultReported) -> ev.ResultReported:
    """The number and its bound are None together."""
    if facts.number is None or facts.bound is None:
        return msgspec.structs.replace(facts, number=None, bound=None)
    return facts


def _struct(kind: type[Any]) -> st.SearchStrategy[Any]:
    info = mi.type_info(kind)
    assert isinstance(info, mi.StructType)
    return st.builds(kind, **{field.name: _field(field) for field in info.fields})


def _field(field: mi.Field) -> st.SearchStrategy[Any]:
    return _BY_NAME[field.name] if field.name in _BY_NAME else _value(field.type)


def _value(kind: mi.Type) -> st.SearchStrategy[Any]:
    match kind:
        case mi.NoneType():
            return st.none()
        case mi.BoolType():
            return st.booleans()
        case mi.IntType(ge=least, le=most):
            return st.integers(least or 0, 10**6 if most is None else most)
        case mi.DecimalType():
            return st.decimals(min_value=-50, max_value=1000, places=2, allow_nan=False)
        case mi.EnumType(cls=members):
            return st.sampled_from(members)
        case mi.DateType():
            return st.dates(dt.date(2023, 1, 1), dt.date(2024, 12, 31))
        case mi.DateTimeType():
            return st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2024, 2, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
        case mi.StrType(pattern=str(pattern)):
            return _PATTERNS[pattern]
        case mi.StrType(max_length=most):
            return TEXTS.map(lambda text: text[:most])
        case mi.VarTupleType(item_type=item, min_length=least):
            return st.lists(_value(item), min_size=least or 0, max_size=3).map(tuple)
        case mi.StructType(cls=inner):
            return _struct(inner)
        case mi.UnionType(types=types):
            return st.one_of(*(_value(each) for each in types))
        case _:
            raise AssertionError(f"no facts are made with a field of {kind}")


def _largest(kind: mi.Type) -> Any:
    """The largest value of a type, as it is before conversion."""
    match kind:
        case mi.BoolType():
            return False
        case mi.IntType(le=most):
            return 10**18 if most is None else most
        case mi.DecimalType():
            return Decimal("-1234567890.1234567890")
        case mi.EnumType(cls=members):
            return max((member.value for member in members), key=len)
        case mi.DateType():
            return dt.date(2024, 12, 31)
        case mi.DateTimeType():
            return dt.datetime(2024, 1, 1, 1, 1, 1, 123456, dt.UTC)
        case mi.StrType(pattern=str(pattern)):
            return {"^[IE][0-9]{1,2}$": "E99"}[pattern]
        case mi.StrType(max_length=most):
            return "\x01" * (most or UNBOUNDED)  # six bytes each, as JSON has it
        case mi.VarTupleType(item_type=item, max_length=most):
            return (_largest(item),) * (most or UNBOUNDED)
        case mi.StructType(fields=fields):
            return {field.name: _largest(field.type) for field in fields}
        case mi.UnionType(types=types):
            return next(_largest(each) for each in types if not isinstance(each, mi.NoneType))
        case _:
            raise AssertionError(f"no facts are made with a field of {kind}")

"""Every published type, its struct and its fields, in the order in which they are written."""

import datetime as dt
import enum
from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from schemas.envelope import Envelope
from schemas.events import FACTS_BY_TYPE
from schemas.events.fact import Fact
from schemas.upcasts import OLD_VERSIONS


def _versions(newest: str) -> list[str]:
    """All versions of a type by their tags, the oldest first. Versions count from 1."""
    stem, _, version = newest.rpartition(".v")
    return [f"{stem}.v{number}" for number in range(1, int(version) + 1)]


PUBLISHED: MappingProxyType[str, type[Fact]] = MappingProxyType(
    {
        tag: OLD_VERSIONS[tag] if tag != newest else struct
        for newest, struct in FACTS_BY_TYPE.items()
        for tag in _versions(newest)
    }
)
"""The struct of every type and version that a record of the log may have, by its tag, in the order of definition."""

PAYLOAD = "data"
"""The attribute of the envelope that holds the facts."""


class Kind(enum.StrEnum):
    """What a field holds, or each of its items where it holds several."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    YES_NO = "yes-no"
    DATE = "date"
    INSTANT = "instant"
    ONE_OF = "one-of"
    PART = "part"
    FACTS = "facts"


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One field. ``required`` is False where it may be left out, ``nullable`` True where it may be null.

    ``of`` is the enumeration or the struct that the field holds, by class, None for other kinds. ``least`` and ``most``
    are inclusive limits: of a number, or of the length of a text; None where there is none.
    """

    name: str
    kind: Kind
    several: bool
    required: bool
    nullable: bool
    of: type[enum.Enum] | type[msgspec.Struct] | None = None
    least: int | None = None
    most: int | None = None
    pattern: str | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)

    @property
    def may_say_nothing(self) -> bool:
        return self.nullable or not self.required


def fields_of(struct: type[msgspec.Struct]) -> tuple[Described, ...]:
    """The struct's fields in their order; those of the envelope without its payload."""
    return tuple(
        _described(field)
        for field in msgspec.structs.fields(struct)
        if not (struct is Envelope and field.name == PAYLOAD)
    )


def parts_of() -> tuple[type[msgspec.Struct], ...]:
    """The structs that stand inside of facts, sorted by name."""
    return tuple(sorted(set(_found(msgspec.Struct)), key=lambda part: part.__name__))


def enumerations_of() -> tuple[type[enum.Enum], ...]:
    """The enumerations of all fields, the envelope's among them, sorted by name."""
    return tuple(sorted(set(_found(enum.Enum)), key=lambda values: values.__name__))


def _found(wanted: type) -> Iterator[Any]:
    waiting: list[type[msgspec.Struct]] = [Envelope, *PUBLISHED.values()]
    for struct in waiting:
        for field in fields_of(struct):
            if field.of is not None and issubclass(field.of, wanted):
                yield field.of
            if field.of is not None and issubclass(field.of, msgspec.Struct):
                waiting.append(field.of)


def _described(field: msgspec.structs.FieldInfo) -> Described:
    annotation, nullable = _without_none(field.type)
    several = get_origin(_bare(annotation)) is tuple
    item = get_args(_bare(annotation))[0] if several else annotation
    kind, of = _kind_of(_bare(item))
    limits = _limits_of(item)
    least = limits.ge if limits.min_length is None else limits.min_length
    most = limits.le if limits.max_length is None else limits.max_length
    return Described(
        name=field.name,
        kind=kind,
        several=several,
        required=field.required,
        nullable=nullable,
        of=of,
        least=None if least is None else int(least),
        most=None if most is None else int(most),
        pattern=limits.pattern,
    )


def _bare(annotation: Any) -> Any:
    """The type without what `Annotated` says of it."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return annotation


def _limits_of(annotation: Any) -> msgspec.Meta:
    said = [each for each in getattr(annotation, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
    assert len(said) < 2, f"a field with limits from two places is not described yet: {annotation}"
    return said[0] if said else msgspec.Meta()


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    others = [each for each in get_args(annotation) if each is not NoneType]
    assert len(others) == 1, f"a field that holds one of several types is not described yet: {annotation}"
    return others[0], True


_KINDS = MappingProxyType(
    {
        str: Kind.TEXT,
        int: Kind.INTEGER,
        Decimal: Kind.DECIMAL,
        bool: Kind.YES_NO,
        dt.date: Kind.DATE,
        dt.datetime: Kind.INSTANT,
    }
)


def _kind_of(item: Any) -> tuple[Kind, Any]:
    if get_origin(item) is dict:
        return Kind.FACTS, None
    if item in _KINDS:
        return _KINDS[item], None
    if isinstance(item, type) and issubclass(item, enum.Enum):
        return Kind.ONE_OF, item
    if isinstance(item, type) and issubclass(item, msgspec.Struct):
        return Kind.PART, item
    # What is left are the envelope's literals.
    return Kind.TEXT, None

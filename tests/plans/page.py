"""The parts of docs/estimate.md that are made: between its marks stands what the code and the examples say."""

import re
import typing
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from analytics.plans.methods import Estimate
from analytics.plans.registry import METHODS, columns_read
from analytics.study_table import STUDY_COLUMNS
from tests.certificates.named import NAMED, values_of
from tests.estimators.test_certificates import ALL
from tests.plans.command import Ended, estimated

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "estimate.md"
EXAMPLES = ROOT / "docs" / "examples" / "estimate"
_MARK = re.compile(r"<!-- made: (?P<name>[a-z0-9-]+(?: [a-z0-9.-]+)*) -->\n.*?<!-- end -->", re.DOTALL)


def page(text: str) -> str:
    """The text with every made part as it is now. A mark that names no part raises KeyError."""
    return _MARK.sub(lambda found: f"<!-- made: {found['name']} -->\n{_part(found['name'])}\n<!-- end -->", text)


def marks(text: str) -> list[str]:
    return [found["name"] for found in _MARK.finditer(text)]


def ran(data: str, plan: str) -> Ended:
    return estimated(str(EXAMPLES / data), "--plan", str(EXAMPLES / plan))


def _part(name: str) -> str:
    kind, *named = name.split()
    makers: dict[str, Callable[..., str]] = {
        "example": _example,
        "rows": _rows,
        "fields": _fields,
        "study-columns": _study_columns,
        "certified": _certified,
    }
    return makers[kind](*named)


def _example(data: str, plan: str) -> str:
    """The plan, the command and all that it prints."""
    ended = ran(data, plan)
    folder = EXAMPLES.relative_to(ROOT)
    printed = [f"$ trialog estimate {folder / data} --plan {folder / plan}", (ended.out + ended.err).rstrip("\n")]
    shown = (EXAMPLES / plan).read_text(encoding="utf-8").strip()
    ending = f"Exit {ended.code}."
    return "\n".join(["```toml", shown, "```", "", "```console", *printed, "```", "", ending])


def _rows(data: str, count: str) -> str:
    lines = (EXAMPLES / data).read_text(encoding="utf-8").splitlines()
    return "\n".join(["```csv", *lines[: int(count) + 1], "```"])


def _fields(method: str) -> str:
    """What the method's docstring says, then its own fields; those of every estimate stand once, under ``every``."""
    struct = Estimate if method == "every" else METHODS[method]
    shared = set(Estimate.__struct_fields__) if struct is not Estimate else set()
    said = "" if struct is Estimate else _prose(struct) + "\n\n"
    rows = [
        f"| `{field.encode_name}` | {_wanted(struct, field)} | {_default(field)} |"
        for field in msgspec.structs.fields(struct)
        if field.encode_name not in shared
    ]
    return said + _table(("field", "takes", "where it is left out"), rows)


def _prose(struct: type[Estimate]) -> str:
    own = [struct, *(base for base in struct.__mro__[1:] if base.__name__ == "Timed")]
    sentences = [" ".join((each.__doc__ or "").split()) for each in own]
    return " ".join(sentences).replace("``", "`")


def _wanted(struct: type[Estimate], field: msgspec.structs.FieldInfo) -> str:
    kinds = _kinds(struct).get(field.name)
    if kinds is not None:
        several = "columns" if "tuple" in str(field.type) else "a column"
        return f"{several} of kind {' or '.join(kinds)}"
    choices = [each for each in _flat(field.type) if isinstance(each, str)]
    if choices:
        return ", ".join(f'`"{each}"`' for each in choices)
    told = str(field.type)
    if "tuple" in told:
        return "whole numbers" if "int" in told else "labels, in their order"
    if "int" in told:
        return "a whole number"
    if "Text" in told:
        return "a text, or a table with `zh` and `en`"
    return "a number" if "Decimal" in told else "text"


def _flat(kind: object) -> Iterable[object]:
    """The choices of a literal, wherever it stands in a type."""
    if typing.get_origin(kind) is typing.Literal:
        yield from typing.get_args(kind)
        return
    for each in typing.get_args(kind):
        if not isinstance(each, msgspec.Meta):
            yield from _flat(each)


def _kinds(struct: type[Estimate]) -> dict[str, tuple[str, ...]]:
    """Which fields name columns, and of which kinds: asked of an estimate that names one everywhere."""
    named = dict.fromkeys(struct.__struct_fields__, "x")
    filled = struct(**{**named, "id": "x"})  # type: ignore[arg-type]
    return {field: kinds for field, _, kinds in columns_read(filled)}


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "must be given"
    if field.default is None or field.default == ():
        return "none"
    return '`""`' if field.default == "" else f"`{field.default}`"


def _study_columns() -> str:
    rows = [
        f"| `{name}` | {column.kind} | {'from the start' if column.known == 'start' else 'later'} |"
        for name, column in STUDY_COLUMNS.items()
    ]
    return _table(("column", "kind", "known"), rows)


def _certified() -> str:
    rows = []
    for name, does in NAMED.items():
        own = [each for each in ALL if does(each)]
        data, programs = {each.data for each in own}, sorted({each.version.split()[0] for each in own})
        rows.append(f"| {name} | {', '.join(programs)} | {len(data)} | {len(own)} | {values_of(own)} |")
    sets = len({each.data for each in ALL})
    total = f"{values_of(ALL)} certified values by {len(ALL)} calls on {sets} data sets."
    return total + "\n\n" + _table(("estimator", "beside", "data sets", "calls", "values"), rows)


def _table(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *rows])

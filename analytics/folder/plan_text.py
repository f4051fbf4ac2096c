"""A plan as the TOML that `parse_plan` reads as the very same plan, with every column declared. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from analytics.plans.plan import Plan
from schemas.study import Text

_HEAD = (
    "# Times are in days. Columns are those of data.csv, but for logarithms, which are computed from another column.\n"
)


def write_plan(plan: Plan) -> bytes:
    """What has its default is left out. The same plan gives the same bytes."""
    head = msgspec.structs.replace(plan, columns={}, estimates=())
    parts = [_HEAD + "".join(_fields(head, leave_out=("columns", "estimates")))]
    parts += [f"[columns.{_shown(name)}]\n" + "".join(_fields(column)) for name, column in plan.columns.items()]
    for each in plan.estimates:
        tag = f"method = {_shown(str(type(each).__struct_config__.tag))}\n"
        parts.append("[[estimates]]\n" + tag + "".join(_fields(each)))
    return "\n".join(parts).encode()


def _fields(said: msgspec.Struct, leave_out: tuple[str, ...] = ()) -> Iterator[str]:
    for field in msgspec.structs.fields(said):
        value = getattr(said, field.name)
        if value is not None and value != field.default and field.name not in leave_out:
            yield f"{field.name} = {_shown(value)}\n"


def _shown(value: Any) -> str:
    """JSON's way to write a text is one of TOML's."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Text):
        return f"{{en = {_shown(value.en)}, zh = {_shown(value.zh)}}}"
    return msgspec.json.encode(value).decode()

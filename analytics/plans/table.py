"""The table that a plan reads: columns by name, one value a row, None where it is missing; and a CSV read as one."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from analytics.plans.plan import Plan, PlanColumn

Value = float | bool | str | None


class TableProblem(msgspec.Struct, frozen=True, kw_only=True):
    """``column`` is None where the whole line, or the whole file, is meant. Never a value of the file."""

    line: int
    column: str | None
    what: str
    then: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", column {self.column}" if self.column else "")
        return f"{place}: {self.what}: {self.then}"


class TableError(Exception):
    """The file cannot be read as the plan says; ``problems`` are all that is wrong, in the order of the lines."""

    def __init__(self, problems: Iterable[TableProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("the data cannot be used:\n  " + "\n  ".join(map(str, self.problems)))


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers are floats, yes-no is a boolean, labels are text. ``digest`` is SHA-256 of the bytes it was read from."""

    rows: int
    columns: Mapping[str, tuple[Value, ...]]
    digest: str | None = None


def read_csv(content: bytes, plan: Plan) -> Table:
    """A CSV in UTF-8 with a header. Columns that the plan does not name are not looked at.

    Raises TableError, which names everything that is wrong with line and column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TableError([_file_problem(line, "is not UTF-8", "save the file as UTF-8")]) from error
    lines = _lines(text)
    if not lines:
        raise TableError([_file_problem(1, "the file is empty", "give a header and one line a subject")])
    header, body = lines[0][1], lines[1:]
    problems = list(_header_problems(header, plan))
    if problems:
        raise TableError(problems)
    wanted = {name: column for name, column in plan.columns.items() if column.made_of is None}
    columns: dict[str, list[Value]] = {name: [] for name in wanted}
    for line, fields in body:
        if len(fields) != len(header):
            what = f"has {len(fields)} fields where the header has {len(header)}"
            problems.append(TableProblem(line=line, column=None, what=what, then="quote fields that hold commas"))
            continue
        for name, column in wanted.items():
            try:
                columns[name].append(_value(fields[header.index(name)].strip(), column, plan))
            except _Wrong as wrong:
                problems.append(TableProblem(line=line, column=name, what=wrong.what, then=wrong.then))
    problems += _repeated_identities(body, header, plan)
    if problems:
        raise TableError(sorted(problems, key=lambda problem: problem.line))
    filled = {name: tuple(values) for name, values in columns.items()}
    return Table(rows=len(body), columns=filled, digest=hashlib.sha256(content).hexdigest())


def _lines(text: str) -> list[tuple[int, list[str]]]:
    """The records with the line on which each ends; lines without anything are left out."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        return [(reader.line_num, fields) for fields in reader if fields]
    except csv.Error as error:
        raise TableError([_file_problem(reader.line_num, f"is not CSV ({error})", "write it as CSV")]) from error


def _header_problems(header: list[str], plan: Plan) -> Iterable[TableProblem]:
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield TableProblem(line=1, column=name, what="stands twice in the header", then="rename one")
    for name, column in plan.columns.items():
        if column.made_of is None and name not in header:
            yield TableProblem(
                line=1, column=name, what="is not in the header", then="add it, or take it from the plan"
            )


def _repeated_identities(body: list[tuple[int, list[str]]], header: list[str], plan: Plan) -> Iterable[TableProblem]:
    if plan.identity is None:
        return
    place = header.index(plan.identity)
    first: dict[str, int] = {}
    for line, fields in body:
        if len(fields) != len(header):
            continue
        if fields[place] in first:
            what = f"names the same as line {first[fields[place]]}"
            yield TableProblem(line=line, column=plan.identity, what=what, then="keep one line for each")
        first.setdefault(fields[place], line)


class _Wrong(Exception):
    def __init__(self, what: str, then: str) -> None:
        super().__init__(what)
        self.what = what
        self.then = then


def _value(text: str, column: PlanColumn, plan: Plan) -> Value:
    if text in plan.missing:
        return None
    return _READERS[column.kind](text, column)


def _number(text: str, column: PlanColumn) -> float:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _Wrong("is no number", "write digits with a point, and leave a missing one empty") from None
    if not number.is_finite() or not abs(number) < Decimal("1e300"):
        raise _Wrong("is no finite number", "leave a missing one empty")
    if column.least is not None and number < column.least:
        raise _Wrong(f"is below {column.least}", "correct it, or the plan's least")
    return float(number)


def _yes_no(text: str, column: PlanColumn) -> bool:
    if text not in (column.yes, column.no):
        raise _Wrong(f"is neither {column.yes} nor {column.no}", "write one of the two, or say others in the plan")
    return text == column.yes


def _label(text: str, _: PlanColumn) -> str:
    return text


_READERS: dict[str, Callable[[str, PlanColumn], Value]] = {"number": _number, "yes-no": _yes_no, "label": _label}


def _file_problem(line: int, what: str, then: str) -> TableProblem:
    return TableProblem(line=line, column=None, what=what, then=then)

"""The plan: its columns and its estimates, read from TOML with every error at once. Pure."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec

from analytics.plans.methods import Estimate, Id, Name
from analytics.plans.registry import METHODS, columns_read
from schemas.toml_lines import Path, line_of, lines_of, shown
from schemas.toml_types import Finding, untyped


class PlanColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a column holds. ``known`` says from when on: "start" is the beginning of the clock, "later" after it.

    A yes-no column has ``yes`` and ``no`` as the file writes them. ``least`` is the smallest number that can be.
    ``assay`` is the label column of the platform, kit or matrix that a measured value came from; ``below`` the yes-no
    column of values that stand under their limit of quantification.

    ``log2_of`` makes the column the logarithm to base 2 of another one, and is read from no file; ``limit`` is then the
    label column that says of each value "exact", "below" or "above" a limit, and ``below_as`` what a value below it
    counts as. Zero is refused where an estimate reads it: it has no logarithm. Guards take ``assay`` and ``below`` from
    the other column where the logarithm names none of its own.

    ``cut_of`` makes a yes-no column of another one, read from no file either: yes is at or above ``cut_at``, in the
    unit of that column, and no is below it. What stands below a limit is below a cut at or above that limit, and the
    other way round; a cut that leaves open on which side somebody is refuses the estimates that read the column. It
    takes ``limit``, ``below`` and ``assay`` from the other column where it names none of its own.
    """

    kind: Literal["number", "label", "yes-no"]
    known: Literal["start", "later"] = "start"
    yes: str = "1"
    no: str = "0"
    least: Decimal | None = None
    assay: Name | None = None
    below: Name | None = None
    log2_of: Name | None = None
    limit: Name | None = None
    below_as: Literal["half-of-limit", "limit", "zero"] = "half-of-limit"
    cut_of: Name | None = None
    cut_at: Decimal | None = None

    @property
    def made_of(self) -> str | None:
        """The column that this one is computed from; None for one of the file."""
        return self.log2_of or self.cut_of


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan but for its estimates, each of which is read as what its method says."""

    name: Name
    version: Name = "1"
    look: Literal["interim", "final"] = "final"
    identity: Name | None = None
    missing: tuple[str, ...] = ("", "NA")
    columns: dict[str, PlanColumn]


class Plan(_Head, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``look`` is "interim" while more is to come: what is then estimated is not adjusted for repeated looks.

    ``identity`` is the column that names a row; messages name rows by line all the same.
    """

    estimates: tuple[Estimate, ...]


class PlanProblem(msgspec.Struct, frozen=True, kw_only=True):
    """``path`` as `schemas.toml_lines.shown` writes it; empty for the document as a whole."""

    line: int
    path: str
    what: str
    then: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path + ' ' if self.path else ''}{self.what}: {self.then}"


class PlanError(Exception):
    """The plan cannot be used; ``problems`` are all that is wrong, in the order of the lines."""

    def __init__(self, problems: Iterable[PlanProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("the plan cannot be used:\n  " + "\n  ".join(map(str, self.problems)))


def parse_plan(toml: bytes, known: Mapping[str, PlanColumn] | None = None) -> Plan:
    """Raises PlanError, which names everything that is wrong.

    ``known`` are columns of a table that is there already: the plan need not declare them, and may not differently.
    """
    try:
        text = toml.decode()
        document = tomllib.loads(text, parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = PlanProblem(line=1, path="", what="is not TOML in UTF-8", then=f"put this right first ({error})")
        raise PlanError([problem]) from error
    if known:
        own = document.get("columns", {})
        document["columns"] = {**(own if isinstance(own, Mapping) else {}), **_declared(known)}
    head = {name: value for name, value in document.items() if name != "estimates"}
    found = [*untyped(head, _Head), *_estimates_untyped(document.get("estimates"))]
    if not found:
        found = list(_contradictions(document))
    if found:
        raise PlanError(_located(found, text))
    estimates = tuple(msgspec.convert(each, METHODS[each["method"]]) for each in document["estimates"])
    return Plan(**msgspec.structs.asdict(msgspec.convert(head, _Head)), estimates=estimates)


def _declared(known: Mapping[str, PlanColumn]) -> dict[str, Any]:
    """As a document says them, without what is the default."""
    return {
        name: {field: value for field, value in msgspec.structs.asdict(column).items() if value is not None}
        for name, column in known.items()
    }


def _estimates_untyped(estimates: Any) -> Iterator[Finding]:
    if not isinstance(estimates, list) or not estimates:
        yield Finding(("estimates",), "has no estimate", "write at least one [[estimates]] with id and method")
        return
    for place, each in enumerate(estimates):
        path: Path = ("estimates", place)
        method = each.get("method") if isinstance(each, Mapping) else None
        if method not in METHODS:
            yield Finding((*path, "method"), "is no method", f"write one of {', '.join(METHODS)}")
            continue
        said = {name: value for name, value in each.items() if name != "method"}
        for finding in untyped(said, METHODS[method]):
            yield Finding((*path, *finding.path), finding.what, finding.then)


def _contradictions(document: Mapping[str, Any]) -> Iterator[Finding]:
    """What is of its type and makes no sense: names that are no columns, ids twice, settings out of range."""
    columns: Mapping[str, Any] = document["columns"]
    yield from _strange_columns(document, columns)
    seen: set[Id] = set()
    for place, each in enumerate(document["estimates"]):
        path: Path = ("estimates", place)
        estimate = msgspec.convert(each, METHODS[each["method"]])
        if estimate.id in seen:
            yield Finding((*path, "id"), f"{estimate.id} is named twice", "give each estimate an id of its own")
        seen.add(estimate.id)
        if not 0 < estimate.level < 1:
            yield Finding((*path, "level"), "is not between 0 and 1", "write 0.95 for 95 %")
        for field, name, kind in columns_read(estimate):
            declared = columns.get(name)
            if declared is None:
                yield Finding((*path, field), f"names {name}, which is no column", "declare it under [columns]")
            elif declared["kind"] not in kind:
                wanted = " or ".join(kind)
                yield Finding(
                    (*path, field), f"names {name}, a {declared['kind']} column", f"name one of kind {wanted}"
                )


def _strange_columns(document: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[Finding]:
    for name, column in columns.items():
        for field, kind in _NAMES_COLUMNS:
            other = column.get(field)
            if other is not None and columns.get(other, {}).get("kind") != kind:
                yield Finding(("columns", name, field), f"names no {kind} column", "declare it under [columns]")
        if column.get("log2_of") is not None and columns.get(column["log2_of"], {}).get("log2_of") is not None:
            yield Finding(("columns", name, "log2_of"), "names a logarithm", "name a column of the file")
        yield from _strange_cut(name, column, columns)
        if column["kind"] == "yes-no" and column.get("yes", "1") == column.get("no", "0"):
            yield Finding(("columns", name), "has the same text for yes and no", "give each a text of its own")
    identity = document.get("identity")
    if identity is not None and identity not in columns:
        yield Finding(("identity",), f"names {identity}, which is no column", "declare it under [columns]")


_NAMES_COLUMNS = (
    ("assay", "label"),
    ("below", "yes-no"),
    ("log2_of", "number"),
    ("cut_of", "number"),
    ("limit", "label"),
)
"""The fields of a column that name another one, and of which kind that is."""


def _strange_cut(name: str, column: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[Finding]:
    of, at = column.get("cut_of"), column.get("cut_at")
    if of is None and at is None:
        return
    path: Path = ("columns", name)
    if of is None or at is None:
        yield Finding(path, "has one of cut_of and cut_at", "name the column and where it is cut, or neither")
    if column["kind"] != "yes-no":
        yield Finding((*path, "kind"), "is not that of a cut", 'write kind = "yes-no": yes is at or above the cut')
    if column.get("log2_of") is not None:
        yield Finding(path, "is made of two columns", "give the logarithm and the cut a column each")
    if of is not None and columns.get(of, {}).get("log2_of") is not None:
        yield Finding((*path, "cut_of"), "names a logarithm", "name its column of the file, and cut in that unit")


def _located(found: Iterable[Finding], text: str) -> list[PlanProblem]:
    lines = lines_of(text)
    problems = [
        PlanProblem(line=line_of(each.path, lines), path=shown(each.path), what=each.what, then=each.then)
        for each in found
    ]
    return sorted(problems, key=lambda problem: problem.line)

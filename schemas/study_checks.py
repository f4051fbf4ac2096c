"""Where a study definition contradicts itself, though each of its values is of its type. One function a question. Pure.

They read the document as TOML has it, and pass over what is not of its type, which `schemas.toml_types` names: so an
author sees the contradictions of a file beside its slips, and not only after them.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, pairwise
from typing import Any

from schemas import units
from schemas.events.followup import Category
from schemas.milestones import CRITERIA_KEPT
from schemas.rules.rule_sets import RULE_SETS, why_refused
from schemas.toml_lines import Path, shown
from schemas.toml_types import Finding, decimal_of

Document = Mapping[str, Any]

REQUIRABLE = ("marrow", "response", "contact")
"""What a visit may require besides analytes."""

_NO_RESPONSES = frozenset({Category.NR, Category.NE, Category.RELAPSE})


def contradictions(document: Document) -> Iterator[Finding]:
    """All of them, question by question."""
    for check in _CHECKS:
        yield from check(document)


def _named_twice(document: Document) -> Iterator[Finding]:
    for array, field, noun in (
        ("sites", "id", "site"),
        ("protocol", "version", "protocol version"),
        ("criteria", "id", "criterion"),
        ("consent_forms", "version", "consent form"),
        ("analytes", "id", "analyte"),
        ("visits", "id", "visit"),
    ):
        yield from _repeated(_texts(document, array, field), noun)
    yield from _repeated(_elements(document, "ignored_codes"), "ignored code")
    yield from _repeated(_elements(document, "secondary_ids"), "secondary id")
    for path, name in _elements(document, "secondary_ids"):
        if name == document.get("id"):
            yield Finding(path, f"secondary id {name} is the study's id", "take it out")
    facilities = [
        ((*path, "facilities", place), name)
        for path, site in _tables(document, "sites")
        for place, name in enumerate(_list(site, "facilities"))
    ]
    ids = {name: path for path, name in reversed(_texts(document, "sites", "id"))}
    yield from _repeated([*((path, name) for name, path in ids.items()), *facilities], "facility")


def _periods(document: Document) -> Iterator[Finding]:
    begins, ends = _date(document, "enrolment_begins_on"), _date(document, "enrolment_ends_on")
    if begins and ends and ends <= begins:
        yield Finding(("enrolment_ends_on",), "enrolment ends before it begins", "give a later day")
    until = _date(document, "follow_up_ends_on")
    horizon = _mapping(document, "endpoints").get("survival_horizon_days")
    if ends and until and isinstance(horizon, int) and (until - ends).days < horizon:
        yield Finding(
            ("follow_up_ends_on",),
            f"follow-up ends before day {horizon} of a subject who enrols last",
            f"give {ends + dt.timedelta(horizon)} or a later day, or a shorter endpoints.survival_horizon_days",
        )


def _protocol(document: Document) -> Iterator[Finding]:
    dated = [(path, on) for path, each in _tables(document, "protocol") if (on := _date(each, "in_force_from"))]
    for (_, earlier), (path, later) in pairwise(dated):
        if later <= earlier:
            yield Finding(
                (*path, "in_force_from"),
                "comes into force no later than the version before it",
                "write the versions in the order in which they came into force",
            )
    begins = _date(document, "enrolment_begins_on")
    if dated and begins and dated[0][1] > begins:
        yield Finding(
            (*dated[0][0], "in_force_from"),
            "enrolment begins before any version of the protocol is in force",
            f"give {begins} or an earlier day",
        )


def _criteria(document: Document) -> Iterator[Finding]:
    criteria = _list(document, "criteria")
    if len(criteria) > CRITERIA_KEPT:
        yield Finding(
            ("criteria", CRITERIA_KEPT),
            f"there are {len(criteria)} criteria",
            f"a subject's state keeps the answers to {CRITERIA_KEPT}: join some",
        )
    for path, criterion in _tables(document, "criteria"):
        if str(criterion.get("id", "")).startswith("I") and "computed" in criterion:
            yield Finding(
                (*path, "computed"),
                "an inclusion criterion cannot be computed: the rules tell what excludes",
                "word it as an exclusion criterion with an id such as E1, or leave computed out",
            )


def _units(document: Document) -> Iterator[Finding]:
    for path, analyte in _tables(document, "analytes"):
        if analyte.get("id") in REQUIRABLE:
            then = "give it another id"
            yield Finding((*path, "id"), f"{analyte['id']} means something else among what a visit requires", then)
        unit, written = analyte.get("unit"), _mapping(analyte, "units")
        if not isinstance(unit, str):
            continue
        taken = {spelling: factor for spelling, each in written.items() if (factor := decimal_of(each)) is not None}
        refused = [name for _, name in _elements(analyte, "units_refused")]
        for spelling, what in units.contradictions(unit, taken, refused):
            at: Path = (*path, "units_refused") if spelling is None else (*path, "units", spelling)
            yield Finding(at, what, "leave it out, or give the exact factor")


def _plausible_ranges(document: Document) -> Iterator[Finding]:
    for path, analyte in _tables(document, "analytes"):
        least, most = decimal_of(analyte.get("plausible_min")), decimal_of(analyte.get("plausible_max"))
        if least is not None and most is not None and most <= least:
            yield Finding(
                (*path, "plausible_max"), "is no greater than plausible_min", "exchange them, or put it right"
            )


def _codes(document: Document) -> Iterator[Finding]:
    known = _ids(document, "analytes")
    ignored = {code for _, code in _elements(document, "ignored_codes")}
    rows = list(_tables(document, "codes"))
    for path, row in rows:
        code, analyte = row.get("code"), row.get("analyte")
        if isinstance(analyte, str) and analyte not in known:
            then = f"name one of {', '.join(sorted(known))}" if known else "describe it under [[analytes]]"
            yield Finding((*path, "analyte"), f"code {code} means {analyte}, which is no analyte", then)
        if isinstance(code, str) and code in ignored:
            then = "take it out of ignored_codes, or take the row out"
            yield Finding((*path, "code"), f"code {code} is both read and ignored", then)
        if ("verified_by" in row) is not ("verified_on" in row):
            then = "give both verified_by and verified_on, or neither"
            yield Finding(path, f"code {code} says only who verified it, or only when", then)
    for (first, row), (path, later) in combinations(rows, 2):
        if _same_code(row, later):
            yield Finding(
                (*path, "code"),
                f"code {later['code']} of {later.get('system')} is named twice for one kind of specimen",
                f"it stands at {shown(first)} already; give each row matrices of its own",
            )


def _same_code(one: Document, other: Document) -> bool:
    if not isinstance(one.get("code"), str) or any(one.get(name) != other.get(name) for name in ("code", "system")):
        return False
    mine, theirs = _list(one, "matrices"), _list(other, "matrices")
    # No matrices at all stands for any specimen.
    return not mine or not theirs or any(matrix in theirs for matrix in mine)


def _marker(document: Document) -> Iterator[Finding]:
    marker = _mapping(document, "marker")
    analyte, matrix = marker.get("analyte"), marker.get("matrix")
    if not isinstance(analyte, str):
        return
    if analyte not in _ids(document, "analytes"):
        yield Finding(("marker", "analyte"), f"the marker {analyte} is no analyte", "name one of the analytes")
        return
    rows = [row for _, row in _tables(document, "codes") if row.get("analyte") == analyte]
    if isinstance(matrix, str) and not any(matrix in _list(row, "matrices") for row in rows):
        yield Finding(
            ("marker", "matrix"),
            f"no code means {analyte} in {matrix}, so the marker could never be reported",
            "give a row of codes this matrix, or name another one",
        )


def _endpoints(document: Document) -> Iterator[Finding]:
    endpoints = _mapping(document, "endpoints")
    responses = [(("endpoints", "orr", place), name) for place, name in enumerate(_list(endpoints, "orr"))]
    yield from _repeated(responses, "category")
    for path, name in responses:
        if isinstance(name, str) and name in _NO_RESPONSES:
            yield Finding(path, f"{name} is no response", "take it out")
    level = decimal_of(endpoints.get("interval_level"))
    if level is not None and not 0 < level < 1:
        yield Finding(("endpoints", "interval_level"), "is not between 0 and 1", "write 0.95 for 95 %")


def _accrual(document: Document) -> Iterator[Finding]:
    weight = decimal_of(_mapping(document, "accrual").get("prior_weight"))
    if weight is not None and not 0 < weight <= 10:
        then = "write 0.5 to believe the plan as much as half of it seen; more is more, 10 at most"
        yield Finding(("accrual", "prior_weight"), "is not above 0 and at most 10", then)


def _response(document: Document) -> Iterator[Finding]:
    response = _mapping(document, "response")
    name = response.get("rule_set")
    if isinstance(name, str) and (why := why_refused(name)):
        then = f"name one of {', '.join(RULE_SETS)}, or leave rule_set out: then nothing is derived"
        yield Finding(("response", "rule_set"), why, then)
    if name is None and response.get("endpoint") == "derived":
        then = "name a rule_set, or make the investigator's category the endpoint"
        yield Finding(("response", "endpoint"), "a derived response needs a rule set", then)


def _visits(document: Document) -> Iterator[Finding]:
    allowed = {*REQUIRABLE, *_ids(document, "analytes")}
    for path, visit in _tables(document, "visits"):
        required = [((*path, "requires", place), name) for place, name in enumerate(_list(visit, "requires"))]
        yield from _repeated(required, "required")
        for at, name in required:
            if isinstance(name, str) and name not in allowed:
                then = f"name an analyte, or one of {', '.join(REQUIRABLE)}"
                yield Finding(at, f"{name} is nothing that a visit can require", then)
    for (_, one), (path, other) in combinations(_tables(document, "visits"), 2):
        mine, theirs = _window(one), _window(other)
        if one.get("anchor") != other.get("anchor") or mine is None or theirs is None:
            continue
        if max(mine[0], theirs[0]) <= min(mine[1], theirs[1]):
            then = "make the windows so narrow that each day belongs to one visit"
            what = f"its window, days {_days(theirs)}, overlaps that of {one.get('id')}, days {_days(mine)}"
            yield Finding((*path, "day"), what, then)


def _window(visit: Document) -> tuple[int, int] | None:
    """First and last day, from the anchor; None where the visit does not say."""
    days = [visit.get("day"), visit.get("days_before", 0), visit.get("days_after", 0)]
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in days):
        return None
    day, before, after = days
    return day - before, day + after


def _days(window: tuple[int, int]) -> str:
    return f"{window[0]} to {window[1]}"


_CHECKS: tuple[Callable[[Document], Iterator[Finding]], ...] = (
    _named_twice,
    _periods,
    _protocol,
    _criteria,
    _units,
    _plausible_ranges,
    _codes,
    _marker,
    _endpoints,
    _accrual,
    _response,
    _visits,
)


def _repeated(named: Any, noun: str) -> Iterator[Finding]:
    """A finding for each name, of pairs of path and name, that an earlier pair has already."""
    first: dict[str, Path] = {}
    for path, name in named:
        if not isinstance(name, str):
            continue
        if name in first:
            what = f"{noun} {name} is named twice".lstrip()
            yield Finding(path, what, f"it stands at {shown(first[name])} already; take one out, or rename it")
        first.setdefault(name, path)


def _tables(document: Document, array: str) -> Iterator[tuple[Path, Document]]:
    for place, item in enumerate(_list(document, array)):
        if isinstance(item, Mapping):
            yield (array, place), item


def _texts(document: Document, array: str, field: str) -> list[tuple[Path, str]]:
    tables = _tables(document, array)
    return [((*path, field), said) for path, each in tables if isinstance(said := each.get(field), str)]


def _elements(document: Document, array: str) -> list[tuple[Path, str]]:
    return [((array, place), item) for place, item in enumerate(_list(document, array)) if isinstance(item, str)]


def _ids(document: Document, array: str) -> set[str]:
    return {name for _, name in _texts(document, array, "id")}


def _list(table: Document, field: str) -> list[Any]:
    found = table.get(field)
    return found if isinstance(found, list) else []


def _mapping(table: Document, field: str) -> Document:
    found = table.get(field)
    return found if isinstance(found, Mapping) else {}


def _date(table: Document, field: str) -> dt.date | None:
    found = table.get(field)
    return found if isinstance(found, dt.date) and not isinstance(found, dt.datetime) else None

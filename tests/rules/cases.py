"""The case tables beside the rule sets, and the entries that a row of them stands for.

Days of a row count from the day of the case's marrow, 2026-03-02. Chemotherapy began on day -90, after a marrow on day
-93. Earlier responses are marrows on day -60 and, of two, on day -30.
"""

import csv
import datetime as dt
import re
from decimal import Decimal
from importlib.resources import files
from typing import Any

import msgspec

from schemas.events import (
    BloodBlastsCounted,
    ChemotherapyBegun,
    DemographicsRecorded,
    MarrowAssessed,
    ResultReported,
    SpecimenRejected,
    SubjectFacts,
    SubjectTransfused,
)
from schemas.events.background import Sex
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.lab import BlastMethod, Bound, Matrix, ResultStatus
from schemas.events.specimens import Unfit
from schemas.events.treatment import BloodProduct
from schemas.moments import day
from schemas.rules.derived import DerivedResponse
from schemas.settlement import Entry, settle
from schemas.study import ResponseSettings
from tests.rules.drawn import STUDY

MARROW_ON = dt.date(2026, 3, 2)
_SOURCE = re.compile(r" on \d{4}-\d\d-\d\d \[entry [^]]+\]")
_VALUE = re.compile(r"(<=|>=|<|>)?([0-9.]+)$")
_ANALYTES = {"ANC": ("anc", "10*9/L"), "platelets": ("platelets", "10*9/L"), "Hb": ("hemoglobin", "g/L")}


class Case(msgspec.Struct, frozen=True):
    """One row, by the names of its columns; ``reason`` is the test's name."""

    rule_set: str
    row: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.row.get(column, "")


def table(rule_set: str) -> str:
    return files("schemas.rules").joinpath(f"cases/{rule_set.lower()}.csv").read_text(encoding="utf-8")


def cases(rule_set: str) -> list[Case]:
    return [Case(rule_set, row) for row in csv.DictReader(table(rule_set).splitlines(), strict=True)]


def settings_of(case: Case) -> ResponseSettings:
    one = case["lineages"] != "two"
    return msgspec.structs.replace(STUDY.response, rule_set=case.rule_set, cri_requires_one_lineage=one)


def entries_of(case: Case) -> list[Entry]:
    writing = _Writing()
    writing.course(-90)
    if case["before"]:
        writing.add(-93, MarrowAssessed(blasts_pct=Decimal(case["before"])))
    if case["sex"]:
        writing.add(-93, DemographicsRecorded(year_of_birth=1960, sex=Sex(case["sex"])))
    for days, name in zip((-60, -30), _earlier(case["earlier"]), strict=False):
        writing.earlier(days, name)
    for said in _list(case["also"], ";"):
        writing.also(said)
    for days, counts in _days(case["counts"]):
        writing.counts(days, counts)
    writing.add(0, _marrow(case), "case")
    if "rejected" in case["sample"]:
        writing.add(0, SpecimenRejected(specimen="marrow", why=Unfit.CLOTTED))
    return settle(writing.events).in_force()


def of_the_case(derived: tuple[DerivedResponse, ...]) -> DerivedResponse:
    (response,) = (each for each in derived if each.marrow == "case")
    return response


def without_sources(step: object) -> str:
    """A step as the tables write it: no dates and no entries."""
    return _SOURCE.sub("", str(step))


def event(id_: str, on: dt.date, facts: SubjectFacts, number: int = 0) -> Event:
    return Event(
        id=id_,
        source="/test",
        subject="S-001",
        happened=day(on, STUDY.tzinfo),
        recorded_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=number),
        actor="nurse-1",
        actor_role="nurse",
        protocol_version="1",
        facts=facts,
    )


def result(analyte: str, unit: str, sent: str, **more: Any) -> ResultReported:
    """A laboratory result as its text says it: ``"<0.5"``, ``"-----"``."""
    read = _VALUE.match(sent)
    said = {
        "matrix": Matrix.WHOLE_BLOOD,
        "status": ResultStatus.FINAL,
        "code": "1",
        "code_system": "99LAB",
        "text": sent,
        "unit_sent": unit,
        "analyte": analyte,
        "unit": unit,
        "bound": Bound(read[1] or "=") if read else None,
        "number": Decimal(read[2]) if read else None,
    }
    return ResultReported(**{**said, **more})


class _Writing:
    """Events in the order in which a row says them; ids are e1, e2 and so on, but for the case's own marrow."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, days: int, facts: SubjectFacts, id_: str | None = None) -> None:
        number = len(self.events) + 1
        self.events.append(event(id_ or f"e{number}", MARROW_ON + dt.timedelta(days=days), facts, number))

    def course(self, days: int, line: int = 1) -> None:
        number = 1 + sum(isinstance(each.facts, ChemotherapyBegun) for each in self.events)
        self.add(days, ChemotherapyBegun(course=number, regimen="DA 3+7", intensity=Intensity.INTENSIVE, line=line))

    def counts(self, days: int, said: str) -> None:
        for each in _list(said, ";"):
            name, value, *more = each.split(maxsplit=2)
            self._count(days, name, value, more[0].strip("()") if more else "")

    def _count(self, days: int, name: str, value: str, more: str) -> None:
        analyte, unit = _ANALYTES[name]
        series = f"{analyte}/{len(self.events)}"
        changed: dict[str, Any] = {}
        if "flagged" in more:
            changed["flags"] = "A~Blasts?"
        if "manual" in more:
            changed["method"] = "manual differential"
        if more.startswith("unit "):
            changed["unit"] = more.removeprefix("unit ")
        if more.startswith("in "):
            changed["matrix"] = Matrix(more.removeprefix("in "))
        if "rejected" in more:
            changed["specimen"] = "B-1"
            self.add(days, SpecimenRejected(specimen="B-1", why=Unfit.CLOTTED))
        self.add(days, result(analyte, changed.pop("unit", unit), value, series=series, **changed))

    def earlier(self, days: int, name: str) -> None:
        blasts, counts = _EARLIER[name]
        self.counts(days, counts)
        self.add(days, _clean_marrow(blasts, dilute=name == "NE"))

    def also(self, said: str) -> None:
        what, days_said = said.rsplit(" on day ", 1)
        days, words = int(days_said), what.split()
        if words == ["course"]:
            self.course(days)
        elif words[0] == "line":
            self.course(days, line=int(words[1]))
        elif words == ["platelets", "given"]:
            self.add(days, SubjectTransfused(product=BloodProduct.PLATELETS))
        elif words[0] == "result":
            self.add(days, result("blood-blasts-pct", "%", words[1], series=f"blasts/{len(self.events)}"))
        elif words[-4:-2] == ["automated", "blood"] or words[0] == "blood":
            method = BlastMethod.AUTOMATED if words[0] == "automated" else BlastMethod.SMEAR
            self.add(days, BloodBlastsCounted(blasts_pct=Decimal(words[-2]), method=method))
        else:
            assert words[-3] == "marrow", said
            self.counts(days, "ANC 1.0; platelets 150; Hb 120")
            self.add(days, _clean_marrow(words[-2], dilute=words[0] == "dilute"))


_EARLIER = {
    "CR": ("2", "ANC 2.0; platelets 150; Hb 120"),
    "CRh": ("2", "ANC 0.7; platelets 70"),
    "CRi": ("2", "ANC 0.4; platelets 150"),
    "MLFS": ("2", "ANC 0.1; platelets 10"),
    "PR": ("12", "ANC 2.0; platelets 150; Hb 120"),
    "NR": ("50", "ANC 2.0; platelets 150; Hb 120"),
    "NE": ("2", "ANC 2.0; platelets 150; Hb 120"),
    "relapse": ("40", "ANC 2.0; platelets 150; Hb 120"),
    "no counts": ("2", ""),
    "no platelets": ("2", "ANC 2.0"),
}


def _clean_marrow(blasts: str, *, dilute: bool) -> MarrowAssessed:
    """All that may be asked of a marrow is said, and is good."""
    return MarrowAssessed(
        blasts_pct=Decimal(blasts),
        dilute=dilute,
        cells_counted=500,
        spicules_present=True,
        auer_rods_present=False,
        erythroid_normal=True,
        megakaryocytes_normal=True,
        extramedullary_present=False,
        blood_blasts_pct=Decimal(0),
    )


_LINES: dict[str, tuple[bool | None, bool | None]] = {
    "": (None, None),
    "both normal": (True, True),
    "both not normal": (False, False),
    "erythroid not normal": (False, True),
    "megakaryocytic not normal": (True, False),
}


def _marrow(case: Case) -> MarrowAssessed:
    sample = _list(case["sample"], ";")
    numbers = {said.split()[-1]: Decimal(said.split()[0]) for said in sample if said[0].isdigit()}
    erythroid, megakaryocytes = _LINES[case["lines"]]
    return MarrowAssessed(
        specimen="marrow",
        blasts_pct=None if case["blasts"] == "unreadable" else Decimal(case["blasts"]),
        cells_counted=int(numbers["cells"]) if "cells" in numbers else None,
        cellularity_pct=numbers.get("cellularity"),
        spicules_present=_said(sample, "spicules", "no spicules"),
        dilute=_said(sample, "dilute", "not dilute"),
        auer_rods_present=_said([case["auer"]], "present", "absent"),
        erythroid_normal=erythroid,
        megakaryocytes_normal=megakaryocytes,
        extramedullary_present=_said([case["extramedullary"]], "present", "absent"),
        blood_blasts_pct=Decimal(case["blood"]) if case["blood"] else None,
    )


def _said(words: list[str], so: str, not_so: str) -> bool | None:
    return True if so in words else False if not_so in words else None


def _list(said: str, separator: str) -> list[str]:
    return [each.strip() for each in said.split(separator) if each.strip()]


def _days(counts: str) -> list[tuple[int, str]]:
    """``"day -3 ANC 0.4 | day 2 ANC 1.5; platelets 150"``; day 0 where none is named."""
    named = []
    for each in _list(counts, "|"):
        found = re.match(r"day (-?\d+) (.*)", each)
        named.append((int(found[1]), found[2]) if found else (0, each))
    return named


def _earlier(said: str) -> list[str]:
    return re.findall(r"no counts|no platelets|\S+", said)

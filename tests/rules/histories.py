"""One subject's entries by hand: ``Histories`` writes them with ids that say what they are.

Days count from 2026-01-01, which is day 0, the first day of chemotherapy. A clean marrow has all that CR asks for.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from schemas.events import ChemotherapyBegun, Facts, MarrowAssessed, ResponseAssessed
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.followup import Category
from schemas.settlement import Entry, settle
from tests.rules import cases

DAY_0 = dt.date(2026, 1, 1)


def on(days: int) -> dt.date:
    return DAY_0 + dt.timedelta(days=days)


def written(days: int, id_: str, facts: Facts, number: int = 0) -> Event:
    return cases.event(id_, on(days), facts, number)  # type: ignore[arg-type]


def course(
    days: int, number: int = 1, *, line: int = 1, intensity: Intensity = Intensity.INTENSIVE, id_: str | None = None
) -> Event:
    facts = ChemotherapyBegun(course=number, regimen="DA 3+7", intensity=intensity, line=line)
    return written(days, id_ or f"course-{number}", facts)


def marrow(days: int, blasts: str | None = "2", id_: str | None = None, **more: Any) -> Event:
    clean = {
        "blasts_pct": None if blasts is None else Decimal(blasts),
        "cells_counted": 500,
        "spicules_present": True,
        "auer_rods_present": False,
        "erythroid_normal": True,
        "megakaryocytes_normal": True,
        "extramedullary_present": False,
        "blood_blasts_pct": Decimal(0),
    }
    return written(days, id_ or f"marrow-{days}", MarrowAssessed(**{**clean, **more}))


def counts(days: int, anc: str | None = "2.0", platelets: str | None = "150") -> list[Event]:
    said = (("anc", anc), ("platelets", platelets))
    return [count(days, name, value) for name, value in said if value is not None]


def count(days: int, analyte: str, value: str, id_: str | None = None, number: int = 0, **more: Any) -> Event:
    name = id_ or f"{analyte}-{days}"
    unit = {"hemoglobin": "g/L", "blood-blasts-pct": "%"}.get(analyte, "10*9/L")
    return written(days, name, cases.result(analyte, unit, value, **{"series": name, **more}), number)


def judged(days: int, category: Category, rule_set: str = "ELN2022", id_: str | None = None, **more: Any) -> Event:
    return written(days, id_ or f"judged-{days}", ResponseAssessed(category=category, rule_set=rule_set, **more))


def in_force(*events: Event | list[Event]) -> list[Entry]:
    flat = [each for event in events for each in (event if isinstance(event, list) else [event])]
    return settle(flat).in_force()

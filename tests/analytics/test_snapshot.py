"""Snapshots as bytes: same inputs, same bytes; the default cutoff; every edge with a reason and never NaN."""

import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from analytics.estimates import Missing
from analytics.parameters import parameters_digest, parameters_of
from analytics.snapshot import decode_snapshot, encode_snapshot
from tests.analytics.trials import DRAWN, TREATED, snapshot
from tests.rules.drawn import STUDY, on

EDGES: dict[str, tuple[dict[str, str], int | None]] = {
    "nobody at all": ({}, None),
    "nobody enrolled": ({"S-001": "-8 screened"}, None),
    "one enrolled": ({"S-001": "0 enrolled"}, None),
    "one treated": ({"S-001": TREATED}, None),
    "nobody assessed": ({f"S-{n:03}": TREATED for n in range(1, 6)}, 20),
    "nobody assessed by the window's end": ({f"S-{n:03}": TREATED for n in range(1, 6)}, 400),
    "no events": ({f"S-{n:03}": f"{TREATED}, 28 CR, 900 alive" for n in range(1, 6)}, None),
    "all dead": ({f"S-{n:03}": f"{TREATED}, {n * 9} dead" for n in range(1, 6)}, 900),
    "all dead on one day": ({f"S-{n:03}": f"{TREATED}, 9 dead" for n in range(1, 6)}, 900),
    "all dead on the day of enrolment": ({f"S-{n:03}": "0 enrolled, 0 dead" for n in range(1, 4)}, None),
    "times of zero": ({"S-001": "0 enrolled, 0 dead", "S-002": "0 enrolled"}, None),
    "cutoff before the first enrolment": (DRAWN, -6),
    "cutoff before everything": (DRAWN, -100),
    "all respond": ({f"S-{n:03}": f"{TREATED}, 28 CR, 500 alive" for n in range(1, 6)}, 500),
    "none respond": ({f"S-{n:03}": f"{TREATED}, 28 NR, 500 alive" for n in range(1, 6)}, 500),
    "all withdrawn": ({f"S-{n:03}": f"{TREATED}, 9 withdrew" for n in range(1, 6)}, 500),
    "only ineligible": ({"S-001": f"{TREATED}, 1 fails-E2, 28 CR"}, 500),
    "died before enrolment": ({"S-001": "0 dead, 9 enrolled"}, 500),
    "held actions only": ({"S-001": ""}, None),
    "the drawn trial": (DRAWN, None),
}


def estimates(value: Any, where: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every estimate in a decoded body, with its path."""
    if isinstance(value, dict):
        if "interval_missing" in value:
            yield where, value
        for name, item in value.items():
            yield from estimates(item, f"{where}.{name}")
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from estimates(item, f"{where}[{index}]")


@pytest.mark.parametrize("edge", EDGES)
def test_an_edge_gives_numbers_or_reasons_and_nothing_else(edge: str) -> None:
    histories, cutoff = EDGES[edge]
    body = encode_snapshot(snapshot(histories, cutoff))
    found = json.loads(body, parse_constant=lambda constant: pytest.fail(f"{constant} is no number"))
    seen = 0
    for where, estimate in estimates(found):
        seen += 1
        assert (estimate["value"] is None) is (estimate["missing"] is not None), where
        limits = (estimate["lower"], estimate["upper"])
        assert (None in limits) is (estimate["interval_missing"] is not None), where
        if None not in limits and estimate["value"] is not None:
            assert estimate["lower"] <= estimate["value"] <= estimate["upper"], where
    assert seen >= 10, "the walk found the estimates"
    assert encode_snapshot(decode_snapshot(body)) == body


@pytest.mark.parametrize(
    ("edge", "orr", "median", "year"),
    [
        ("nobody at all", Missing.NOBODY_IN_FULL_SET, Missing.NOBODY_ENROLLED, Missing.NOBODY_ENROLLED),
        ("cutoff before everything", Missing.NOBODY_IN_FULL_SET, Missing.NOBODY_ENROLLED, Missing.NOBODY_ENROLLED),
        ("one enrolled", Missing.NOBODY_IN_FULL_SET, Missing.NO_DEATHS, Missing.FOLLOW_UP_TOO_SHORT),
        ("nobody assessed", Missing.NOBODY_ASSESSED, Missing.NO_DEATHS, Missing.FOLLOW_UP_TOO_SHORT),
        ("nobody assessed by the window's end", None, Missing.NO_DEATHS, Missing.FOLLOW_UP_TOO_SHORT),
        ("no events", None, Missing.NO_DEATHS, None),
        ("all dead", None, None, None),
        ("died before enrolment", Missing.NOBODY_IN_FULL_SET, Missing.NOBODY_TIMED, Missing.NOBODY_TIMED),
    ],
)
def test_an_edge_names_its_reason(edge: str, orr: Missing | None, median: Missing | None, year: Missing | None) -> None:
    found = snapshot(*EDGES[edge])
    assert found.response.rates[0].estimate.missing == orr
    assert found.survival.median.missing == median
    assert found.survival.at[0].estimate.missing == year


def test_the_same_facts_in_any_order_give_the_same_bytes() -> None:
    expected = encode_snapshot(snapshot(DRAWN, None))
    for seed in range(4):
        subjects = list(DRAWN.items())
        random.Random(seed).shuffle(subjects)
        assert encode_snapshot(snapshot(dict(subjects), None)) == expected


def test_the_default_cutoff_is_the_last_date_of_any_fact() -> None:
    found = snapshot(DRAWN, None)
    assert found.key.cutoff_on == on(500)
    assert encode_snapshot(found) == encode_snapshot(snapshot(DRAWN, 500))


def test_without_facts_the_default_cutoff_is_the_first_day_of_enrolment() -> None:
    assert snapshot({}, None).key.cutoff_on == STUDY.enrolment_begins_on


def test_a_fact_after_an_explicit_cutoff_changes_no_byte() -> None:
    later = {subject: f"{history}, 501 alive" for subject, history in DRAWN.items()}
    assert encode_snapshot(snapshot(later, 500)) == encode_snapshot(snapshot(DRAWN, 500))


def test_a_fact_that_moves_no_endpoint_changes_no_byte() -> None:
    more = {**DRAWN, "S-001": f"{DRAWN['S-001']}, 400 specimen, 410 marrow"}
    assert encode_snapshot(snapshot(more, None)) == encode_snapshot(snapshot(DRAWN, None))


def test_the_key_moves_with_each_of_its_parts() -> None:
    key = snapshot(DRAWN, 500).key
    assert snapshot({**DRAWN, "S-001": DRAWN["S-001"].replace("28 CR,", "28 PR,")}, 500).key != key
    assert snapshot(DRAWN, 501).key != key
    for change in ({"target": 80}, {"version": "2"}, {"family_signature_required": True}):
        changed = msgspec.structs.replace(STUDY, **change)  # type: ignore[arg-type]
        assert parameters_digest(parameters_of(changed)) != key.parameters_digest


def test_the_body_names_versions_and_neither_a_commit_nor_a_time_of_computing() -> None:
    found = json.loads(encode_snapshot(snapshot(DRAWN, 500)))
    assert set(found) == {
        "key",
        "interval_level",
        "digits",
        "labels",
        "enrolment",
        "accrual",
        "funnel",
        "response",
        "survival",
    }
    assert set(found["key"]) == {"study", "endpoint_digest", "cutoff_on", "parameters_digest", "code_version"}
    assert "lifelines 0.30" in found["key"]["code_version"]

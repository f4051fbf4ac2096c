"""Every number of a snapshot has a name, and two snapshots are laid side by side by names."""

import msgspec
import pytest

from analytics.numbers import Moved, moved_between, numbers_of, said
from analytics.snapshot import encode_snapshot
from tests.analytics.trials import DRAWN, snapshot

BODY = encode_snapshot(snapshot(DRAWN, 500))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("response.rates.ORR", "4/6, 66.7 % [22.3, 95.7]"),
        ("response.rates.ORR.bounds", "5 to 6 of 8"),
        ("response.evaluable", "4/5, 80.0 % [28.4, 99.5]"),
        ("response.mortality.30", "1/8, 12.5 % [0.3, 52.7]"),
        ("response.by_best.CR", "2"),
        ("survival.median", "425 [17, not given]"),
        ("survival.at.730", "follow up too short"),
        ("survival.curve", "a series"),
        ("survival.risk_table.182.at_risk", "4"),
        ("funnel.steps.enrolled.subjects", "9"),
        ("funnel.steps.eligible.without.E2", "1"),
        ("enrolment.last_subject", "S-009"),
        ("enrolment.on", "a series"),
    ],
)
def test_a_number_stands_under_its_name_and_can_be_said(name: str, words: str) -> None:
    assert said(numbers_of(BODY)[name]) == words


def test_a_number_that_is_not_there_is_said_so() -> None:
    assert said(None) == "not given"
    assert said({"value": None, "lower": None, "upper": None, "missing": None, "interval_missing": None}) == "not given"
    assert said(0.875) == "0.875"


def test_every_leaf_of_a_snapshot_is_under_some_name() -> None:
    """But for what it says of itself."""

    def leaves(part: object) -> list[object]:
        if isinstance(part, dict):
            return [leaf for inner in part.values() for leaf in leaves(inner)]
        if isinstance(part, list):
            return [leaf for inner in part for leaf in leaves(inner)]
        return [part]

    document = msgspec.json.decode(BODY)
    for about in ("key", "labels", "digits"):
        del document[about]
    # What a figure of a list is called by is in the name: six steps, four rates, two, five and two days, two levels.
    called = 6 + len(document["response"]["rates"]) + 2 + 5 + 2 + 2
    assert len(leaves(list(numbers_of(BODY).values()))) == len(leaves(document)) - called


def test_two_equal_snapshots_differ_in_nothing() -> None:
    assert moved_between(BODY, BODY) == ()


def test_a_number_that_moved_is_named_with_both_values() -> None:
    other = encode_snapshot(snapshot({**DRAWN, "S-009": DRAWN["S-009"] + ", 402 dead"}, 500))
    moved = {each.name: (each.old, each.new) for each in moved_between(BODY, other)}
    assert moved["survival.deaths"] == (2, 3)
    assert moved["survival.censored_by.last-known-alive"] == (2, 1)
    assert "response.rates.ORR" not in moved


def test_a_count_that_only_one_has_is_none_in_the_other() -> None:
    other = encode_snapshot(snapshot({**DRAWN, "S-001": DRAWN["S-001"].replace("28 CR,", "28 MLFS,")}, 500))
    assert Moved(name="response.by_best.CR", old=2, new=1) in moved_between(BODY, other)
    gone = encode_snapshot(snapshot({**DRAWN, "S-005": DRAWN["S-005"].replace("28 NR", "28 PR")}, 500))
    assert moved_between(BODY, gone)[-1] == Moved(name="response.by_best.NR", old=1, new=None)

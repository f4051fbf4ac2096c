"""Every limit, comparison, condition and order of the rule sets matters: changed, some case of the tables fails.

What no case can notice is named here with the reason, and is shown to change nothing over all values around its limits.
"""

import itertools
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from schemas.rules.conditions import ANYTHING, NO, YES, Quantity, Span, exactly
from schemas.rules.derivation import categorised, derive_by
from schemas.rules.history import Reading
from schemas.rules.rule_sets import RULE_SETS, RuleSet
from schemas.settlement import Entry
from schemas.study import ResponseSettings
from tests.rules.cases import cases, entries_of, of_the_case, settings_of
from tests.rules.drawn import STUDY
from tests.rules.limit_mutants import mutants
from tests.rules.test_cases import said

pytestmark = pytest.mark.slow

BOTH_BACK_IS_CR = "where neither count is low, CR was given before"
PARTLY_BACK_IS_CRH = "an ANC of 0.99 with platelets of 50 or more was CRh before; with fewer, platelets are low"
ALMOST_BACK_IS_CRH = "platelets of 99.99 with an ANC of 0.5 or more were CRh before; with less, ANC is low"
LOW_IS_REMISSION = "below 5 % with all else of PR was CR before"
MLFS_IS_NEVER_ALONE = "a missing count may always be one that CR, CRh or CRi takes, so MLFS is never the one candidate"
BLASTS_TELL_THEM_APART = "MLFS is below 5 %, PR is not"
WOMEN_NEED_LESS = "who has 100 has 90"
ABOVE_5_IS_PR_ANYWAY = "above 5 % the other half of PR is met"

UNNOTICED = {
    "ELN2022": {
        "CRi: without (ANC < 1.0 or platelets < 100)": BOTH_BACK_IS_CR,
        "CRi: ANC < 1.0 turned to <=": BOTH_BACK_IS_CR,
        "CRi: ANC < 1.0 moved to 0.99": PARTLY_BACK_IS_CRH,
        "CRi: ANC < 1.0 moved to 1.01": BOTH_BACK_IS_CR,
        "CRi: platelets < 100 turned to <=": BOTH_BACK_IS_CR,
        "CRi: platelets < 100 moved to 99.99": ALMOST_BACK_IS_CRH,
        "CRi: platelets < 100 moved to 100.01": BOTH_BACK_IS_CR,
        "MLFS: ANC not asked for": MLFS_IS_NEVER_ALONE,
        "MLFS: platelets not asked for": MLFS_IS_NEVER_ALONE,
        "PR: without marrow blasts >= 5": LOW_IS_REMISSION,
        "PR: marrow blasts >= 5 moved to 4.99": LOW_IS_REMISSION,
        "PR before MLFS": BLASTS_TELL_THEM_APART,
    },
    "ELN2017": {
        "CRi: without (ANC < 1.0 or platelets < 100)": BOTH_BACK_IS_CR,
        "CRi: ANC < 1.0 turned to <=": BOTH_BACK_IS_CR,
        "CRi: ANC < 1.0 moved to 1.01": BOTH_BACK_IS_CR,
        "CRi: platelets < 100 turned to <=": BOTH_BACK_IS_CR,
        "CRi: platelets < 100 moved to 100.01": BOTH_BACK_IS_CR,
        "PR before MLFS": BLASTS_TELL_THEM_APART,
    },
    "CN1987": {
        "CR: without sex > 0": WOMEN_NEED_LESS,
        "CR: sex > 0 turned to >=": WOMEN_NEED_LESS,
        "PR: marrow blasts <= 5 moved to 5.01": ABOVE_5_IS_PR_ANYWAY,
        "PR: without sex > 0": WOMEN_NEED_LESS,
        "PR: sex > 0 turned to >=": WOMEN_NEED_LESS,
    },
}

MUTANTS_MIN = {"ELN2022": 200, "ELN2017": 180, "CN1987": 180}


@pytest.mark.parametrize("rule_set", RULE_SETS)
def test_every_change_of_a_rule_set_fails_a_case(rule_set: str) -> None:
    table = [(case, entries_of(case), settings_of(case)) for case in cases(rule_set)]
    seen, unnoticed = 0, []
    for what, changed in mutants(RULE_SETS[rule_set]):
        seen += 1
        expected = (said_by(changed, entries, settings) == case["expected"] for case, entries, settings in table)
        if all(expected):
            unnoticed.append(what)
    assert seen >= MUTANTS_MIN[rule_set]
    assert unnoticed == list(UNNOTICED[rule_set])


def said_by(rules: RuleSet, entries: list[Entry], settings: ResponseSettings) -> str | None:
    """None where the changed rules ask what cannot be asked: a limit that depends on a value which is not there."""
    try:
        return said(of_the_case(derive_by(rules, entries, settings)))
    except AssertionError:
        return None


@pytest.mark.parametrize("rule_set", RULE_SETS)
def test_what_no_case_notices_changes_no_category(rule_set: str) -> None:
    unnoticed = [changed for what, changed in mutants(RULE_SETS[rule_set]) if what in UNNOTICED[rule_set]]
    assert len(unnoticed) == len(UNNOTICED[rule_set])
    for values, settings in around_the_limits(rule_set):
        expected = categorised(RULE_SETS[rule_set], values, settings)[:2]
        for changed in unnoticed:
            assert categorised(changed, values, settings)[:2] == expected


def numbers(*values: str) -> list[Span]:
    return [exactly(Decimal(value)) for value in values]


EITHER = [YES, NO]
AROUND = {
    "ELN": {
        Quantity.MARROW_BLASTS: numbers("4.99", "5", "25"),
        Quantity.PRETREATMENT_BLASTS: numbers("60"),
        Quantity.BLOOD_BLASTS: numbers("0", "1"),
        Quantity.EXTRAMEDULLARY: EITHER,
        Quantity.ANC: [*numbers("0.49", "0.5", "0.99", "1.0"), ANYTHING],
        Quantity.PLATELETS: [*numbers("49.99", "50", "99.99", "100"), ANYTHING],
        Quantity.SPICULES: EITHER,
        Quantity.AUER_RODS: EITHER,
        Quantity.CELLS_COUNTED: numbers("199", "200"),
        Quantity.CELLULARITY: numbers("5"),
    },
    "CN": {
        Quantity.MARROW_BLASTS: numbers("5", "5.01", "20"),
        Quantity.BLOOD_BLASTS: numbers("0", "1"),
        Quantity.EXTRAMEDULLARY: EITHER,
        Quantity.ERYTHROID: EITHER,
        Quantity.MEGAKARYOCYTES: numbers("1"),
        Quantity.ANC: numbers("1.49", "1.5"),
        Quantity.PLATELETS: numbers("99.99", "100"),
        Quantity.HAEMOGLOBIN: [*numbers("89.99", "90", "99.99", "100"), ANYTHING],
        Quantity.MALE: [*EITHER, ANYTHING],
    },
}
LOOKED_BACK = (Quantity.REMISSION, Quantity.BACK_IN_BLOOD, Quantity.THROUGH_COURSE)
NO_REMISSION = {Quantity.ADEQUATE: [YES], **{quantity: [NO] for quantity in LOOKED_BACK}}


def around_the_limits(rule_set: str) -> Iterator[tuple[dict[Quantity, Reading], ResponseSettings]]:
    spans = {**AROUND[rule_set.rstrip("0123456789")], **NO_REMISSION}
    for one_lineage in (True, False):
        settings = msgspec.structs.replace(STUDY.response, cri_requires_one_lineage=one_lineage)
        for chosen in itertools.product(*spans.values()):
            pairs = zip(spans, chosen, strict=True)
            yield {quantity: reading(quantity, span) for quantity, span in pairs}, settings


def reading(quantity: Quantity, span: Span) -> Reading:
    return Reading(quantity=quantity, span=span, value=None if span == ANYTHING else str(span.lower[0]))

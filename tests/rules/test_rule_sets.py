"""The rule sets as data: limits as they were published, and names that are refused."""

from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files

import pytest

from schemas.events.followup import Category
from schemas.rules.conditions import FINDINGS, OPPOSITE, Comparison, Quantity, limits_of
from schemas.rules.rule_sets import (
    CN1987,
    ELN2017,
    ELN2022,
    NAMED_ONLY,
    RULE_SETS,
    Refusal,
    RuleSet,
    rule_set,
    why_refused,
)
from schemas.study import StudyError, parse_study
from tests.rules.cases import cases

# Blood 2022;140:1345, Blood 2017;129:424, and the standard of 1987, as clinical.md has them.
HAEMOGLOBIN = ["haemoglobin >= 100", "haemoglobin >= 90"]
LIMITS = {
    "ELN2022": {
        Category.CR: ["marrow blasts < 5", "ANC >= 1.0", "platelets >= 100"],
        Category.CRH: ["marrow blasts < 5", "ANC >= 0.5", "platelets >= 50"],
        Category.CRI: ["marrow blasts < 5", "ANC < 1.0", "platelets < 100"],
        Category.MLFS: ["marrow blasts < 5", "marrow cells counted >= 200", "marrow cellularity >= 10"],
        Category.PR: [
            "marrow blasts >= 5",
            "marrow blasts <= 25",
            "pretreatment marrow blasts >= 2 x marrow blasts",
            "ANC >= 1.0",
            "platelets >= 100",
        ],
        Category.RELAPSE: ["marrow blasts >= 5"],
        Category.NE: [],
    },
    "CN1987": {
        Category.CR: [
            "marrow blasts <= 5",
            "ANC >= 1.5",
            "platelets >= 100",
            *HAEMOGLOBIN,
        ],
        Category.PR: [
            "marrow blasts > 5",
            "marrow blasts <= 20",
            "marrow blasts <= 5",
            "ANC >= 1.5",
            "platelets >= 100",
            *HAEMOGLOBIN,
        ],
        Category.RELAPSE: ["marrow blasts > 20", "marrow blasts > 5"],
        Category.NE: [],
    },
}
LIMITS["ELN2017"] = {category: said for category, said in LIMITS["ELN2022"].items() if category is not Category.CRH}


def numeric(rules: RuleSet, category: Category) -> Iterable[str]:
    for rule in rules.rules:
        if rule.category is category:
            for limit in (limit for condition in rule.conditions for limit in limits_of(condition)):
                if limit.quantity not in FINDINGS and limit.quantity is not Quantity.BLOOD_BLASTS:
                    factor = f" x {limit.times}" if limit.times else ""
                    yield f"{limit.quantity} {limit.comparison} {limit.limit}{factor}"


@pytest.mark.parametrize("name", RULE_SETS)
def test_the_limits_are_those_published(name: str) -> None:
    rules = RULE_SETS[name]
    assert {rule.category: list(numeric(rules, rule.category)) for rule in rules.rules} == LIMITS[name]


@pytest.mark.parametrize(
    ("rules", "order"),
    [
        (ELN2022, "relapse NE CR CRh CRi MLFS PR"),
        (ELN2017, "relapse NE CR CRi MLFS PR"),
        (CN1987, "relapse NE CR PR"),
    ],
)
def test_categories_are_tried_in_order_of_precedence(rules: RuleSet, order: str) -> None:
    assert " ".join(rule.category for rule in rules.rules) == order


def test_limits_are_exact_decimals() -> None:
    limits = [
        limit.limit
        for rules in RULE_SETS.values()
        for rule in rules.rules
        for condition in rule.conditions
        for limit in limits_of(condition)
    ]
    assert len(limits) > 80
    assert {type(limit) for limit in limits} == {Decimal}


def test_what_a_set_asks_of_relapse_and_refractory_disease() -> None:
    asked = [
        (rules.name, rules.samples_to_relapse, rules.courses_to_refractory, rules.days_to_refractory)
        for rules in RULE_SETS.values()
    ]
    assert asked == [("ELN2022", 2, 2, 180), ("ELN2017", 1, 2, None), ("CN1987", None, None, None)]


def test_haemoglobin_is_read_by_the_standard_of_1987_only() -> None:
    pair = (Quantity.ANC, Quantity.PLATELETS)
    assert [rules.counts for rules in RULE_SETS.values()] == [pair, pair, (*pair, Quantity.HAEMOGLOBIN)]


def test_the_guideline_of_2023_is_named_and_refused_with_its_reason() -> None:
    with pytest.raises(Refusal, match=r"CN2023 is refused as an endpoint: .*no limit is invented; a clinician"):
        rule_set("CN2023")
    assert set(NAMED_ONLY) == {"CN2023"}
    assert "CN2023" not in RULE_SETS


def test_no_cases_are_invented_for_it() -> None:
    with pytest.raises(FileNotFoundError):
        cases("CN2023")


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refusal, match="ELN2010 is not known; there are ELN2022, ELN2017, CN1987"):
        rule_set("ELN2010")


def test_a_known_name_gives_its_set() -> None:
    assert [rule_set(name).name for name in RULE_SETS] == ["ELN2022", "ELN2017", "CN1987"]
    assert why_refused("ELN2022") is None


@pytest.mark.parametrize("name", ["CN2023", "ELN2010"])
def test_a_study_that_names_a_refused_set_is_refused(name: str) -> None:
    toml = files("schemas.studies").joinpath("nct06486350.toml").read_text(encoding="utf-8")
    assert parse_study(toml.encode()).response.rule_set == "ELN2022"
    with pytest.raises(StudyError, match=f"rule set {name} is"):
        parse_study(toml.replace('rule_set = "ELN2022"', f'rule_set = "{name}"').encode())


def test_opposites_are_opposite() -> None:
    assert OPPOSITE == {
        Comparison.AT_LEAST: Comparison.BELOW,
        Comparison.BELOW: Comparison.AT_LEAST,
        Comparison.ABOVE: Comparison.AT_MOST,
        Comparison.AT_MOST: Comparison.ABOVE,
    }

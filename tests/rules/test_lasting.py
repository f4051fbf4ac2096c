"""Until when a row holds, in days from day 0; tests/analytics/test_live.py holds it against every day's own row."""

import msgspec
import pytest

from schemas.rules.lasting import next_change_on
from schemas.study import StudyDefinition
from tests.rules.drawn import IN_FULL_SET, STUDY, on, timeline

WITHOUT_RULES = msgspec.structs.replace(STUDY, response=msgspec.structs.replace(STUDY.response, rule_set=None))
BY_2017 = msgspec.structs.replace(STUDY, response=msgspec.structs.replace(STUDY.response, rule_set="ELN2017"))


@pytest.mark.parametrize(
    ("history", "cutoff", "until"),
    [
        ("-8 screened", 0, None),
        ("-8 screened, -5 enrolled, 40 alive", 40, 41),
        ("-8 screened, -5 enrolled, 40 alive", 41, None),
        # The first dose says that the subject was alive on that day.
        (IN_FULL_SET, 0, 1),
        (IN_FULL_SET, 1, 30),
        (IN_FULL_SET, 30, 60),
        # ELN 2022: refractory from 180 days after a less intensive start on.
        (IN_FULL_SET, 60, 180),
        (IN_FULL_SET, 180, 365),
        (IN_FULL_SET, 365, None),
        (f"{IN_FULL_SET}, 100 alive", 100, 101),
    ],
)
def test_a_row_holds_until_the_next_day_that_a_rule_watches_for(history: str, cutoff: int, until: int | None) -> None:
    found = next_change_on(timeline(history, cutoff), STUDY, on(cutoff))
    assert found == (None if until is None else on(until))


@pytest.mark.parametrize("study", [WITHOUT_RULES, BY_2017], ids=["no rule set", "one without such a day"])
def test_the_day_of_refractory_disease_is_watched_for_only_where_the_rules_have_one(study: StudyDefinition) -> None:
    assert next_change_on(timeline(IN_FULL_SET, 60), study, on(60)) == on(365)

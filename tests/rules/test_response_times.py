"""Time to response and remission of one subject: what ends them, and where they are censored."""

import msgspec
import pytest

from schemas.events.followup import Category
from schemas.rules.response_times import ResponseCensoring
from tests.rules.drawn import IN_FULL_SET, STUDY, on, row
from tests.rules.test_endpoints import LOW_PLATELETS, by_rules, endpoint

# history after day 0 | cutoff | days | how it ended | entry of the end, by its place in the line | the reason
RESPONSES = [
    ("28 CR", 400, 28, "responded", "28 CR", "the first qualifying assessment is the response"),
    ("28 NR, 60 PR, 90 CR", 400, 60, "responded", "60 PR", "a PR counts in ORR and is the first"),
    ("28 MLFS, 60 CR", 400, 60, "responded", "60 CR", "MLFS does not count in ORR by the study's setting"),
    ("365 CR", 400, 365, "responded", "365 CR", "the last day of the window is within it"),
    ("28 NR, 366 CR", 400, 28, "window-over", "28 NR", "a response after the window is none"),
    ("0 CR", 400, 0, "responded", "0 CR", "day 0 itself"),
    ("28 CR, 20 dead", 400, 28, "responded", "28 CR", "a response stands whatever is said of a death before it"),
    ("12 dead", 400, 12, "died", "12 dead", "an early death competes"),
    ("28 NR, 60 dead", 400, 60, "died", "60 dead", "a death after an assessment without response competes"),
    ("28 NR, 365 dead", 400, 365, "died", "365 dead", "a death on the last day of the window competes"),
    ("28 NR, 366 dead", 400, 28, "window-over", "28 NR", "a death after the window does not"),
    ("28 NR, 60 dead", 59, 28, "last-assessed", "28 NR", "a death after the cutoff is not known"),
    ("0 dead", 400, 0, "died", "0 dead", "a death on day 0 competes"),
    ("-3 dead", 400, 0, "not-assessed", "0 chemo", "a death said to be before day 0 ends nothing"),
    ("", 100, 0, "not-assessed", "0 chemo", "nobody looked: censored on day 0"),
    ("28 NE", 100, 0, "not-assessed", "0 chemo", "NE is no look"),
    ("200 alive", 400, 0, "not-assessed", "0 chemo", "alive at the end and never assessed is not known to have failed"),
    ("28 NR, 60 NE", 100, 28, "last-assessed", "28 NR", "censored at the last assessment that could be read"),
    ("28 NR, 70 MLFS", 100, 70, "last-assessed", "70 MLFS", "an MLFS is an assessment without response"),
    ("28 NR, 70 NR", 365, 70, "window-over", "70 NR", "on day 365 the window is over"),
    ("28 NR, 70 NR", 364, 70, "last-assessed", "70 NR", "the day before it is not"),
    ("28 NR, 40 line-2, 60 CR", 400, 28, "treated-anew", "28 NR", "a response to a new line is not this one's"),
    ("28 NR, 40 line-2, 60 dead", 400, 28, "treated-anew", "28 NR", "nor does a death after it compete"),
    ("28 NR, 40 line-2, 40 dead", 400, 40, "died", "40 dead", "a death on the very day of it does"),
    ("28 NR, 50 transplant, 60 CR", 400, 28, "treated-anew", "28 NR", "nor is a response to a transplant"),
    ("28 NR, 40 transplant, 50 line-2, 45 dead", 400, 28, "treated-anew", "28 NR", "the earlier of the two counts"),
    ("40 line-2, 60 CR", 400, 0, "not-assessed", "0 chemo", "without any look before it, day 0"),
]


def _place(history: str, fact: str) -> str:
    """The id of a fact, which holds its place in the line drawn."""
    facts = [each.strip() for each in f"{IN_FULL_SET}, {history}".split(",") if each.strip()]
    place = facts.index(fact)
    # The nine answers of "eligible" are nine entries, one fact in the line.
    return f"S-001-{place + 8 if place > 2 else place}-{fact.split()[1]}"


@pytest.mark.parametrize(
    ("history", "cutoff", "days", "ended", "entry"),
    [case[:5] for case in RESPONSES],
    ids=[case[5] for case in RESPONSES],
)
def test_time_to_response_rule(history: str, cutoff: int, days: int, ended: str, entry: str) -> None:
    found = row(f"{IN_FULL_SET}, {history}", cutoff).time_to_response
    assert found is not None
    assert found.days == days
    assert found.responded is (ended == "responded")
    assert found.died is (ended == "died")
    assert (found.censoring.value if found.censoring else None) == (None if ended in ("responded", "died") else ended)
    assert found.source == _place(history, entry)


def test_every_censoring_is_in_the_table() -> None:
    assert {case[3] for case in RESPONSES} == {"responded", "died", *(each.value for each in ResponseCensoring)}


# history after day 0 | cutoff | start | days | how it ended | entry of the end | the reason
REMISSIONS = [
    ("28 CR, 200 relapse", 400, 28, 172, "relapsed", "200 relapse", "from the first remission to the relapse"),
    (
        "28 CRi, 60 CR, 200 relapse",
        400,
        28,
        172,
        "relapsed",
        "200 relapse",
        "a CRi begins it, and the CR does not anew",
    ),
    ("28 CRh, 200 relapse", 400, 28, 172, "relapsed", "200 relapse", "so does a CRh"),
    ("28 PR, 60 CR, 200 relapse", 400, 60, 140, "relapsed", "200 relapse", "a PR does not begin it"),
    ("28 CR, 500 relapse", 600, 28, 472, "relapsed", "500 relapse", "a relapse after the window ends it too"),
    ("28 CR, 100 line-2, 200 relapse", 400, 28, 172, "relapsed", "200 relapse", "also after another treatment"),
    ("28 CR, 200 found-relapse", 400, 28, 172, "relapsed", "200 found-relapse", "a relapse found otherwise ends it"),
    ("28 CR, 28 relapse", 400, 28, 0, "relapsed", "28 relapse", "a relapse of the same day, recorded later"),
    ("20 relapse, 28 CR, 90 CR", 400, 28, 62, "censored", "90 CR", "a relapse before it is none"),
    ("28 CR, 150 dead", 400, 28, 122, "died", "150 dead", "death without relapse ends it and competes"),
    ("28 CR, 200 relapse, 300 dead", 400, 28, 172, "relapsed", "200 relapse", "a death after the relapse does not"),
    ("28 CR, 200 relapse, 200 dead", 400, 28, 172, "relapsed", "200 relapse", "of one day the relapse came first"),
    ("28 CR, 200 relapse, 199 dead", 400, 28, 171, "died", "199 dead", "a relapse noted after the death is none"),
    ("28 CR, 28 dead", 400, 28, 0, "died", "28 dead", "death on its first day"),
    ("28 CR, 20 dead, 90 CR", 400, 28, 62, "censored", "90 CR", "a death said to be before it ends nothing"),
    ("28 CR", 400, 28, 0, "censored", "28 CR", "nobody looked again: 0 days are known"),
    ("28 CR, 300 alive", 400, 28, 0, "censored", "28 CR", "that the subject lives says nothing of the remission"),
    ("28 CR, 90 CR, 150 NE", 400, 28, 62, "censored", "90 CR", "censored at the last look that could be read"),
    ("28 CR, 90 NR", 400, 28, 62, "censored", "90 NR", "also one without response, which is no relapse"),
    ("28 CR, 200 relapse", 199, 28, 0, "censored", "28 CR", "a relapse after the cutoff is not known"),
    ("28 CR, 500 CR", 600, 28, 472, "censored", "500 CR", "a look after the window is one"),
]


@pytest.mark.parametrize(
    ("history", "cutoff", "start", "days", "ended", "entry"),
    [case[:6] for case in REMISSIONS],
    ids=[case[6] for case in REMISSIONS],
)
def test_remission_rule(history: str, cutoff: int, start: int, days: int, ended: str, entry: str) -> None:
    found = row(f"{IN_FULL_SET}, {history}", cutoff).remission
    assert found is not None
    assert (found.start_on, found.days) == (on(start), days)
    assert {"relapsed": found.relapsed, "died": found.died, "censored": found.censored} == {
        each: each == ended for each in ("relapsed", "died", "censored")
    }
    assert found.source == _place(history, entry)
    assert found.start.endswith(("CR", "CRi", "CRh"))


@pytest.mark.parametrize("history", ["28 PR", "28 MLFS", "28 NR", "366 CR", "", "40 line-2, 60 CR"])
def test_who_never_was_in_a_remission_that_counts_has_none(history: str) -> None:
    assert row(f"{IN_FULL_SET}, {history}", 400).remission is None


@pytest.mark.parametrize(
    ("history", "days"),
    [("28 CR, 128 transplant", 100), ("28 CR, 28 transplant", 0), ("28 CR", None)],
    ids=["after it", "on its first day", "none"],
)
def test_a_transplant_is_counted_from_the_start_of_the_remission(history: str, days: int | None) -> None:
    found = row(f"{IN_FULL_SET}, {history}", 400).remission
    assert found is not None
    assert found.transplant_days == days


def test_a_transplant_before_the_remission_has_no_day_in_it() -> None:
    response = msgspec.structs.replace(STUDY.response, after_transplant_counts=True)
    found = row(
        f"{IN_FULL_SET}, 20 transplant, 28 CR", 400, study=msgspec.structs.replace(STUDY, response=response)
    ).remission
    assert found is not None
    assert found.transplant_days is None


def test_a_response_after_a_transplant_counts_where_the_study_says_so() -> None:
    response = msgspec.structs.replace(STUDY.response, after_transplant_counts=True)
    found = row(
        f"{IN_FULL_SET}, 20 transplant, 28 CR", 400, study=msgspec.structs.replace(STUDY, response=response)
    ).time_to_response
    assert found is not None
    assert (found.days, found.responded) == (28, True)


def test_mlfs_is_a_response_where_the_study_says_so() -> None:
    orr = (*STUDY.endpoints.orr, Category.MLFS)
    study = msgspec.structs.replace(STUDY, endpoints=msgspec.structs.replace(STUDY.endpoints, orr=orr))
    found = row(f"{IN_FULL_SET}, 28 MLFS, 60 CR", 400, study=study).time_to_response
    assert found is not None
    assert (found.days, found.responded) == (28, True)


def test_times_are_those_of_the_reading_that_is_the_endpoint() -> None:
    # The rules see a CRh on day 28 where the investigator, whose category is on that day as well, saw a CR.
    investigator, derived = endpoint(*LOW_PLATELETS), endpoint(*LOW_PLATELETS, study=by_rules(STUDY))
    assert investigator.remission is not None
    assert derived.remission is not None
    assert (investigator.remission.start, derived.remission.start) == ("assessed-28", "marrow-28")
    assert derived.time_to_response is not None
    assert derived.time_to_response.source == "marrow-28"


def test_who_is_not_in_the_full_set_has_no_times() -> None:
    found = row("-8 screened, -7 consent, -6 eligible, -5 enrolled", 400)
    assert (found.time_to_response, found.remission) == (None, None)

"""Responder, non-responder, pending, best response: one drawn patient for each trap of the counting rules."""

import msgspec
import pytest

from schemas.events.corrections import EntryCorrected, EntryVoided
from schemas.events.followup import Category
from schemas.rules.endpoints import endpoint_of
from schemas.rules.response import Closed, Outcome, ResponseRow
from schemas.rules.timeline import timeline_of
from schemas.settlement import settle
from tests.rules.drawn import DAY_0, IN_FULL_SET, STUDY, events, on, row

R, N, P = Outcome.RESPONDER, Outcome.NON_RESPONDER, Outcome.PENDING

# history after day 0 | cutoff | outcome | best, as counted | why closed | the reason, which is the test's name
CASES = [
    ("", 0, P, None, None, "day 0 itself with nothing known is pending"),
    ("", 364, P, None, None, "without any assessment the day before the window ends is pending"),
    ("", 365, N, "NE", "window-over", "on day 365 the window is over, and nothing assessed is NE"),
    ("", 366, N, "NE", "window-over", "after day 365 nothing assessed is NE"),
    ("28 CR", 27, P, None, None, "what happened after the cutoff is ignored"),
    ("28 CR", 28, R, "CR", None, "what happened on the cutoff counts"),
    ("0 CR", 10, R, "CR", None, "an assessment on day 0 is inside the window"),
    ("-1 CR", 10, P, None, None, "an assessment before day 0 is outside the window"),
    ("365 CR", 400, R, "CR", "window-over", "an assessment on day 365 is inside the window"),
    ("366 CR", 400, N, "NE", "window-over", "an assessment on day 366 is outside the window"),
    ("28 NR, 366 CR", 400, N, "NR", "window-over", "a response on day 366 does not turn a non-responder"),
    ("28 NR", 100, P, "NR", None, "NR so far is pending: a later course may still work"),
    ("28 MLFS", 100, P, "MLFS", None, "MLFS so far is pending"),
    ("28 MLFS", 365, N, "MLFS", "window-over", "MLFS does not count in ORR"),
    ("28 NR", 365, N, "NR", "window-over", "NR at the window's end is a non-responder"),
    ("28 NE", 365, N, "NE", "window-over", "NE at the window's end is a non-responder"),
    ("28 NE", 100, P, "NE", None, "NE so far is pending"),
    ("28 PR, 60 MLFS", 100, R, "PR", None, "PR and then MLFS is a responder whose best is PR"),
    ("28 MLFS, 60 PR", 100, R, "PR", None, "MLFS and then PR is a responder whose best is PR"),
    ("28 CRi, 60 CR", 100, R, "CR", None, "a later CR upgrades a best response of CRi"),
    ("28 CR, 60 CRi", 100, R, "CR", None, "a later CRi does not lower a best response of CR"),
    ("28 PR, 60 CRi", 100, R, "CRi", None, "CRi is better than PR"),
    ("28 CRh", 100, R, "CRi", None, "CRh is shown inside CRi and counts in ORR"),
    ("28 CRi, 60 CRh", 100, R, "CRi", None, "CRh and CRi are one line"),
    ("28 NR, 60 MLFS", 100, P, "MLFS", None, "MLFS is better than NR"),
    ("28 NE, 60 NR", 100, P, "NR", None, "NR is better than NE"),
    ("20 dead", 20, N, "NE", "died", "death before any assessment is NE at once"),
    ("20 dead", 19, P, None, None, "a death after the cutoff is ignored"),
    ("28 NR, 40 dead", 100, N, "NR", "died", "death after NR closes as a non-responder"),
    ("28 PR, 40 dead", 100, R, "PR", "died", "death after a response leaves a responder"),
    ("20 withdrew", 100, N, "NE", "withdrew", "withdrawn consent before any assessment is a non-responder, NE"),
    ("28 CR, 40 withdrew", 100, R, "CR", "withdrew", "withdrawn consent after a response leaves a responder"),
    ("20 lost", 100, P, None, None, "a lost subject is pending until the window's end"),
    ("20 lost", 365, N, "NE", "window-over", "a lost subject is NE at the window's end"),
    ("20 ended", 100, P, None, None, "the end of study without withdrawal leaves the window open"),
    ("28 CR, 90 relapse", 100, R, "CR", "relapsed", "a relapse does not undo a response"),
    ("28 CRi, 90 relapse, 150 CR", 200, R, "CRi", "relapsed", "a CR after relapse answers another line of treatment"),
    ("28 relapse, 60 CR", 100, R, "CR", None, "a relapse without an earlier remission is passed over"),
    ("28 PR, 40 relapse, 60 CR", 100, R, "CR", None, "PR is no remission, so nothing can relapse from it"),
    ("28 relapse", 365, N, "NE", "window-over", "a relapse is no response category"),
    ("28 CR, 366 relapse", 400, R, "CR", "window-over", "a relapse after the window changes nothing"),
    ("28 CR, 90 found-relapse, 150 CR", 200, R, "CR", "relapsed", "a relapse found by itself counts as one assessed"),
    ("28 NR, 40 transplant, 60 CR", 100, P, "NR", "transplanted", "a CR after a transplant does not count"),
    ("28 NR, 40 transplant, 40 CR", 100, R, "CR", "transplanted", "a marrow of the transplant's day was before it"),
    ("28 NR, 40 transplant", 365, N, "NR", "window-over", "transplanted without a response fails at the window's end"),
    ("28 NR, 40 line-2, 60 CR", 100, P, "NR", "next-line", "a CR after a new line began does not count"),
    ("28 CRi, 40 line-2, 60 CR", 100, R, "CRi", "next-line", "nor does it upgrade one from before"),
    ("28 NR, 40 transplant, 50 line-2", 100, P, "NR", "transplanted", "of two the earlier closes: the transplant"),
    ("28 NR, 40 line-2, 50 transplant", 100, P, "NR", "next-line", "of two the earlier closes: the new line"),
    ("28 NR, 40 chemo-2, 60 CR", 100, R, "CR", None, "a second course of the same line is no new line"),
    ("1 chemo, 365 CR", 400, R, "CR", "window-over", "day 0 is the first day of the first course"),
]


def response(history: str, cutoff: int) -> ResponseRow:
    found = row(f"{IN_FULL_SET}, {history}", cutoff).response
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("history", "cutoff", "outcome", "best", "closed"), [case[:5] for case in CASES], ids=[case[5] for case in CASES]
)
def test_counting_rule(history: str, cutoff: int, outcome: Outcome, best: str | None, closed: str | None) -> None:
    found = response(history, cutoff)
    assert found.outcome is outcome
    assert (found.shown.value if found.shown else None) == best
    assert (found.closed.value if found.closed else None) == closed


def test_a_response_names_its_first_qualifying_and_its_best_entry() -> None:
    found = response("28 NR, 40 PR, 70 CRi, 90 CRi", 100)
    assert (found.responded_on, found.responded_entry) == (on(40), "S-001-14-PR")
    assert found.best_entry == "S-001-15-CRi", "of equal categories the first is named"
    assert found.rule_set == "ELN2022"


def test_the_window_is_stated_with_its_last_day() -> None:
    found = response("", 10)
    assert (found.day_0_on, found.window_ends_on) == (DAY_0, on(365))
    assert found.window_ends_on.isoformat() == "2024-08-31", "366 days lie in this leap year, 365 are counted"


def test_crh_is_a_line_of_its_own_where_the_setting_says_so() -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, crh_counts_as_cri=False)
    study = msgspec.structs.replace(STUDY, endpoints=endpoints)
    found = row(f"{IN_FULL_SET}, 28 CRh", 100, study=study).response
    assert found is not None
    assert (found.outcome, found.best, found.shown) == (R, Category.CRH, Category.CRH)


def test_crh_counts_in_orr_even_where_the_setting_forgets_it() -> None:
    endpoints = msgspec.structs.replace(STUDY.endpoints, orr=(Category.CR,))
    study = msgspec.structs.replace(STUDY, endpoints=endpoints)
    responders = {
        category: row(f"{IN_FULL_SET}, 28 {category}", 100, study=study).response.outcome  # type: ignore[union-attr]
        for category in ("CR", "CRh", "CRi", "PR")
    }
    assert responders == {"CR": R, "CRh": R, "CRi": P, "PR": P}


def test_mlfs_counts_in_orr_where_the_setting_says_so() -> None:
    orr = (*STUDY.endpoints.orr, Category.MLFS)
    study = msgspec.structs.replace(STUDY, endpoints=msgspec.structs.replace(STUDY.endpoints, orr=orr))
    alone = row(f"{IN_FULL_SET}, 28 MLFS", 100, study=study).response
    with_pr = row(f"{IN_FULL_SET}, 28 PR, 60 MLFS", 100, study=study).response
    assert alone is not None
    assert alone.outcome is R
    assert with_pr is not None
    assert with_pr.best is Category.MLFS, "both count now, and the ELN's table puts MLFS before PR"


def test_outside_of_the_full_set_there_is_no_response() -> None:
    assert row("-8 screened, -7 consent, -6 eligible, -5 enrolled, 28 CR", 400).response is None


def test_a_corrected_category_is_counted_as_corrected_and_a_voided_one_is_not() -> None:
    drawn = events(f"{IN_FULL_SET}, 28 CR")
    assessed = drawn[-1]
    correction = msgspec.structs.replace(
        assessed,
        id="correction",
        reason="transcription",
        facts=EntryCorrected(
            target=assessed.id, target_type=assessed.type, replacement={"category": "NR", "rule_set": "ELN2022"}
        ),
    )
    void = msgspec.structs.replace(assessed, id="void", reason="wrong patient", facts=EntryVoided(target=assessed.id))
    for action, best in ((correction, Category.NR), (void, None)):
        in_force = settle([*drawn, action]).in_force()
        found = endpoint_of(timeline_of("S-001", in_force, on(100), STUDY), STUDY, on(100)).response
        assert found is not None
        assert (found.outcome, found.best) == (P, best)


def test_every_reason_for_closing_is_in_the_table() -> None:
    assert {case[4] for case in CASES} == {None, *(each.value for each in Closed)}


def test_a_response_after_a_transplant_or_a_new_line_counts_where_the_study_says_so() -> None:
    settings = msgspec.structs.replace(STUDY.response, after_transplant_counts=True, after_next_line_counts=True)
    study = msgspec.structs.replace(STUDY, response=settings)
    for history in ("28 NR, 40 transplant, 60 CR", "28 NR, 40 line-2, 60 CR"):
        found = row(f"{IN_FULL_SET}, {history}", 100, study=study).response
        assert found is not None
        assert (found.outcome, found.best, found.closed) == (R, Category.CR, None)


def test_a_relapse_that_ends_the_counting_is_named_with_its_entry() -> None:
    found = row(f"{IN_FULL_SET}, 28 CR, 90 found-relapse", 200).response
    assert found is not None
    assert found.relapsed_on == on(90)
    assert found.relapsed_entry is not None
    assert found.relapsed_entry.endswith("found-relapse")


def test_a_relapse_alone_names_no_rule_set() -> None:
    entries = settle(events("0 found-relapse")).in_force()
    (assessment,) = timeline_of("S-001", entries, None, STUDY).assessments
    assert (assessment.category, assessment.rule_set) == (Category.RELAPSE, "")

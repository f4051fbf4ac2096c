"""What derived responses come to: refractory disease, best response, relapse, early death, agreement."""

import datetime as dt

import msgspec
import pytest

from schemas.events import SubjectDied, SubjectTransplanted
from schemas.events.enrollment import Intensity
from schemas.events.event import Event
from schemas.events.followup import Category, Cause, Certainty
from schemas.events.treatment import Graft
from schemas.rules.comparison import Accord, Because, compared
from schemas.rules.derivation import derive
from schemas.rules.history import history_of
from schemas.rules.refractory import After, Refractory, refractory_of
from schemas.rules.response import Closed, Outcome
from schemas.rules.rule_sets import RULE_SETS, Refusal
from schemas.study import StudyDefinition
from tests.rules.drawn import STUDY
from tests.rules.histories import count, counts, course, in_force, judged, marrow, on, written
from tests.rules.outcomes import ResponseOutcome, outcome_of

LESS = Intensity.LESS_INTENSIVE


def died(days: int) -> Event:
    return written(days, "death", SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED))


def by(rule_set: str, **changed: bool) -> StudyDefinition:
    return msgspec.structs.replace(
        STUDY, response=msgspec.structs.replace(STUDY.response, rule_set=rule_set, **changed)
    )


def refractory(
    *events: Event | list[Event], cutoff: int = 400, died_on: dt.date | None = None, rule_set: str = "ELN2022"
) -> Refractory | None:
    entries = in_force(*events)
    derived = derive(entries, by(rule_set))
    return refractory_of(derived, history_of(entries, STUDY.response).courses, RULE_SETS[rule_set], on(cutoff), died_on)


def found(days: int, entry: str, after: After = After.INTENSIVE_COURSES) -> Refractory:
    return Refractory(on=on(days), entry=entry, after=after)


# --- refractory disease


def test_no_remission_after_two_intensive_courses_is_refractory() -> None:
    told = course(0), marrow(28, "50"), course(30, 2), marrow(58, "40")
    assert refractory(*told) == found(58, "marrow-58")
    assert refractory(*told, rule_set="ELN2017") == found(58, "marrow-58")
    assert refractory(*told, rule_set="CN1987") is None


def test_one_course_is_not_enough_to_be_refractory() -> None:
    assert refractory(course(0), marrow(28, "50")) is None
    assert refractory(course(0), marrow(28, "50"), course(30, 2)) is None, "nothing was judged after the second course"


def test_a_marrow_on_the_first_day_of_the_second_course_answers_the_first() -> None:
    assert refractory(course(0), marrow(30, "50"), course(30, 2)) is None
    assert refractory(course(0), marrow(31, "50"), course(30, 2)) == found(31, "marrow-31")


def test_a_remission_at_any_time_is_not_refractory() -> None:
    early = course(0), marrow(28), counts(28), course(30, 2), marrow(58, "4"), counts(58, "0.1", "10")
    assert refractory(*early) is None
    late = course(0), marrow(28, "50"), course(30, 2), marrow(44, "20"), marrow(58), counts(58)
    assert refractory(*late) is None


def test_a_remission_after_a_third_course_leaves_it_refractory() -> None:
    told = course(0), marrow(28, "50"), course(30, 2), marrow(58, "40"), course(60, 3), marrow(90), counts(90)
    assert refractory(*told) == found(58, "marrow-58")


def test_the_first_day_of_the_third_course_still_answers_the_second() -> None:
    told = course(0), marrow(28, "50"), course(30, 2), course(60, 3)
    assert refractory(*told, marrow(60, "40")) == found(60, "marrow-60")
    assert refractory(*told, marrow(61, "40")) is None


def test_the_last_response_before_the_next_course_names_the_day() -> None:
    told = course(0), course(30, 2), marrow(44, "45"), marrow(58, "40"), marrow(65, "2", dilute=True)
    assert refractory(*told) == found(58, "marrow-58")


def test_a_sample_that_says_nothing_is_not_refractory() -> None:
    assert refractory(course(0), course(30, 2), marrow(58, "40", dilute=True)) is None


def test_what_may_be_a_remission_is_not_refractory() -> None:
    assert refractory(course(0), course(30, 2), marrow(58, "2")) is None
    assert refractory(course(0), marrow(-3, "60"), course(30, 2), marrow(50, "50"), marrow(58, "12")) == found(
        50, "marrow-50"
    )


def test_mlfs_and_pr_are_no_remission() -> None:
    mlfs = course(0), course(30, 2), marrow(58), counts(58, "0.1", "10")
    assert refractory(*mlfs) == found(58, "marrow-58")
    pr = course(0), marrow(-3, "60"), course(30, 2), marrow(58, "12"), counts(58)
    assert refractory(*pr) == found(58, "marrow-58")


def test_courses_of_later_lines_are_no_induction() -> None:
    told = course(0), marrow(28, "50"), course(30, 2, line=2), marrow(58, "40")
    assert refractory(*told) is None


def test_a_less_intensive_course_is_not_one_of_the_two() -> None:
    told = course(0), course(30, 2, intensity=LESS), marrow(58, "40")
    assert refractory(*told) is None
    assert refractory(*told, course(60, 3), marrow(90, "40")) == found(90, "marrow-90")


def test_no_remission_180_days_after_a_less_intensive_start_is_refractory() -> None:
    told = course(0, intensity=LESS), marrow(90, "50")
    assert refractory(*told, cutoff=179) is None
    assert refractory(*told, cutoff=180) == found(180, "marrow-90", After.LESS_INTENSIVE_DAYS)
    assert refractory(*told, rule_set="ELN2017") is None
    assert refractory(course(0), marrow(90, "50")) is None, "the start was intensive"


def test_a_remission_on_day_180_is_in_time_and_on_day_181_too_late() -> None:
    told = course(0, intensity=LESS), marrow(90, "50")
    assert refractory(*told, marrow(180), counts(180)) is None
    assert refractory(*told, marrow(181), counts(181)) == found(180, "marrow-90", After.LESS_INTENSIVE_DAYS)


@pytest.mark.parametrize(("days", "expected"), [(179, None), (180, None), (181, 180)])
def test_who_died_by_day_180_is_not_refractory(days: int, expected: int | None) -> None:
    outcome = refractory(course(0, intensity=LESS), marrow(90, "50"), died_on=on(days))
    assert (outcome.on if outcome else None) == (on(expected) if expected else None)


def test_without_a_judged_marrow_nobody_is_refractory() -> None:
    assert refractory(course(0, intensity=LESS)) is None
    assert refractory(course(0, intensity=LESS), marrow(90, None)) is None
    assert refractory() is None


def test_the_earlier_of_two_ways_to_be_refractory_is_told() -> None:
    told = course(0, intensity=LESS), course(30, 2), course(60, 3), marrow(90, "40")
    assert refractory(*told) == found(90, "marrow-90")
    late = course(0, intensity=LESS), marrow(90, "50"), course(185, 2), course(215, 3), marrow(245, "40")
    assert refractory(*late) == found(180, "marrow-90", After.LESS_INTENSIVE_DAYS)


# --- the whole outcome


def outcome(*events: Event | list[Event], cutoff: int = 400, study: StudyDefinition = STUDY) -> ResponseOutcome:
    reached = outcome_of("S-001", in_force(*events), study, on(cutoff))
    assert reached is not None
    return reached


def test_best_response_is_counted_over_derived_categories() -> None:
    told = course(0), marrow(28), counts(28, "0.3", "150"), marrow(60), counts(60)
    row = outcome(*told).row
    assert (row.outcome, row.best, row.best_entry) == (Outcome.RESPONDER, Category.CR, "marrow-60")
    assert (row.responded_on, row.responded_entry, row.rule_set) == (on(28), "marrow-28", "ELN2022")
    assert outcome(*told).subject == "S-001"


def test_the_investigators_category_is_not_in_the_derived_best_response() -> None:
    row = outcome(course(0), marrow(28, "50"), judged(28, Category.CR), cutoff=100).row
    assert (row.outcome, row.best) == (Outcome.PENDING, Category.NR)


def test_an_undetermined_response_is_pending_and_ne_at_the_windows_close() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    pending, closed = outcome(*told, cutoff=364).row, outcome(*told, cutoff=365).row
    assert (pending.outcome, pending.best) == (Outcome.PENDING, None)
    assert (closed.outcome, closed.best, closed.closed) == (Outcome.NON_RESPONDER, Category.NE, Closed.WINDOW_OVER)


def test_what_happened_after_the_cutoff_is_not_derived_from() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0"), counts(30)
    assert outcome(*told, cutoff=29).derived[0].category is None
    assert outcome(*told, cutoff=30).derived[0].category is Category.CR


def test_nothing_comes_of_a_subject_without_chemotherapy() -> None:
    assert outcome_of("S-001", in_force(marrow(28), counts(28)), STUDY, on(400)) is None
    assert outcome_of("S-001", in_force(course(5)), STUDY, on(4)) is None
    assert outcome_of("S-001", in_force(course(5)), STUDY, on(5)) is not None


def test_a_refused_rule_set_gives_no_outcome() -> None:
    with pytest.raises(Refusal):
        outcome(course(0), study=by("CN2023"))


def test_death_before_any_marrow_is_ne_and_an_early_death() -> None:
    early = outcome(course(0), died(20), cutoff=30)
    assert (early.row.outcome, early.row.best, early.early_death) == (Outcome.NON_RESPONDER, Category.NE, True)
    assert (early.derived, early.refractory, early.relapsed) == ((), None, None)
    assert not outcome(course(0), marrow(14, "50"), died(20), cutoff=30).early_death


def test_a_dilute_marrow_before_death_is_ne_and_an_early_death() -> None:
    early = outcome(course(0), marrow(14, "2", dilute=True), died(20), cutoff=30)
    assert (early.row.best, early.row.best_entry, early.early_death) == (Category.NE, "marrow-14", True)


def test_who_died_before_day_180_is_not_refractory_in_the_outcome() -> None:
    told = course(0, intensity=LESS), marrow(90, "50")
    assert outcome(*told).refractory == found(180, "marrow-90", After.LESS_INTENSIVE_DAYS)
    assert outcome(*told, died(150)).refractory is None


def test_the_first_derived_relapse_is_told() -> None:
    told = course(0), marrow(28), counts(28), marrow(90, "30"), marrow(97, "40")
    reached = outcome(*told)
    assert reached.relapsed is not None
    assert reached.relapsed.entry == "marrow-90"
    assert (reached.row.best, reached.row.closed) == (Category.CR, Closed.WINDOW_OVER)


def transplanted(days: int) -> Event:
    return written(days, "transplant", SubjectTransplanted(graft=Graft.ALLOGENEIC))


def test_responses_after_a_transplant_count_where_the_study_says_so() -> None:
    told = course(0), marrow(28, "50"), marrow(60), counts(60)
    assert outcome(*told, transplanted(60)).row.best is Category.CR, "a marrow of the day was taken before"
    assert outcome(*told, transplanted(59)).row.best is Category.NR
    assert outcome(*told, transplanted(59), study=by("ELN2022", after_transplant_counts=True)).row.best is Category.CR


def test_responses_to_a_new_line_count_where_the_study_says_so() -> None:
    told = course(0), marrow(28, "50"), marrow(60), counts(60)
    assert outcome(*told, course(60, 2, line=2)).row.best is Category.CR, "a marrow of the day was taken before"
    assert outcome(*told, course(59, 2, line=2)).row.best is Category.NR
    counted = by("ELN2022", after_next_line_counts=True)
    assert outcome(*told, course(59, 2, line=2), study=counted).row.best is Category.CR


# --- the investigator's category beside the derived one


TOLD = course(0), marrow(28), counts(28)


def accords(*events: Event | list[Event]) -> list[tuple[Accord, Because | None]]:
    return [(each.accord, each.because) for each in outcome(*events).compared]


def test_equal_categories_agree() -> None:
    (both,) = outcome(*TOLD, judged(28, Category.CR)).compared
    assert (both.accord, both.because) == (Accord.AGREE, None)
    assert (both.category, both.rule_set, both.mark.entry) == (Category.CR, "ELN2022", "judged-28")
    assert both.derived is not None
    assert both.derived.marrow == "marrow-28"


def test_other_categories_differ_and_both_are_kept_with_the_log() -> None:
    (both,) = outcome(course(0), marrow(28), counts(28, "2.0", "96"), judged(28, Category.CR)).compared
    assert (both.accord, both.because, both.category) == (Accord.DIFFER, None, Category.CR)
    assert both.derived is not None
    assert both.derived.category is Category.CRH
    assert "platelets 96 10*9/L on 2026-01-29 [entry platelets-28] < 100: fails CR" in map(str, both.derived.log)


def test_an_undetermined_response_differs_only_from_what_it_cannot_be() -> None:
    told = course(0), marrow(28), count(28, "anc", "2.0")
    assert accords(*told, judged(28, Category.CRI)) == [(Accord.NOT_COMPARABLE, Because.UNDETERMINED)]
    assert accords(*told, judged(28, Category.MLFS)) == [(Accord.DIFFER, None)]


def test_categories_of_two_rule_sets_are_not_compared() -> None:
    assert accords(*TOLD, judged(28, Category.CR, "ELN2017")) == [(Accord.NOT_COMPARABLE, Because.OTHER_RULE_SET)]


def test_a_category_without_a_marrow_is_not_compared() -> None:
    assert accords(*TOLD, judged(29, Category.CR)) == [(Accord.NOT_COMPARABLE, Because.NOTHING_DERIVED)]


def test_the_marrow_that_the_investigator_names_is_compared_with() -> None:
    told = *TOLD, marrow(60, "50")
    assert accords(*told, judged(60, Category.CR, marrow="marrow-28")) == [(Accord.AGREE, None)]
    assert accords(*told, judged(60, Category.CR, marrow="other")) == [(Accord.NOT_COMPARABLE, Because.NOTHING_DERIVED)]


def test_of_two_marrows_of_one_day_the_last_is_compared_with() -> None:
    told = course(0), counts(28), marrow(28, id_="a"), marrow(28, "50", id_="b")
    assert accords(*told, judged(28, Category.NR)) == [(Accord.DIFFER, None)], "after CR, 50 % is a relapse"
    assert accords(*told, judged(28, Category.RELAPSE)) == [(Accord.AGREE, None)]


def test_each_investigators_category_is_compared_in_order() -> None:
    told = *TOLD, marrow(60, "50"), judged(60, Category.NR), judged(28, Category.CR)
    assert accords(*told) == [(Accord.AGREE, None), (Accord.DIFFER, None)]
    entries = in_force(*told)
    assert [each.mark.on for each in compared(reversed(entries), derive(entries, STUDY))] == [on(28), on(60)]

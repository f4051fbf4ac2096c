"""The statistics' pages over HTTP: what each says of a small trial, with which status, and what it never says."""

import html
import re

import httpx
import pytest

from analytics.analysis_numbers import figures_of
from analytics.estimators.errors import Reason
from analytics.history import snapshots_over
from analytics.plans.guards import Guard
from analytics.plans.registry import METHODS
from analytics.plans.results import Result
from analytics.plans.selection import GONE_BEFORE_LANDMARK, NOT_IN_SET, VALUE_MISSING
from monitor.words import LANGUAGES, Language, Words
from schemas import events as ev
from schemas.events.event import Event
from schemas.events.followup import Cause, Certainty
from tests.monitor.serving import Trial, enrolled, served
from tests.monitor.statistics.course import store
from tests.schemas.controls import event

BOTH = pytest.mark.parametrize("language", LANGUAGES)
HISTORY = "/statistics/history"


def get(address: str, path: str, language: str = "en") -> httpx.Response:
    return httpx.get(address + path, headers={"Accept-Language": language}, timeout=30)


def text_of(answer: httpx.Response) -> str:
    """What a reader sees: without tags, spaces made one."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text))).strip()


def died(number: int, on: str) -> Event:
    facts = ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED)
    return event(f"e{number}-died", facts, happened=on, subject=f"S-{number:03}")


def test_an_empty_trial_gets_sentences(address: str):
    for language, analyses, history in (
        ("en", "Nothing is written yet, so there is nothing to analyse.", "Nothing is stored of this number"),
        ("zh", "尚无任何记录，无可分析。", "此范围内尚无该数字的存档。"),
    ):
        first, second = get(address, "/statistics", language), get(address, HISTORY, language)
        assert (first.status_code, second.status_code) == (200, 200)
        assert analyses in text_of(first)
        assert history in text_of(second)


def test_a_study_without_a_plan_says_so_and_one_whose_plan_was_not_run_yet_says_that(trial: Trial):
    trial.say(*enrolled(1))
    monitoring = trial.monitoring()
    with served(monitoring) as address:
        assert "have not been computed yet" in text_of(get(address, "/statistics"))
    with served(trial.monitoring(plan=None)) as address:
        assert "This study has no analysis plan" in text_of(get(address, "/statistics"))
        assert "本研究没有分析计划" in text_of(get(address, "/statistics", "zh"))


def test_the_plan_is_shown_with_its_refusals_labels_and_the_position_that_it_belongs_to(trial: Trial, address: str):
    trial.say(*enrolled(1), *enrolled(2), *enrolled(3))
    trial.say(died(1, "2024-05-01"))
    store(trial)
    said = text_of(get(address, "/statistics"))
    assert "of position 2 This is the newest position." in said
    assert "Overall survival Kaplan–Meier curve: death. Of: all enrolled prespecified interim look" in said
    assert "Events 1" in said
    assert "There is nobody to estimate from yet." in said
    assert "This is an interim look: more data are to come." in said
    assert "Digest of the plan" in said
    chinese = text_of(get(address, "/statistics", "zh"))
    assert "无法给出 尚无可供估计的受试者。" in chinese
    assert "这是期中查看：还有数据将到来。" in chinese
    assert "There is nobody" not in chinese
    trial.say(died(2, "2024-06-01"))
    assert "of position 2 The newest is 3, being computed." in text_of(get(address, "/statistics"))


def test_what_the_studys_own_plan_does_not_have_is_marked_as_exploratory(trial: Trial, address: str):
    trial.say(*enrolled(1))
    store(trial, own=None)
    said = text_of(get(address, "/statistics"))
    assert "0 prespecified" in said
    assert "This estimate is not in the study's analysis plan." in said


def test_a_move_says_from_what_to_what_between_which_positions_and_names_nobody(trial: Trial, address: str):
    trial.say(*enrolled(1))
    trial.say(*enrolled(2), *enrolled(3))
    answer = get(address, f"{HISTORY}?number=enrolment.enrolled")
    said = text_of(answer)
    assert re.search(r"1 → 2 \d{4}-\d\d-\d\d \d\d:\d\d 1 3 which entries · everything that moved", said)
    assert 'href="/audit/compare?before=1&amp;after=2"' in answer.text
    assert "S-002" not in answer.text
    assert trial.accesses == []


def test_which_entries_moved_it_is_computed_from_the_ledger_and_recorded_as_a_reading(trial: Trial, address: str):
    trial.say(*enrolled(1), *enrolled(2))
    trial.say(died(1, "2024-05-01"))
    answer = get(address, f"{HISTORY}?number=survival.deaths&before=1&after=2")
    said = text_of(answer)
    assert "S-001 Died" in said
    assert "S-002" not in said
    assert re.search(r"S-001 Died .* moved data cutoff moved from 2024-03-06 to 2024-05-01 What moved", said)
    assert re.search(r'href="/audit/events/[^"]+/0/\d+">Died', answer.text)
    assert trial.accesses == [("SubjectRead", None, "/page/audit/history")]
    # The same entry did not move how many are enrolled.
    assert "did not move" in text_of(get(address, f"{HISTORY}?number=enrolment.enrolled&before=1&after=2"))
    trial.refuses_to_record = True
    refused = get(address, f"{HISTORY}?number=survival.deaths&before=1&after=2")
    assert refused.status_code == 503
    assert "S-001" not in refused.text


def test_a_number_of_the_plan_has_its_history(trial: Trial, address: str):
    trial.say(*enrolled(1), *enrolled(2))
    store(trial)
    trial.say(died(1, "2024-05-01"))
    store(trial)
    answer = get(address, f"{HISTORY}?number=plan.os.events.everybody")
    assert "Overall survival · Events" in text_of(answer)
    assert re.search(r"1 → 2 \S+ \S+ 0 1 ", text_of(answer))


STATUSES = {
    "number=no.such.number": 404,
    "number=plan.os.median.everybody": 404,
    "number=%3Cscript%3Ealert(1)%3C/script%3E": 404,
    "since=%3Cscript%3E": 400,
    "since=-1": 400,
    "until=9999999999999999999999": 400,
    "since=900000": 200,
    "before=2&after=1": 400,
    "before=x&after=1": 400,
    "before=1&after=99": 404,
    "number=response.rates.ORR": 200,
    "number=enrolment.last_subject": 200,
}


def test_what_cannot_be_answered_gets_its_status_and_is_escaped(trial: Trial, address: str):
    unwritten = get(address, f"{HISTORY}?number=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script" not in unwritten.text
    trial.say(*enrolled(1))
    answers = {query: get(address, f"{HISTORY}?{query}") for query in STATUSES}
    assert {query: answer.status_code for query, answer in answers.items()} == STATUSES
    assert [query for query, answer in answers.items() if "<script" in answer.text] == []
    assert trial.accesses == []


def test_of_many_stored_rows_a_bounded_number_is_read_with_the_first_and_the_last(trial: Trial, address: str):
    trial.say(*enrolled(1))
    with trial.database.connect("trialog_app") as connection:
        connection.execute(
            "INSERT INTO trial.snapshot_holds SELECT snapshot_id, n, n FROM trial.snapshots, generate_series(2, 1000) n"
        )
        connection.commit()
    with trial.database.connect("trialog_read") as connection:
        found = snapshots_over(connection, 0, 2000, 300)
        stretch = snapshots_over(connection, 500, 520, 300)
    assert found.of == 1000
    assert not found.whole
    # Every fourth of 1000, and the last.
    assert [each.first_commit for each in found.kept] == [*range(1, 1000, 4), 1000]
    assert [each.first_commit for each in stretch.kept] == list(range(500, 521))
    assert stretch.whole
    assert "251 of 1 000 stored rows are drawn" in text_of(get(address, HISTORY))


def test_no_number_of_an_analysis_is_a_value_of_the_marker():
    optimism = {"measure": "youden", "apparent": 0.4, "optimism": 0.1, "corrected": 0.3}
    cutpoint = {
        "selected": {"cut": 5.75, "tied": [5.75], "p_lau92": 0.04, "p_lau94": 0.03, "p_unselected": 0.001},
        "optimism": {"cut": 5.75, "lower": 4.5, "upper": 6.25, "optimism": optimism},
    }
    means = {"groups": [{"group": "yes", "mean": 5.75}], "likelihood_ratio": {"p": 0.2}}
    for method, answer, kinds in (
        ("cutpoint", cutpoint, ["p-lau92", "p-lau94", "p-unselected", "apparent", "corrected"]),
        ("censored-means", means, ["p"]),
    ):
        result = Result(id="x", method=method, title="", subjects=3, left_out={}, settings={}, answer=answer)
        figures = figures_of(result)
        assert [each.kind for each in figures] == kinds
        assert {5.75, 4.5, 6.25}.isdisjoint({each.value for each in figures})


@BOTH
def test_every_guard_reason_method_and_why_of_leaving_out_has_its_words(language: Language):
    words = Words(language)
    keys = [f"guards.{each.value}{part}" for each in Guard for part in ("", "_what", "_why", "_then")]
    keys += [f"refusals.{each.value}" for each in Reason]
    keys += [f"methods.{each}" for each in METHODS]
    keys += [f"left_out.{each}" for each in (NOT_IN_SET, VALUE_MISSING, GONE_BEFORE_LANDMARK)]
    assert len(keys) > 90
    assert [key for key in keys if not words.has(key)] == []

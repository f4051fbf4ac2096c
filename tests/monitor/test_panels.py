"""What each panel says, from the first start to the last subject: a number that cannot be given is a sentence."""

import datetime as dt
import re
from html import unescape

import msgspec
import pytest

from monitor import operation, operation_tables, panels, rendering, tables
from monitor.line import Waiting
from monitor.marks import Marks
from monitor.metrics import exposition
from monitor.view import LineState, Status
from monitor.words import LANGUAGES, Language, Words
from projections.verifying.broken import Broken, Kind
from projections.verifying.carried_on import ChainSeen, SealSeen
from tests.monitor import samples

EN = Words("en")
UNMARKED = Marks(lambda _: False, planned=True, words=EN)
TRIALS = {
    "first start": samples.first_start,
    "nobody": samples.nobody,
    "just begun": samples.just_begun,
    "under way": samples.under_way,
    "complete": samples.complete,
}


def text(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))).strip()


def shown(name: str, panel: str, language="en") -> str:
    return text(rendering.pieces(TRIALS[name](), samples.STUDY, language)[panel].html)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TRIALS)
def test_no_page_ever_says_nan_none_or_an_empty_bracket(name: str, language):
    now = TRIALS[name]()
    pages = [piece.html for piece in rendering.pieces(now, samples.STUDY, language).values()]
    pages += [rendering.table(each, now, samples.STUDY, language, True) for each in tables.NAMES]
    for page in pages:
        assert re.findall(r"\b(?:nan|NaN|None|null|inf)\b|\[\]|\{\w*\}", text(page)) == []


@pytest.mark.parametrize("name", TRIALS)
def test_no_drawing_has_a_number_that_is_none(name: str):
    for piece in rendering.pieces(TRIALS[name](), samples.STUDY, "en").values():
        assert re.findall(r'="(?:nan|inf|None)|[MHVL ]nan', piece.html) == []


def test_before_the_first_snapshot_every_panel_of_statistics_says_so():
    for panel in ("enrolment", "funnel", "response", "survival"):
        assert shown("first start", panel) == (
            "No statistics have been computed yet; they follow the first facts within seconds."
        )


def test_nobody_enrolled_is_a_sentence_beside_the_plan():
    said = shown("nobody", "enrolment")
    assert said.startswith("0 of 72 Nobody is enrolled yet.")
    assert "plan" in said
    assert 'class="curve"' not in rendering.pieces(samples.nobody(), samples.STUDY, "en")["enrolment"].html


def test_nobody_screened_treated_or_followed_are_sentences_without_a_picture():
    assert shown("nobody", "funnel") == "Nobody has been screened yet."
    assert shown("nobody", "response") == "Nobody has begun chemotherapy yet, so there is no response to count."
    assert shown("nobody", "survival") == "Nobody is enrolled yet, so there is no survival to follow."
    assert shown("nobody", "latest") == "No event has come yet."


def test_while_no_year_is_over_there_are_bounds_and_no_percentage():
    said = shown("just begun", "response")
    assert said.startswith("50.0% – 100.0% ORR will end within these bounds")
    assert "Nobody's year is over yet" in said
    assert said.count("not yet") == 4
    assert "Exact" not in said


def test_nobody_assessed_yet_is_said():
    figure = msgspec.structs.replace(samples.response(2, 0, {}, responders=0, pending=2), assessed=0)
    answer, _ = panels.response(figure, 0.95, UNMARKED, EN)
    assert "Nobody has been assessed yet." in str(answer.sentences[1])


def test_without_a_death_there_is_no_band_and_that_is_said():
    said = shown("just begun", "survival")
    assert said.startswith(
        "Nobody has been followed for 730 days yet. No death among 3 so far. The median is not reached."
    )
    assert "There is no interval before the first death." in said
    assert 'class="band"' not in rendering.pieces(samples.just_begun(), samples.STUDY, "en")["survival"].html


def test_one_subject_who_died_on_day_0_breaks_no_picture():
    answer = panels.survival(samples.survival([0], [True]), 0.95, UNMARKED, EN)
    assert answer.number == "0.0%"
    assert "nan" not in str(answer.picture)


def test_the_headline_is_the_two_bounds_and_the_rates_are_over_those_whose_year_is_over():
    said = shown("under way", "response")
    assert said.startswith("69.2% – 79.5% ORR will end within these bounds")
    assert "Full set 39 : responders 27 , non-responders 8 , pending 4 ." in said
    assert "the 24 subjects whose year is over" in said
    # scipy 1.17.1, binomtest(18, 24).proportion_ci(method="exact"): 0.532886, 0.902271
    assert "75.0% [53.3, 90.2]" in said.replace("\u00a0", " ")
    assert "not adjusted for repeated looks" in said


def test_when_nobody_is_pending_the_bounds_are_one_number():
    # 52 of 72
    assert shown("complete", "response").startswith("72.2% ORR, nobody is pending")
    assert "The target was reached on 2025-11-01, by the planned 2026-06-30." in shown("complete", "enrolment")


def test_enrolment_is_compared_with_the_plan_at_the_cutoff():
    # Day 883 of 1095 of the plan: 72 * 883 // 1095 = 58.
    assert "Planned by then: 58 , so 17 below." in shown("under way", "enrolment")


def test_the_curve_ends_where_nobody_is_followed_any_more():
    html = rendering.pieces(samples.just_begun(), samples.STUDY, "en")["survival"].html
    # Followed to day 71 of 730.
    assert re.search(r'd="M0 0[^"]*H97.26" class="curve"', html)


def test_the_numbers_at_risk_stand_under_their_days():
    html = rendering.pieces(samples.under_way(), samples.STUDY, "en")["survival"].html
    at_risk = re.findall(r'<text x="([\d.]+%)" y="100%" dy="5em" class="at-risk \w+">(\d+)<', html)
    assert [place for place, _ in at_risk] == ["0%", "24.932%", "50%", "74.932%", "100%"]
    assert [int(number) for _, number in at_risk] == sorted((int(number) for _, number in at_risk), reverse=True)
    assert at_risk[0][1] == "41"


def test_a_line_that_is_broken_says_since_when_and_what_is_shown():
    line = operation.state_line(samples.status(None, heard=False), EN, samples.ZONE)
    assert (line.tone, line.word) == ("wrong", "Broken since 09:19:50")
    assert line.said == "no worker has been heard · shown is position 4\u202f213"


def waits(seconds: int, still: int) -> Waiting:
    gone = [samples.NOW - dt.timedelta(seconds=each) for each in (seconds, still)]
    return Waiting(record_since=gone[0], still_since=gone[1])


def test_a_line_that_is_slow_says_how_many_wait_for_how_long_and_when_it_moved_last():
    line = operation.state_line(samples.status(None, waits=12, waiting=waits(7, 1)), EN, samples.ZONE)
    assert (line.tone, line.word) == ("look", "Behind")
    assert line.said == "12 records, 7 s behind · last moved 09:31:18 · position 4\u202f213"


def test_a_line_with_records_on_their_way_is_live():
    line = operation.state_line(samples.status(None, waits=12, waiting=waits(1, 1)), EN, samples.ZONE)
    assert (line.tone, line.word) == ("good", "Live")
    assert line.said == "position 4\u202f213 · less than 2 s behind"


def test_a_line_that_is_stuck_says_since_when_records_wait():
    line = operation.state_line(samples.status(None, waits=1, waiting=waits(1740, 1740)), EN, samples.ZONE)
    assert (line.tone, line.word) == ("wrong", "Stuck since 09:02:30")
    assert line.said.startswith("1 record waits and the position does not move")


def test_statistics_that_nobody_renews_are_named_by_the_position_for_which_they_hold():
    now = msgspec.structs.replace(samples.under_way(), commit=4300)
    assert operation.state_line(now, EN, samples.ZONE).said == "position 4\u202f300 · nothing waits"
    workers = tuple(worker for worker in now.line.workers if worker.writes)
    now = msgspec.structs.replace(now, line=msgspec.structs.replace(now.line, workers=workers))
    line = operation.state_line(now, EN, samples.ZONE)
    assert (line.tone, line.said) == (
        "look",
        "position 4\u202f300 · nothing waits · statistics hold for position 4\u202f213",
    )


@pytest.mark.parametrize("state", LineState)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words_in_both_languages(state: LineState, language):
    now = samples.status(None, waits=3)
    line = msgspec.structs.replace(now.line, state=state, since=samples.NOW)
    said = operation.state_line(msgspec.structs.replace(now, line=line), Words(language), samples.ZONE)
    assert said.word
    assert said.said


def test_a_quarantined_record_and_a_repeated_event_say_what_they_are():
    said = shown("under way", "latest")
    assert "Unreadable record quarantined: malformed facts" in said
    repeated = samples.event(1, 1, "S-001", "subject.enrolled.v1", "/form/enrolment", "nurse", status="duplicate")
    rows = operation.latest(samples.status(None, latest=(repeated,)), samples.STUDY, EN, 5)
    assert (rows[0].what, rows[0].outcome) == ("Enrolled", "repeated")


def redriven(by_reason: dict[str, int], refused: int) -> Status:
    now = samples.under_way()
    intake = msgspec.structs.replace(now.intake, redriven_by_reason=by_reason, refused_redriven=refused)
    return msgspec.structs.replace(now, intake=intake)


@pytest.mark.parametrize(
    ("language", "again", "remain"), [("en", "Driven again since", "Remain"), ("zh", "已重新处理", "尚余")]
)
def test_the_overview_says_what_was_driven_again_and_what_remains(language: Language, again: str, remain: str):
    words = Words(language)
    none = operation.records(samples.under_way(), words)
    assert [again in dict(each.under) for each in none] == [False] * 5
    some = operation.records(redriven({"malformed-facts": 1}, 1), words)
    assert [dict(each.under).get(again) for each in some] == [None, None, "1", None, "1"]
    assert [dict(each.under).get(remain) for each in some] == [None, None, "1", None, "2"]
    assert (some[2].tone, some[4].tone) == ("wrong", "look")
    all_ = operation.records(redriven({"malformed-facts": 1, "same-id-other-facts": 1}, 3), words)
    assert (all_[2].number, all_[2].tone, all_[4].number, all_[4].tone) == ("2", "plain", "3", "plain")


def test_the_table_has_for_each_reason_how_many_were_driven_again():
    tables = operation_tables.records(redriven({"malformed-facts": 1}, 1), samples.STUDY, EN)
    by_reason = next(each for each in tables if each.title == "Quarantined, by reason")
    assert by_reason.columns == ("Reason", "Records", "Driven again since", "Remain")
    assert by_reason.rows == (("malformed facts", "1", "1", "0"), ("same id, other facts", "1", "0", "1"))


def test_the_metrics_have_what_remains():
    said = exposition(redriven({"malformed-facts": 1}, 1)).decode()
    assert 'trialog_quarantined_rows{reason="malformed-facts"} 1.0' in said
    assert 'trialog_quarantined_rows_redriven{reason="malformed-facts"} 1.0' in said
    assert "trialog_quarantined_rows_remaining 1.0" in said
    assert "trialog_messages_refused_redriven 1.0" in said


def test_a_blinded_value_is_not_said_even_where_the_event_carries_one():
    carries = samples.event(
        1, 1, "S-001", "lab.result-reported.v1", "/hl7/E801", "device", analyte="il6", matrix="serum", value="87.31"
    )
    rows = operation.latest(samples.status(None, latest=(carries,)), samples.STUDY, EN, 5)
    assert rows[0].what == "Interleukin-6 in serum, value blinded"
    unknown = samples.event(1, 1, "S-001", "lab.result-reported.v1", "/hl7/E801", "device", analyte="x", value="87.31")
    rows = operation.latest(samples.status(None, latest=(unknown,)), samples.STUDY, EN, 5)
    assert "87.31" not in rows[0].what


def test_a_day_of_the_past_is_said_with_its_date():
    old = samples.event(1, 60 * 24 * 3, "S-001", "subject.enrolled.v1", "/form/enrolment", "nurse")
    rows = operation.latest(samples.status(None, latest=(old,)), samples.STUDY, EN, 5)
    assert rows[0].received == "2025-11-28 09:31"


def test_pictures_are_drawn_again_only_when_the_statistics_are_others():
    now = samples.under_way()
    made = rendering.pieces(now, samples.STUDY, "en")
    marked = {name: rendering.Piece(piece.html + "<!-- earlier -->", piece.digest) for name, piece in made.items()}
    again = rendering.pieces(msgspec.structs.replace(now, commit=5000), samples.STUDY, "en", (now, marked))
    assert again["survival"].html.endswith("<!-- earlier -->")
    assert "5\u202f000" in again["state"].html
    others = rendering.pieces(samples.complete(), samples.STUDY, "en", (now, marked))
    assert others == rendering.pieces(samples.complete(), samples.STUDY, "en")


def test_the_same_status_makes_the_same_letters():
    assert rendering.pieces(samples.under_way(), samples.STUDY, "zh") == rendering.pieces(
        samples.under_way(), samples.STUDY, "zh"
    )


def test_samples_have_the_shape_that_the_job_writes():
    encoded = msgspec.json.encode(samples.under_way())
    assert msgspec.json.decode(encoded, type=type(samples.under_way())) == samples.under_way()


SEAL = SealSeen(number=12, size=11_840, commit=2310, root="56b80f8b70e8ac6d" + "0" * 48)
BROKEN = Broken(kind=Kind.CHAIN, position="nct06486350.lab[0]@4", what="", stands="")


@pytest.mark.parametrize(
    ("chain", "en", "zh"),
    [
        (None, "chain not verified yet · nothing sealed yet", "哈希链尚未校验 · 尚无封存"),
        (
            ChainSeen(commit=2312, at=samples.NOW, broken=None, seal=SEAL),
            "chain verified to position 2 312 at {at} · seal 12 to position 2 310, root 56b8 0f8b 70e8 ac6d",
            "哈希链已校验至位置 2 312（{at}） · 封存 12：至位置 2 310，根 56b8 0f8b 70e8 ac6d",
        ),
        (
            ChainSeen(commit=2312, at=samples.NOW, broken=BROKEN, seal=None),
            "chain broken at nct06486350.lab[0]@4, seen at {at} · nothing sealed yet",
            "哈希链在 nct06486350.lab[0]@4 处断裂（{at} 发现） · 尚无封存",
        ),
    ],
    ids=["never", "whole", "broken"],
)
def test_foot_says_up_to_where_the_chain_is_whole(chain: ChainSeen | None, en: str, zh: str):
    now = msgspec.structs.replace(samples.under_way(), chain=chain)
    at = f"{samples.NOW.astimezone(samples.ZONE):%H:%M:%S}"
    for language, expected in zip(LANGUAGES, (zh, en), strict=True):
        html = rendering.pieces(now, samples.STUDY, language)["foot"].html
        assert text(html).endswith(expected.format(at=at))
        assert ('class="tone-wrong"' in html) == (chain is not None and chain.broken is not None)

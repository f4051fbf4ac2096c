"""The audit's pages over HTTP: what each finds and says, with which status, and what it never says."""

import html
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import httpx
import pytest

from projections.seals.checkpoint import verify_signature
from projections.seals.proof_files import parse_consistency, parse_inclusion, verify_consistency, verify_inclusion
from tests.monitor.audit.course import FREE_WORDS, IL6_VALUES, SCRIPT, AuditedTrial
from tests.monitor.serving import Trial, served
from tests.projections.controls import FOLLOWUP, LAB


def get(address: str, path: str, language: str = "en") -> httpx.Response:
    return httpx.get(address + path, headers={"Accept-Language": language}, follow_redirects=True, timeout=30)


def text_of(answer: httpx.Response) -> str:
    """What a reader sees: without tags, spaces made one."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text))).strip()


def found_rows(answer: httpx.Response) -> list[str]:
    rows = re.findall(r'<td class="what"><a href="([^"]+)">([^<]+)</a>', answer.text)
    return [html.unescape(what) for _, what in rows]


def problems(answer: httpx.Response) -> int:
    return answer.text.count('class="problem"')


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("subject=S-003&type=entry.corrected.v1", ["Entry corrected: Response assessed"]),
        ("subject=s-003&field=category", ["Entry corrected: Response assessed", "Response assessed: CR"]),
        ("actor=dr-chen", ["Entry corrected: Response assessed"]),
        ("type=subject.died.v2", ["Died"]),
        ("field=died", ["Died"]),
        ("status=quarantined", ["Unreadable record"]),
        ("status=duplicate", ["Platelets 55 10⁹/L"]),
        ("actor=COBAS-E801", ["Interleukin-6 in marrow supernatant, value blinded"]),
        ("type=entry.voided.v1", ["Entry voided: Result received"]),
        ("to=2020-01-01", []),
        ("from=2090-01-01", []),
        ("subject=S-999", []),
        ("actor=nobody-here", []),
    ],
)
def test_each_filter_finds_what_it_asks_for(address: str, query: str, rows: list[str]):
    answer = get(address, f"/audit?{query}")
    assert answer.status_code == 200
    assert found_rows(answer) == rows
    if not rows:
        assert "Nothing fits all of this." in answer.text


def test_a_row_leads_to_its_event_and_its_subject_and_says_who_and_why(address: str):
    answer = get(address, "/audit?actor=dr-chen")
    assert f'href="/audit/events/{FOLLOWUP}/0/' in answer.text
    assert 'href="/audit/subjects/S-003"' in answer.text
    assert "dr-chen investigator" in text_of(answer)
    assert "marrow read again: 31 % blasts" in answer.text
    assert "moved: Last response, Status" in text_of(answer)


@pytest.mark.parametrize("query", ["x=1", "subject=S-001", "actor=nurse-1"])
def test_pages_lead_from_the_newest_to_the_oldest_and_show_every_record_once(address: str, query: str):
    places, path = [], f"/audit?{query}"
    while path:
        answer = get(address, path)
        places += re.findall(r'<td class="what"><a href="([^"]+)"', answer.text)
        older = re.search(r'class="older" href="([^"]+)"', answer.text)
        path = html.unescape(older[1]) if older else ""
    assert len(places) == len(set(places))
    expected = {"x=1": 146, "subject=S-001": 19, "actor=nurse-1": 8 * 15 + 5}[query]
    assert len(places) == expected


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/audit?subject=%3Cscript%3E", 400, "Ids have capital letters"),
        ("/audit?subject=S-001%00", 400, "Ids have capital letters"),
        ("/audit?from=tomorrow&to=2020-99-99", 400, "Please give a day"),
        ("/audit?type=nothing", 400, "Please choose one of the list."),
        ("/audit?field=x%27%20OR%201=1", 400, "Please choose one of the list."),
        ("/audit?actor=%00", 400, "This is no name"),
        ("/audit?status=deleted", 400, "Please choose one of the list."),
        ("/audit?before=nowhere", 400, "The page to go on from is not there."),
        (f"/audit?before={LAB}[0]@999999", 404, "There is no record at"),
        ("/audit/subjects/S-999", 404, "There is no subject S-999 in the record."),
        ("/audit/subjects/nobody", 400, "This is no id of a subject"),
        ("/audit/subjects/%00", 400, "This is no id of a subject"),
        (f"/audit/events/{LAB}/0/999999", 404, "There is no record at"),
        (f"/audit/events/{LAB}/0/x", 400, "This is no place in the log."),
        (f"/audit/events/{LAB}/99999999999/1", 400, "This is no place in the log."),
        (f"/audit/events/{LAB}/0/" + "9" * 30, 400, "This is no place in the log."),
        ("/audit/events/a%20b/0/1", 400, "This is no place in the log."),
        ("/audit/entries?id=nothing", 404, "No event of this id was ever accepted."),
        ("/audit/entries?id=%00", 404, "No event of this id was ever accepted."),
        ("/audit/entries", 404, "No event of this id was ever accepted."),
        ("/audit/numbers/response.rates.XYZ", 404, "There is no number of this name."),
        ("/audit/numbers/enrolment.target", 404, "There is no number of this name."),
        ("/audit/compare?before=1", 400, "Please give both points."),
        ("/audit/compare?before=x&after=1", 400, "Please give a position"),
        ("/audit/compare?before=1&after=99999", 400, "This position is not written yet"),
        ("/audit/compare?before=1&after=2026-03-02", 400, "Please give a position"),
        ("/audit/compare?subject=S-999&before=1&after=2", 400, "There is no subject S-999"),
        ("/audit/compare?subject=%3Cb%3E&before=1&after=2", 400, "Ids have capital letters"),
        ("/audit/seals/99", 404, "There is no such seal."),
        ("/audit/seals/x", 404, "There is no such seal."),
        ("/audit/seals/1/proof", 404, "there is no proof yet"),
        (f"/audit/events/{LAB}/0/x/proof", 400, "This is no place in the log."),
    ],
)
def test_what_is_not_there_or_cannot_be_asked_gets_a_page_that_says_so(address: str, path: str, status: int, says: str):
    answer = get(address, path)
    assert answer.status_code == status
    assert says in text_of(answer)
    assert "<script>" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert get(address, path, "zh").status_code == status


def test_what_was_typed_stands_in_the_form_again_and_is_escaped(address: str):
    answer = get(address, "/audit?subject=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&from=%22x")
    assert 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in answer.text
    assert problems(answer) == 2


def test_the_page_of_a_correction_says_who_when_why_what_it_changed_and_which_numbers_it_moved(address: str):
    said = text_of(get(address, "/audit/entries?id=fix-response"))
    assert "Said by dr-chen (investigator), in the record since" in said
    assert "Why marrow read again: 31 % blasts" in said
    assert "What it says stands in the place of what was said before." in said
    assert "Category Response assessed CR · complete remission NR · no response" in said
    assert "Status In remission, since 2024-04-08 On treatment, since 2024-03-09" in said
    assert "ORR, of those whose year is over 5 of 8 · 62.5% [24.5, 91.5] 4 of 8 · 50.0% [15.7, 84.3]" in said
    assert "Non-responders 3 4" in said
    assert "It is under seal 2 of" in said


def test_the_page_of_what_was_corrected_says_that_and_leads_there(address: str):
    answer = get(address, "/audit/entries?id=e3-response")
    said = text_of(answer)
    assert "It no longer stands: a correction took its place." in said
    assert "dr-chen" in said
    number = re.search(rf'href="(/audit/events/{FOLLOWUP}/0/\d+)">\s*<span class="who-name">dr-chen', answer.text)
    assert number is not None
    assert "Entry corrected" in get(address, number[1]).text


def test_the_page_of_a_record_that_is_no_event_says_that_it_moved_nothing(address: str):
    (path,) = re.findall(r'<td class="what"><a href="([^"]+)"', get(address, "/audit?status=quarantined").text)
    said = text_of(get(address, path))
    assert "What was sent is no event of the study" in said
    assert "quarantined: malformed envelope" in said
    assert "trialog quarantine" in said


def test_a_subjects_page_has_its_status_line_its_changes_and_its_entries(address: str):
    said = text_of(get(address, "/audit/subjects/S-003"))
    assert "On treatment, since 2024-03-09" in said
    assert "Category Response assessed: CR CR · complete remission dr-lin investigator" in said
    assert "NR · no response dr-chen investigator" in said
    assert "Response within one year non-responder" in said
    assert "17 entries in force, from 18 events" in said


def test_two_points_side_by_side_mark_what_differs_with_its_cause(address: str):
    answer = get(address, "/audit/compare?subject=S-003&before=18&after=20")
    said = text_of(answer)
    assert "3 differences" in said
    assert answer.text.count('<tr class="changed">') == 3
    cause = "changed Entry corrected: Response assessed dr-chen investigator"
    assert f"Last response CR · complete remission, on 2024-04-08 NR · no response, on 2024-04-08 {cause}" in said
    assert "16 entries say the same at both points." in said
    # Whichever way round they are typed, knowledge grows from left to right.
    turned = text_of(get(address, "/audit/compare?subject=S-003&before=20&after=18"))
    assert "3 differences" in turned


def test_a_time_without_its_offset_is_one_of_the_zone_that_the_page_names(address: str):
    answer = get(address, "/audit/compare?subject=S-003&before=2001-01-01 00:00&after=2090-01-01T00:00%2B08:00")
    assert answer.status_code == 200
    assert "Position 0" in answer.text
    assert "Asia/Shanghai (UTC+08:00)" in answer.text


def test_without_a_subject_the_numbers_of_the_study_are_compared(address: str):
    said = text_of(get(address, "/audit/compare?before=19&after=20"))
    assert "ORR, of those whose year is over 5 of 8 · 62.5% [24.5, 91.5] 4 of 8 · 50.0% [15.7, 84.3]" in said
    assert "S-003 by 1 event" in said


def test_a_number_leads_to_its_subjects_and_entries_and_to_the_correction(address: str):
    answer = get(address, "/audit/numbers/response.rates.ORR")
    said = text_of(answer)
    assert "4 of 8 · 50.0% [15.7, 84.3]" in said
    assert "8 subjects stand behind it" in said
    assert "4 responder · 4 non-responder" in said
    assert "Response assessed: NR corrected dr-chen investigator" in said
    for number in range(1, 9):
        assert f'href="/audit/subjects/S-00{number}"' in answer.text


def test_every_listed_number_has_its_page(address: str):
    index = get(address, "/audit/numbers").text
    names = re.findall(r'href="(/audit/numbers/[^"]+)"', index)
    assert len(names) > 40
    # A number that is added tomorrow shows under its raw name until it has words.
    assert re.findall(r'href="/audit/numbers/([^"]+)">\1<', index) == []
    assert [name for name in names[::11] if get(address, name).status_code != 200] == []


def test_the_verification_page_has_the_last_seal_and_counts_what_is_not_sealed(trial: AuditedTrial, address: str):
    answer = get(address, "/audit/verification")
    said = text_of(answer)
    assert "The record has not been verified by this system yet" in said
    assert "146 records in all. 5 of them came after the last seal and are not yet sealed." in said
    assert "Seal 2 of" in said
    assert trial.key.public.text in said
    root = re.search(r'<code class="long">([0-9a-f]{64})</code>', answer.text)
    assert root is not None
    assert " ".join(root[1][place : place + 4] for place in range(0, 16, 4)) in said


HIDING = (
    *("/audit", "/audit?subject=S-001", "/audit?subject=S-006", "/audit?type=entry.corrected.v1"),
    *("/audit/subjects/S-001", "/audit/subjects/S-004", "/audit/subjects/S-005", "/audit/subjects/S-006"),
    *("/audit/entries?id=il6-1", "/audit/entries?id=fix-il6", "/audit/entries?id=evidence"),
    *("/audit/entries?id=e1-alive", "/audit/entries?id=fix-enrolment", "/audit/entries?id=void-plt"),
    *("/audit/compare?subject=S-001&before=17&after=22", "/audit/compare?subject=S-004&before=1&after=22"),
    *("/audit/compare?before=1&after=22", "/audit/numbers/enrolment.enrolled", "/audit/numbers/response.full"),
    "/audit/verification",
)
"""Pages on which something of S-001's interleukin-6, of what people wrote, or of the script in a reason could stand."""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_says_a_blinded_value_or_free_words_or_lets_a_script_in(address: str, language: str):
    for path in HIDING:
        answer = get(address, path, language)
        assert answer.status_code == 200, path
        said = html.unescape(answer.text)
        assert not [value for value in (*IL6_VALUES, *FREE_WORDS) if value in said], path
        assert SCRIPT not in answer.text, path
        assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == [], path


def test_the_script_in_a_reason_is_shown_as_it_was_typed(address: str):
    assert html.escape(SCRIPT) in get(address, "/audit/entries?id=fix-enrolment").text


@pytest.mark.parametrize(
    ("path", "access"),
    [
        ("/audit/subjects/S-003", ("SubjectRead", "S-003", "/page/audit/subject")),
        ("/audit/entries?id=fix-response", ("SubjectRead", "S-003", "/page/audit/event")),
        ("/audit?subject=S-003", ("SubjectRead", "S-003", "/page/audit/search")),
        ("/audit/compare?subject=S-003&before=1&after=2", ("SubjectRead", "S-003", "/page/audit/compare")),
        ("/audit/numbers/response.rates.ORR", ("SubjectRead", None, "/page/audit/number")),
    ],
)
def test_reading_a_subject_is_recorded_and_where_it_cannot_be_nothing_is_shown(
    trial: AuditedTrial, address: str, path: str, access: tuple[str, str | None, str]
):
    before = len(trial.accesses)
    assert get(address, path).status_code == 200
    assert trial.accesses[before:] == [access]
    trial.refuses_to_record = True
    try:
        answer = get(address, path)
    finally:
        trial.refuses_to_record = False
    assert answer.status_code == 503
    assert "it cannot be recorded that you read it" in answer.text
    assert "dr-lin" not in answer.text


def test_without_a_way_to_record_no_subject_is_shown_and_the_search_is(trial: AuditedTrial):
    with served(trial.monitoring(record=None)) as address:
        assert get(address, "/audit/subjects/S-003").status_code == 503
        assert get(address, "/audit").status_code == 200


def test_a_proof_of_inclusion_is_downloaded_recorded_and_holds_under_the_key(trial: AuditedTrial, address: str):
    path = get(address, "/audit/entries?id=fix-response").url.path + "/proof"
    before = len(trial.accesses)
    answer = get(address, path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="followup-0-25.tlog-proof"'
    assert verify_inclusion(parse_inclusion(answer.text), [trial.key.public]).size == 141
    assert trial.accesses[before:] == [("RecordExported", "S-003", "/page/audit/proof")]


def test_a_proof_of_what_is_not_sealed_yet_says_so(address: str):
    path = get(address, "/audit/entries?id=void-plt").url.path
    assert "It is not yet sealed" in get(address, path).text
    answer = get(address, f"{path}/proof")
    assert answer.status_code == 404
    assert "there is no proof yet" in answer.text


@pytest.mark.parametrize("id_", ["il6-1", "evidence"])
def test_a_proof_that_would_give_away_what_is_hidden_is_refused_and_that_is_recorded(
    trial: AuditedTrial, address: str, id_: str
):
    path = get(address, f"/audit/entries?id={id_}").url.path + "/proof"
    before = len(trial.accesses)
    answer = get(address, path)
    assert answer.status_code == 403
    assert trial.accesses[before:] == [("ActionRefused", None, "/page/audit/proof")]


def test_a_seal_is_downloaded_and_extends_the_one_before(trial: AuditedTrial, address: str):
    seal = get(address, "/audit/seals/2")
    assert verify_signature(seal.text, [trial.key.public]) == (trial.key.public,)
    proof = parse_consistency(get(address, "/audit/seals/2/proof").text)
    first, second = verify_consistency(proof, [trial.key.public])
    assert (first.size, second.size) == (139, 141)


@contextmanager
def who_sees_everything(trial: AuditedTrial) -> Iterator[str]:
    def export(to) -> int:
        with zipfile.ZipFile(to, "w") as archive:
            archive.writestr("rows", "all of them")
        return 141

    with served(trial.monitoring(sees_everything=True, export=export)) as address:
        yield address


def test_the_archive_is_given_to_who_may_see_everything_and_recorded(trial: AuditedTrial):
    with who_sees_everything(trial) as address:
        assert 'href="/audit/export"' in get(address, "/audit/verification").text
        before = len(trial.accesses)
        answer = get(address, "/audit/export")
        assert trial.accesses[before:] == [("RecordExported", None, "/page/audit/export")]
        assert zipfile.ZipFile(BytesIO(answer.content)).read("rows") == b"all of them"
        path = get(address, "/audit/entries?id=il6-1").url.path
        assert get(address, f"{path}/proof").status_code == 200
        trial.refuses_to_record = True
        try:
            assert get(address, "/audit/export").status_code == 503
        finally:
            trial.refuses_to_record = False


def test_the_archive_is_refused_to_who_may_not_and_that_is_recorded(trial: AuditedTrial, address: str):
    assert "/audit/export" not in get(address, "/audit/verification").text
    before = len(trial.accesses)
    with served(trial.monitoring(export=lambda to: 1)) as other:
        assert get(other, "/audit/export").status_code == 403
    assert trial.accesses[before:] == [("ActionRefused", None, "/page/audit/export")]
    assert get(address, "/audit/export").status_code == 404


def test_another_language_asks_for_the_same(address: str):
    answer = get(address, "/audit?subject=S-003&from=2020-01-01")
    assert 'href="?subject=S-003&amp;from=2020-01-01&amp;lang=zh"' in answer.text


def test_an_empty_record_gives_sentences(empty_trial: Trial):
    with served(empty_trial.monitoring()) as address:
        assert "Nothing has been written yet." in get(address, "/audit").text
        assert "Nothing has been written yet." in get(address, "/audit/verification").text
        assert "Nothing has been sealed yet." in get(address, "/audit/verification").text
        assert get(address, "/audit/numbers").status_code == 200
        assert "Nobody stands behind it yet." in get(address, "/audit/numbers/response.rates.ORR").text
        assert get(address, "/audit/compare?before=0&after=0").status_code == 200
        empty_trial.database.stop()
        assert get(address, "/audit").status_code == 503


@pytest.fixture
def empty_trial(database) -> Iterator[Trial]:
    trial = Trial(database)
    yield trial
    trial.close()

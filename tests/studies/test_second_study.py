"""Another disease, two sites, another zone and target: the second study through the whole line, with no code for it."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from producers.message import Message
from producers.simulator import expected_answers, simulate
from producers.simulator.send import UNANSWERED, Sent, send
from projections import reading
from projections.rows import LedgerCounts
from projections.verify import verify_chain
from schemas.events import ResponseAssessed, ResultReported, SubjectEnrolled
from schemas.events.event import Event
from tests.line.parts import TRIALOG
from tests.line.test_command_line import environ
from tests.simulator.folding import Folded, folded, said_of, translations
from tests.studies.files import SECOND, SECOND_FILE
from trialog.demo import wait_until_caught_up
from trialog.line import Line
from trialog.settings import Address, Settings

SEED = 7
PLAN = simulate(SEED, SECOND)
"""As many subjects as the study's target."""

pytestmark = pytest.mark.slow


class Gone(msgspec.Struct, frozen=True):
    """What the line came to: what was answered, and what its pages and tables said in the end."""

    sent: Sent
    digest: str
    broken: int
    counts: LedgerCounts
    status: dict[str, Any]
    pages: dict[str, str]


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """The simulated trial through MLLP and HTTP into the embedded default, once for all tests here."""
    any_port = Address("127.0.0.1", 0)
    settings = Settings(data_dir=tmp_path_factory.mktemp("second"), http=any_port, hl7=any_port)
    with Line(settings, SECOND) as line:
        sent = send(PLAN, hl7=(line.hl7.host, line.hl7.port), http=f"http://{line.http}")
        wait_until_caught_up(line, SECOND)
        with closing(line.stores.connect_as("read")()) as read, httpx.Client(base_url=f"http://{line.http}") as client:
            return Gone(
                sent=sent,
                digest=reading.study_digest(read),
                broken=len(verify_chain(read)),
                counts=reading.ledger_counts(read),
                status=client.get("/api/status").raise_for_status().json(),
                pages={
                    path: client.get(path).raise_for_status().text
                    for path in ("/?lang=en", "/?lang=zh", "/forms/enrolment?lang=en", "/forms/followup?lang=zh")
                },
            )


@pytest.fixture(scope="module")
def expected() -> Folded:
    return folded(PLAN, SECOND)


def events(expected: Folded) -> Iterator[Event]:
    for of_subject in expected.events.values():
        yield from of_subject


def test_every_message_gets_the_answer_that_is_planned(gone: Gone):
    assert gone.sent.unexpected == {}
    assert UNANSWERED not in gone.sent.answers
    answers = Counter(gone.sent.answers)
    planned = expected_answers(PLAN)
    assert answers["201"] + answers["202"] == planned["201"]
    assert {code: answers[code] for code in ("AA", "AE", "AR", "422")} == {
        "AA": planned["AA"],
        "AE": 3,
        "AR": 2,
        "422": 2,
    }


def test_the_projections_are_what_the_pure_fold_makes_of_the_plan(gone: Gone, expected: Folded):
    assert gone.digest == expected.digest()
    assert gone.broken == 0
    assert gone.counts.quarantined == 0


def test_all_thirty_are_enrolled_at_two_sites(gone: Gone, expected: Folded):
    snapshot = gone.status["statistics"]["snapshot"]
    assert snapshot["enrolment"]["enrolled"] == 30
    assert snapshot["enrolment"]["target"] == 30
    sites = Counter(event.facts.site for event in events(expected) if isinstance(event.facts, SubjectEnrolled))
    assert set(sites) == {"NORTH", "SOUTH"}
    assert sum(sites.values()) == 30


def test_the_statistics_are_by_this_studys_settings(gone: Gone):
    snapshot = gone.status["statistics"]["snapshot"]
    assert snapshot["response"]["window_days"] == 270
    assert snapshot["interval_level"] == pytest.approx(0.9)
    assert [rate["name"] for rate in snapshot["response"]["rates"]] == ["ORR", "CR", "CRi", "PR"]


def test_the_pages_are_this_studys_in_both_languages(gone: Gone):
    assert "First-line treatment of chronic lymphocytic leukaemia, observed (simulated)" in gone.pages["/?lang=en"]
    assert "慢性淋巴细胞白血病一线治疗观察（模拟）" in gone.pages["/?lang=zh"]
    assert "Northern Hospital" in gone.pages["/forms/enrolment?lang=en"]
    assert "南方医院" in gone.pages["/forms/followup?lang=zh"]
    for page in gone.pages.values():
        assert not [word for word in ("NCT06486350", "AML", "IL-6", "nterleukin", "急性髓系", "FJMUUH") if word in page]


def test_events_carry_this_studys_sites_protocols_zone_units_and_codes(expected: Folded):
    every = list(events(expected))
    assert {event.source for event in every} >= {"/form/NORTH", "/form/SOUTH", "/hl7/XN-1000/NORTH", "/hl7/LIS-A/SOUTH"}
    assert {event.source.rsplit("/", 1)[1] for event in every} == {"NORTH", "SOUTH"}
    assert {event.happened.at.isoformat()[-6:] for event in every} == {"+05:30"}
    for event in every:
        assert event.protocol_version == ("1.0" if event.happened.on.isoformat() < "2023-03-01" else "2.0")
    assert {event.protocol_version for event in every} == {"1.0", "2.0"}
    results = [event.facts for event in every if isinstance(event.facts, ResultReported)]
    assert {(facts.analyte, facts.unit, facts.code, facts.matrix.value) for facts in results} == {
        ("leucocytes", "10*3/uL", "6690-2", "whole-blood"),
        ("thrombocytes", "10*3/uL", "777-3", "whole-blood"),
        ("hgb", "g/dL", "718-7", "whole-blood"),
        ("b2m", "mg/L", "1952-1", "serum"),
        ("ldh", "U/L", "LD-7", "plasma"),
    }


def test_investigators_find_only_what_the_study_knows(expected: Folded):
    categories = {event.facts.category for event in events(expected) if isinstance(event.facts, ResponseAssessed)}
    assert categories <= {"CR", "CRi", "PR", "NR", "relapse", "NE"}
    assert {"CR", "NR", "relapse"} <= categories
    applied = {event.facts.rule_set for event in events(expected) if isinstance(event.facts, ResponseAssessed)}
    assert applied == {"iwCLL2018"}


def test_a_hospital_number_belongs_to_one_subject_of_one_site():
    by = translations(SECOND)
    mapped: dict[tuple[str, str | None], set[str | None]] = {}
    for each in PLAN.messages:
        message = said_of(each, by)
        if isinstance(message, Message) and message.maps:
            mapped.setdefault((message.numbered_by, message.hospital_number), set()).add(message.subject)
    assert {len(subjects) for subjects in mapped.values()} == {1}
    assert {site for site, _ in mapped} == {"", "SOUTH"}


def test_the_demonstration_runs_it_from_a_setting_alone(tmp_path: Path):
    """The console script, three subjects; and the same from the data that it left."""
    given = environ(tmp_path / "data", TRIALOG_STUDY=str(SECOND_FILE))
    demo = subprocess.run([TRIALOG, "demo", "--subjects", "3"], env=given, capture_output=True, text=True, timeout=300)
    assert demo.returncode == 0, demo.stderr
    assert "3/30" in demo.stdout
    assert "verified" in demo.stdout
    status = subprocess.run([TRIALOG, "status", "--json"], env=given, capture_output=True, text=True, timeout=120)
    assert json.loads(status.stdout)["statistics"]["snapshot"]["enrolment"]["target"] == 30

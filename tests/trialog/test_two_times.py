"""`trialog subject` and `trialog stats` at two times: what they print, what they refuse, and how they exit."""

import json
import sys
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from analytics.job import Job
from analytics.recompute import study_as_of
from analytics.store import store
from projections.knowledge import known_at_commit
from schemas import events as ev
from schemas.events.access import Via
from schemas.events.event import Event
from tests.analytics.ledgers import Ledger, corrected, recomputed, voided
from tests.analytics.trials import DRAWN
from tests.projections.controls import ENROLLED, SCREENED
from tests.rules.drawn import STUDY, events, on
from tests.servers.postgres import Database
from tests.trialog.line import SteppedLine
from tests.trialog.test_access import Command, accesses
from trialog.cli import app, main

DRAWN_EVENTS = [event for subject, history in DRAWN.items() for event in events(history, subject)]
CR = next(event for event in DRAWN_EVENTS if event.id == "S-001-14-CR")
CR_TO_NR = msgspec.structs.replace(corrected(CR, category="NR"), reason="read [again] as [/NR]")


def environ(database: Database) -> dict[str, str]:
    """Of an auditor's command: it reads as one role, and as another it says in the log that it read."""
    return {
        "DATABASE_URL": database.url("trialog_read"),
        "TRIALOG_INTAKE_DATABASE_URL": database.url("trialog_intake"),
    }


class Trial(msgspec.Struct, frozen=True):
    """The drawn trial is known at ``drawn``, the correction of a response at ``corrected``, its void at ``voided``."""

    database: Database
    drawn: int
    corrected: int
    voided: int

    def run(self, *command: str) -> Result:
        return CliRunner().invoke(app, list(command), env={**environ(self.database), "COLUMNS": "250"})

    def says(self, *command: str) -> str:
        ended = self.run(*command)
        assert ended.exit_code == 0, ended.output
        return ended.stdout

    def document(self, *command: str) -> Any:
        return json.loads(self.says(*command, "--json"))


@pytest.fixture(scope="module")
def trial(module_database: Database) -> Trial:
    SteppedLine(module_database)  # its log takes accesses; nobody applies them here
    ledger = Ledger(module_database)
    job = Job(module_database.connect, STUDY)
    with module_database.connect(autocommit=True) as connection:
        drawn = ledger.commit(DRAWN_EVENTS)[-1]
        job.refresh(connection)
        (after,) = ledger.commit([CR_TO_NR])
        job.refresh(connection)
        (undone,) = ledger.commit([voided(CR_TO_NR)])
    ledger.close()
    return Trial(module_database, drawn, after, undone)


def test_a_subject_is_shown_as_it_was_known(trial: Trial) -> None:
    printed = trial.says("subject", "S-001", "--known-at", str(trial.corrected))
    assert f"S-001 true at ever, known at commit {trial.corrected} (" in printed
    assert "in-remission" not in printed
    (line,) = [line for line in printed.splitlines() if " S-001-14-CR " in f" {line} "]
    assert "read [again] as [/NR]" in line
    assert "nurse-1 (nurse)" in line
    assert "in-remission" in trial.says("subject", "S-001", "--known-at", str(trial.drawn))
    assert "in-remission" in trial.says("subject", "S-001", "--known-at", str(trial.voided))


def test_a_subject_is_shown_as_it_was_true(trial: Trial) -> None:
    found = trial.document("subject", "S-001", "--true-at", on(-5).isoformat(), "--known-at", str(trial.drawn))
    assert [each["status"] for each in found["statuses"]] == ["screened", "eligible", "enrolled"]
    assert found["true_at"] == "2023-08-27"
    assert found["known_at"]["commit"] == trial.drawn
    assert {each["entry"] for each in found["entries"]} == {
        *("S-001-0-screened", "S-001-1-consent", "S-001-11-enrolled"),
        *(f"S-001-{number}-eligible" for number in range(2, 11)),
    }
    midnight = trial.document("subject", "S-001", "--true-at", f"{on(-5)}T00:00+08:00", "--known-at", str(trial.drawn))
    assert midnight["entries"] == found["entries"]


def test_true_at_alone_is_known_now(trial: Trial) -> None:
    found = trial.document("subject", "S-001", "--true-at", on(40).isoformat())
    assert found["known_at"]["commit"] == trial.voided
    assert found["statuses"][-1]["status"] == "in-remission"


def test_a_difference_names_field_event_person_and_reason(trial: Trial) -> None:
    printed = trial.says("subject", "S-001", "--diff", str(trial.drawn), str(trial.corrected))
    (line,) = [line for line in printed.splitlines() if line.startswith("S-001-14-CR.category")]
    assert line.split()[:4] == ["S-001-14-CR.category", "CR", "NR", "S-001-14-CR-corrected"]
    assert "nurse-1 (nurse)" in line
    assert line.rstrip().endswith("read [again] as [/NR]")
    found = trial.document("subject", "S-001", "--diff", str(trial.drawn), str(trial.corrected))
    fields = {each["field"]: (each["old"], each["new"]) for each in found["differences"]}
    assert fields["status"] == ("in-remission since 2023-09-29", "on-treatment since 2023-09-01")


def test_nothing_differs_where_a_correction_was_voided(trial: Trial) -> None:
    assert "nothing differs" in trial.says("subject", "S-001", "--diff", str(trial.drawn), str(trial.voided))


def test_statistics_are_computed_as_they_were_known(trial: Trial) -> None:
    printed = trial.says("stats", "--known-at", str(trial.corrected))
    assert "50.0 % [11.8, 88.2], 3 of 6 whose 365 days are over" in printed
    assert "the same bytes as snapshot 2" in printed
    assert "66.7 % [22.3, 95.7], 4 of 6" in trial.says("stats", "--known-at", str(trial.drawn))


def test_statistics_at_an_instant_are_those_of_the_last_commit_by_then(trial: Trial) -> None:
    with trial.database.connect("trialog_read") as reader:
        at = known_at_commit(reader, trial.corrected).committed_at
        expected = recomputed(reader, trial.corrected)
    assert at is not None
    printed = trial.says("stats", "--known-at", at.astimezone(STUDY.tzinfo).isoformat(), "--json")
    # The very bytes, and after them how each number stands to the plan.
    assert printed.encode().startswith(expected.removesuffix(b"}") + b',"prespecification":{"plan":"NCT06486350 2",')


def test_as_of_a_commit_is_known_at_it(trial: Trial) -> None:
    commit = str(trial.corrected)
    assert trial.says("stats", "--as-of", commit, "--json") == trial.says("stats", "--known-at", commit, "--json")


def test_a_data_cutoff_is_what_was_true_at_a_date(trial: Trial) -> None:
    found = trial.document("stats", "--true-at", on(400).isoformat(), "--known-at", str(trial.drawn))
    assert found["key"]["cutoff_on"] == on(400).isoformat()
    assert found["survival"]["deaths"] == 1
    printed = trial.says("stats", "--true-at", on(400).isoformat(), "--known-at", str(trial.drawn))
    assert "no stored snapshot to compare with" in printed


def test_an_event_moved_these_numbers(trial: Trial) -> None:
    printed = trial.says("stats", "--moved-by", CR_TO_NR.id)
    assert "why: read [again] as [/NR]" in printed
    (line,) = [line for line in printed.splitlines() if line.startswith("response.rates.ORR ")]
    assert line.split(maxsplit=1)[1].split("  ")[0] == "4/6, 66.7 % [22.3, 95.7]"
    assert line.rstrip().endswith("3/6, 50.0 % [11.8, 88.2]")
    found = trial.document("stats", "--moved-by", CR_TO_NR.id)
    assert [row["subject"] for row in found["rows"]] == ["S-001"]
    assert found["event"]["reason"] == "read [again] as [/NR]"


def test_numbers_differ_between_two_points_with_the_events_that_moved_each_row(trial: Trial) -> None:
    found = trial.document("stats", "--diff", str(trial.drawn), str(trial.corrected))
    assert {each["name"] for each in found["numbers"]} >= {"response.rates.ORR", "response.responders"}
    assert [origin["event"] for origin in found["rows"][0]["origins"]] == [CR_TO_NR.id]
    assert "no published number moved" in trial.says("stats", "--diff", str(trial.drawn), str(trial.voided))


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["subject", "S-001", "--true-at", "2024-01-05T08:00"], 2, "--true-at: 2024-01-05T08:00 has no offset"),
        (["subject", "S-001", "--known-at", "2024-01-05"], 2, "--known-at: 2024-01-05 is a day of many commits"),
        (["subject", "S-001", "--known-at", "99"], 2, "--known-at: there is no commit 99: the last one is"),
        (["subject", "S-001", "--known-at", "0"], 1, "nothing was known of subject S-001 at commit 0"),
        (["subject", "S-999", "--true-at", "2024-01-05"], 1, "nothing was known of subject S-999"),
        (["subject", "S-001", "--diff", "3", "1"], 2, "--diff: commit 3 comes after commit 1"),
        (["subject", "S-001", "--diff", "1", "2", "--known-at", "2"], 2, "--known-at and --diff ask for different"),
        (["stats", "--as-of", "1", "--known-at", "1"], 2, "--as-of and --known-at ask for different things"),
        (["stats", "--as-of", "99"], 2, "--as-of: there is no commit 99: the last one is"),
        (["stats", "--true-at", "2024-01-05T08:00+08:00"], 2, "statistics are cut at the end of a day: give a date"),
        (["stats", "--moved-by", "nobody"], 1, "no event nobody was ever accepted"),
        (["stats", "--diff", "1", "2024-01-05"], 2, "--diff: 2024-01-05 is a day of many commits"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_answered_is_said_in_a_sentence(
    trial: Trial,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    code: int,
    said: str,
) -> None:
    for name, value in environ(trial.database).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["trialog", *command])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_stored_snapshot_that_says_something_else_is_an_answer_of_no(database: Database) -> None:
    ledger = Ledger(database)
    commit = ledger.commit(events(DRAWN["S-001"]))[-1]
    ledger.close()
    with database.connect(autocommit=True) as connection:
        forged = study_as_of(connection, STUDY, known_at_commit(connection, commit)).snapshot
        forged = msgspec.structs.replace(forged, enrolment=msgspec.structs.replace(forged.enrolment, enrolled=7))
        store(connection, forged, commit, commit)
    ended = Trial(database, commit, commit, commit).run("stats", "--known-at", str(commit))
    assert "differs in: enrolment.enrolled" in ended.stdout
    assert "come to something else than what was stored" in str(ended.exception)


def test_a_blinded_value_and_a_persons_words_are_in_no_answer(database: Database) -> None:
    blinded = next(analyte.id for analyte in STUDY.analytes if analyte.blinded)
    (result, missed) = events("1 result, 2 specimen", "S-001")
    facts = msgspec.structs.replace(result.facts, analyte=blinded, number=1234, text="1234")
    result = msgspec.structs.replace(result, facts=facts)
    missed = msgspec.structs.replace(missed, facts=ev.VisitMissed(visit="V1", why="Zhang was away"))
    again = corrected(result, number="2345", text="2345")
    SteppedLine(database)
    ledger = Ledger(database)
    told: list[Event] = [result, missed, again]
    last = ledger.commit(told)[-1]
    ledger.close()
    trial = Trial(database, last, last, last)
    for more in ([], ["--json"]):
        printed = trial.says("subject", "S-001", "--diff", "0", str(last), *more)
        assert "withheld" in printed
        assert "1234" not in printed
        assert "2345" not in printed
        assert "Zhang" not in printed


def test_what_is_shown_of_a_subject_at_two_times_is_recorded_first(
    stepped_line: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIALOG_ACTOR", "auditor-1")
    stepped_line.send(SCREENED, ENROLLED)
    stepped_line.apply()
    for command in (
        ("subject", "S-001", "--known-at", "1", "--true-at", "2024-01-02T08:00+08:00"),
        ("subject", "S-001", "--diff", "0", "1"),
        ("subject", "S-001", "--known-at", "0"),
        ("stats", "--moved-by", "e-enrolled"),
        ("stats", "--diff", "0", "1", "--true-at", "2024-01-31"),
        ("stats", "--known-at", "1"),
    ):
        trialog(*command)
    said = accesses(stepped_line)
    assert [(each.subject, each.actor, each.facts) for each in said] == [
        (
            "S-001",
            "auditor-1",
            ev.SubjectRead(via=Via.COMMAND, view="subject", true_at="2024-01-02T08:00:00+08:00", known_at=1),
        ),
        ("S-001", "auditor-1", ev.SubjectRead(via=Via.COMMAND, view="subject", known_at=1, compared_with=0)),
        (None, "auditor-1", ev.ActionRefused(action="subject", why="no-such-subject")),
        ("S-001", "auditor-1", ev.SubjectRead(via=Via.COMMAND, view="stats", known_at=1, compared_with=1)),
        (
            None,
            "auditor-1",
            ev.SubjectRead(via=Via.COMMAND, view="stats", true_at="2024-01-31", known_at=1, compared_with=0),
        ),
    ]


def test_what_cannot_be_recorded_is_not_shown(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIALOG_ACTOR", "auditor-1")
    blocked = {**environ(trial.database), "TRIALOG_INTAKE_DATABASE_URL": trial.database.url("trialog_read")}
    for command in (["subject", "S-001", "--known-at", "1"], ["stats", "--moved-by", CR_TO_NR.id]):
        ended = CliRunner().invoke(app, command, env=blocked)
        assert "the access could not be recorded" in str(ended.exception)
        assert ended.stdout == ""

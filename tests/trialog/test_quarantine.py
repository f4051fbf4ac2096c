"""A quarantined record on its way back: shown without its values, driven again by somebody with a reason, once."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest

from projections import reading
from projections.history import events_as_of
from projections.quarantine import settled
from projections.verify import verify_chain
from schemas import codec
from schemas import events as ev
from schemas.codec import encode
from schemas.events.event import Event
from schemas.events.followup import Cause, Certainty
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome, Repaired
from schemas.subject import digest, fold, study_digest
from schemas.upcasts import UPCASTS
from tests.projections.controls import ENROLLED, ENROLLMENT, FOLLOWUP, LAB, OVERSIGHT, SCREENED, platelets
from tests.projections.rebuilding import rebuild
from tests.schemas.controls import event
from tests.trialog.line import Ended, SteppedLine

Command = Callable[..., Ended]

DIED = event("e-died", ev.SubjectDied(cause=Cause.LEUKAEMIA, certainty=Certainty.DOCUMENTED), happened="2024-06-01")
ALIVE = event("e-alive", ev.ContactedAlive(means="telephone"), happened="2024-05-01")
BROKEN = b'{"id": "e-broken", "subject": "S-001", "data": {"Zhang San": 41'
FIX = ("--because", "the schema was repaired")


def written_as(event: Event, **attributes: Any) -> bytes:
    """The event's record with other attributes of its envelope."""
    return msgspec.json.encode(msgspec.json.decode(encode(event)) | attributes)


NEWER = written_as(DIED, type="subject.died.v3", dataschema="urn:trialog:schema:subject.died.v3")


def know_the_newer_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for a release that knows the type; the quarantined bytes stay what they are."""

    def upcast(payload: bytes) -> tuple[str, ev.Facts]:
        return ev.SubjectDied.TYPE, msgspec.json.decode(payload, type=ev.SubjectDied)

    monkeypatch.setattr(codec, "UPCASTS", MappingProxyType({**UPCASTS, "subject.died.v3": upcast}))


def statuses(line: SteppedLine, topic: str) -> list[tuple[str, str | None]]:
    return line.ask('SELECT status, reason FROM trial.ledger WHERE topic = %s ORDER BY "offset"', topic)


def redrives(line: SteppedLine) -> list[Event]:
    with line.read() as connection:
        found = list(events_as_of(connection, reading.head(connection).commit))
    return sorted((each for each in found if isinstance(each.facts, QuarantineRedriven)), key=Event.recorded_key)


def counts(line: SteppedLine) -> tuple[dict[str, int], dict[str, int]]:
    """Quarantined rows by reason, and those of them that are settled."""
    with line.read() as connection:
        return reading.ledger_counts(connection).quarantined_by_reason, settled(connection).rows_by_reason


def folded(line: SteppedLine) -> str:
    """The study's digest by the pure fold over what the ledger has, today's code and no map."""
    with line.read() as connection:
        events = list(events_as_of(connection, reading.head(connection).commit))
    subjects = {each.subject for each in events if each.subject is not None and not oversight(each)}
    mine = {each: [event for event in events if event.subject == each and not oversight(event)] for each in subjects}
    return study_digest((subject, digest(fold(subject, mine[subject]))) for subject in sorted(subjects))


def oversight(event: Event) -> bool:
    return isinstance(event.facts, ev.OversightFacts)


@pytest.fixture
def held(stepped_line: SteppedLine) -> SteppedLine:
    """A death of a type that is not known yet, between good records of the same subject."""
    stepped_line.send(SCREENED, ENROLLED)
    stepped_line.send_bytes(FOLLOWUP, NEWER)
    stepped_line.send(ALIVE, platelets("e-lab"))
    stepped_line.apply()
    return stepped_line


def test_what_is_good_after_a_repair_is_in_the_fold_and_the_original_stays_quarantined(
    held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert statuses(held, FOLLOWUP) == [("quarantined", "unknown-type at $.type"), ("accepted", None)]
    before = held.ask('SELECT * FROM trial.ledger WHERE topic = %s AND "offset" = 0', FOLLOWUP)
    know_the_newer_type(monkeypatch)
    monkeypatch.setenv("TRIALOG_ACTOR", "manager-1")
    monkeypatch.setenv("TRIALOG_ACTOR_ROLE", "data-manager")
    ended = trialog("quarantine", "redrive", f"{FOLLOWUP}[0]@0", *FIX, "--repaired", "schema")
    assert ended.code == 0, ended.told
    assert "1 taken" in ended.printed
    held.apply()
    assert held.ask("SELECT status FROM trial.subjects") == [("dead",)]
    assert statuses(held, FOLLOWUP) == [("quarantined", "unknown-type at $.type"), *[("accepted", None)] * 2]
    assert held.ask('SELECT * FROM trial.ledger WHERE topic = %s AND "offset" = 0', FOLLOWUP) == before
    assert held.ask('SELECT value FROM trial.ledger WHERE topic = %s AND "offset" = 2', FOLLOWUP) == [(NEWER,)]
    [said] = redrives(held)
    assert said.facts == QuarantineRedriven(
        held=f"{FOLLOWUP}[0]@0",
        held_for="unknown-type at $.type",
        outcome=RedriveOutcome.TAKEN,
        events=("e-died",),
        repaired=Repaired.SCHEMA,
    )
    assert (said.actor, said.actor_role, said.reason) == ("manager-1", "data-manager", "the schema was repaired")
    with held.read() as connection:
        assert verify_chain(connection) == []
        assert folded(held) == reading.study_digest(connection)
    assert counts(held) == ({"unknown-type": 1}, {"unknown-type": 1})


def test_a_redriven_record_gives_the_state_that_it_would_have_given_at_once(
    held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = study_digest([("S-001", digest(fold("S-001", [SCREENED, ENROLLED, DIED, platelets("e-lab"), ALIVE])))])
    with held.read() as connection:
        assert reading.study_digest(connection) != at_once
        know_the_newer_type(monkeypatch)
        trialog("quarantine", "redrive", "--all", *FIX)
        held.apply()
        assert reading.study_digest(connection) == at_once


def test_a_replay_after_a_redrive_comes_to_what_live_has(
    held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    know_the_newer_type(monkeypatch)
    trialog("quarantine", "redrive", "--all", *FIX)
    held.apply()
    held.send(platelets("e-later"))
    held.apply()

    found = rebuild(held.database, swap=True)

    assert (found.compared.differences, found.quarantined) == ((), 1)
    assert found.state_digest == folded(held)
    assert statuses(held, FOLLOWUP)[0] == ("quarantined", "unknown-type at $.type")


def test_later_good_records_of_the_subject_were_not_held_back(held: SteppedLine) -> None:
    assert held.ask("SELECT event_id FROM trial.entries WHERE subject = 'S-001' ORDER BY 1") == [
        ("e-alive",),
        ("e-enrolled",),
        ("e-lab",),
        ("e-screened",),
    ]


def test_what_is_still_bad_changes_nothing_and_says_so(held: SteppedLine, trialog: Command) -> None:
    with held.read() as connection:
        digest_before = reading.study_digest(connection)
        ended = trialog("quarantine", "redrive", "--reason", "unknown-type", *FIX)
        assert ended.code == 1
        assert "still held, unknown-type at $.type" in ended.printed
        assert "1 still held" in ended.printed
        held.apply()
        assert reading.study_digest(connection) == digest_before
    assert len(statuses(held, FOLLOWUP)) == 2
    [said] = redrives(held)
    assert isinstance(said.facts, QuarantineRedriven)
    assert (said.facts.outcome, said.facts.still_held_for) == (RedriveOutcome.STILL_HELD, "unknown-type at $.type")
    assert counts(held) == ({"unknown-type": 1}, {})


def test_driving_again_twice_adds_no_fact(held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    know_the_newer_type(monkeypatch)
    # Both before either is applied: two people at once. Then a third, who comes late.
    for _ in range(2):
        assert trialog("quarantine", "redrive", f"{FOLLOWUP}[0]@0", *FIX).code == 0
    held.apply()
    late = trialog("quarantine", "redrive", f"{FOLLOWUP}[0]@0", *FIX)
    assert late.code == 0
    assert "was driven again on" in late.printed
    assert "nothing done" in late.printed
    held.apply()
    assert statuses(held, FOLLOWUP)[2:] == [("accepted", None), ("duplicate", None)]
    assert len(redrives(held)) == 2
    assert counts(held) == ({"unknown-type": 1}, {"unknown-type": 1})
    assert held.ask("SELECT count(*) FROM trial.entries WHERE event_id = 'e-died'") == [(1,)]


def test_a_redrive_whose_fact_the_ledger_did_not_take_settles_nothing(held: SteppedLine) -> None:
    facts = QuarantineRedriven(
        held=f"{FOLLOWUP}[0]@0",
        held_for="unknown-type at $.type",
        outcome=RedriveOutcome.TAKEN,
        events=("e-never-came", "e-screened"),
    )
    held.send(event("o-1", facts, subject=None))
    held.apply()
    assert counts(held) == ({"unknown-type": 1}, {})


def test_a_redrive_of_what_was_never_quarantined_counts_nowhere(held: SteppedLine) -> None:
    for number, place in enumerate((f"{LAB}[0]@0", f"{FOLLOWUP}[0]@9999", f"{FOLLOWUP}[7]@0")):
        facts = QuarantineRedriven(
            held=place, held_for="not-json", outcome=RedriveOutcome.TAKEN, events=("e-screened",)
        )
        held.send(event(f"o-{number}", facts, subject=None))
    held.apply()
    assert counts(held) == ({"unknown-type": 1}, {})


class TestOneHeldForGood:
    """Records that no repair of code makes good, and what a person may do about them."""

    other = platelets("e-lab", "99")

    def test_a_conflict_is_not_driven_again_as_it_is(self, held: SteppedLine, trialog: Command) -> None:
        held.send(self.other)
        held.apply()
        assert trialog("quarantine", "redrive", "--all", *FIX).printed.count("e-lab") == 0
        ended = trialog("quarantine", "redrive", f"{LAB}[0]@1", *FIX)
        assert ended.code == 1
        assert "another event has its id, and that one stands" in ended.printed
        held.apply()
        assert statuses(held, LAB) == [("accepted", None), ("quarantined", "same-id-other-facts")]

    def test_a_conflict_that_is_another_fact_is_taken_under_an_id_of_its_own(
        self, held: SteppedLine, trialog: Command, tmp_path: Path
    ) -> None:
        held.send(self.other)
        held.apply()
        same, own = tmp_path / "same.json", tmp_path / "own.json"
        same.write_bytes(encode(self.other))
        own.write_bytes(encode(msgspec.structs.replace(self.other, id="e-lab-2")) + b"\n")
        place = f"{LAB}[0]@1"
        assert trialog("quarantine", "redrive", place, *FIX, "--corrected", str(same)).code == 1
        assert trialog("quarantine", "redrive", place, *FIX, "--corrected", str(own)).code == 0
        held.apply()
        assert held.ask("SELECT event_id FROM trial.entries WHERE type LIKE 'lab%%' ORDER BY 1") == [
            ("e-lab",),
            ("e-lab-2",),
        ]
        assert counts(held)[1] == {"same-id-other-facts": 1}
        [_, said] = redrives(held)
        assert isinstance(said.facts, QuarantineRedriven)
        assert said.facts.repaired is Repaired.RECORD

    @pytest.mark.parametrize(
        ("corrected", "still"),
        [
            (encode(DIED), "corrected-id-differs at $.id"),
            (written_as(DIED, id="e-broken", subject="S-002"), "corrected-subject-differs at $.subject"),
            (written_as(platelets("e-broken")), "wrong-topic at $.type"),
            (b"{}", "malformed-envelope at $"),
            (written_as(DIED, id="e-broken"), None),
        ],
        ids=["another id", "another subject", "another topic's type", "no event", "the same fact, whole"],
    )
    def test_a_record_that_is_wrong_itself_is_corrected_by_a_person_and_stays_the_same_fact(
        self, held: SteppedLine, trialog: Command, tmp_path: Path, corrected: bytes, still: str | None
    ) -> None:
        held.send_bytes(FOLLOWUP, BROKEN[:-1] + b"41}}")
        held.apply()
        file = tmp_path / "right.json"
        file.write_bytes(corrected)
        ended = trialog("quarantine", "redrive", f"{FOLLOWUP}[0]@2", *FIX, "--corrected", str(file), "--json")
        [said] = json.loads(ended.printed)["driven"]
        assert (ended.code, said["still"]) == (0 if still is None else 1, still)
        held.apply()
        assert counts(held)[1] == ({"malformed-envelope": 1} if still is None else {})

    def test_a_record_under_another_subjects_key_is_taken_for_one_of_the_two(
        self, held: SteppedLine, trialog: Command, tmp_path: Path
    ) -> None:
        held.send_bytes(FOLLOWUP, encode(DIED), key=b"S-002")
        held.apply()
        place, file = f"{FOLLOWUP}[0]@2", tmp_path / "right.json"
        ended = trialog("quarantine", "redrive", place, *FIX)
        assert "key and content name different subjects" in ended.printed
        for subject, code in (("S-003", 1), ("S-002", 0)):
            file.write_bytes(encode(msgspec.structs.replace(DIED, subject=subject)))
            assert trialog("quarantine", "redrive", place, *FIX, "--corrected", str(file)).code == code
        held.apply()
        assert held.ask("SELECT subject FROM trial.entries WHERE event_id = 'e-died'") == [("S-002",)]

    def test_a_record_on_a_wrong_topic_goes_to_the_one_of_its_type(self, held: SteppedLine, trialog: Command) -> None:
        held.send_bytes(LAB, encode(DIED))
        held.apply()
        assert trialog("quarantine", "redrive", "--reason", "wrong-topic", *FIX).code == 0
        held.apply()
        assert held.ask("SELECT topic FROM trial.entries WHERE event_id = 'e-died'") == [(FOLLOWUP,)]
        assert counts(held)[1] == {"wrong-topic": 1}

    def test_what_its_source_sent_again_meanwhile_is_settled_by_that(
        self, held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held.send(DIED)
        held.apply()
        know_the_newer_type(monkeypatch)
        assert trialog("quarantine", "redrive", "--all", *FIX).code == 0
        held.apply()
        assert len(statuses(held, FOLLOWUP)) == 3, "it is in the record: nothing was appended but the redrive"
        assert counts(held) == ({"unknown-type": 1}, {"unknown-type": 1})

    def test_what_its_source_said_otherwise_meanwhile_is_a_conflict(
        self, held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held.send(msgspec.structs.replace(DIED, actor="nurse-2"))
        held.apply()
        know_the_newer_type(monkeypatch)
        assert trialog("quarantine", "redrive", "--all", *FIX).code == 1
        held.apply()
        [said] = redrives(held)
        assert isinstance(said.facts, QuarantineRedriven)
        assert (said.facts.still_held_for, said.facts.events) == ("same-id-other-facts", ("e-died",))


WRONG = [
    (["quarantine", "redrive", *FIX], 2, "one of the three"),
    (["quarantine", "redrive", "--all", "--reason", "not-json", *FIX], 2, "one of the three"),
    (["quarantine", "redrive", "--all"], 2, "--because TEXT"),
    (["quarantine", "redrive", "--all", "--because", " "], 2, "--because TEXT"),
    (["quarantine", "redrive", "--all", *FIX, "--corrected", "x"], 2, "name exactly one"),
    (["quarantine", "redrive", "x", *FIX, "--corrected", "/nowhere"], 2, "cannot be read"),
    (["quarantine", "redrive", f"{LAB}[0]@0", *FIX], 1, "not held back here"),
    (["quarantine", "redrive", "Zhang", *FIX], 1, "not held back here"),
    (["quarantine", "show", f"{LAB}[0]@0"], 1, "is not held back here"),
]


@pytest.mark.parametrize(("command", "code", "said"), WRONG, ids=[f"{' '.join(each)}" for each, _, _ in WRONG])
def test_what_cannot_be_done_is_said_in_a_sentence(
    held: SteppedLine, trialog: Command, command: list[str], code: int, said: str
) -> None:
    ended = trialog(*command)
    assert (ended.code, ended.printed) == (code, "")
    assert said in ended.told


def test_refused_redrives_are_recorded_by_their_rule(held: SteppedLine, trialog: Command) -> None:
    trialog("quarantine", "redrive", f"{LAB}[0]@0", *FIX)
    trialog("quarantine", "show", "Zhang San")
    trialog("quarantine", "show", f"{FOLLOWUP}[0]@0", "--unmasked")
    held.apply()
    with held.read() as connection:
        said = [event.facts for event in events_as_of(connection, reading.head(connection).commit) if oversight(event)]
    assert said == [
        ev.ActionRefused(action="quarantine redrive", why="not-held"),
        ev.ActionRefused(action="quarantine show", why="not-held"),
        ev.ActionRefused(action="quarantine show --unmasked", why="role-sees-no-values"),
    ]
    assert held.ask(
        "SELECT count(*) FROM trial.ledger WHERE topic = %s AND position('Zhang' in value::text) > 0", OVERSIGHT
    ) == [(0,)]


def test_a_held_record_is_shown_without_its_values_and_with_the_place(held: SteppedLine, trialog: Command) -> None:
    held.send_bytes(FOLLOWUP, BROKEN)
    held.apply()
    shown = trialog("quarantine", "show", f"{FOLLOWUP}[0]@2").printed
    assert "not-json" in shown
    assert re.search(r"stopped at +line 1, column 64 \(byte 63\)", shown)
    assert "Zhang" not in shown
    document = json.loads(trialog("quarantine", "show", f"{FOLLOWUP}[0]@0", "--json").printed)
    assert document["where"] == "$.type"
    assert json.loads(document["structure"])["type"] == "subject.died.v3"
    assert json.loads(document["structure"])["subject"] == "‹text, 5 characters›"
    held.apply()
    read = held.ask("SELECT value FROM trial.ledger WHERE topic = %s", OVERSIGHT)
    assert [json.loads(value)["data"] for (value,) in read] == [
        {"held": f"{FOLLOWUP}[0]@2", "via": "command", "masked": True},
        {"held": f"{FOLLOWUP}[0]@0", "via": "command", "masked": True},
    ]


def test_values_are_shown_to_a_role_that_the_settings_name(
    held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.send_bytes(FOLLOWUP, BROKEN + b"\x1b[2J")
    held.apply()
    command = ("quarantine", "show", f"{FOLLOWUP}[0]@2", "--unmasked")
    monkeypatch.setenv("TRIALOG_UNMASKED_ROLES", "data-manager, monitor")
    refused = trialog(*command)
    assert (refused.code, refused.printed) == (1, "")
    monkeypatch.setenv("TRIALOG_ACTOR_ROLE", "monitor")
    shown = trialog(*command)
    assert "Zhang San" in shown.printed
    assert "\x1b" not in shown.printed, "what would steer the terminal is written out"
    held.apply()
    assert json.loads(held.ask("SELECT value FROM trial.ledger WHERE topic = %s", OVERSIGHT)[-1][0])["data"] == {
        "held": f"{FOLLOWUP}[0]@2",
        "via": "command",
        "masked": False,
    }


def test_the_list_says_what_was_driven_again_and_what_remains(
    held: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    held.send_bytes(ENROLLMENT, BROKEN)
    held.apply()
    know_the_newer_type(monkeypatch)
    trialog("quarantine", "redrive", "--reason", "unknown-type", *FIX)
    held.apply()
    listed = trialog("quarantine", "list").printed
    assert "2 held, 1 of them driven again since, 1 remain" in listed
    assert "Zhang" not in listed
    first, second = json.loads(trialog("quarantine", "list", "--json").printed)
    assert (first["held"], first["redriven_by"], first["events"]) == (
        f"{FOLLOWUP}[0]@0",
        "unnamed-operator (operator)",
        ["e-died"],
    )
    assert (second["held"], second["reason"], second["redriven_at"]) == (f"{ENROLLMENT}[0]@2", "not-json", None)
    only = json.loads(trialog("quarantine", "list", "--reason", "not-json", "--json").printed)
    assert [each["held"] for each in only] == [f"{ENROLLMENT}[0]@2"]
    status = trialog("status").printed
    assert "1 unknown-type (1 driven again since, 0 remain)" in status
    assert "1 not-json\n" in status.replace(" \n", "\n").replace("  ", "")


def test_where_nothing_is_held_the_list_says_so(stepped_line: SteppedLine, trialog: Command) -> None:
    assert trialog("quarantine", "list").printed == "nothing is quarantined\n"

"""From bytes to the log: who gets which answer, what is in the log then, and what is kept."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import structlog

from eventlog.errors import LogUnavailable
from producers.intake import Intake
from producers.message import Accepted, Message, Refusal, Translate, Unavailable
from producers.spool import State, Why
from schemas.events import (
    ControlIdReused,
    MessageRefused,
    MessageReleased,
    MessageWaiting,
    ResultReported,
    ScreeningStarted,
    SpecimenCollected,
)
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven, RedriveOutcome
from schemas.records import NewRecord, Position
from schemas.topics import Topic
from tests.producers.controls import NUMBER, SECRETS, STUDY, blood_count, interleukin
from tests.producers.doors import DOORS, by_id, form, logged, opened, screening
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from trialog.access import Actor, Author

GOOD = blood_count().encode()
BAD = blood_count(obx=("OBX|1|NM|12345-6^X^LN||41|10*9/L|||||F",)).encode()


def map_patient(intake: Intake, subject: str = "S-001", number: str = NUMBER, form_id: str = "form-map") -> None:
    said = intake.take("form/screening", form(form_id, number, subject))
    assert isinstance(said, Accepted)
    assert said.subject == subject


def oversight(database: Database) -> list[object]:
    return [event.facts for event in by_id(logged(database, Topic.OVERSIGHT)).values()]


def said_again(outcome: RedriveOutcome, events: tuple[str, ...] = (), still: str | None = None) -> QuarantineRedriven:
    return QuarantineRedriven(
        held="ab" * 16, held_for="unknown-code at OBX[1]-3", outcome=outcome, events=events, still_held_for=still
    )


def driven_again(outcome: RedriveOutcome, events: tuple[str, ...], still: str | None) -> NewRecord:
    author = Author(STUDY, Actor("manager-1", "data-manager"), lambda: dt.datetime(2025, 3, 5, tzinfo=dt.UTC))
    return author.record(said_again(outcome, events, still), place="/command/quarantine", reason="the map was repaired")


class Away:
    """A log that takes nothing."""

    def append(self, records: Sequence[NewRecord]) -> list[Position]:
        raise LogUnavailable("away")

    def close(self) -> None: ...


def nothing_left(intake: Intake) -> None:
    wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")


def test_good_message_is_in_the_log_before_its_answer(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        map_patient(intake)
        said = intake.take("hl7", GOOD)
        assert isinstance(said, Accepted)
        found = by_id(logged(door_database, Topic.LAB))
        assert (said.subject, said.waiting) == ("S-001", False)
        assert list(said.event_ids) == list(found)
        assert {event.subject for event in found.values()} == {"S-001"}
        assert [type(event.facts) for event in found.values()] == [SpecimenCollected, ResultReported, ResultReported]
        assert sum(intake.counts().values()) == 0
        assert oversight(door_database) == []


def test_message_sent_again_also_with_another_time_is_one_set_of_events(
    door_database: Database, tmp_path: Path
) -> None:
    with opened(door_database, tmp_path) as intake:
        map_patient(intake)
        answers = {
            intake.take("hl7", raw)
            for raw in (GOOD, GOOD, blood_count(sent="20250304111111").encode(), blood_count(sent="").encode())
        }
        assert len(answers) == 1
        assert len(by_id(logged(door_database, Topic.LAB))) == 3
        assert oversight(door_database) == []


def test_control_id_used_again_for_other_content_is_taken_and_flagged(door_database: Database, tmp_path: Path) -> None:
    other = blood_count(order="2025030418", collected="20250304090000").encode()
    with opened(door_database, tmp_path) as intake:
        map_patient(intake)
        first, second, again = (intake.take("hl7", raw) for raw in (GOOD, other, other))
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert second == again
        assert not set(first.event_ids) & set(second.event_ids)
        assert len(by_id(logged(door_database, Topic.LAB))) == 6
        flags = oversight(door_database)
        assert len(flags) == 1
        assert isinstance(flags[0], ControlIdReused)
        assert flags[0].sender == "/hl7/BF-6900/FJMUUH"
        assert flags[0].message != flags[0].earlier


def test_two_messages_of_one_specimen_say_once_that_it_was_taken(door_database: Database, tmp_path: Path) -> None:
    preliminary = blood_count(control_id="1", reported="20250304093000")
    final = blood_count(control_id="2", obx=("OBX|1|NM|751-8^NEU^LN||0.4|10*9/L|||||F",))
    with opened(door_database, tmp_path) as intake:
        map_patient(intake)
        intake.take("hl7", preliminary.encode())
        intake.take("hl7", final.encode())
    facts = [event.facts for event in by_id(logged(door_database, Topic.LAB)).values()]
    assert sum(isinstance(each, SpecimenCollected) for each in facts) == 1
    assert len(facts) == 4


def test_refused_message_is_kept_counted_and_announced_once(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        answers = [intake.take("hl7", BAD) for _ in range(3)]
        assert {(said.problem, said.where, said.ack) for said in answers if isinstance(said, Refusal)} == {
            ("unknown-code", "OBX[1]-3", "AE")
        }
        assert intake.counts()[State.REFUSED] == 1
        [(entry, why)] = intake.refused()
        assert why == Why(problem="unknown-code", where="OBX[1]-3")
        assert oversight(door_database) == [
            MessageRefused(door="hl7", message=entry.fingerprint, problem="unknown-code", where="OBX[1]-3")
        ]
        assert logged(door_database, Topic.LAB) == []


def test_refused_message_goes_on_when_it_is_driven_again_after_a_repair(
    door_database: Database, tmp_path: Path
) -> None:
    broken = {**DOORS, "hl7": lambda raw, at: Refusal(problem="unknown-code", where="OBX[1]-3", text="not yet")}
    with opened(door_database, tmp_path, doors=broken) as intake:
        map_patient(intake)
        assert isinstance(intake.take("hl7", GOOD), Refusal)
        [(entry, _)] = intake.refused()
        assert isinstance(intake.redrive(entry, driven_again), Refusal)
        assert intake.counts()[State.REFUSED] == 1
        first, again = oversight(door_database)
        assert isinstance(first, MessageRefused)
        assert again == said_again(RedriveOutcome.STILL_HELD, (), "unknown-code at OBX[1]-3")
    with opened(door_database, tmp_path) as intake:
        [(entry, _)] = intake.refused()
        said = intake.redrive(entry, driven_again)
        assert isinstance(said, Accepted)
        assert set(said.event_ids) == set(by_id(logged(door_database, Topic.LAB)))
        assert sum(intake.counts().values()) == 0
        assert oversight(door_database)[-1] == said_again(RedriveOutcome.TAKEN, said.event_ids)
        assert intake.redrive(entry, driven_again) is None


def test_message_driven_again_while_the_log_is_away_stays_refused_and_keeps_its_author_for_the_next_try(
    door_database: Database, tmp_path: Path
) -> None:
    broken = {**DOORS, "hl7": lambda raw, at: Refusal(problem="unknown-code", where="OBX[1]-3", text="not yet")}
    with opened(door_database, tmp_path, doors=broken) as intake:
        map_patient(intake)
        intake.take("hl7", GOOD)
    with opened(door_database, tmp_path, appender=Away()) as intake:
        [(entry, _)] = intake.refused()
        assert isinstance(intake.redrive(entry, driven_again), Unavailable)
        assert [each for each, _ in intake.refused()] == [entry]
    assert [type(each) for each in oversight(door_database)] == [MessageRefused]
    with opened(door_database, tmp_path) as intake:
        [(entry, why)] = intake.refused()
        assert why == Why(problem="unknown-code", where="OBX[1]-3")
        assert isinstance(intake.redrive(entry, driven_again), Accepted)
    assert [type(each) for each in oversight(door_database)] == [MessageRefused, QuarantineRedriven]


def test_message_whose_patient_is_not_mapped_waits_when_it_is_driven_again(
    door_database: Database, tmp_path: Path
) -> None:
    broken = {**DOORS, "hl7": lambda raw, at: Refusal(problem="unknown-code", where="OBX[1]-3", text="not yet")}
    with opened(door_database, tmp_path, doors=broken) as intake:
        intake.take("hl7", GOOD)
    with opened(door_database, tmp_path) as intake:
        [(entry, _)] = intake.refused()
        assert intake.redrive(entry, driven_again) == Accepted(event_ids=(), subject=None, waiting=True)
        assert (intake.counts()[State.REFUSED], intake.counts()[State.WAITING]) == (0, 1)
        assert oversight(door_database)[1:] == [
            MessageWaiting(door="hl7", message=entry.fingerprint),
            said_again(RedriveOutcome.WAITING),
        ]
        map_patient(intake)
        nothing_left(intake)
    assert len(by_id(logged(door_database, Topic.LAB))) == 3


def test_door_that_fails_on_a_message_keeps_it_and_stays_open(door_database: Database, tmp_path: Path) -> None:
    def fail(raw: bytes, at: object) -> Message | Refusal:
        raise ZeroDivisionError(raw.decode())

    with (
        opened(door_database, tmp_path, doors={**DOORS, "hl7": fail}) as intake,
        structlog.testing.capture_logs() as logs,
    ):
        said = intake.take("hl7", GOOD)
        assert isinstance(said, Refusal)
        assert said.problem == "door-defect"
        assert intake.counts()[State.REFUSED] == 1
        assert not any(secret in str(logs) for secret in SECRETS)


def test_refusal_that_is_not_kept_leaves_nothing(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        said = intake.take("form/screening", b"{")
        assert isinstance(said, Refusal)
        assert said.status == 400
        assert sum(intake.counts().values()) == 0
        assert oversight(door_database) == []


def of_site(site: str) -> Translate:
    """The screening form's translation, gone wrong: it says this site."""

    def translate(raw: bytes, received_at: dt.datetime) -> Message | Refusal:
        said = screening(raw, received_at)
        assert isinstance(said, Message)
        drafts = tuple(msgspec.structs.replace(draft, facts=ScreeningStarted(site=site)) for draft in said.drafts)
        return msgspec.structs.replace(said, drafts=drafts)

    return translate


@pytest.mark.parametrize("site", ["F\0", "F" * 1_100_000])
def test_what_ledger_or_log_would_not_take_is_refused_and_not_accepted(
    door_database: Database, tmp_path: Path, site: str
) -> None:
    with opened(door_database, tmp_path, doors={**DOORS, "form/screening": of_site(site)}) as intake:
        for said in (
            intake.take("form/screening", form("form-0001", subject="S-001")),
            intake.take("form/screening", form("form-0002", number="ZY1")),
            intake.take("form/screening", form("form-0003", subject="S-\0")),
        ):
            assert isinstance(said, Refusal)
            assert said.problem == "not-taken"
        assert intake.counts()[State.REFUSED] == 3
        assert logged(door_database, Topic.ENROLLMENT) == []
    with opened(door_database, tmp_path) as intake:
        repaired = intake.take("form/screening", form("form-0001", subject="S-001"))
        assert isinstance(repaired, Accepted)


def test_database_that_is_not_migrated_is_waited_for(door_database: Database, tmp_path: Path) -> None:
    with door_database.connect("trialog_owner") as owner:
        owner.execute("ALTER TABLE intake.receipts RENAME TO receipts_away")
    with opened(door_database, tmp_path) as intake:
        assert isinstance(intake.take("form/screening", form(subject="S-001")), Unavailable)
        with door_database.connect("trialog_owner") as owner:
            owner.execute("ALTER TABLE intake.receipts_away RENAME TO receipts")
        wait_until(lambda: sum(intake.counts().values()) == 0, what="an empty spool")
    assert len(logged(door_database, Topic.ENROLLMENT)) == 1


def test_form_gets_the_next_subject_and_keeps_it_when_sent_again(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        first = intake.take("form/screening", form("form-0001", "ZY1"))
        assert first == intake.take("form/screening", form("form-0001", "ZY1"))
        second = intake.take("form/screening", form("form-0002", "ZY2"))
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert (first.subject, second.subject) == ("S-001", "S-002")
        assert len(by_id(logged(door_database, Topic.ENROLLMENT))) == 2


def test_form_id_used_again_for_other_content_is_a_conflict(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        intake.take("form/screening", form("form-0001", "ZY1"))
        said = intake.take("form/screening", form("form-0001", "ZY2"))
        assert isinstance(said, Refusal)
        assert (said.problem, said.status) == ("form-id-reused", 409)
        assert len(by_id(logged(door_database, Topic.ENROLLMENT))) == 1


def test_contradicting_form_is_refused_and_may_be_repaired_under_its_id(
    door_database: Database, tmp_path: Path
) -> None:
    with opened(door_database, tmp_path) as intake:
        map_patient(intake, "S-001", "ZY1")
        said = intake.take("form/screening", form("form-0001", "ZY1", "S-002"))
        assert isinstance(said, Refusal)
        assert (said.problem, said.status) == ("identity-contradiction", 409)
        assert isinstance(intake.take("form/screening", form("form-0001", "ZY2", "S-002")), Accepted)


def test_message_about_an_unknown_patient_waits_and_goes_on_by_itself(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        said = intake.take("hl7", GOOD)
        assert said == Accepted(event_ids=(), subject=None, waiting=True)
        assert intake.take("hl7", GOOD) == said
        assert intake.counts()[State.WAITING] == 1
        [waiting] = oversight(door_database)
        assert isinstance(waiting, MessageWaiting)
        assert logged(door_database, Topic.LAB) == []

        map_patient(intake)
        nothing_left(intake)
        assert len(by_id(logged(door_database, Topic.LAB))) == 3
        assert oversight(door_database) == [waiting, MessageReleased(door="hl7", message=waiting.message)]
        # The events are those that the message would have made at once.
        again = intake.take("hl7", GOOD)
        assert isinstance(again, Accepted)
        assert set(again.event_ids) == set(by_id(logged(door_database, Topic.LAB)))


def test_waiting_message_goes_on_when_another_process_maps_its_patient(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path / "hl7") as intake, opened(door_database, tmp_path / "forms") as elsewhere:
        intake.take("hl7", GOOD)
        intake.take("hl7", interleukin().encode())
        map_patient(elsewhere)
        nothing_left(intake)
        assert {event.subject for event in logged(door_database, Topic.LAB)} == {"S-001"}
        assert len(by_id(logged(door_database, Topic.LAB))) == 5


def test_waiting_message_goes_on_after_a_restart(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path / "hl7") as intake:
        intake.take("hl7", GOOD)
    with opened(door_database, tmp_path / "forms") as elsewhere:
        map_patient(elsewhere)
    with opened(door_database, tmp_path / "hl7") as intake:
        nothing_left(intake)
    assert len(by_id(logged(door_database, Topic.LAB))) == 3


def test_waiting_message_of_nobody_stays_while_others_go_on(door_database: Database, tmp_path: Path) -> None:
    with opened(door_database, tmp_path) as intake:
        intake.take("hl7", blood_count(number="ZY777", control_id="A").encode())
        intake.take("hl7", GOOD)
        map_patient(intake)
        wait_until(lambda: len(logged(door_database, Topic.LAB)) == 3, what="the mapped patient's events")
        # The events are in the log a moment before their message is taken out of the spool.
        wait_until(lambda: intake.counts()[State.WAITING] == 1, what="the mapped patient's message out of the spool")


def test_damaged_file_stops_nothing_else(door_database: Database, tmp_path: Path) -> None:
    door_database.stop()
    with opened(door_database, tmp_path) as intake:
        first = intake.take("form/screening", form("form-0001", subject="S-001"))
        second = intake.take("form/screening", form("form-0002", subject="S-002"))
        assert isinstance(first, Unavailable)
        assert isinstance(second, Unavailable)
    damaged, _ = sorted((tmp_path / "pending").iterdir())
    damaged.write_bytes(damaged.read_bytes()[:-3])
    door_database.start()
    with opened(door_database, tmp_path) as intake:
        wait_until(lambda: intake.counts()[State.PENDING] == 0, what="an empty pending folder")
        assert intake.counts()[State.DAMAGED] == 1
    assert {event.subject for event in logged(door_database, Topic.ENROLLMENT)} == {"S-002"}


def test_nothing_that_is_logged_or_published_names_a_patient(
    door_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(door_database, tmp_path) as intake, structlog.testing.capture_logs() as logs:
        intake.take("hl7", GOOD)
        intake.take("hl7", BAD)
        map_patient(intake)
        wait_until(lambda: intake.counts()[State.WAITING] == 0, what="the released message")
        intake.take("hl7", interleukin(value="SN|{code}||^1,234|pg/mL").encode())
        door_database.stop()
        assert isinstance(intake.take("hl7", blood_count(control_id="later").encode()), Unavailable)
        door_database.start()
        wait_until(lambda: intake.counts()[State.PENDING] == 0, what="the message of the outage")
    written = str(logs) + caplog.text + "".join(capfd.readouterr())
    assert {"message taken", "message refused", "message left for later"} <= {line["event"] for line in logs}
    events: list[Event] = [event for topic in Topic for event in logged(door_database, topic)]
    for secret in (*SECRETS, "1,234"):
        assert secret not in written
        assert secret not in str(events)


def test_study_of_the_tests_is_the_study() -> None:
    assert STUDY.id == "NCT06486350"

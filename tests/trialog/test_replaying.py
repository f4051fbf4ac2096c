"""`trialog replay`: what it prints, how it exits, and that no value is in either."""

import json
from collections.abc import Callable

import pytest

from schemas import events as ev
from tests.projections.controls import ENROLLED, FOLLOWUP, SCREENED, platelets
from tests.projections.rebuilding import with_fold_version
from tests.schemas.controls import event
from tests.trialog.line import Ended, SteppedLine

Command = Callable[..., Ended]

CONTACT = event("f-contact", ev.ContactedAlive(means="telephone"), happened="2024-04-01")


@pytest.fixture
def line(stepped_line: SteppedLine, monkeypatch: pytest.MonkeyPatch) -> SteppedLine:
    """As for `trialog migrate`, the owner's URL."""
    monkeypatch.setenv("DATABASE_URL", stepped_line.database.url("trialog_owner"))
    stepped_line.send(SCREENED, ENROLLED, CONTACT, platelets("e-1", "55"))
    stepped_line.send_bytes(FOLLOWUP, b"no event")
    stepped_line.apply()
    return stepped_line


def falsify(line: SteppedLine) -> None:
    with line.database.connect("postgres") as superuser:
        superuser.execute("SET session_replication_role = 'replica'")
        superuser.execute("UPDATE trial.audit_trail SET actor = 'nurse-9' WHERE event_id = 'f-contact'")


def test_no_difference_is_a_good_answer(line: SteppedLine, trialog: Command) -> None:
    ended = trialog("replay")
    assert ended.code == 0, ended.told
    assert ended.printed.splitlines() == [
        f"generation 2, fold version 2, from the ledger: 4 events, 1 subjects, state digest {digest_of(line)[:16]}",
        "as the ledger has them: 0 repeated, 1 quarantined",
        "compared at commit 3 with generation 1, fold version 2: no difference",
    ]


def test_the_log_is_read_and_the_exchange_is_told(line: SteppedLine, trialog: Command) -> None:
    ended = trialog("replay", "--from-log", "--swap", "--json")
    assert ended.code == 0, ended.told
    told = json.loads(ended.printed)
    assert (told["generation"], told["source"], told["live_generation"], told["swapped_at"]) == (2, "log", 1, 3)
    assert told["state_digest"] == told["live_state_digest"] == digest_of(line)
    assert "generation 3 is live since commit 3" in trialog("replay", "--swap").printed


def test_a_difference_is_told_by_its_field_and_the_answer_is_no(line: SteppedLine, trialog: Command) -> None:
    falsify(line)
    ended = trialog("replay")
    assert ended.code == 1
    assert ended.told.strip() == "trialog: 1 differences between generation 1 and the ledger"
    assert f"{FOLLOWUP}[0]@0" in ended.printed
    assert "actor" in ended.printed
    assert "nurse" not in ended.printed


def test_what_was_falsified_is_put_right_by_the_exchange_and_the_answer_is_still_no(
    line: SteppedLine, trialog: Command
) -> None:
    falsify(line)
    assert trialog("replay", "--swap").code == 1
    assert trialog("replay").code == 0


def test_differences_of_another_fold_version_are_no_reason_against_the_exchange(
    line: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    falsify(line)
    with_fold_version(monkeypatch, 3)
    assert trialog("replay").code == 1
    ended = trialog("replay", "--swap")
    assert ended.code == 0, ended.told
    assert "compared at commit 3 with generation 1, fold version 2: 1 differences" in ended.printed


def test_another_role_than_the_owner_is_told_which_url_to_name(
    line: SteppedLine, trialog: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", line.database.url("trialog_app"))
    ended = trialog("replay", "--swap")
    assert ended.code == 2
    assert "DATABASE_URL: this role may not act as trialog_owner" in ended.told


def test_a_log_with_other_bytes_is_told_with_its_place(line: SteppedLine, trialog: Command) -> None:
    with line.database.connect("postgres") as superuser:
        superuser.execute("SET session_replication_role = 'replica'")
        superuser.execute(
            "UPDATE eventlog.records SET value = 'another' WHERE topic = %s AND \"offset\" = 1", (FOLLOWUP,)
        )
    ended = trialog("replay", "--from-log")
    assert ended.code == 1
    assert f"{FOLLOWUP}[0]@1: its value has other bytes" in ended.told


def digest_of(line: SteppedLine) -> str:
    from projections import reading

    with line.read() as connection:
        return reading.study_digest(connection)

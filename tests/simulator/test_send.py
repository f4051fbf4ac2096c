"""The simulated trial through the real doors: every answer waited for, nothing lost, nothing twice, in any order."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from producers.simulator import Plan, expected_answers, send, simulate
from producers.simulator.form_client import FormClient
from producers.simulator.mllp_client import MllpClient, NoAnswer
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until
from tests.simulator.folding import STUDY, folded
from tests.simulator.site import both_doors

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plan() -> Plan:
    return simulate(3, STUDY, subjects=4)


@pytest.fixture(scope="module")
def expected(plan: Plan) -> str:
    return folded(plan).digest()


def test_a_trial_goes_in_at_both_doors_and_comes_to_what_was_planned(
    database: Database, tmp_path: Path, plan: Plan, expected: str
):
    told: list[tuple[int, int]] = []
    with both_doors(database, tmp_path) as doors:
        sent = send(plan, hl7=doors.hl7, http=doors.http, progress=lambda done, total: told.append((done, total)))
        wait_until(lambda: doors.digest() == expected, what="the released messages")
    assert sent.messages == len(plan.messages)
    assert sent.unexpected == {}
    assert sent.resent == 0
    answers = Counter(sent.answers)
    assert answers["201"] + answers["202"] == expected_answers(plan)["201"]
    assert {code: answers[code] for code in ("AA", "AE", "AR", "422")} == {
        code: expected_answers(plan)[code] for code in ("AA", "AE", "AR", "422")
    }
    assert told == [(done, len(plan.messages)) for done in range(1, len(plan.messages) + 1)]


@pytest.mark.parametrize("shuffle_seed", [11, 12])
def test_shuffled_and_repeated_it_comes_to_the_same(
    database: Database, tmp_path: Path, plan: Plan, expected: str, shuffle_seed: int
):
    with both_doors(database, tmp_path) as doors:
        sent = send(plan, hl7=doors.hl7, http=doors.http, shuffle_seed=shuffle_seed, repeat=0.1)
        wait_until(lambda: doors.digest() == expected, what="the released messages")
    assert sent.messages > len(plan.messages)
    assert sent.unexpected == {}


def test_while_the_database_is_away_nothing_is_lost_and_nothing_comes_twice(
    database: Database, tmp_path: Path, plan: Plan, expected: str
):
    """An outage in the middle: messages get no answer or 503, and are sent again until they get one."""
    begun = threading.Event()
    with both_doors(database, tmp_path) as doors:

        def outage() -> None:
            begun.wait()
            database.stop()
            database.start()

        breaking = threading.Thread(target=outage)
        breaking.start()
        sent = send(
            plan,
            hl7=doors.hl7,
            http=doors.http,
            answer_seconds_max=2,
            progress=lambda done, total: begun.set() if done > total // 3 else None,
        )
        breaking.join()
        wait_until(lambda: doors.digest() == expected, within_seconds=60, what="what was spooled meanwhile")
    assert sent.unexpected == {}
    assert "unanswered" not in sent.answers


def test_a_door_that_is_not_there_gives_no_answer(plan: Plan):
    with pytest.raises(NoAnswer):
        MllpClient("127.0.0.1", 1, timeout_seconds=2).ask(plan.messages[0].raw)
    with pytest.raises(NoAnswer):
        FormClient("http://127.0.0.1:1", timeout_seconds=2).post("followup", b"{}")
    with pytest.raises(ValueError, match="not the address"):
        FormClient("127.0.0.1:1", timeout_seconds=2)


def test_what_gets_no_answer_in_time_is_counted_and_not_sent_for_ever(plan: Plan):
    short = Plan(seed=plan.seed, study=plan.study, messages=plan.messages[:3])
    sent = send(short, hl7=("127.0.0.1", 1), http="http://127.0.0.1:1", patience_seconds=0.5)
    assert sent.answers == {"unanswered": 3}


def test_sending_stops_when_it_is_told_to(plan: Plan):
    stop = threading.Event()
    stop.set()
    sent = send(plan, hl7=("127.0.0.1", 1), http="http://127.0.0.1:1", stop=stop)
    assert sent.answers == {}

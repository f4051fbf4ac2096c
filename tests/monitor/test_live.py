"""The stream: its ids are commits, it says what moved, and it goes on where a page left off."""

import httpx
import pytest

from monitor.live import resume_from
from tests.monitor.serving import Trial, enrolled, served
from tests.monitor.streams import followed


def commit(address: str) -> int:
    return httpx.get(f"{address}/api/status").json()["commit"]


def test_the_first_message_to_a_page_that_shows_nothing_brings_every_panel(trial: Trial, address: str):
    trial.say(*enrolled(1))
    with followed(address) as stream:
        message = stream.moved()
        while message.id != str(commit(address)):
            message = stream.moved()
    names = {"state", "enrolment", "funnel", "response", "survival", "latest", "data", "foot"}
    with followed(address, last_event_id="0") as stream:
        first = stream.moved()
    assert names <= set(first.body["panels"])
    assert first.body["commit"] == commit(address)


def test_the_id_of_a_message_is_the_commit_that_it_shows(trial: Trial, address: str):
    trial.say(*enrolled(1))
    with followed(address) as stream:
        message = stream.moved()
    assert message.id == str(message.body["commit"])
    assert int(message.id) <= commit(address)


def test_a_commit_reaches_an_open_page_with_only_the_panels_that_moved(trial: Trial, address: str):
    trial.say(*enrolled(1))
    shown = commit(address)
    with followed(address, shown=shown) as stream:
        stream.moved()
        trial.say(*enrolled(2))
        message = stream.moved("enrolment")
        assert "<b data-value>2</b>" in message.body["panels"]["enrolment"]["html"]
        assert int(message.id or 0) > shown
        assert "survival-note" not in message.body["panels"]  # the same cutoff


def test_a_page_that_comes_back_gets_what_moved_since_its_last_event_id_and_no_more(trial: Trial, address: str):
    trial.say(*enrolled(1))
    before = commit(address)
    trial.say(*enrolled(2))
    trial.say(*enrolled(3))
    after = commit(address)
    with followed(address, last_event_id=str(before)) as stream:
        message = stream.moved()
    assert message.id == str(after)
    assert "<b data-value>3</b>" in message.body["panels"]["enrolment"]["html"]
    with followed(address, last_event_id=str(before + 1)) as stream:
        assert "response-note" not in stream.moved().body["panels"]  # as it was since the first commits


def test_the_header_of_a_browser_that_comes_back_goes_before_what_its_page_was_made_with(trial: Trial, address: str):
    assert resume_from("12", "3") == 12


def test_a_page_of_another_database_gets_everything(trial: Trial, address: str):
    trial.say(*enrolled(1))
    commit(address)
    with followed(address, last_event_id="999999") as stream:
        assert {"enrolment", "response-note", "foot"} <= set(stream.moved().body["panels"])


def test_what_is_not_a_number_is_taken_as_a_page_that_shows_nothing(trial: Trial, address: str):
    assert resume_from("²", None) == 0
    assert resume_from("-4", None) == 0
    with followed(address, last_event_id="'; DROP", language="zh") as stream:
        assert "state" in stream.moved().body["panels"]


def test_an_idle_stream_beats_without_an_id(trial: Trial, address: str):
    with followed(address) as stream:
        first = stream.next()
    assert (first.event, first.id) == ("beat", None)


def test_an_open_page_hears_that_the_database_is_away_and_that_it_is_back(trial: Trial, address: str):
    trial.say(*enrolled(1))
    shown = commit(address)
    with followed(address, shown=shown) as stream:
        trial.database.stop()
        message = stream.moved("state")
        while "the database does not answer" not in message.body["panels"]["state"]["html"]:
            message = stream.moved("state")
        assert f"shown is position {shown}" in message.body["panels"]["state"]["html"]
        trial.database.start()
        trial.beat()
        while "Live" not in message.body["panels"]["state"]["html"]:
            message = stream.moved("state")


def test_closing_the_monitor_ends_its_streams(trial: Trial):
    monitoring = trial.monitoring()
    with served(monitoring) as address, followed(address) as stream:
        stream.next()
        monitoring.close()
        with pytest.raises(EOFError):
            stream.to_the_end()

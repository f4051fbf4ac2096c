"""The log and its database go away while forms come in: no false yes, nothing lost, nothing twice."""

from pathlib import Path

from producers.forms.catalog import load_catalogs
from tests.producers_forms.page import Page
from tests.producers_forms.site import site
from tests.producers_forms.test_json_door import followup, post
from tests.producers_forms.test_web_forms import screening, submit
from tests.servers.postgres import Database
from tests.servers.waiting import wait_until


def test_a_form_during_an_outage_gets_503_and_is_recorded_once_afterwards(database: Database, tmp_path: Path):
    document = followup(201, contact={"happened": "2026-04-01", "means": "visit"})
    typed = screening(202)
    with site(database, tmp_path) as door:
        database.stop()
        answer = post(door, "followup", document)
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        page = submit(door, "enrolment", typed, "zh")
        assert page.status_code == 503
        assert int(page.headers["Retry-After"]) >= 1
        assert load_catalogs()["zh"].texts["problems"]["unavailable"]["what"] in page.text
        kept = Page(page.text).typed
        assert {name: kept[name] for name in typed} == typed

        database.start()
        wait_until(lambda: {event.subject for event in door.events()} == {"S-201", "S-202"}, what="both forms' events")
        # A log that has only just come back may ask for patience once more; whoever sends again is told so.
        wait_until(lambda: post(door, "followup", document).status_code == 201, what="the same document's good answer")
        wait_until(lambda: submit(door, "enrolment", typed).status_code == 201, what="the same page's good answer")
        assert len({event.id for event in door.events()}) == 2
        assert len(set(map(repr, door.events()))) == 2

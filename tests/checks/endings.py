"""Cases of the rules on adverse events, death, and corrections."""

import datetime as dt

import msgspec

from schemas.events.conduct import EventOutcome
from schemas.events.event import Event
from schemas.events.followup import Category
from tests.checks.cases import passes, put_right, raises
from tests.checks.drawn import (
    adverse,
    alive,
    blasts_counted,
    chemo,
    corrects,
    died,
    enrolled,
    response,
    result,
    visit_done,
    voids,
)


def retarget(correction: Event, target: str) -> Event:
    facts = msgspec.structs.replace(correction.facts, target=target)
    return msgspec.structs.replace(correction, facts=facts)


CORRECTIONS = [
    corrects(enrolled("2024-01-05"), happened="2024-01-06", id_="c1", recorded_at="2024-12-11T09:00"),
    corrects(enrolled("2024-01-05"), happened="2024-01-07", id_="c2", recorded_at="2024-12-12T09:00"),
]

CASES = [
    raises(
        "serious-event-without-outcome",
        "serious, and what became of it is unknown",
        adverse("2024-02-01", EventOutcome.UNKNOWN),
        finds="event: outcome 2024-02-01",
    ),
    passes(
        "serious-event-without-outcome",
        "not recovered is an outcome",
        adverse("2024-02-01", EventOutcome.NOT_RECOVERED),
    ),
    passes("serious-event-without-outcome", "not serious", adverse("2024-02-01", EventOutcome.UNKNOWN, serious=False)),
    put_right(
        "serious-event-without-outcome",
        "the outcome is put in",
        adverse("2024-02-01", EventOutcome.UNKNOWN),
        by=corrects(adverse("2024-02-01", EventOutcome.UNKNOWN), outcome=EventOutcome.RECOVERED),
    ),
    raises(
        "fatal-event-without-death",
        "fatal, and no death",
        adverse("2024-02-01", EventOutcome.FATAL),
        finds="event: outcome 2024-02-01",
    ),
    passes(
        "fatal-event-without-death", "fatal, and a death", adverse("2024-02-01", EventOutcome.FATAL), died("2024-02-03")
    ),
    passes("fatal-event-without-death", "not fatal, and no death", adverse("2024-02-01", EventOutcome.RECOVERED)),
    put_right(
        "fatal-event-without-death",
        "the outcome is corrected",
        adverse("2024-02-01", EventOutcome.FATAL),
        by=corrects(adverse("2024-02-01", EventOutcome.FATAL), outcome=EventOutcome.SEQUELAE),
    ),
    raises(
        "event-ended-before-onset",
        "ended the day before its onset",
        adverse("2024-02-01T08:00", EventOutcome.RECOVERED, ended_on=dt.date(2024, 1, 31)),
        finds="event: ended_on 2024-02-01",
    ),
    passes(
        "event-ended-before-onset",
        "ended on the day of its onset",
        adverse("2024-02-01T08:00", EventOutcome.RECOVERED, ended_on=dt.date(2024, 2, 1)),
    ),
    passes("event-ended-before-onset", "it lasts", adverse("2024-02-01", EventOutcome.NOT_RECOVERED)),
    put_right(
        "event-ended-before-onset",
        "its end is corrected",
        adverse("2024-02-01", EventOutcome.RECOVERED, ended_on=dt.date(2023, 2, 9)),
        by=corrects(
            adverse("2024-02-01", EventOutcome.RECOVERED, ended_on=dt.date(2023, 2, 9)), ended_on=dt.date(2024, 2, 9)
        ),
    ),
    raises(
        "died-twice",
        "three deaths, each later one beside the first",
        died("2024-05-01", "one"),
        died("2024-05-01", "two"),
        died("2024-05-03", "three"),
        finds=["one two: happened 2024-05-01", "one three: happened 2024-05-03"],
    ),
    passes("died-twice", "one death", died("2024-05-01")),
    put_right(
        "died-twice",
        "one of the two is voided",
        died("2024-05-01", "one"),
        died("2024-05-02", "two"),
        by=voids(died("2024-05-01", "one")),
    ),
    raises(
        "result-after-death",
        "specimens taken the day after",
        died("2024-05-01"),
        result("2024-05-02T00:00"),
        blasts_counted("2024-05-02", "1"),
        finds=["blasts died: happened 2024-05-02", "died result: happened 2024-05-02"],
    ),
    raises(
        "result-after-death",
        "of two deaths the first counts",
        died("2024-05-01"),
        died("2024-05-09", "later"),
        result("2024-05-02"),
        finds="died result: happened 2024-05-02",
    ),
    passes(
        "result-after-death", "a specimen taken on the day of death", died("2024-05-01"), result("2024-05-01T23:59")
    ),
    passes(
        "result-after-death",
        "recorded long after, of a specimen taken before",
        died("2024-05-01"),
        result("2024-04-30", recorded_at="2024-06-01T08:00"),
    ),
    passes("result-after-death", "no death", result("2024-05-02")),
    put_right(
        "result-after-death",
        "the day of death is corrected",
        died("2024-05-01"),
        result("2024-05-20"),
        by=corrects(died("2024-05-01"), happened="2024-06-01"),
    ),
    raises(
        "contact-after-death",
        "a contact the day after",
        died("2024-05-01"),
        alive("2024-05-02"),
        finds="alive died: happened 2024-05-02",
    ),
    passes("contact-after-death", "a contact on the day of death", died("2024-05-01"), alive("2024-05-01")),
    passes("contact-after-death", "no death", alive("2024-05-02")),
    put_right(
        "contact-after-death",
        "the contact is voided",
        died("2024-05-01"),
        alive("2024-05-02"),
        by=voids(alive("2024-05-02")),
    ),
    raises(
        "activity-after-death",
        "a visit and a course the day after; a result and a contact are other rules'",
        died("2024-05-01"),
        visit_done("2024-05-02"),
        chemo("2024-05-02"),
        result("2024-05-02"),
        alive("2024-05-02"),
        finds=["chemo-1 died: happened 2024-05-02", "died done: happened 2024-05-02"],
    ),
    passes("activity-after-death", "an NE needs no person", died("2024-05-01"), response("2024-05-02", Category.NE)),
    passes("activity-after-death", "a visit on the day of death", died("2024-05-01"), visit_done("2024-05-01")),
    put_right(
        "activity-after-death",
        "the visit's date is corrected",
        died("2024-05-01"),
        visit_done("2024-05-02"),
        by=corrects(visit_done("2024-05-02"), happened="2024-04-02"),
    ),
    raises(
        "corrections-contested",
        "two corrections of one entry",
        enrolled("2024-01-05"),
        *CORRECTIONS,
        finds="enrolled: by 2024-01-07",
    ),
    passes("corrections-contested", "one correction", enrolled("2024-01-05"), CORRECTIONS[0]),
    passes(
        "corrections-contested",
        "a correction of a correction",
        enrolled("2024-01-05"),
        CORRECTIONS[0],
        retarget(CORRECTIONS[1], "c1"),
    ),
    passes(
        "corrections-contested",
        "an entry that no longer counts",
        enrolled("2024-01-05"),
        *CORRECTIONS,
        voids(enrolled("2024-01-05")),
    ),
    put_right(
        "corrections-contested",
        "one of the two is voided",
        enrolled("2024-01-05"),
        *CORRECTIONS,
        by=voids(CORRECTIONS[0]),
    ),
    raises(
        "action-held",
        "a correction and a void of entries that are not there",
        corrects(enrolled("2024-01-05"), happened="2024-01-06", id_="c1"),
        voids(died("2024-05-01"), id_="v1"),
        finds=["c1: target None", "v1: target None"],
    ),
    passes("action-held", "a correction that reaches its entry", enrolled("2024-01-05"), CORRECTIONS[0]),
    passes("action-held", "no correction", enrolled("2024-01-05")),
    put_right(
        "action-held",
        "the entry comes",
        corrects(enrolled("2024-01-05"), happened="2024-01-06", id_="c1"),
        by=enrolled("2024-01-05"),
    ),
]

"""A whole simulated trial as a list of messages. Pure: the same seed gives the same bytes, on any day and machine."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from producers.simulator.courses import courses_of, ends_on
from producers.simulator.faults import faulty
from producers.simulator.instruments import BF6900, channel_of
from producers.simulator.laboratory import Laboratory, Sent, bytes_of
from producers.simulator.paperwork import Desk
from producers.simulator.patients import patient_of
from producers.simulator.planned import Plan, Planned
from schemas.study import StudyDefinition

SEED_DEFAULT = 7
REUSED_CONTROL_IDS = 2
"""How many messages bear a control id that another one had: the analyser's counter was set back for a moment."""


def simulate(seed: int, study: StudyDefinition, subjects: int | None = None) -> Plan:
    """The messages of a trial in which ``subjects`` enrol, its target where None, in the order of sending.

    None is sent after `courses.ends_on`.
    """
    end = dt.datetime.combine(ends_on(study), dt.time(23, 59), study.tzinfo)
    sent: list[Sent] = []
    messages: list[Planned] = []
    for course in courses_of(seed, study, study.target if subjects is None else subjects):
        patient = patient_of(seed, study, course.place)
        sent += Laboratory(seed, course, patient, study).reports()
        messages += Desk(seed, course, patient, study).forms()
    messages += _hl7(sent)
    messages += faulty(seed, study, ends_on(study))
    told = [each for each in messages if each.at <= end]
    return Plan(seed=seed, study=study.id, messages=tuple(sorted(told, key=lambda each: (each.at, each.raw))))


def expected_answers(plan: Plan) -> Counter[str]:
    """How many messages should get which answer."""
    return Counter(each.expected for each in plan.messages)


def _hl7(reports: list[Sent]) -> Iterator[Planned]:
    """Each instrument of each site counts its own messages in the order of sending."""
    counters: Counter[str] = Counter()
    for sent in sorted(reports, key=lambda each: (each.at, each.order.number, each.order.status)):
        channel = channel_of(sent.instrument, sent.patient)
        counters[channel] += 1
        counter = counters[channel]
        # Set back twice: the number of a message of long ago comes again, with other content.
        if sent.instrument is BF6900 and counter in (300, 600)[:REUSED_CONTROL_IDS]:
            counter -= 200
        control_id = f"{counter:06d}"
        yield _planned(sent, sent.at, bytes_of(sent, control_id, sent.at))
        if sent.again_at is not None:
            dated = sent.again_at if sent.again_dated else sent.at
            yield _planned(sent, sent.again_at, bytes_of(sent, control_id, dated))


def _planned(sent: Sent, at: dt.datetime, raw: bytes) -> Planned:
    return Planned(
        at=at, door="hl7", channel=channel_of(sent.instrument, sent.patient), raw=raw, expected="AA", late=sent.late
    )

"""What a plan comes to without any door, log or database: the doors' translations, then the pure fold."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

import msgspec

from producers.forms.translation import doors
from producers.hl7.translation import translation
from producers.message import Message, Refusal, Translate, events_of
from producers.simulator import Plan, Planned
from schemas.events.event import Event
from schemas.study import StudyDefinition, parse_study
from schemas.subject import SubjectState, digest, fold, study_digest

STUDY: StudyDefinition = parse_study((resources.files("schemas.studies") / "nct06486350.toml").read_bytes())
AFTERWARDS = dt.datetime(2026, 6, 1, 0, 0, tzinfo=STUDY.tzinfo)
"""The doors' clock: any time after the last message will do."""


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """``events`` by subject, each as often as its message came. ``strangers`` counts messages about nobody mapped."""

    events: dict[str, list[Event]]
    answers: list[str]
    strangers: int

    def states(self) -> dict[str, SubjectState]:
        return {subject: fold(subject, events) for subject, events in self.events.items()}

    def digest(self) -> str:
        return study_digest((subject, digest(state)) for subject, state in self.states().items())


def translations(study: StudyDefinition) -> dict[str, Translate]:
    return doors(study) | {"hl7": translation(study)}


TRANSLATIONS = translations(STUDY)


@cache
def translated(planned: Planned) -> Message | Refusal:
    """What the doors of the built-in study make of a message."""
    return said_of(planned, TRANSLATIONS)


def said_of(planned: Planned, by: dict[str, Translate]) -> Message | Refusal:
    return by["hl7" if planned.door == "hl7" else f"form/{planned.channel}"](planned.raw, AFTERWARDS)


def folded(messages: Plan | Iterable[Planned], study: StudyDefinition = STUDY) -> Folded:
    """As the intake has it in the end: a message whose patient is mapped later is released, so order plays no part."""
    sent = list(messages.messages if isinstance(messages, Plan) else messages)
    by = translations(study)
    said = [translated(each) if study is STUDY else said_of(each, by) for each in sent]
    good = [each for each in said if isinstance(each, Message)]
    mapped = {(each.numbered_by, each.hospital_number): each.subject for each in good if each.maps}
    events: dict[str, list[Event]] = defaultdict(list)
    strangers = 0
    for message in good:
        subject = message.subject or mapped.get((message.numbered_by, message.hospital_number))
        if subject is None:
            strangers += 1
        else:
            events[subject] += events_of(message, subject, study)
    answers = [_answer(planned, each) for planned, each in zip(sent, said, strict=True)]
    return Folded(events=dict(events), answers=answers, strangers=strangers)


def _answer(planned: Planned, said: Message | Refusal) -> str:
    if isinstance(said, Message):
        return "AA" if planned.door == "hl7" else "201"
    return said.ack if planned.door == "hl7" else str(said.status)

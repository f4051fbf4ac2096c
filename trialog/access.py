"""Who was shown what, who took data away, and who was refused: said in the log before anything is shown.

Such an event is about the running of the study: it is kept and chained like every other, is never folded, and so moves
no state and no statistic. It travels on the topic ``oversight``, under its subject's key where it is about one. It
holds what was read and in which scope, never a value.

One access is one event. For a command that is one run. For a page it is one load: whoever serves a page records it
before the page is answered; what the page then fetches to stay current belongs to that load, and is recorded no more.

Where the log does not take the event, nothing is shown: an access that nobody could find later is none that may happen.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import msgspec
import psycopg

from eventlog.errors import LogError, LogUnavailable
from eventlog.log import Appender
from schemas.admission import key_of
from schemas.codec import encode
from schemas.events import ActionRefused
from schemas.events.access import AccessFacts, SubjectRead
from schemas.events.event import Event
from schemas.events.quarantine import QuarantineRedriven
from schemas.moments import Moment, Precision
from schemas.records import NewRecord
from schemas.study import StudyDefinition
from schemas.topics import Topic, topic_name
from trialog.errors import AnswerIsNo, SettingsError
from trialog.settings import Settings
from trialog.stores import Stores

Clock = Callable[[], dt.datetime]

NOT_RECORDED = "the access could not be recorded, so nothing is shown"
MAY_NOT_APPEND = "the database's role may not append to the log; name the doors' role in TRIALOG_INTAKE_DATABASE_URL"


class Actor(msgspec.Struct, frozen=True):
    """Whom the events name: an id in the study's own register and a role, never a patient."""

    name: str
    role: str


class Author:
    """Makes the events in which one actor says what was done, at the time at which it is done."""

    def __init__(self, study: StudyDefinition, actor: Actor, clock: Clock) -> None:
        self.actor = actor
        self._study = study
        self._clock = clock

    def record(
        self,
        facts: AccessFacts | QuarantineRedriven,
        *,
        place: str,
        subject: str | None = None,
        reason: str | None = None,
    ) -> NewRecord:
        """On the topic ``oversight``. Each has an id of its own: two accesses are two, however alike and close."""
        at = self._clock().astimezone(self._study.tzinfo)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        event = Event(
            id=f"{secrets.token_hex(16)}-0",
            source=place,
            subject=subject,
            happened=Moment(at, Precision.MILLISECOND),
            recorded_at=at,
            actor=self.actor.name,
            actor_role=self.actor.role,
            protocol_version=self._study.protocol_on(at.date()),
            facts=facts,
            reason=reason,
        )
        topic = topic_name(self._study.id, Topic.OVERSIGHT)
        return NewRecord(topic=topic, key=key_of(subject), value=encode(event))


class Access:
    """Records what its author was shown, took away, or was refused. Thread-safe, as its appender is."""

    def __init__(self, appender: Appender, author: Author) -> None:
        self.appender = appender
        self.author = author

    def record(self, facts: AccessFacts, *, place: str, subject: str | None = None) -> None:
        """Returns once it is durable. ``place`` is where it happened, such as "/command/subject".

        Raises LogUnavailable, with a sentence for whoever asked: then nothing may be shown.
        """
        try:
            self.appender.append([self.author.record(facts, place=place, subject=subject)])
        except psycopg.errors.InsufficientPrivilege as error:
            raise LogUnavailable(f"{NOT_RECORDED}: {MAY_NOT_APPEND}") from error
        except LogError as error:
            raise LogUnavailable(f"{NOT_RECORDED}: {error}") from error


def subject_shown(access: Access, subject: str | None, facts: SubjectRead) -> None:
    """Records that a command shows this subject; None where there is none of the name that was asked for.

    That name is not recorded: what somebody types there may be a patient's. Raises LogUnavailable.
    """
    place = f"/command/{facts.view}"
    if subject is None:
        access.record(ActionRefused(action=facts.view, why="no-such-subject"), place=place)
    else:
        access.record(facts, place=place, subject=subject)


def refuse_values(access: Access, action: str, *, place: str) -> NoReturn:
    """Records that somebody asked for values whose role may not see them. Raises AnswerIsNo, or LogUnavailable."""
    access.record(ActionRefused(action=action, why="role-sees-no-values"), place=place)
    raise AnswerIsNo(
        f"the role {access.author.actor.role} may not see values; TRIALOG_UNMASKED_ROLES names those that may"
    )


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def author_of(settings: Settings, study: StudyDefinition) -> Author:
    """Whom the settings name: nobody signs in yet."""
    return Author(study, Actor(settings.actor, settings.actor_role), utc_now)


@contextmanager
def opened_access(stores: Stores, settings: Settings, study: StudyDefinition) -> Iterator[Access]:
    """Records for whom the settings name, through the log's appender: on the embedded log as the doors' role, which is
    the one that may append.

    Raises LogUnavailable where the settings name no way to the log.
    """
    try:
        appender = stores.appender()
    except (SettingsError, LogError) as error:
        raise LogUnavailable(f"{NOT_RECORDED}: {error}") from error
    try:
        yield Access(appender, author_of(settings, study))
    finally:
        appender.close()

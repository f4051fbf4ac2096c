"""What a search asks for: from the query of an address to `projections.searching`, or what is wrong with it. Pure."""

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from monitor.audit import addresses
from projections.fields import types_moving
from projections.searching import Wanted
from schemas.events import FACTS_BY_TYPE
from schemas.records import Position
from schemas.study import StudyDefinition

TEXT_MAX = 200
"""No part of a query is longer: what is, names nothing that there is."""

STATUSES = ("accepted", "duplicate", "quarantined")
NAMES = ("subject", "type", "actor", "field", "from", "to", "status")
"""The fields of the form, in their order. ``before`` is the place from which a page goes on."""

_SUBJECT = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with what was asked: the field of the form, and the text that says it."""

    name: str
    key: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A search as it was asked for. ``given`` has every field of the form that is not empty, as it was typed."""

    given: dict[str, str]
    wanted: Wanted
    before: Position | None
    problems: tuple[Problem, ...]


def asked(query: Mapping[str, str], study: StudyDefinition) -> Asked:
    """Never fails: what cannot be asked for is left out of ``wanted`` and said in ``problems``."""
    given = {name: query.get(name, "").strip() for name in (*NAMES, "before")}
    given = {name: text for name, text in given.items() if text}
    problems = [Problem(name=name, key=key) for name, text in given.items() if (key := _problem(name, text))]
    good = {name: text for name, text in given.items() if name not in {problem.name for problem in problems}}
    since, until = (_date(good.get(name)) for name in ("from", "to"))
    if since is not None and until is not None and until < since:
        problems.append(Problem(name="to", key="audit_problems.to_before_from"))
    wanted = Wanted(
        subject=good["subject"].upper() if "subject" in good else None,
        actor=good.get("actor"),
        types=(good["type"],) if "type" in good else None,
        field=good.get("field"),
        status=good.get("status"),
        written_from=_midnight(since, study) if since else None,
        # The last day is meant whole.
        written_before=_midnight(until + dt.timedelta(days=1), study) if until else None,
    )
    before = addresses.parse_position(good["before"]) if "before" in good else None
    return Asked(given=given, wanted=wanted, before=before, problems=tuple(problems))


def is_text(text: str) -> bool:
    """Whether a text may be asked the database about: not too long, and without characters that nobody types."""
    return len(text) <= TEXT_MAX and not _UNSEEN.search(text)


def is_subject(text: str) -> bool:
    """Whether a text is written as ids of subjects are."""
    return _SUBJECT.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether a text is a whole number that a table may be asked about."""
    return re.fullmatch(r"[0-9]{1,18}", text) is not None


def _problem(name: str, text: str) -> str | None:
    """The key of the text that says what is wrong, None where nothing is."""
    wrong = {
        "subject": lambda: not is_subject(text.upper()),
        "type": lambda: text not in FACTS_BY_TYPE,
        "actor": lambda: not is_text(text),
        "field": lambda: not is_text(text) or not types_moving(text),
        "from": lambda: _date(text) is None,
        "to": lambda: _date(text) is None,
        "status": lambda: text not in STATUSES,
        "before": lambda: addresses.parse_position(text) is None,
    }
    return f"audit_problems.{name}" if wrong[name]() else None


def _date(text: str | None) -> dt.date | None:
    """None for what is no day of the calendar; nor are its first and last year, in which a zone may lead out of it."""
    if text is None or not _DATE.fullmatch(text):
        return None
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if dt.MINYEAR < found.year < dt.MAXYEAR else None


def _midnight(on: dt.date, study: StudyDefinition) -> dt.datetime:
    return dt.datetime.combine(on, dt.time(), study.tzinfo)

"""Every panel as a table, with how it is computed. Pure."""

from collections.abc import Callable

import msgspec

from monitor import operation_tables, statistics_tables
from monitor.table import Table
from monitor.view import Status
from monitor.words import Words
from schemas.study import StudyDefinition

_MAKERS: dict[str, Callable[[Status, StudyDefinition, Words], tuple[Table, ...]]] = {
    "enrolment": statistics_tables.enrolment,
    "funnel": statistics_tables.funnel,
    "response": statistics_tables.response,
    "survival": statistics_tables.survival,
    "events": operation_tables.events,
    "data": operation_tables.records,
}

_OF_OUTCOME = frozenset({"response", "survival"})

NAMES = tuple(_MAKERS)
"""In the order of the overview; each is an address under /tables/."""


class TablePage(msgspec.Struct, frozen=True, kw_only=True):
    """``of_outcome`` tables have numbers that a plan can ask for; the others are of conduct."""

    title: str
    how: str
    tables: tuple[Table, ...]
    of_outcome: bool


def page(name: str, now: Status, study: StudyDefinition, words: Words) -> TablePage:
    """One of ``NAMES``. Raises KeyError for another."""
    made = _MAKERS[name](now, study, words)
    return TablePage(
        title=words.text(f"tables.{name}"), how=_how(name, study, words), tables=made, of_outcome=name in _OF_OUTCOME
    )


def _how(name: str, study: StudyDefinition, words: Words) -> str:
    return words.text(
        f"how.{name}",
        begins=study.enrolment_begins_on,
        ends=study.enrolment_ends_on,
        target=study.target,
        days=study.endpoints.response_window_days,
        level=words.level(float(study.endpoints.interval_level)),
        origin=words.text(f"how.origin_{study.endpoints.survival_origin}"),
    )

"""Answers what the statistics' addresses ask for: reads as the role that may only read, and lays out. The shell."""

from collections.abc import Mapping
from typing import Any

import msgspec

from analytics.analysis_numbers import figures_of, name_of
from analytics.analysis_store import StoredAnalyses, latest_analyses
from analytics.disclosure import hidden_columns, shown
from analytics.history import History, analyses_over, snapshots_over
from analytics.numbers import numbers_of
from analytics.reading import latest_snapshot
from monitor import rendering
from monitor.audit.answers import Audit, Made, NotThere
from monitor.audit.reader import Connection
from monitor.marks import Marks
from monitor.statistics import addresses, history_page
from monitor.statistics.analyses_page import Newest, analyses_page, title_of
from monitor.statistics.moving import movers
from monitor.words import Language, Words
from projections import reading
from projections.errors import UnknownCommit

ROWS_READ_MAX = 300
"""How many rows one drawing has at most, and one more: a screen has no more places for steps."""

COMMIT_MAX = 2**62

_STRETCH = ("since", "until")
_MOVE = ("before", "after")


class StatisticsPages:
    """Of a study without a plan there are no analyses, and the page says so."""

    def __init__(self, audit: Audit, forms: bool) -> None:
        self._audit = audit
        self._forms = forms

    def analyses(self, language: Language) -> Made:
        words = Words(language)
        with self._audit.reader.view() as connection:
            snapshot = latest_snapshot(connection)
            digest = None if snapshot is None else snapshot.snapshot.key.endpoint_digest
            newest = Newest(commit=reading.head(connection).commit, endpoint_digest=digest)
            made = analyses_page(self._latest(connection), newest, self._audit.prespecified.plan is not None, words)
        return Made(self._page("statistics/analyses.html", words, page=made, here=addresses.ANALYSES))

    def _latest(self, connection: Connection) -> StoredAnalyses | None:
        """As they were stored, but for values that whoever reads these pages may not see."""
        stored = latest_analyses(connection)
        hidden = hidden_columns(self._audit.study, sees_values=self._audit.sees_everything)
        return None if stored is None else msgspec.structs.replace(stored, analyses=shown(stored.analyses, hidden))

    def history(self, query: Mapping[str, str], language: Language) -> Made:
        """Raises NotThere for a number that has no name now and none in any row of the stretch."""
        words = Words(language)
        asked, problems = _asked(query, words)
        with self._audit.reader.view() as connection:
            read = self._read(connection, asked, words)
            named = set(read.numbers) | {name_of(analysis, figure) for analysis, _, figure in read.figures}
            if named and asked["number"] not in named:
                raise NotThere("statistics_missing.number")
            found = None
            if not problems and all(name in query for name in _MOVE):
                found = self._movers(connection, asked["number"], query, words)
            made = history_page.history_page(asked, problems, read, found, self._audit.study, words)
        html = self._page("statistics/history.html", words, page=made, here=addresses.HISTORY, asked=asked)
        return Made(html, 400 if problems else 200)

    def _movers(
        self, connection: Connection, number: str, query: Mapping[str, str], words: Words
    ) -> history_page.Movers:
        before, after = (_position(query[name]) for name in _MOVE)
        if before is None or after is None or before > after:
            raise NotThere("statistics_missing.move", 400)
        try:
            return movers(connection, self._audit, number, before, after, words)
        except UnknownCommit as unknown:
            raise NotThere("statistics_missing.move") from unknown

    def _read(self, connection: Connection, asked: Mapping[str, str], words: Words) -> history_page.Read:
        since, until = (_position(asked.get(name, "")) for name in _STRETCH)
        over = analyses_over if history_page.is_of_the_plan(asked["number"]) else snapshots_over
        history: History = over(connection, since or 0, COMMIT_MAX if until is None else until, ROWS_READ_MAX)
        snapshot, analyses = latest_snapshot(connection), self._latest(connection)
        return history_page.Read(
            history=history,
            numbers=() if snapshot is None else tuple(numbers_of(snapshot.body)),
            figures=() if analyses is None else tuple(_figures(analyses, words)),
            marks=self._marks(analyses, words),
        )

    def _marks(self, analyses: StoredAnalyses | None, words: Words) -> Marks:
        """For numbers of the live panel by the plan, and for those of analyses by what was stored with them."""
        results = () if analyses is None else analyses.analyses.results.results
        unplanned = {
            name_of(result.id, figure) for result in results if not result.is_planned for figure in figures_of(result)
        }
        live = self._audit.marks(words)
        return Marks(
            lambda name: name in unplanned if history_page.is_of_the_plan(name) else live.marks(name),
            planned=live.all_of_it is None,
            words=words,
        )

    def _page(
        self, template: str, words: Words, *, here: str, asked: Mapping[str, str] | None = None, **context: Any
    ) -> str:
        doors = [
            (address, words.text(key), address == here)
            for address, key in (
                (addresses.ANALYSES, "statistics_pages.analyses"),
                (addresses.HISTORY, "statistics_pages.history"),
            )
        ]
        return rendering.page(
            template,
            addresses.ANALYSES,
            self._audit.study,
            words,
            self._forms,
            asked=asked,
            doors=doors,
            all_of_it=self._audit.marks(words).all_of_it,
            **context,
        )


def _figures(stored: StoredAnalyses, words: Words) -> list[Any]:
    return [
        (result.id, title_of(result, words), figure)
        for result in stored.analyses.results.results
        for figure in figures_of(result)
    ]


def _asked(query: Mapping[str, str], words: Words) -> tuple[dict[str, str], dict[str, str]]:
    """What was asked for, and what of it cannot be read."""
    asked = {name: query[name].strip() for name in _STRETCH if query.get(name, "").strip()}
    problems = {name: words.text("history.no_position") for name, text in asked.items() if _position(text) is None}
    return {"number": query.get("number", "").strip() or history_page.FIRST, **asked}, problems


def _position(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None

"""From a status to HTML: the panels one by one, as page and stream both have them, and whole pages."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec

from analytics.snapshot import Snapshot
from monitor import operation, panels, tables
from monitor.marks import marks_of
from monitor.view import Status
from monitor.words import LANGUAGES, Language, Words
from schemas.study import StudyDefinition

TABLES = tables.NAMES

EVENTS_SHOWN = 9
"""How many events the overview has; a fixed number, so that nothing below it moves."""

BOARD = (
    ("enrolment", "enrolment"),
    ("funnel", "funnel"),
    ("response", "response"),
    ("survival", "survival"),
    ("latest", "events"),
    ("data", "data"),
)
"""The panels in the order of reading, each with the name of its table."""

_LANGUAGE_NAMES = {"zh": "中文", "en": "EN"}


class Piece(msgspec.Struct, frozen=True):
    """What stands in one panel, and a short digest of it by which a page knows whether it shows the same."""

    html: str
    digest: str


Pieces = dict[str, Piece]


@cache
def environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("monitor"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def static_file(name: str) -> bytes:
    """Raises FileNotFoundError for a name that is not one of ours."""
    found = resources.files("monitor").joinpath("static", name)
    if "/" in name or not found.is_file():
        raise FileNotFoundError(name)
    return found.read_bytes()


def static_address(name: str) -> str:
    """The file's address with its digest in it, so that a browser may keep it and still gets a new one."""
    return f"/static/{name}?{hashlib.sha256(static_file(name)).hexdigest()[:12]}"


def pieces(
    now: Status, study: StudyDefinition, language: Language, earlier: tuple[Status, Pieces] | None = None
) -> Pieces:
    """Every part of the overview that can change, by its name.

    ``earlier`` is an earlier status with what this function made of it in this language: pictures are drawn again only
    where the statistics are others, which is seldom among the many looks.
    """
    words = Words(language)
    made = {name: _piece(name, {**context, "words": words}) for name, context in _operation(now, study, words).items()}
    if earlier is not None and _snapshot(earlier[0]) == _snapshot(now):
        return {**earlier[1], **made}
    for name, context in _statistics(now, words).items():
        made[name] = _piece(name, {**context, "words": words})
    for name, note in _notes(now, words).items():
        made[f"{name}-note"] = _piece("note", {"note": note})
    return made


def _snapshot(now: Status) -> Snapshot | None:
    return now.statistics.snapshot if now.statistics is not None else None


def _piece(template: str, context: dict[str, Any]) -> Piece:
    html = environment().get_template(f"panels/{template}.html").render(context).strip()
    return Piece(html, hashlib.sha256(html.encode()).hexdigest()[:16])


def _notes(now: Status, words: Words) -> dict[str, str]:
    """What stands behind the titles: over whom, by which method, up to when."""
    if now.statistics is None:
        return {}
    held = now.statistics.snapshot
    cutoff = {"cutoff": held.key.cutoff_on}
    return {
        "enrolment": words.text("enrolment.over", **cutoff),
        "response": words.text("response.over", days=held.response.window_days, **cutoff),
        "survival": words.text("survival.over", **cutoff),
    }


def _statistics(now: Status, words: Words) -> dict[str, dict[str, Any]]:
    if now.statistics is None:
        empty = panels.no_statistics(words)
        return {
            "plan": {"all_of_it": None},
            "enrolment": {"answer": empty},
            "funnel": {"rows": (), "empty": empty.sentences[0]},
            "response": {"answer": empty, "rows": ()},
            "survival": {"answer": empty},
        }
    held = now.statistics.snapshot
    marks = marks_of(now.statistics.prespecification, words)
    response, rates = panels.response(held.response, held.interval_level, marks, words)
    return {
        "plan": {"all_of_it": marks.all_of_it},
        "enrolment": {"answer": panels.enrolment(held.enrolment, held.accrual, held.key.cutoff_on, words)},
        "funnel": {"rows": panels.funnel(held.funnel, words), "empty": words.text("funnel.nobody")},
        "response": {
            "answer": response,
            "rows": rates,
            "shaded": marks.beside(
                words.text("response.shaded"), *(f"response.rates.{rate.name}.bounds" for rate in held.response.rates)
            ),
            "settled": not held.response.pending,
        },
        "survival": {"answer": panels.survival(held.survival, held.interval_level, marks, words)},
    }


def _operation(now: Status, study: StudyDefinition, words: Words) -> dict[str, dict[str, Any]]:
    return {
        "state": {"line": operation.state_line(now, words, study.tzinfo)},
        "latest": {"rows": operation.latest(now, study, words, EVENTS_SHOWN)},
        "data": {"records": operation.records(now, words), "workers": operation.workers(now, words)},
        "foot": {"foot": operation.foot(now, words, study.tzinfo)},
    }


def overview(now: Status, parts: Pieces, study: StudyDefinition, language: Language, forms: bool) -> str:
    """The whole first page. ``parts`` are the pieces of the same status and language."""
    words = Words(language)
    board = [
        {"name": name, "title": words.text(f"{name}.title"), "table": table, "note": f"{name}-note"}
        for name, table in BOARD
    ]
    return page("overview.html", "/", study, words, forms, status=now, panels=parts, board=board)


def table(name: str, now: Status, study: StudyDefinition, language: Language, forms: bool) -> str:
    """One panel's numbers as tables. Raises KeyError for a name that is not in ``tables.NAMES``."""
    words = Words(language)
    made = tables.page(name, now, study, words)
    all_of_it = marks_of(now.statistics.prespecification, words).all_of_it if now.statistics is not None else None
    foot = _foot(now, study, words)
    return page("table.html", "/tables", study, words, forms, page=made, all_of_it=all_of_it, foot=foot)


def tables_index(now: Status, study: StudyDefinition, language: Language, forms: bool) -> str:
    words = Words(language)
    names = [(name, words.text(f"tables.{name}")) for name in tables.NAMES]
    return page("tables.html", "/tables", study, words, forms, tables=names, foot=_foot(now, study, words))


def _foot(now: Status, study: StudyDefinition, words: Words) -> str:
    return _piece("foot", {"foot": operation.foot(now, words, study.tzinfo), "words": words}).html


def message(key: str, study: StudyDefinition, language: Language, forms: bool, again_seconds: int | None = None) -> str:
    """A page that only says one thing; where ``again_seconds`` is given, the browser asks again by itself."""
    words = Words(language)
    said = words.text(key)
    return page("message.html", "", study, words, forms, message=said, again_seconds=again_seconds)


def page(
    template: str,
    here: str,
    study: StudyDefinition,
    words: Words,
    forms: bool,
    asked: Mapping[str, str] | None = None,
    **context: Any,
) -> str:
    """A whole page in the layout. ``asked`` is what the address asks for: another language asks for the same."""
    addresses = [("/", "page.overview")]
    if forms:
        addresses += [("/forms/enrolment", "page.enrolment_form"), ("/forms/followup", "page.followup_form")]
    addresses += [("/tables", "page.tables"), ("/statistics", "page.statistics"), ("/audit", "page.audit")]
    links = [{"address": address, "name": words.text(key), "here": address == here} for address, key in addresses]
    languages = [
        {
            "address": f"?{urlencode({**(asked or {}), 'lang': code})}",
            "tag": Words(code).html_language,
            "name": _LANGUAGE_NAMES[code],
            "here": code == words.language,
        }
        for code in LANGUAGES
    ]
    return (
        environment()
        .get_template(template)
        .render(
            words=words,
            study=study,
            study_title=study.title.zh if words.language == "zh" else study.title.en,
            links=links,
            languages=languages,
            static=static_address,
            **context,
        )
    )

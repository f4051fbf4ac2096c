"""The audit's addresses. `handlers` gives them to `monitor.app`.

/audit                                  the search
/audit/subjects/ID                      one subject
/audit/events/TOPIC/PARTITION/OFFSET    one record; /proof is the proof that it is under the last seal
/audit/entries?id=ID                    leads to the page of the event of this id
/audit/compare                          two knowledge points side by side
/audit/numbers, /audit/numbers/NAME     the numbers, and who and what stands behind one
/audit/verification                     whether the history is whole; /audit/seals/N is a seal, /proof that it extends
                                        the one before; /audit/export is the archive for an auditor

A page on which a subject's record is read, and whatever is taken away, is recorded before it is answered; where that
cannot be recorded, nothing is shown.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect, Stream

from monitor.audit import answers, taking_away
from monitor.audit.answers import Audit, NotThere, Refused
from monitor.audit.taking_away import File, MayNot
from monitor.headers import NOT_KEPT
from monitor.words import Language
from projections.errors import DatabaseAway
from projections.seals.errors import NotSealed, SealRefused

_AWAY = (psycopg.OperationalError, psycopg.InterfaceError, DatabaseAway)

LanguageOf = Callable[[Request], Language]
Html = Callable[[Request, str, int], Response[str]]


class Pages:
    """What the handlers share: how a request's language is found, and how a page becomes an answer."""

    def __init__(self, audit: Audit, language_of: LanguageOf, html: Html) -> None:
        self.audit = audit
        self._language_of = language_of
        self._html = html

    def answer(self, request: Request, make: Callable[[Language], answers.Made]) -> Response[str]:
        """The page, or the page that says why there is none, each with its status."""
        language = self._language_of(request)
        try:
            made = make(language)
        except NotThere as missing:
            return self._html(request, self.audit.missing(missing, language), missing.status)
        except Refused as refused:
            return self._html(request, self.audit.refused(refused, language), 503)
        except psycopg.errors.QueryCanceled:
            return self._html(request, self.audit.message("audit_missing.too_long", language), 503)
        except _AWAY:
            return self._html(request, self.audit.message("page.unavailable", language), 503)
        return self._html(request, made.html, made.status)

    def file(self, request: Request, make: Callable[[], File]) -> Response[Any]:
        """A file to keep, or the page that says why there is none."""
        language = self._language_of(request)
        try:
            made = make()
        except NotThere as missing:
            return self._html(request, self.audit.missing(missing, language), missing.status)
        except Refused as refused:
            return self._html(request, self.audit.refused(refused, language), 503)
        except MayNot as refused:
            return self._html(request, self.audit.message(refused.key, language), 403)
        except NotSealed:
            return self._html(request, self.audit.message("audit_missing.not_sealed", language), 404)
        except SealRefused:
            return self._html(request, self.audit.message("audit_missing.not_whole", language), 409)
        except _AWAY:
            return self._html(request, self.audit.message("page.unavailable", language), 503)
        headers = {**NOT_KEPT, "Content-Disposition": f'attachment; filename="{made.name}"'}
        if isinstance(made.content, bytes):
            return Response(made.content, media_type=made.media_type, headers=headers)
        return Stream(made.content, media_type=made.media_type, headers=headers)


def handlers(audit: Audit, language_of: LanguageOf, html: Html) -> list[HTTPRouteHandler]:
    pages = Pages(audit, language_of, html)
    return [*_reading(pages), *_numbers(pages), *_taking_away(pages)]


def _reading(pages: Pages) -> list[HTTPRouteHandler]:
    audit = pages.audit

    @get("/audit", sync_to_thread=True)
    def search(request: Request) -> Response[str]:
        return pages.answer(request, lambda language: audit.search(dict(request.query_params), language))

    @get("/audit/subjects/{subject:str}", sync_to_thread=True)
    def subject(request: Request) -> Response[str]:
        return pages.answer(request, lambda language: audit.subject(request.path_params["subject"], language))

    @get("/audit/events/{topic:str}/{partition:str}/{offset:str}", sync_to_thread=True)
    def event(request: Request) -> Response[str]:
        computed = request.query_params.get("moved") == "1"
        return pages.answer(request, lambda language: audit.event(*_place(request), language, compute=computed))

    @get("/audit/entries", sync_to_thread=True)
    def entry(request: Request) -> Response[Any]:
        found: list[str] = []

        def look(_language: Language) -> answers.Made:
            found.append(audit.address_of_entry(request.query_params.get("id", "")))
            return answers.Made(html="")

        answer = pages.answer(request, look)
        return Redirect(found[0], status_code=303, headers=NOT_KEPT) if found else answer

    @get("/audit/compare", sync_to_thread=True)
    def compare(request: Request) -> Response[str]:
        return pages.answer(request, lambda language: audit.compare(dict(request.query_params), language))

    return [search, subject, event, entry, compare]


def _numbers(pages: Pages) -> list[HTTPRouteHandler]:
    audit = pages.audit

    @get("/audit/numbers", sync_to_thread=True)
    def numbers(request: Request) -> Response[str]:
        return pages.answer(request, audit.numbers)

    @get("/audit/numbers/{name:str}", sync_to_thread=True)
    def number(request: Request) -> Response[str]:
        return pages.answer(request, lambda language: audit.number(request.path_params["name"], language))

    @get("/audit/verification", sync_to_thread=True)
    def verification(request: Request) -> Response[str]:
        return pages.answer(request, audit.verification)

    return [numbers, number, verification]


def _taking_away(pages: Pages) -> list[HTTPRouteHandler]:
    audit = pages.audit

    @get("/audit/events/{topic:str}/{partition:str}/{offset:str}/proof", sync_to_thread=True)
    def inclusion(request: Request) -> Response[Any]:
        return pages.file(request, lambda: taking_away.inclusion_proof(audit, *_place(request)))

    @get("/audit/seals/{number:str}", sync_to_thread=True)
    def seal(request: Request) -> Response[Any]:
        return pages.file(request, lambda: taking_away.seal(audit, request.path_params["number"]))

    @get("/audit/seals/{number:str}/proof", sync_to_thread=True)
    def consistency(request: Request) -> Response[Any]:
        return pages.file(request, lambda: taking_away.consistency_proof(audit, request.path_params["number"]))

    @get("/audit/export", sync_to_thread=True)
    def archive(request: Request) -> Response[Any]:
        return pages.file(request, lambda: taking_away.archive(audit, audit.export))

    return [inclusion, seal, consistency, archive]


def _place(request: Request) -> tuple[str, str, str]:
    given = request.path_params
    return given["topic"], given["partition"], given["offset"]

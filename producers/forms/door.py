"""The HTTP door for forms: JSON documents and the two web forms. Shell: sockets and the clock are here.

Both ways lead through one translation and one intake. 201 is said only after the intake said Accepted, which means that
the events are in the log; 202 where the form is kept and waits for its patient; 503 where nothing may be promised.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers.http_handlers.base import HTTPRouteHandler

from producers.forms.answers import No, no_at_the_door, no_of
from producers.forms.catalog import language_of
from producers.forms.described import operation_of
from producers.forms.documents import FORMS
from producers.forms.filled import document_of, typed_of
from producers.forms.origin import is_own
from producers.forms.pages import Pages
from producers.forms.problems import Code
from producers.forms.sheets import KINDS
from producers.forms.translation import doors
from producers.intake import Intake
from producers.message import Accepted, Refusal
from schemas.study import StudyDefinition

BODY_BYTES_MAX = 1_000_000
"""One form is some kilobytes; what is larger is none."""

_DRAINED_BYTES_MAX = 64_000_000
_PAGE_HEADERS = {
    # What was typed is a patient's: it stays in no cache. No page of ours runs a script or asks another address.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_SUBJECT = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")
_FORM_TYPE = "application/x-www-form-urlencoded"

_encoder = msgspec.json.Encoder(decimal_format="string")

Clock = Callable[[], dt.datetime]


def routes(
    intake: Intake, study: StudyDefinition, clock: Clock, hosts: frozenset[str] | None = None
) -> list[HTTPRouteHandler]:
    """The handlers of the door. ``clock`` gives aware times; ``hosts`` are the names under which pages may call it."""
    door = _Door(intake, study, clock, hosts)
    handlers: list[HTTPRouteHandler] = [_document(door, kind) for kind in FORMS]
    for kind in KINDS:
        handlers += [_blank(door, kind), _submitted(door, kind)]
    return [*handlers, *(_asset(name, content) for name, content in door.pages.assets.items())]


async def limited_body(request: Request[Any, Any, Any]) -> bytes | None:
    """The body, None where it is larger than a form can be.

    What is too large is read to its end and dropped: a client that is still sending would not see an early answer.
    """
    kept, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= BODY_BYTES_MAX:
            kept += chunk
        elif size > _DRAINED_BYTES_MAX:
            break
    return bytes(kept) if size <= BODY_BYTES_MAX else None


class _Door:
    """What the handlers share."""

    def __init__(self, intake: Intake, study: StudyDefinition, clock: Clock, hosts: frozenset[str] | None) -> None:
        self.intake = intake
        self.study = study
        self.clock = clock
        self.hosts = hosts
        self.pages = Pages(study)
        self.translations = doors(study)

    def barred(self, request: Request[Any, Any, Any], body: bytes | None, media_type: str) -> No | None:
        """Why the request is not even read, None where it may be."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_own(headers, self.hosts):
            return no_at_the_door(Code.FOREIGN_ORIGIN)
        sent, _, parameters = headers.get("content-type", "").partition(";")
        if sent.strip().lower() != media_type:
            return no_at_the_door(Code.NOT_THIS_MEDIA_TYPE, allowed=(media_type,))
        charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
        if charset and charset.group(1).lower() not in ("utf-8", "utf8"):
            return no_at_the_door(Code.NOT_UTF8)
        return no_at_the_door(Code.TOO_LARGE, most=str(BODY_BYTES_MAX)) if body is None else None


def _document(door: _Door, kind: str) -> HTTPRouteHandler:
    @post(
        f"/api/forms/{kind}",
        name=f"api-{kind}",
        operation_id=f"post_{kind}_form",
        operation_class=operation_of(kind, door.study),
        summary=f"Take one {kind} form as JSON",
        tags=["forms"],
        dependencies={"raw": Provide(limited_body)},
        request_max_body_size=None,
        sync_to_thread=True,
    )
    def take_document(request: Request[Any, Any, Any], raw: NamedDependency[bytes | None]) -> Response[Any]:
        barred = door.barred(request, raw, "application/json")
        if barred is None:
            answer = door.intake.take(f"form/{kind}", raw or b"")
            if isinstance(answer, Accepted):
                return _yes(answer)
            barred = no_of(answer)
        language = language_of(request.query_params.get("lang"), request.headers.get("accept-language") or "en")
        catalog = door.pages.catalogs[language]
        return Response(
            {"problems": [catalog.told(problem) for problem in barred.problems]},
            status_code=barred.status,
            headers=_retry(barred) | {"Content-Language": language},
        )

    return take_document


def _blank(door: _Door, kind: str) -> HTTPRouteHandler:
    @get(f"/forms/{kind}", name=f"form-{kind}", include_in_schema=False, sync_to_thread=False)
    def show_form(request: Request[Any, Any, Any]) -> Response[str]:
        typed = {"form_id": str(uuid.uuid4())}
        subject = request.query_params.get("subject", "")
        if _SUBJECT.fullmatch(subject):
            typed["subject"] = subject
        site = request.query_params.get("site", "")
        if site in {each.id for each in door.study.sites}:
            typed["site"] = site
        return _page(door.pages.form(kind, _language(request), typed), 200)

    return show_form


def _submitted(door: _Door, kind: str) -> HTTPRouteHandler:
    sheet = door.pages.sheets[kind]

    @post(
        f"/forms/{kind}",
        name=f"submit-{kind}",
        include_in_schema=False,
        dependencies={"raw": Provide(limited_body)},
        request_max_body_size=None,
        sync_to_thread=True,
    )
    def take_form(request: Request[Any, Any, Any], raw: NamedDependency[bytes | None]) -> Response[str]:
        language = _language(request)
        barred = door.barred(request, raw, _FORM_TYPE)
        typed = typed_of(raw or b"") if barred is None else None
        if typed is None:
            barred = barred or no_at_the_door(Code.NOT_UTF8)
            return _page(door.pages.refused(kind, language, barred.problems[0]), barred.status)
        document = _encoder.encode(document_of(typed, sheet, door.study))
        # Said first what is wrong with the form, without any trace of it: the page still has what was typed.
        message = door.translations[f"form/{kind}"](document, door.clock())
        answer = message if isinstance(message, Refusal) else door.intake.take(f"form/{kind}", document)
        if isinstance(answer, Accepted) and not isinstance(message, Refusal):
            if answer.subject is None or answer.waiting:
                return _page(door.pages.waiting(kind, language), 202)
            lines = door.pages.lines(message.drafts, answer.event_ids, language)
            return _page(door.pages.recorded(kind, language, answer.subject, typed.get("site", ""), lines), 201)
        assert not isinstance(answer, Accepted), "a form with problems was taken"
        return _again(door, kind, language, typed, no_of(answer))

    return take_form


def _again(door: _Door, kind: str, language: str, typed: Mapping[str, str], no: No) -> Response[str]:
    """The form once more, with everything that was typed.

    Its id stays, so that sending it again is the same form; where the id itself is the trouble, it gets a new one.
    """
    codes = {problem.code for problem in no.problems}
    if codes & {Code.FORM_ID_REUSED, Code.ILL_FORMED_FORM_ID}:
        typed = {**typed, "form_id": str(uuid.uuid4())}
    return _page(door.pages.form(kind, language, typed, no.problems), no.status, _retry(no))


def _asset(name: str, content: bytes) -> HTTPRouteHandler:
    @get(f"/forms/assets/{name}", name=f"form-asset-{name}", include_in_schema=False, sync_to_thread=False)
    def asset() -> Response[bytes]:
        headers = {"Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=MediaType.CSS, headers=headers)

    return asset


def _yes(answer: Accepted) -> Response[Any]:
    if answer.waiting:
        return Response({"accepted": [], "subject": None, "waiting": True}, status_code=202)
    return Response({"accepted": list(answer.event_ids), "subject": answer.subject, "waiting": False}, status_code=201)


def _page(html: str, status: int, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(html, status_code=status, media_type=MediaType.HTML, headers={**_PAGE_HEADERS, **(headers or {})})


def _retry(no: No) -> dict[str, str]:
    return {} if no.retry_after_seconds is None else {"Retry-After": str(no.retry_after_seconds)}


def _language(request: Request[Any, Any, Any]) -> str:
    return language_of(request.query_params.get("lang"), request.headers.get("accept-language"))

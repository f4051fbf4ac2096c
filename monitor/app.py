"""The monitor's addresses. `routes` gives them to whoever makes the Litestar application.

/                   the overview
/tables, /tables/…  every panel as a table
/audit, /audit/…    the audit explorer, see `monitor.audit.routes`
/statistics/…       the plan's analyses, and the history of every number, see `monitor.statistics.routes`
/live               server-sent events, see `monitor.live`
/api/status         the same numbers as JSON
/healthz, /readyz   whether the process lives, and whether it can read the database
/metrics            for Prometheus
/static/…           style sheets, scripts
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import psycopg
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.response import ServerSentEvent

from monitor import languages, live, metrics, rendering
from monitor.audit.answers import Audit
from monitor.audit.routes import handlers as audit_pages
from monitor.feed import Feed, NothingRead
from monitor.headers import KEPT_FOR_EVER, NOT_KEPT, SECURITY_HEADERS
from monitor.statistics.routes import handlers as statistics_pages
from monitor.status import LogEnds
from monitor.words import LANGUAGES, Language
from projections.verifying.carried_on import ChainSeen
from schemas.study import StudyDefinition

_YEAR_SECONDS = 365 * 24 * 3600
_CONTENT_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Monitoring:
    """What the pages need. ``connect`` opens a connection as the role that may only read.

    ``log_ends`` asks the log where each partition ends, None to take what the workers saw last. ``chain`` gives
    what the last verification of the chain came to, None where there was none. ``forms`` says whether the web forms are
    mounted beside the pages, which then link to them. ``audit`` is what the audit's pages need beyond that; without it
    they record no access, and so show no subject's record, and know of no analysis plan.
    """

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        study: StudyDefinition,
        log_ends: LogEnds | None = None,
        chain: Callable[[], ChainSeen | None] | None = None,
        forms: bool = True,
        audit: Audit | None = None,
    ) -> None:
        self.study = study
        self.forms = forms
        self.audit = audit or Audit(connect, study, verified=chain, forms=forms)
        self.feed = Feed(connect, study, log_ends, chain, self.audit.prespecified)

    def close(self) -> None:
        """Ends open streams and gives connections back. Call it before the server waits for its connections to end."""
        self.feed.close()

    @asynccontextmanager
    async def lifespan(self, _app: Litestar) -> AsyncIterator[None]:
        """For ``Litestar(lifespan=[monitoring.lifespan])``: follows the log from the start of the server to its end."""
        self.feed.start()
        try:
            yield
        finally:
            self.close()


def routes(monitoring: Monitoring) -> Router:
    """All addresses, with their headers."""
    return Router(
        path="/",
        route_handlers=[
            *_pages(monitoring),
            *audit_pages(monitoring.audit, language_of, _html),
            *statistics_pages(monitoring.audit, language_of, _html, forms=monitoring.forms),
            *_machines(monitoring),
            _live(monitoring),
            _static(),
        ],
        response_headers=SECURITY_HEADERS,
        include_in_schema=False,
    )


def language_of(request: Request) -> Language:
    return languages.choose(
        request.query_params.get("lang"), request.cookies.get(languages.COOKIE), request.headers.get("accept-language")
    )


def _pages(monitoring: Monitoring) -> list[HTTPRouteHandler]:
    study, forms = monitoring.study, monitoring.forms

    @get("/", sync_to_thread=True)
    def overview(request: Request) -> Response[str]:
        language = language_of(request)
        monitoring.feed.start()
        try:
            frame = monitoring.feed.look()
        except NothingRead:
            return _unavailable(monitoring, language)
        return _html(request, rendering.overview(frame.status, frame.pieces[language], study, language, forms))

    @get("/tables", sync_to_thread=True)
    def tables(request: Request) -> Response[str]:
        language = language_of(request)
        try:
            now = monitoring.feed.look().status
        except NothingRead:
            return _unavailable(monitoring, language)
        return _html(request, rendering.tables_index(now, study, language, forms))

    @get("/tables/{name:str}", sync_to_thread=True)
    def table(request: Request) -> Response[str]:
        language, name = language_of(request), request.path_params["name"]
        if name not in rendering.TABLES:
            return _html(request, rendering.message("page.not_found", study, language, forms), status_code=404)
        try:
            now = monitoring.feed.look().status
        except NothingRead:
            return _unavailable(monitoring, language)
        return _html(request, rendering.table(name, now, study, language, forms))

    return [overview, tables, table]


def _machines(monitoring: Monitoring) -> list[HTTPRouteHandler]:
    @get("/api/status", sync_to_thread=True)
    def api_status() -> Response[bytes]:
        try:
            now = monitoring.feed.look().status
        except NothingRead as error:
            return _json({"problem": str(error)}, status_code=503)
        return _json(now)

    @get("/healthz")
    async def healthz() -> Response[bytes]:
        return _json({"status": "alive"})

    @get("/readyz", sync_to_thread=True)
    def readyz() -> Response[bytes]:
        """Ready to answer from the database as it is now, not from what was read before."""
        try:
            line = monitoring.feed.look().status.line
        except NothingRead as error:
            return _json({"status": "not ready", "problem": str(error)}, status_code=503)
        if line.database_away:
            return _json({"status": "not ready", "problem": "the database is away"}, status_code=503)
        return _json({"status": "ready"})

    @get("/metrics", sync_to_thread=True)
    def scrape() -> Response[bytes]:
        try:
            now = monitoring.feed.look().status
        except NothingRead:
            return Response(b"", status_code=503, media_type="text/plain", headers=NOT_KEPT)
        return Response(metrics.exposition(now), media_type=metrics.CONTENT_TYPE, headers=NOT_KEPT)

    return [api_status, healthz, readyz, scrape]


def _live(monitoring: Monitoring) -> HTTPRouteHandler:
    @get("/live")
    async def follow(request: Request) -> ServerSentEvent:
        monitoring.feed.start()
        shown = live.resume_from(request.headers.get("last-event-id"), request.query_params.get("from"))
        return ServerSentEvent(
            live.stream(monitoring.feed, language_of(request), shown),
            # nginx, which many hospitals have in front, would else keep the events until its buffer is full.
            headers={**NOT_KEPT, "X-Accel-Buffering": "no"},
        )

    return follow


def _static() -> HTTPRouteHandler:
    @get("/static/{name:str}")
    async def static(request: Request) -> Response[bytes]:
        name = request.path_params["name"]
        try:
            content = rendering.static_file(name)
        except FileNotFoundError:
            return Response(b"", status_code=404, media_type="text/plain")
        return Response(content, media_type=_CONTENT_TYPES[name.rpartition(".")[2]], headers=KEPT_FOR_EVER)

    return static


def _html(request: Request, page: str, status_code: int = 200) -> Response[str]:
    """A language that was asked for by name is remembered."""
    asked = request.query_params.get("lang")
    cookies = []
    if asked in LANGUAGES:
        cookies = [
            Cookie(key=languages.COOKIE, value=asked, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", path="/")
        ]
    headers = {**NOT_KEPT, "Vary": "Accept-Language, Cookie"}
    return Response(page, media_type=MediaType.HTML, status_code=status_code, cookies=cookies, headers=headers)


def _unavailable(monitoring: Monitoring, language: Language) -> Response[str]:
    page = rendering.message("page.unavailable", monitoring.study, language, monitoring.forms, again_seconds=5)
    return Response(page, media_type=MediaType.HTML, status_code=503, headers={**NOT_KEPT, "Retry-After": "5"})


def _json(content: object, status_code: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(content), media_type=MediaType.JSON, status_code=status_code, headers=NOT_KEPT)

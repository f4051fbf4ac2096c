"""The one web application, pages and forms together, and the server that serves it from a thread."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

import structlog
import uvicorn
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.types import Scope

from monitor.app import Monitoring
from monitor.app import routes as pages
from producers.forms.door import routes as forms
from producers.intake import Intake
from schemas.study import StudyDefinition
from trialog import doors
from trialog.errors import NotReachable
from trialog.settings import Address

log = structlog.get_logger()

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 10


def application(monitoring: Monitoring, intake: Intake, study: StudyDefinition, address: Address) -> Litestar:
    """Pages for people, the forms' door, and the documents for machines, for a server that listens there."""
    return Litestar(
        route_handlers=[pages(monitoring), *forms(intake, study, doors.clock, names_of(address))],
        lifespan=[monitoring.lifespan],
        # Litestar's own logging would take over the whole process, and write tracebacks, which may hold what was sent.
        logging_config=None,
        after_exception=[_tell],
        # The page that would draw the document fetches its scripts from elsewhere; the document itself is enough.
        openapi_config=OpenAPIConfig(title=f"Trialog {study.id}", version=study.version, render_plugins=[]),
    )


def _tell(error: Exception, scope: Scope) -> None:
    """What went wrong and where, without what was sent. Refusals are no errors of ours."""
    if getattr(error, "status_code", 500) >= 500:
        log.error("request failed", path=scope["path"], error=type(error).__name__)


def names_of(address: Address) -> frozenset[str] | None:
    """The names under which pages may send forms to this address; None for any, where it is not a loopback one.

    A loopback address has no other names, so one that an attacker made point here is told apart.
    """
    return LOOPBACK if address.host in LOOPBACK else None


class WebServer:
    """Serves an application on one address until it is left."""

    def __init__(self, app: Litestar, address: Address) -> None:
        self._wanted = address
        self._socket: socket.socket | None = None
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,  # addresses of forms may carry a subject
                server_header=False,
                timeout_graceful_shutdown=STOP_SECONDS_MAX,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def address(self) -> Address:
        """Where it listens, with the real port."""
        assert self._socket is not None, "start the server first"
        return Address(*self._socket.getsockname()[:2])

    def __enter__(self) -> Self:
        self._socket = _bound(self._wanted)
        self._thread.start()
        until = time.monotonic() + START_SECONDS_MAX
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise NotReachable(f"the page server on {self._wanted} did not start")
            time.sleep(0.02)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _serve(self) -> None:
        assert self._socket is not None
        self._server.run(sockets=[self._socket])


def _bound(address: Address) -> socket.socket:
    """Bound before the server starts, so that the port is known, and a taken one is said at once."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address.host, address.port))
    except OSError as error:
        bound.close()
        raise NotReachable(f"the pages cannot be served on {address}: {error.strerror}") from error
    return bound

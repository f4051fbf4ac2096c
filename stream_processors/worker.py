"""Runs the app in this process until SIGTERM or SIGINT."""

import logging
import signal
import threading
from typing import Any

import faust

from eventlog.errors import LogError, LogUnavailable
from stream_processors.app import ProjectionApp, WorkerSettings, build_app
from stream_processors.death import EXIT_NOT_REACHABLE, die, leave
from stream_processors.health import OnBeat
from stream_processors.lane import WriterFactory

logger = logging.getLogger(__name__)


def run(settings: WorkerSettings, writer_factory: WriterFactory, on_beat: OnBeat | None = None) -> None:
    """Returns after a clean stop: the bundle under way is written, the group is left, connections are closed. Where
    that takes longer than the settings' ``stop_seconds`` the process ends as it is, with 0 like any stop asked for:
    what is not written comes again.

    Ends the process at once where the topics are missing, at a fence, and at any error that is not foreseen.
    Logging is the caller's: Faust's own set-up is off.
    """
    app = build_app(settings, writer_factory, on_beat)
    try:
        app.topic_ids.refresh_now(set(settings.topics))
    except LogUnavailable as reason:
        die(reason, doing="starting", code=EXIT_NOT_REACHABLE)
    except LogError as reason:
        die(reason, doing="starting")
    stop_reason = _run(app, settings.stop_seconds)
    app.release()
    logger.info("the worker has stopped (%s)", stop_reason)


class _Runner(faust.Worker):
    """Faust's own, which handles the signals and ends with SystemExit, and with an end to how long a stop may take."""

    def __init__(self, app: ProjectionApp, stop_seconds: float, **options: Any) -> None:
        self._stop_seconds = stop_seconds
        super().__init__(app, **options)

    async def _stop_on_signal(self, signal: signal.Signals) -> None:
        last = threading.Timer(self._stop_seconds, leave, [f"no tidy stop within {self._stop_seconds:.0f} s"])
        last.daemon = True
        last.start()
        await super()._stop_on_signal(signal)


def _run(app: ProjectionApp, stop_seconds: float) -> str:
    runner = _Runner(app, stop_seconds, override_logging=False, quiet=True, redirect_stdouts=False)
    runner.spinner = None
    try:
        runner.execute_from_commandline()
    except SystemExit as stopped:
        if stopped.code not in (0, None):
            die(runner.crash_reason or stopped, doing="running Faust")
    return "asked to"

"""Runs the app in this process until SIGTERM or SIGINT."""

import logging

import faust

from eventlog.errors import LogError, LogUnavailable
from stream_processors.app import ProjectionApp, WorkerSettings, build_app
from stream_processors.death import EXIT_NOT_REACHABLE, die
from stream_processors.health import OnBeat
from stream_processors.lane import WriterFactory

logger = logging.getLogger(__name__)


def run(settings: WorkerSettings, writer_factory: WriterFactory, on_beat: OnBeat | None = None) -> None:
    """Returns after a clean stop: the bundle under way is written, the group is left, connections are closed.

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
    stop_reason = _run(app)
    app.release()
    logger.info("the worker has stopped (%s)", stop_reason)


def _run(app: ProjectionApp) -> str:
    """Faust's own runner, which handles the signals and ends with SystemExit."""
    runner = faust.Worker(app, override_logging=False, quiet=True, redirect_stdouts=False)
    runner.spinner = None
    try:
        runner.execute_from_commandline()
    except SystemExit as stopped:
        if stopped.code not in (0, None):
            die(runner.crash_reason or stopped, doing="running Faust")
    return "asked to"

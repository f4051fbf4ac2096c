"""Runs Faust apps inside a test: stock ones for the canaries, ours for the rest."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import faust

from stream_processors.app import ProjectionApp


def stock_app(bootstrap: str, group: str, **options: Any) -> faust.App:
    """Faust as it comes, but for what would disturb the test's machine: a web server, and a data directory."""

    class StockApp(faust.App):
        def _create_directories(self) -> None:
            """No tables here, so no files."""

    settings: dict[str, Any] = {
        "broker": f"kafka://{bootstrap}",
        "web_enabled": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "stream_wait_empty": False,
        "autodiscover": False,
    }
    return StockApp(group, **(settings | options))


@asynccontextmanager
async def running(app: faust.App) -> AsyncIterator[faust.App]:
    """Starts the app in this loop; it consumes inside the block and is stopped after it."""
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
        if isinstance(app, ProjectionApp):
            app.release()


async def until(condition: Callable[[], bool], *, what: str, within_seconds: float = 60.0) -> None:
    """Lets the loop run until ``condition()``; raises TimeoutError naming ``what``."""
    deadline = time.monotonic() + within_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {within_seconds:g} s")
        await asyncio.sleep(0.02)

"""The stream of server-sent events behind the overview. The id of each is the commit number that it shows.

A page that was away sends the last id it has, and gets every panel that changed at that commit or later: at, because
statistics for a commit follow it a moment after. A page takes only what differs from what it shows.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from litestar.response.sse import ServerSentEventMessage

from monitor.feed import Feed, Frame
from monitor.words import Language

BEAT_SECONDS = 5.0
"""How often an idle stream says that it lives; a page that misses three says that it lost its server."""

RETRY_MS = 2000


def resume_from(last_event_id: str | None, asked: str | None) -> int:
    """The commit that the page shows; 0, which is everything, where it does not say a number.

    >>> resume_from("17", "3"), resume_from(None, "3"), resume_from("x", None)
    (17, 3, 0)
    """
    said = last_event_id or asked or ""
    return int(said) if said.isascii() and said.isdigit() else 0


async def stream(feed: Feed, language: Language, shown_commit: int) -> AsyncIterator[ServerSentEventMessage]:
    """Ends when the feed is closed. Beats have no id, so that a page that comes back still names what it shows."""
    sent: dict[str, str] = {}
    with feed.subscribed() as changed:
        yield ServerSentEventMessage(event="beat", data="{}", retry=RETRY_MS)
        first = True
        while not feed.closed:
            changed.clear()
            frame = feed.last()
            if frame is not None:
                names = _moved_since(frame, language, shown_commit) if first else _moved(frame, language, sent)
                sent = {name: piece.digest for name, piece in frame.pieces[language].items()}
                first = False
                if names:
                    yield _message(frame, language, names)
            try:
                await asyncio.wait_for(changed.wait(), BEAT_SECONDS)
            except TimeoutError:
                yield ServerSentEventMessage(event="beat", data="{}")


def _moved_since(frame: Frame, language: Language, commit: int) -> list[str]:
    """The panels that a page which shows this commit may not have; all where our database never had that one."""
    since = frame.since[language]
    return [name for name in since if since[name] >= commit or commit > frame.status.commit]


def _moved(frame: Frame, language: Language, sent: dict[str, str]) -> list[str]:
    return [name for name, piece in frame.pieces[language].items() if sent.get(name) != piece.digest]


def _message(frame: Frame, language: Language, names: list[str]) -> ServerSentEventMessage:
    parts = frame.pieces[language]
    moved = {"commit": frame.status.commit, "panels": {name: parts[name] for name in names}}
    return ServerSentEventMessage(event="moved", id=frame.status.commit, data=msgspec.json.encode(moved).decode())

"""A client of server-sent events, as a browser would be one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import httpx


class Message:
    """One event of the stream. ``id`` is None where it has none."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.event = fields.get("event", "message")
        self.id = fields.get("id")
        self.body: Any = json.loads(fields.get("data", "null"))


class Stream:
    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines

    def next(self) -> Message:
        """The next message of any kind."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line:
                if fields:
                    return Message(fields)
                continue
            name, _, value = line.partition(": ")
            fields[name] = value
        raise EOFError("the stream ended")

    def to_the_end(self) -> NoReturn:
        """Reads on until the server ends the stream, which is an EOFError."""
        while True:
            self.next()

    def moved(self, *panels: str) -> Message:
        """The next message that something moved; where panels are named, the next that moved one of them."""
        while True:
            message = self.next()
            if message.event == "moved" and (not panels or set(panels) & set(message.body["panels"])):
                return message


@contextmanager
def followed(address: str, *, last_event_id: str | None = None, language: str = "en", shown: int | None = None):
    """An open stream. ``shown`` is what a page sends as ``from`` at its first connection."""
    query = f"lang={language}" + (f"&from={shown}" if shown is not None else "")
    headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    with httpx.stream("GET", f"{address}/live?{query}", headers=headers, timeout=30.0) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Stream(response.iter_lines())

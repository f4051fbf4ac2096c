"""A site's connection to the HTTP door: a persistent connection, one form at a time. Shell."""

import http.client
from urllib.parse import urlsplit

import msgspec

from producers.simulator.mllp_client import NoAnswer


class Answer(msgspec.Struct, frozen=True):
    """``retry_after_seconds`` is None where the door did not ask to wait."""

    status: int
    retry_after_seconds: float | None


class FormClient:
    """Connects when first asked, and again after any trouble."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        """``url`` is the door's, such as "http://127.0.0.1:8000"."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ValueError(f"not the address of an HTTP door: {url}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_seconds)
        self._path = parts.path.rstrip("/")

    def post(self, kind: str, raw: bytes) -> Answer:
        """Sends a form. Raises NoAnswer."""
        try:
            headers = {"Content-Type": "application/json"}
            self._connection.request("POST", f"{self._path}/api/forms/{kind}", raw, headers)
            response = self._connection.getresponse()
            # Read to its end, or the connection cannot carry the next form.
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NoAnswer(f"no answer to a form ({type(error).__name__})") from error
        asked = response.getheader("Retry-After")
        return Answer(response.status, float(asked) if asked and asked.isdigit() else None)

    def close(self) -> None:
        self._connection.close()

"""One instrument's connection to the HL7 door: a persistent socket, one message at a time. Shell."""

import re
import socket

_BEGIN, _END = b"\x0b", b"\x1c\r"
_ANSWER_BYTES_MAX = 100_000
_ACKNOWLEDGED = re.compile(rb"\rMSA\|([A-Z]{2})\|([^|\r]*)")
_CONTROL_ID = re.compile(rb"MSH\|(?:[^|\r]*\|){8}([^|\r]*)")


class NoAnswer(Exception):
    """The message got no answer: it counts as not taken, and is sent again."""


class MllpClient:
    """Connects when first asked, and again after any trouble."""

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        self._address = (host, port)
        self._timeout = timeout_seconds
        self._socket: socket.socket | None = None

    def ask(self, raw: bytes) -> str:
        """Sends a message and gives the acknowledgement code of its answer. Raises NoAnswer."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, self._timeout)
                # A message is one small write; waiting for more to send with it would only delay it.
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(_BEGIN + raw + _END)
            return _code_of(self._answer(self._socket), raw)
        except (OSError, NoAnswer) as error:
            self.close()
            raise NoAnswer(f"no answer from {self._address[0]}:{self._address[1]} ({type(error).__name__})") from error

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _answer(self, connection: socket.socket) -> bytes:
        received = b""
        while not received.endswith(_END):
            part = connection.recv(65536)
            if not part or len(received) > _ANSWER_BYTES_MAX:
                raise NoAnswer("the connection was closed before the answer was whole")
            received += part
        return received.removeprefix(_BEGIN).removesuffix(_END)


def _code_of(answer: bytes, raw: bytes) -> str:
    """The code in MSA-1, where MSA-2 names the message that was sent; the answer to another one is none."""
    acknowledged, sent = _ACKNOWLEDGED.search(answer), _CONTROL_ID.match(raw)
    if acknowledged is None or (sent is not None and acknowledged[2] != sent[1]):
        raise NoAnswer("the answer names another message")
    return acknowledged[1].decode("ascii")

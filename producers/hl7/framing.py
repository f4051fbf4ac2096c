"""MLLP: messages between VT and FS CR in a stream of bytes that comes in any pieces. Pure.

FS alone does not end a frame, and a VT inside of one begins another: what came before it was cut short. Neither byte is
part of a character in any character set of this door.
"""

import msgspec

VT = b"\x0b"
END = b"\x1c\r"
CONTENT_BYTES_MAX = 10 * 1024 * 1024

# How much of a message that is not taken is kept, to answer it by its control id.
HEAD_BYTES = 4096


class Frame(msgspec.Struct, frozen=True):
    """A whole message."""

    content: bytes


class TooLarge(msgspec.Struct, frozen=True):
    """A message of more than `CONTENT_BYTES_MAX` bytes, all of it read and thrown away but its ``head``."""

    head: bytes


class CutShort(msgspec.Struct, frozen=True):
    """A message whose end did not come; ``head`` is how it began."""

    head: bytes


Framed = Frame | TooLarge | CutShort


class Deframer:
    """Gives the messages of one connection in their order. It holds at most one message.

    >>> deframer = Deframer()
    >>> deframer.feed(b"noise" + VT + b"MSH|1" + END + VT + b"MS"), deframer.feed(b"H|2" + END)
    ([Frame(content=b'MSH|1')], [Frame(content=b'MSH|2')])
    >>> deframer.junk_bytes
    5
    """

    def __init__(self, content_bytes_max: int = CONTENT_BYTES_MAX) -> None:
        self._most = content_bytes_max
        self._head_bytes = min(HEAD_BYTES, content_bytes_max)
        self._held = bytearray()
        self._inside = False
        self._head: bytes | None = None
        self.junk_bytes = 0

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._inside

    def feed(self, piece: bytes) -> list[Framed]:
        """Takes the next bytes, gives what ended with them."""
        found: list[Framed] = []
        # A byte that may begin an end was kept at the last call, so the search takes it up again.
        searched = max(len(self._held) - 1, 0)
        self._held += piece
        while True:
            if not self._inside and not self._begin():
                return found
            end = self._held.find(END, searched)
            again = self._held.find(VT, searched, None if end < 0 else end)
            searched = 0
            if again >= 0:
                found.append(CutShort(self._beginning(again)))
                self._drop(again)
            elif end >= 0:
                found.append(self._ended(end))
                self._drop(end + len(END))
            else:
                self._limit()
                return found

    def cut(self) -> CutShort | None:
        """The message under way, where the stream ends here; None where none is. The stream is over after this."""
        if not self._inside:
            return None
        self._inside = False
        return CutShort(self._beginning(len(self._held)))

    def _begin(self) -> bool:
        """Finds the next VT, and counts what lies before it. The CR or LF after a frame is no junk."""
        start = self._held.find(VT)
        before = self._held if start < 0 else self._held[:start]
        self.junk_bytes += len(before.strip(b"\r\n"))
        if start < 0:
            self._held.clear()
            return False
        del self._held[: start + 1]
        self._inside = True
        return True

    def _ended(self, end: int) -> Framed:
        if self._head is not None or end > self._most:
            return TooLarge(self._beginning(end))
        return Frame(bytes(self._held[:end]))

    def _drop(self, count: int) -> None:
        del self._held[:count]
        self._inside = False
        self._head = None

    def _beginning(self, end: int) -> bytes:
        return self._head if self._head is not None else bytes(self._held[: min(end, self._head_bytes)])

    def _limit(self) -> None:
        """Lets go of a message that is too large already, but for its head and a last byte that may be FS."""
        # One byte more than the limit may be the FS of a message that is just not too large.
        if len(self._held) > self._most + 1:
            if self._head is None:
                self._head = bytes(self._held[: self._head_bytes])
            del self._held[:-1]

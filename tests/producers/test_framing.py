"""MLLP framing: whatever the pieces in which bytes arrive, the messages are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.hl7.framing import END, VT, CutShort, Deframer, Frame, Framed, TooLarge

# Any byte but VT, which always begins a frame; and no FS CR inside, which always ends one.
contents = st.binary(max_size=200).map(lambda raw: raw.replace(VT, b"|").replace(END, b"|"))
junk = st.binary(max_size=20).map(lambda raw: raw.replace(VT, b"|"))


def in_pieces(stream: bytes, cuts: list[int], limit: int = 1000) -> list[Framed]:
    deframer = Deframer(limit)
    places = sorted(cut % (len(stream) + 1) for cut in cuts)
    found = []
    for start, end in zip([0, *places], [*places, len(stream)], strict=True):
        found += deframer.feed(stream[start:end])
    return found


@given(st.lists(st.tuples(junk, contents)), st.lists(st.integers(min_value=0), max_size=30))
def test_messages_are_the_same_however_the_stream_is_cut(messages: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    stream = b"".join(before + VT + content + END for before, content in messages)
    assert in_pieces(stream, cuts) == [Frame(content) for _, content in messages]


@given(st.binary(max_size=400), st.lists(st.integers(min_value=0), max_size=30))
def test_noise_gives_the_same_whole_and_in_pieces(noise: bytes, cuts: list[int]) -> None:
    assert in_pieces(noise, cuts, limit=50) == Deframer(50).feed(noise)


@given(contents, contents)
def test_one_byte_at_a_time_gives_the_same(first: bytes, second: bytes) -> None:
    stream = VT + first + END + b"\r\n" + VT + second + END
    assert in_pieces(stream, list(range(1, len(stream)))) == [Frame(first), Frame(second)]


@pytest.mark.parametrize(("size", "taken"), [(999, True), (1000, True), (1001, False), (50_000, False)])
@pytest.mark.parametrize("piece", [1, 7, 1000, 100_000])
def test_message_over_the_limit_is_read_to_its_end_and_answered_by_its_head(size: int, taken: bool, piece: int) -> None:
    content = (b"MSH|" + b"x" * size)[:size]
    stream = VT + content + END + VT + b"next" + END
    deframer = Deframer(1000)
    found: list[Framed] = []
    held = 0
    for start in range(0, len(stream), piece):
        found += deframer.feed(stream[start : start + piece])
        held = max(held, len(deframer._held))
    assert found == [Frame(content) if taken else TooLarge(content[:1000]), Frame(b"next")]
    assert held <= 1000 + piece + 2, "a message that is not taken must not be kept"


def test_frame_begun_inside_a_frame_cuts_the_first_one_short() -> None:
    assert Deframer().feed(VT + b"MSH|first" + VT + b"MSH|second" + END) == [
        CutShort(b"MSH|first"),
        Frame(b"MSH|second"),
    ]


def test_stream_that_ends_inside_a_frame_is_cut_short() -> None:
    deframer = Deframer()
    assert deframer.feed(VT + b"MSH|first\x1c") == []
    assert deframer.cut() == CutShort(b"MSH|first\x1c")
    assert Deframer().cut() is None


def test_line_ends_after_a_frame_are_no_junk() -> None:
    deframer = Deframer()
    deframer.feed(VT + b"a" + END + b"\r\n" + VT + b"b" + END + b"xyz")
    assert deframer.junk_bytes == 3

"""Which typeface each character of the PDF is set in, and how wide that makes a text.

Neither needs a file on any machine: Helvetica is in every reader, and STSong-Light is one of the Chinese faces that a
reader of PDF brings or replaces. The figures of the HTML are laid out by the same widths, so that both look alike.
"""

from collections.abc import Iterator
from functools import cache
from itertools import groupby

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

LATIN, LATIN_BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"

ASCENT, DESCENT = 0.76, 0.21
"""Parts of the size above and below the line."""

_SPACES = str.maketrans("\u202f\u2009", "\u00a0\u00a0")


def runs(text: str, *, bold: bool = False) -> Iterator[tuple[str, str]]:
    """The text in pieces of one typeface each: its name, and the piece.

    >>> list(runs("HR 风险比 0.8"))
    [('Helvetica', 'HR '), ('STSong-Light', '风险比'), ('Helvetica', ' 0.8')]
    """
    register_chinese()
    latin = LATIN_BOLD if bold else LATIN
    for plain, piece in groupby(text.translate(_SPACES), key=_is_latin):
        yield (latin if plain else CHINESE), "".join(piece)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """In the unit of the size."""
    return sum(pdfmetrics.stringWidth(piece, face, size) for face, piece in runs(text, bold=bold))


@cache
def register_chinese() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


def _is_latin(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True

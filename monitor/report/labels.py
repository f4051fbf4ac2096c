"""Names beside a figure, as wide as there is room: cut or set in lines, Chinese letters being twice as wide. Pure."""

import re
import unicodedata

_PIECES = re.compile(r"\uff08?[\u2e80-\uffef][\uff09\uff0c]?|[^\s\u2e80-\uffef]+\s*|\s+")
"""Where a line may end: behind a Chinese letter, with a bracket on its own side of it, or behind a word."""

_ENDS_NO_LINE = " ,(\uff0c\uff08"


def cells(text: str) -> int:
    """
    >>> cells("OS 总生存")
    9
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, most: int) -> str:
    """
    >>> cut("Overall survival, adjusted", 20), cut("总生存", 6)
    ('Overall survival, a…', '总生存')
    """
    if cells(text) <= most:
        return text
    while cells(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip(_ENDS_NO_LINE)}…"


def in_lines(text: str, most: int) -> str:
    """Lines of at most so many cells, but for a word that is longer.

    >>> in_lines("Overall response rate, evaluable set", 22)
    'Overall response rate,\\nevaluable set'
    >>> in_lines("客观缓解率（可评估集）", 12)
    '客观缓解率\\n（可评估集）'
    """
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and cells((lines[-1] + piece).rstrip()) > most:
            lines.append("")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)

"""Texts, numbers, dates in one of the two languages. The catalogs are data files beside this module.

>>> Words("en").number(4213)
'4\\u202f213'
>>> Words("en").text("line.waits", n=1)
'1 record behind'
"""

import datetime as dt
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any, Literal

from babel import Locale
from markupsafe import Markup, escape

from analytics.estimates import Estimate

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
"""Of equal rank; the first is the hospital's own and is taken where nobody asks for another."""

THIN_SPACE = "\u202f"
"""Narrow and not breakable: between thousands."""

_BOLD = re.compile(r"\*\*(.+?)\*\*")
_TYPED = re.compile(r"`(.+?)`")


@cache
def catalog(language: Language) -> dict[str, str | dict[str, str]]:
    """All texts of a language by ``section.key``; one that depends on a number is a dictionary by plural form."""
    folder = resources.files("monitor").joinpath("texts")
    read = [tomllib.loads(folder.joinpath(name).read_text("utf-8")) for name in _files(language)]
    return {f"{section}.{key}": text for file in read for section, texts in file.items() for key, text in texts.items()}


def _files(language: Language) -> tuple[str, ...]:
    """The overview's texts, and those of audit, report and statistics; no section is in two of them."""
    return tuple(f"{part}{language}.toml" for part in ("", "audit-", "report-", "statistics-"))


class Words:
    """Says things in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._texts = catalog(language)
        self._plural_form = Locale.parse(language).plural_form

    @property
    def html_language(self) -> str:
        return "zh-CN" if self.language == "zh" else "en"

    def text(self, key: str, **values: Any) -> str:
        """The text of a key. Raises KeyError for one that no catalog has: keys are written in the code, not sent."""
        found = self._texts[key]
        if isinstance(found, dict):
            form = self._plural_form(values["n"])
            found = found.get(form, found["other"])
        return found.format(**{name: self._said(value) for name, value in values.items()})

    def rich(self, key: str, **values: Any) -> Markup:
        """The text of a key with its **bold** and `typed` parts as HTML; the values are escaped."""
        said = _TYPED.sub(r"<code>\1</code>", str(escape(self.text(key, **values))))
        return Markup(_BOLD.sub(r"<b>\1</b>", said))  # noqa: S704 - escaped inside

    def text_or_key(self, section: str, key: str) -> str:
        """The text of a key that came from outside, or the key itself where the catalogs have no word for it."""
        found = self._texts.get(f"{section}.{key}", key)
        return found if isinstance(found, str) else found["other"]

    def has(self, key: str) -> bool:
        return key in self._texts

    def number(self, value: int) -> str:
        return f"{value:,}".replace(",", THIN_SPACE)

    def percent(self, fraction: float, digits: int = 1) -> str:
        """
        >>> Words("zh").percent(0.75)
        '75.0%'
        """
        return f"{fraction * 100:.{digits}f}%"

    def probability(self, value: float) -> str:
        """One that rounds to nothing or to certainty is said as a bound: neither is what a model can promise.

        >>> Words("en").probability(0.00004), Words("en").probability(0.061)
        ('< 0.1%', '6.1%')
        """
        if value < 0.0005:
            return "< 0.1%"
        return "> 99.9%" if value > 0.9995 else self.percent(value)

    def level(self, fraction: float) -> str:
        """A confidence level without trailing zeros: 95%."""
        return f"{fraction * 100:g}%"

    def interval(self, estimate: Estimate, digits: int = 1) -> str | None:
        """The interval alone, in percent, the unit being said by the estimate beside it: [53.3, 90.2]. None without."""
        if estimate.lower is None or estimate.upper is None:
            return None
        return f"[{estimate.lower * 100:.{digits}f},\u00a0{estimate.upper * 100:.{digits}f}]"

    def listed(self, parts: Iterable[str]) -> str:
        return ("；" if self.language == "zh" else "; ").join(parts)

    def enumerated(self, parts: Iterable[str]) -> str:
        """Short parts of one kind: a, b, c."""
        return ("、" if self.language == "zh" else ", ").join(parts)

    def date(self, on: dt.date) -> str:
        return on.isoformat()

    def _said(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int | dt.date):
            return str(value)
        return self.date(value) if isinstance(value, dt.date) else self.number(value)

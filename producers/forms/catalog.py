"""The texts of the pages and answers, in both languages; one TOML file each, with the same keys."""

import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

import msgspec

from producers.forms.problems import Code, Problem

LANGUAGES = ("zh", "en")
"""In the order in which they are offered; the first one is shown where the reader asks for neither."""


class Catalog(msgspec.Struct, frozen=True, kw_only=True):
    """All texts of one language: section, then key. A missing one raises KeyError."""

    language: str
    texts: Mapping[str, Mapping[str, Any]]

    def text(self, section: str, key: str, **values: object) -> str:
        found: str = self.texts[section][key]
        return found.format(**values) if values else found

    def hint(self, key: str) -> str | None:
        return self.texts["hints"].get(key)

    def choice(self, group: str, key: str) -> str:
        found: str = self.texts["choices"][group][key]
        return found

    def told(self, problem: Problem) -> dict[str, str]:
        """The problem in words: where, code, what, and what to do next."""
        texts = self.texts["problems"][problem.code.value]
        values = {"allowed": ", ".join(problem.allowed), "least": problem.least, "most": problem.most}
        return {
            "where": problem.where,
            "code": problem.code.value,
            "what": texts["what"].format(**values),
            "next": texts["next"].format(**values),
        }


def load_catalogs() -> dict[str, Catalog]:
    """Reads both catalogs from the package and checks that each problem has its words. Raises KeyError."""
    folder = resources.files("producers.forms") / "texts"
    catalogs = {}
    for language in LANGUAGES:
        texts = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
        catalogs[language] = Catalog(language=language, texts=texts)
        for code in Code:
            catalogs[language].told(Problem(code=code))
    return catalogs


def language_of(asked: str | None, accept_language: str | None) -> str:
    """The language that the address asks for, else the reader's first one that is known, else the first offered.

    >>> language_of(None, "en-GB,en;q=0.9,zh;q=0.8"), language_of("zh", "en"), language_of(None, None)
    ('en', 'zh', 'zh')
    """
    if asked in LANGUAGES:
        return asked
    ranked: list[tuple[float, int, str]] = []
    for place, item in enumerate((accept_language or "").split(",")):
        tag, _, quality = item.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            ranked.append((-_quality(quality), place, language))
    return min(ranked)[2] if ranked else LANGUAGES[0]


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0

"""Which language a request gets: what it asks for in the address, then its cookie, then what the browser prefers."""

from monitor.words import LANGUAGES, Language

COOKIE = "trialog_language"


def choose(asked: str | None, cookie: str | None, accept_language: str | None) -> Language:
    """Never fails: what is unknown or malformed is passed over, and the hospital's language is left.

    >>> choose(None, None, "fr;q=0.9, en-GB;q=0.8, zh;q=0.7")
    'en'
    """
    for wish in (asked, cookie):
        if (language := _known(wish)) is not None:
            return language
    for tag in _by_preference(accept_language or ""):
        if (language := _known(tag)) is not None:
            return language
    return LANGUAGES[0]


def _known(tag: str | None) -> Language | None:
    primary = (tag or "").strip().lower().split("-")[0]
    return next((language for language in LANGUAGES if language == primary), None)


def _by_preference(header: str) -> list[str]:
    """The tags of an Accept-Language header, best first; equals keep their order."""
    weighted = []
    for part in header.split(","):
        tag, _, parameter = part.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            weight = float(value) if name == "q" else 1.0
        except ValueError:
            weight = 0.0
        if tag.strip() and weight > 0:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]

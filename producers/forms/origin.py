"""Whether a request that writes comes from our own pages, or from no page at all. Pure.

A page of another site can make a browser send a form here. The browser then says whose page it was (``Origin``); a
program that is no browser says nothing, and has nobody to lead astray.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit


def is_own(headers: Mapping[str, str], hosts: frozenset[str] | None) -> bool:
    """``headers`` has lower-case names. ``hosts`` are the names under which pages may call the door, None for any.

    >>> is_own({"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"}, None)
    True
    >>> is_own({"host": "127.0.0.1:8000", "origin": "https://elsewhere.example"}, None)
    False
    >>> is_own({"host": "rebound.example", "origin": "http://rebound.example"}, frozenset({"127.0.0.1"}))
    False
    >>> is_own({"host": "127.0.0.1:8000"}, None)
    True
    """
    host = headers.get("host", "")
    origin = headers.get("origin") or headers.get("referer")
    if origin is None:
        # Browsers that hide both still say whether the page was ours.
        return headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    # A name that an attacker points at this machine would have equal host and origin, so the name itself counts too.
    return urlsplit(origin).netloc == host and (hosts is None or _name_of(host) in hosts)


def _name_of(host: str) -> str:
    name = urlsplit(f"//{host}").hostname
    return name or ""

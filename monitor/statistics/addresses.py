"""Where the statistics' pages are: every link to them is made here. Pure."""

from collections.abc import Mapping
from urllib.parse import urlencode

ANALYSES = "/statistics"
HISTORY = "/statistics/history"


def history(asked: Mapping[str, str]) -> str:
    return f"{HISTORY}?{urlencode(asked)}" if asked else HISTORY

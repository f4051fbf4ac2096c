"""How far a rebuild is, for whoever waits for it. Pure."""

import enum
from collections.abc import Callable


class Stage(enum.StrEnum):
    """What is counted while it goes on: records of the log, events, tables, events, tables."""

    LOG = "log"
    FOLD = "fold"
    INDEX = "index"
    FOLLOW = "follow"
    COMPARE = "compare"
    EXCHANGE = "exchange"


Report = Callable[[Stage, int, int], None]
"""Told a stage, how many more are through, and how many there are in all as far as is known."""


def silent(_stage: Stage, _more: int, _total: int) -> None:
    """Reports to nobody."""

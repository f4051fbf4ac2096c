"""Of which kind a measured value is. By itself, so that whoever only names the kinds loads no library for numbers."""

import enum


class Limit(enum.StrEnum):
    """Measured, or only known to be below or above a limit."""

    EXACT = "exact"
    BELOW = "below"
    ABOVE = "above"

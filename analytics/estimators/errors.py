"""Why an estimator gives no estimate.

Refused
├── InputRefused   the arrays are not what the estimator reads: a value missing, a time below zero, unequal lengths
└── NoEstimate     the arrays are well formed, and the estimate does not exist: no events, one group, separation

Each carries a ``reason``, whose value is stored and keeps its meaning, and a sentence that says what and what next. A
sentence holds counts and names of columns, never a value of a subject.
"""

import enum


class Reason(enum.StrEnum):
    """Why an estimate, or one number of it, is not given."""

    NOBODY = "nobody"
    VALUES_MISSING = "values-missing"
    LENGTHS_DIFFER = "lengths-differ"
    NOT_NUMBERS = "not-numbers"
    TIME_NEGATIVE = "time-negative"
    TIME_ZERO = "time-zero"
    ENTRY_NOT_BEFORE_EXIT = "entry-not-before-exit"
    EVENT_NOT_BINARY = "event-not-binary"
    RESPONSE_NOT_BINARY = "response-not-binary"
    NOT_POSITIVE = "not-positive"
    ZERO_FILL = "zero-fill"
    SETTING_OUT_OF_RANGE = "setting-out-of-range"
    NAME_UNKNOWN = "name-unknown"
    COUNT_OUT_OF_RANGE = "count-out-of-range"

    NO_EVENTS = "no-events"
    NO_EVENTS_BY_THEN = "no-events-by-then"
    NOBODY_LEFT_BY_THEN = "nobody-left-by-then"
    NOT_REACHED = "not-reached"
    LIMIT_NOT_REACHED = "limit-not-reached"
    FOLLOW_UP_TOO_SHORT = "follow-up-too-short"
    RISK_SET_EMPTIED = "risk-set-emptied"
    ONE_GROUP = "one-group"
    NOTHING_COMPARED = "nothing-compared"
    TOO_FEW_EVENT_TIMES = "too-few-event-times"
    NO_COVARIATES = "no-covariates"
    CONSTANT = "constant"
    COLLINEAR = "collinear"
    SEPARATION = "separation"
    UNIT_TOO_LARGE = "unit-too-large"
    NO_VARIATION = "no-variation"
    TOO_FEW_VALUES = "too-few-values"
    ALL_BEYOND_LIMIT = "all-beyond-limit"
    ONE_IN_A_GROUP = "one-in-a-group"
    EMPTY_CELL = "empty-cell"
    CUT_AMONG_CENSORED = "cut-among-censored"


class Refused(Exception):
    """Base of all refusals."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class InputRefused(Refused):
    """The arrays or settings are not what the estimator reads. Correct them; nothing is dropped or filled silently."""


class NoEstimate(Refused):
    """The arrays are well formed, and they do not hold the estimate."""

"""What can be wrong with a record of the log. A bad record is an outcome with a reason, not an exception."""

import enum

import msgspec


class Reason(enum.StrEnum):
    """Why a record is quarantined. The value is stored in the ledger and never changes its meaning."""

    EMPTY = "empty-record"
    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf-8"
    ENVELOPE = "malformed-envelope"
    UNKNOWN_TYPE = "unknown-type"
    MALFORMED_FACTS = "malformed-facts"
    TIME = "ill-formed-time"
    REASON_MISSING = "reason-missing"
    NUL_CHARACTER = "nul-character"
    KEY = "key-is-not-the-subject"
    TOPIC = "wrong-topic"
    CONFLICT = "same-id-other-facts"
    DATABASE = "refused-by-database"


class Undecodable(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is no event. ``where`` is a JSON path without any value, None where the whole is meant."""

    reason: Reason
    where: str | None = None

    def __str__(self) -> str:
        return f"{self.reason.value} at {self.where}" if self.where else self.reason.value

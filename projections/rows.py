"""What `reading` gives: one struct for each kind of row. Instants are UTC, dates in the study's zone."""

import datetime as dt

import msgspec

from projections.stored import StatusRow
from projections.summary import Detail


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The last commit: what pages and audits name as "where the log was". 0 and None while there is none."""

    commit: int
    committed_at: dt.datetime | None


class LedgerCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Ledger rows by status; ``quarantined_by_reason`` by the value of `schemas.outcomes.Reason`, without its place."""

    accepted: int
    duplicate: int
    quarantined: int
    quarantined_by_reason: dict[str, int]


class SubjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """One subject. ``status`` and ``since_on`` are None while it has none; the last of ``statuses`` is current."""

    subject: str
    status: str | None
    since_on: dt.date | None
    statuses: tuple[StatusRow, ...]
    digest: str


class LatestEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger row and what its event says. ``position`` is topic[partition]@offset.

    ``type``, ``subject``, ``source`` and ``actor_role`` are None where the record is no event; ``reason`` is the
    quarantine's, None for all else. ``detail`` is `projections.summary.detail_of`.
    """

    position: str
    commit: int
    received_at: dt.datetime
    subject: str | None
    type: str | None
    source: str | None
    actor_role: str | None
    status: str
    reason: str | None
    detail: Detail = ()


class PositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far one partition is applied. ``log_end`` is the end of the log as the last batch saw it."""

    topic: str
    partition: int
    next_offset: int
    log_end: int
    moved_at: dt.datetime


class WorkerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A worker's last heartbeat."""

    name: str
    state: str
    seen_at: dt.datetime
    detail: str

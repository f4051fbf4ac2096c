"""The endpoint row of one subject: everything that the statistics count, and the digest that names a set of rows."""

import datetime as dt
import hashlib
from collections.abc import Iterable

import msgspec

from schemas.rules.counted_sets import Membership, membership_of
from schemas.rules.early_death import EarlyDeathRow, early_death_of
from schemas.rules.response import ResponseRow, response_of
from schemas.rules.survival import NoTime, SurvivalRow, survival_of
from schemas.rules.timeline import Timeline
from schemas.study import StudyDefinition

RULES_VERSION = 1
"""Raised whenever the same entries may give another row."""


class EndpointRow(msgspec.Struct, frozen=True, kw_only=True):
    """One subject at a cutoff.

    ``response`` and ``early_death`` are None outside of the full set. ``survival`` is None where ``no_time`` says why.
    """

    subject: str
    membership: Membership
    response: ResponseRow | None = None
    early_death: EarlyDeathRow | None = None
    survival: SurvivalRow | None = None
    no_time: NoTime | None = None


def endpoint_of(timeline: Timeline, study: StudyDefinition, cutoff_on: dt.date) -> EndpointRow:
    """``timeline`` holds nothing that happened after the cutoff."""
    assert timeline.latest_on is None or timeline.latest_on <= cutoff_on, "the timeline is cut at another date"
    membership = membership_of(timeline, study)
    day_0 = timeline.milestones.treated if membership.in_full_set else None
    survival = survival_of(timeline, study.endpoints, cutoff_on)
    return EndpointRow(
        subject=timeline.subject,
        membership=membership,
        response=response_of(timeline, day_0, study.endpoints, cutoff_on) if day_0 else None,
        early_death=early_death_of(timeline, day_0, cutoff_on) if day_0 else None,
        survival=None if isinstance(survival, NoTime) else survival,
        no_time=survival if isinstance(survival, NoTime) else None,
    )


def endpoint_digest(rows: Iterable[EndpointRow]) -> str:
    """SHA-256, hexadecimal, over the canonical bytes of all rows, whatever their order."""
    canonical = _encoder.encode(sorted(rows, key=lambda row: row.subject))
    return hashlib.sha256(b"%d\n%s" % (RULES_VERSION, canonical)).hexdigest()


_encoder = msgspec.json.Encoder()

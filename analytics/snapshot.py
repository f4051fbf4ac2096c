"""All live numbers at one data cutoff, as canonical bytes.

The same rows, cutoff, parameters and code give the same bytes. So the body names no commit and no time of computing:
those belong to the row that keeps it. Whoever only reads snapshots needs this module and no library for statistics.
"""

import datetime as dt

import msgspec

from analytics.figures import AccrualFigure, EnrolmentFigure, FunnelFigure, ResponseFigure, SurvivalFigure

NOT_ADJUSTED = "not-adjusted-for-repeated-looks"


class SnapshotKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot depends on, wholly: two with one key have the same bytes."""

    study: str
    endpoint_digest: str
    cutoff_on: dt.date
    parameters_digest: str
    code_version: str


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The live panel. ``labels`` are the codes of caveats that belong beside every interval.

    Numbers are rounded to ``digits`` decimals.
    """

    key: SnapshotKey
    interval_level: float
    digits: int
    labels: tuple[str, ...]
    enrolment: EnrolmentFigure
    accrual: AccrualFigure
    funnel: FunnelFigure
    response: ResponseFigure
    survival: SurvivalFigure


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Canonical bytes: equal snapshots give equal bytes."""
    return _encoder.encode(snapshot)


def decode_snapshot(body: bytes) -> Snapshot:
    return _decoder.decode(body)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Snapshot)

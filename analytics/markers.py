"""The marker before treatment as columns for the estimators, over the full set, from endpoint rows. Pure."""

from collections import Counter
from collections.abc import Sequence

import msgspec
import pandas as pd

from schemas.rules.endpoints import EndpointRow
from schemas.rules.response import Outcome

COLUMNS = ("subject", "value", "limit", "platform", "matrix", "unit", "outcome")


class MissingMarkers(msgspec.Struct, frozen=True, kw_only=True):
    """How many members of the full set have no marker, by the reason and by the outcome of their response.

    Both by their stored values. A quantity whose absence goes with the outcome is not missing by chance.
    """

    members: int
    missing: int
    by_reason: dict[str, int]
    by_outcome: dict[str, int]


def marker_frame(rows: Sequence[EndpointRow]) -> pd.DataFrame:
    """One row per member of the full set with a marker, by subject; ``COLUMNS`` in their order.

    ``value`` and ``limit`` are what `analytics.estimators.limits` reads: the number, or the limit that it lies beyond.
    ``platform`` is None where the laboratory named none. ``outcome`` is that of the response, pending ones too.
    """
    found = [
        (
            row.subject,
            float(row.marker.number),
            row.marker.limit.value,
            row.marker.platform,
            row.marker.matrix.value,
            row.marker.unit,
            row.response.outcome.value,
        )
        for row in sorted(rows, key=lambda row: row.subject)
        if row.marker is not None and row.response is not None
    ]
    return pd.DataFrame(found, columns=list(COLUMNS))


def missing_markers(rows: Sequence[EndpointRow]) -> MissingMarkers:
    members = [row for row in rows if row.response is not None]
    without = [(row.no_marker, row.response.outcome) for row in members if row.no_marker and row.response]
    return MissingMarkers(
        members=len(members),
        missing=len(without),
        by_reason=_counted([reason.value for reason, _ in without]),
        by_outcome={outcome.value: sum(found is outcome for _, found in without) for outcome in Outcome},
    )


def _counted(reasons: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(reasons).items()))

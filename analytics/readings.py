"""The investigator's best response beside the derived one, over the full set, from endpoint rows. Pure."""

from collections.abc import Sequence

import msgspec

from analytics.estimators.agreement import Kappa, cohen_kappa, disagreements
from schemas.events.followup import Category
from schemas.rules.endpoints import EndpointRow

BEST = (Category.CR, Category.CRH, Category.CRI, Category.MLFS, Category.PR, Category.NR, Category.NE)


class BothReadings(msgspec.Struct, frozen=True, kw_only=True):
    """``kappa`` is of the best responses of those who have both; ``differ`` are the subjects whose two differ.

    ``one_only`` are members of the full set with one reading or none yet: they take no part.
    """

    kappa: Kappa
    differ: tuple[str, ...]
    one_only: int


def agreement_of_readings(rows: Sequence[EndpointRow], *, level: float = 0.95) -> BothReadings:
    """Unweighted: the categories have no distances. Refuses nobody with both readings, and one category for all."""
    members = [row for row in rows if row.response is not None]
    both = [
        (row.subject, row.investigator.best.value, row.derived.best.value)
        for row in members
        if row.investigator and row.derived and row.investigator.best and row.derived.best
    ]
    investigator, derived = [each[1] for each in both], [each[2] for each in both]
    categories = [category.value for category in BEST]
    return BothReadings(
        kappa=cohen_kappa(investigator, derived, categories=categories, level=level),
        differ=tuple(both[place][0] for place in disagreements(investigator, derived)),
        one_only=len(members) - len(both),
    )

"""What a snapshot was computed by, besides the data: settings, and versions of code and libraries."""

import datetime as dt
import functools
import hashlib
from decimal import Decimal

import msgspec

from analytics.versions import versions
from schemas.rules.early_death import MORTALITY_DAYS
from schemas.study import Endpoints, StudyDefinition

DIGITS = 9
"""To how many decimals every number of a snapshot is rounded."""


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """``risk_days`` is the grid of the numbers at risk and ``survival_days`` the days at which survival is read."""

    study: str
    study_version: str
    target: int
    enrolment_begins_on: dt.date
    enrolment_ends_on: dt.date
    accrual_prior_weight: Decimal
    family_signature_required: bool
    criteria: tuple[str, ...]
    endpoints: Endpoints
    risk_days: tuple[int, ...]
    survival_days: tuple[int, ...]
    mortality_days: tuple[int, ...]
    digits: int

    @property
    def level(self) -> float:
        """The level of all intervals."""
        return float(self.endpoints.interval_level)


def parameters_of(study: StudyDefinition) -> Parameters:
    horizon = study.endpoints.survival_horizon_days
    return Parameters(
        study=study.id,
        study_version=study.version,
        target=study.target,
        enrolment_begins_on=study.enrolment_begins_on,
        enrolment_ends_on=study.enrolment_ends_on,
        accrual_prior_weight=study.accrual.prior_weight,
        family_signature_required=study.family_signature_required,
        criteria=tuple(criterion.id for criterion in study.criteria),
        endpoints=study.endpoints,
        risk_days=tuple(horizon * quarter // 4 for quarter in range(5)),
        survival_days=tuple(sorted({min(365, horizon), horizon})),
        mortality_days=MORTALITY_DAYS,
        digits=DIGITS,
    )


def parameters_digest(parameters: Parameters) -> str:
    """SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(_encoder.encode(parameters)).hexdigest()


@functools.cache
def code_version() -> str:
    """`versions` as one text, which is part of a snapshot's key. `comparison.versions_in` reads it."""
    return ", ".join(f"{name} {version}" for name, version in versions().items())


_encoder = msgspec.json.Encoder(decimal_format="string")

"""Who one subject is and what the disease is, as far as the analyses adjust for it; and when an entry says so."""

from collections.abc import Iterable

import msgspec

from schemas.events import DiseaseDiagnosed
from schemas.events.background import Risk, Sex
from schemas.milestones import Mark, Milestones
from schemas.settlement import Entry


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """None means not recorded.

    ``age_years`` is the difference of two calendar years, that of enrolment (of screening, for who is not enrolled) and
    that of birth: the record has no birthday, so it may be one year too many. ``risk`` is the genetic risk group of the
    last diagnosis that names one, by which ``risk_version``. ``performance`` is the last ECOG status before treatment.
    """

    age_years: int | None = None
    sex: Sex | None = None
    risk: Risk | None = None
    risk_version: str | None = None
    performance: int | None = None


def background_of(entries: Iterable[Entry], milestones: Milestones) -> Background:
    """``entries`` are one subject's, in force and in their order."""
    diagnoses = [entry.facts for entry in entries if isinstance(entry.facts, DiseaseDiagnosed)]
    named = [each for each in diagnoses if each.eln_risk is not None]
    demographics, at = milestones.demographics, milestones.enrolled or milestones.screened
    return Background(
        age_years=at.on.year - demographics.year_of_birth if demographics and at else None,
        sex=demographics.sex if demographics else None,
        risk=named[-1].eln_risk if named else None,
        risk_version=named[-1].eln_version if named else None,
        performance=_performance(milestones, milestones.treated),
    )


def _performance(milestones: Milestones, treated: Mark | None) -> int | None:
    noted = [each.status for each in milestones.performances if treated is None or each.mark.on <= treated.on]
    return noted[-1] if noted else None

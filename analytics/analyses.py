"""The estimates of an analysis plan over the endpoint rows, as canonical bytes. Pure.

The live panel moves with every entry; these are the slower ones (resamples, splines), computed after it and marked with
the position that they belong to. What the study's own plan does not have is exploratory, wherever it appears.
"""

import datetime as dt
from collections.abc import Sequence

import msgspec

from analytics.plans import guards
from analytics.plans.plan import Plan
from analytics.plans.results import Result, Results
from analytics.plans.running import run
from analytics.prespecified import is_in
from analytics.study_table import study_table
from schemas.rules.endpoints import EndpointRow, endpoint_digest
from schemas.study import StudyDefinition


class Analyses(msgspec.Struct, frozen=True, kw_only=True):
    """What the results depend on, wholly, beside those that they name themselves. ``look`` is "interim" or "final"."""

    study: str
    endpoint_digest: str
    cutoff_on: dt.date
    look: str
    results: Results


def analyse(
    rows: Sequence[EndpointRow], plan: Plan, own: Plan | None, study: StudyDefinition, cutoff_on: dt.date
) -> Analyses:
    """``rows`` are at this cutoff. ``own`` is the study's plan, None where it has none: then all is exploratory."""
    looked = msgspec.structs.replace(plan, look="final" if is_final(study, cutoff_on) else "interim")
    found = run(looked, study_table(rows, study.endpoints))
    results = tuple(
        _told(result, prespecified=is_in(asked, plan.columns, own))
        for asked, result in zip(plan.estimates, found.results, strict=True)
    )
    return Analyses(
        study=study.id,
        endpoint_digest=endpoint_digest(rows),
        cutoff_on=cutoff_on,
        look=looked.look,
        results=msgspec.structs.replace(found, results=results),
    )


def is_final(study: StudyDefinition, cutoff_on: dt.date) -> bool:
    """Whether nothing more is to come: the study's follow-up has ended by the cutoff."""
    return study.follow_up_ends_on is not None and cutoff_on >= study.follow_up_ends_on


def encode_analyses(analyses: Analyses) -> bytes:
    """Canonical bytes: equal analyses give equal bytes."""
    return msgspec.json.encode(analyses, order="deterministic")


def decode_analyses(body: bytes) -> Analyses:
    return msgspec.json.decode(body, type=Analyses)


def _told(result: Result, *, prespecified: bool) -> Result:
    labels = result.labels if prespecified else (guards.exploratory(), *result.labels)
    return msgspec.structs.replace(result, labels=labels, prespecified=prespecified)

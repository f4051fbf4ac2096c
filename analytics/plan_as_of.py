"""The estimates of an analysis plan as of a commit, computed again from the ledger. The stored ones are never read."""

import datetime as dt

import msgspec
import psycopg

from analytics.analyses import Analyses, analyse, encode_analyses
from analytics.analysis_store import StoredAnalyses, stored_like
from analytics.plans.plan import Plan
from analytics.plans.table import Table
from analytics.recompute import study_as_of
from analytics.study_table import study_table
from schemas.study import StudyDefinition
from schemas.two_times import KnownAt


class PlanAsOf(msgspec.Struct, frozen=True, kw_only=True):
    """``plan`` is as it was run, with the look that it was; ``table`` is what it read."""

    known_at: KnownAt
    plan: Plan
    table: Table
    analyses: Analyses

    @property
    def body(self) -> bytes:
        """Canonical: the same position, cutoff, plan, code and libraries give the same bytes."""
        return encode_analyses(self.analyses)


class BesideStored(msgspec.Struct, frozen=True, kw_only=True):
    """The analyses of the same rows, cutoff and plan that were stored, beside those computed now.

    ``versions`` are those that differ, as "name then → now"; ``estimates`` the ids of results that do.
    """

    analyses_id: int
    same_bytes: bool
    versions: tuple[str, ...]
    estimates: tuple[str, ...]

    @property
    def contradicts(self) -> bool:
        """The very same versions gave another answer."""
        return not self.same_bytes and not self.versions

    def __str__(self) -> str:
        if self.same_bytes:
            return f"the same bytes as analyses {self.analyses_id}"
        parts = [f"analyses {self.analyses_id} have other bytes"]
        if self.versions:
            parts.append(f"other versions ({', '.join(self.versions)})")
        parts.append(f"differs in: {', '.join(self.estimates)}" if self.estimates else "all estimates equal")
        return "; ".join(parts)


def plan_as_of(
    connection: psycopg.Connection,
    study: StudyDefinition,
    plan: Plan,
    own: Plan | None,
    known_at: KnownAt,
    cutoff_on: dt.date | None = None,
) -> PlanAsOf:
    """``own`` is the study's plan: what it does not have is exploratory. Raises UnknownCommit."""
    then = study_as_of(connection, study, known_at, cutoff_on)
    rows = list(then.rows.values())
    analyses = analyse(rows, plan, own, study, then.cutoff_on)
    looked = msgspec.structs.replace(plan, look=analyses.look)
    return PlanAsOf(known_at=known_at, plan=looked, table=study_table(rows, study.endpoints), analyses=analyses)


def beside_stored(connection: psycopg.Connection, now: PlanAsOf) -> BesideStored | None:
    """None where none were stored of these rows, this cutoff and this plan."""
    stored = stored_like(connection, now.analyses)
    return None if stored is None else _compared(stored, now)


def _compared(stored: StoredAnalyses, now: PlanAsOf) -> BesideStored:
    was, is_ = stored.analyses.results, now.analyses.results
    names = (*is_.versions, *(name for name in was.versions if name not in is_.versions))
    return BesideStored(
        analyses_id=stored.analyses_id,
        same_bytes=stored.body == now.body,
        versions=tuple(
            f"{name} {was.versions.get(name, 'none')} → {is_.versions.get(name, 'none')}"
            for name in names
            if was.versions.get(name) != is_.versions.get(name)
        ),
        estimates=tuple(new.id for old, new in zip(was.results, is_.results, strict=False) if old != new),
    )

"""Keeps analyses, each with the position that it belongs to: rows that are only ever added."""

import datetime as dt
from typing import Any

import msgspec
import psycopg

from analytics.analyses import Analyses, decode_analyses, encode_analyses


class StoredAnalyses(msgspec.Struct, frozen=True, kw_only=True):
    """``commit`` is the first position at which these rows were analysed; ``body`` the canonical bytes."""

    analyses_id: int
    commit: int
    analyses: Analyses
    body: bytes
    computed_at: dt.datetime


def store_analyses(connection: psycopg.Connection, analyses: Analyses, commit: int) -> None:
    """Adds a row, unless the very same analyses are there already."""
    versions = ", ".join(f"{name} {version}" for name, version in analyses.results.versions.items())
    connection.execute(
        "INSERT INTO trial.analyses (study, endpoint_digest, cutoff_on, plan_digest, code_version, commit, body) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (
            analyses.study,
            analyses.endpoint_digest,
            analyses.cutoff_on,
            analyses.results.plan_digest,
            versions,
            commit,
            encode_analyses(analyses),
        ),
    )
    connection.commit()


def latest_analyses(connection: psycopg.Connection) -> StoredAnalyses | None:
    """Those of the newest position; None before the first."""
    row = connection.execute(
        "SELECT analyses_id, commit, body, computed_at FROM trial.analyses "
        "ORDER BY commit DESC, analyses_id DESC LIMIT 1"
    ).fetchone()
    return _stored(row)


def stored_like(connection: psycopg.Connection, analyses: Analyses) -> StoredAnalyses | None:
    """Those of the same rows, cutoff and plan, by whatever code: by this very code first, then the newest."""
    versions = ", ".join(f"{name} {version}" for name, version in analyses.results.versions.items())
    row = connection.execute(
        "SELECT analyses_id, commit, body, computed_at FROM trial.analyses "
        "WHERE study = %s AND endpoint_digest = %s AND cutoff_on = %s AND plan_digest = %s "
        "ORDER BY code_version = %s DESC, analyses_id DESC LIMIT 1",
        (
            analyses.study,
            analyses.endpoint_digest,
            analyses.cutoff_on,
            analyses.results.plan_digest,
            versions,
        ),
    ).fetchone()
    return _stored(row)


def _stored(row: tuple[Any, ...] | None) -> StoredAnalyses | None:
    if row is None:
        return None
    return StoredAnalyses(
        analyses_id=row[0], commit=row[1], body=bytes(row[2]), analyses=decode_analyses(row[2]), computed_at=row[3]
    )

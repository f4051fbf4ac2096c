"""Makes or updates the schemas, tables, roles and permissions: all of it in one transaction, or nothing."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import psycopg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg import sql

from projections.errors import DatabaseAway, DatabaseNotReady
from projections.permissions import GRANTS, GUARDS, OWNER, REFUSE, ROLES
from schemas.subject import FOLD_VERSION

# Any number will do that nothing else in the database uses: two processes that start at once must not both migrate.
_MIGRATING = 7_305_419_862

# What the writer has written so far is the first generation; while nothing was written, it is of this code's version.
_FIRST_GENERATION = (
    f"""
    INSERT INTO trial.generations (number, fold_version, source, state)
    SELECT 1, coalesce((SELECT max(fold_version) FROM trial.subjects), {FOLD_VERSION}), 'writer', 'live'
    WHERE NOT EXISTS (SELECT FROM trial.generations)
    """,  # noqa: S608 - a number of ours
    f"""
    UPDATE trial.generations SET fold_version = {FOLD_VERSION}
    WHERE state = 'live' AND fold_version <> {FOLD_VERSION} AND NOT EXISTS (SELECT FROM trial.commits)
    """,  # noqa: S608
)


def migrate(owner_url: str, *, passwords: Mapping[str, str] | None = None) -> None:
    """Brings the database behind a libpq URL to the newest state; does nothing where it is there already.

    The URL is the owner's, or that of a role which may create roles (the first time it must be, or the four roles must
    exist and ``trialog_owner`` own the database). ``passwords`` by role are set where given; without one, a new role
    can log in only where the server asks for none. Raises DatabaseAway, DatabaseNotReady.
    """
    try:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            _make_roles(connection, passwords or {})
    except psycopg.OperationalError as error:
        raise DatabaseAway(f"the database does not answer ({type(error).__name__})") from error
    engine = sa.create_engine(sqlalchemy_url(owner_url), poolclass=sa.NullPool)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
            connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
            for schema in ("trial", "intake"):
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            command.upgrade(alembic_config(connection), "head")
            for statement in (REFUSE, *GUARDS, *GRANTS, *_FIRST_GENERATION):
                connection.exec_driver_sql(statement)
    except sa.exc.ProgrammingError as error:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise DatabaseNotReady(f"{OWNER} may not make what is missing: {error.orig}") from error
        raise


def alembic_config(connection: sa.Connection) -> Config:
    """Alembic's settings for a connection in whose transaction it works."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def sqlalchemy_url(libpq_url: str) -> str:
    """The same URL with SQLAlchemy's name of the driver.

    >>> sqlalchemy_url("postgresql://trialog_owner@/trialog?host=%2Ftmp")
    'postgresql+psycopg://trialog_owner@/trialog?host=%2Ftmp'
    """
    return "postgresql+psycopg://" + libpq_url.split("://", 1)[1]


def _make_roles(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Creates what is missing, sets passwords, and makes sure that this connection may act as the owner."""
    there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    try:
        for role in ROLES:
            if role not in there:
                _create_role(connection, role)
            if role in passwords:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(passwords[role]))
                )
        _become_able_to_own(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseNotReady(
            f"this role may not create or alter the roles {', '.join(ROLES)}: run `trialog migrate` once with the URL "
            f"of a role that may, or create them there and make {OWNER} the owner of the database"
        ) from error


def _create_role(connection: psycopg.Connection, role: str) -> None:
    # Another process, or another database of the same server, may be quicker; the role is what we wanted.
    with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))


def _become_able_to_own(connection: psycopg.Connection) -> None:
    # Since PostgreSQL 16, whoever creates a role administers it, and is a member that may not act as it.
    privilege = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    row = connection.execute(
        "SELECT pg_has_role(current_user, %s, %s), has_database_privilege(%s, current_database(), 'CREATE')",
        (OWNER, privilege, OWNER),
    ).fetchone()
    assert row is not None
    may_act, may_create = row
    if not may_act:
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(OWNER)))
    if not may_create:
        connection.execute(
            sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(OWNER)
            )
        )

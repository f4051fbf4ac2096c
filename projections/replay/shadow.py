"""The shadow tables of one generation: made from the live ones, finished like them, put in their place, or dropped.

They lie in a schema of their own, ``generation_<number>``, under the names that the live ones have, so that a table
takes its indexes and constraints along when it changes its schema. What they must look like is asked of PostgreSQL's
catalogue, not of our own tables: a migration, or an operator's grant, is then never forgotten.
"""

from typing import Any

import msgspec
import psycopg
from psycopg import sql

from projections.tables import TRIAL

Connection = psycopg.Connection[Any]

TABLES = ("entries", "subjects", "audit_trail")
"""What is derived from the ledger, in the order in which the writer touches them."""

RECORDS = "log_records"
"""Where the log's own records lie while a rebuild reads them."""

_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'x') ORDER BY contype, conname
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid) ORDER BY indexrelid
"""
_TRIGGERS = (
    "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY tgname"
)
_GRANTS = """
SELECT privilege.grantee::regrole::text, privilege.privilege_type, privilege.is_grantable
FROM pg_class CROSS JOIN LATERAL aclexplode(relacl) AS privilege
WHERE pg_class.oid = %s::regclass AND privilege.grantee NOT IN (0, relowner) ORDER BY 1, 2
"""


class Shadow(msgspec.Struct, frozen=True):
    """The place of a generation's tables."""

    number: int

    @property
    def schema(self) -> str:
        return f"generation_{self.number}"

    @property
    def records(self) -> sql.Identifier:
        """The table with the log's own records."""
        return sql.Identifier(self.schema, RECORDS)

    def table(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.schema, name)

    def asked(self, statement: str) -> str:
        """The same statement on these tables; the ledger, which it may read as well, stays the one there is.

        >>> Shadow(7).asked("SELECT FROM trial.entries JOIN trial.ledger")
        'SELECT FROM generation_7.entries JOIN trial.ledger'
        """
        for name in TABLES:
            statement = statement.replace(f"{TRIAL}.{name}", f"{self.schema}.{name}")
        return statement


def make(connection: Connection, shadow: Shadow) -> None:
    """Empty tables without keys and indexes, which cost half as much where all rows are there before them."""
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(shadow.schema)))
    for name in TABLES:
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES)").format(
                shadow.table(name), sql.Identifier(TRIAL, name)
            )
        )


def index(connection: Connection, shadow: Shadow, name: str) -> None:
    """Gives a filled table the keys and indexes of the live one, and tells the planner what is in it."""
    table, live = shadow.table(name), f"{TRIAL}.{name}"
    for constraint, definition in connection.execute(_CONSTRAINTS, (live,)).fetchall():
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                table, sql.Identifier(constraint), sql.SQL(definition)
            )
        )
    for (definition,) in connection.execute(_INDEXES, (live,)).fetchall():
        place = f" ON {live} USING "
        assert definition.count(place) == 1, "PostgreSQL names the table once, with its schema"
        connection.execute(sql.SQL(definition.replace(place, f" ON {shadow.schema}.{name} USING ")))
    connection.execute(sql.SQL("ANALYZE {}").format(table))


def exchange(connection: Connection, live: Shadow, shadow: Shadow) -> None:
    """Puts the shadow's tables in the place of the live ones, which move to the schema of ``live``.

    Needs a transaction that holds all of them, and everybody who writes them, back. Triggers and grants are those that
    the live ones had; on the tables that move away nobody but their owner keeps any.
    """
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(live.schema)))
    for name in TABLES:
        table = sql.Identifier(TRIAL, name)
        triggers = connection.execute(_TRIGGERS, (f"{TRIAL}.{name}",)).fetchall()
        grants = connection.execute(_GRANTS, (f"{TRIAL}.{name}",)).fetchall()
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(table, sql.Identifier(live.schema)))
        connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(shadow.table(name), sql.Identifier(TRIAL)))
        for (definition,) in triggers:
            connection.execute(sql.SQL(definition))
        for role, privilege, may_grant in grants:
            # Roles come quoted where they need it, and privileges are words of PostgreSQL's own.
            to = sql.SQL("GRANT {} ON {} TO {}{}").format(
                sql.SQL(privilege), table, sql.SQL(role), sql.SQL(" WITH GRANT OPTION" if may_grant else "")
            )
            connection.execute(to)
            connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(live.table(name), sql.SQL(role)))
    drop(connection, shadow)


def drop(connection: Connection, shadow: Shadow) -> None:
    """Removes a generation's schema with all that is in it; nothing happens where there is none."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(shadow.schema)))

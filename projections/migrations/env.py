"""Alembic's entry: it uses the connection that `projections.migrate` gives, and looks at Trialog's schemas only."""

from typing import Any

from alembic import context

from projections.tables import INTAKE, METADATA, TRIAL


def include_name(name: str | None, type_: str, _parents: Any) -> bool:
    return type_ != "schema" or name in (TRIAL, INTAKE)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table="schema_version",
    version_table_schema=TRIAL,
    include_schemas=True,
    include_name=include_name,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()

"""Makes the generations of the projections; a new table only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "generations",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fold_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("began_at", TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("commit_number", sa.BigInteger(), nullable=True),
        sa.Column("differences", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('writer', 'ledger', 'log')", name=op.f("ck_generations_source")),
        sa.CheckConstraint("state IN ('building', 'live', 'retired', 'dropped')", name=op.f("ck_generations_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_generations")),
        schema="trial",
    )
    op.create_index(
        "ix_generations_live",
        "generations",
        ["state"],
        unique=True,
        schema="trial",
        postgresql_where=sa.text("state = 'live'"),
    )

"""Makes the ledger, its commits and its positions; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("key", BYTEA(), nullable=True),
        sa.Column("headers", BYTEA(), nullable=False),
        sa.Column("value", BYTEA(), nullable=True),
        sa.Column("log_timestamp_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("event_id", sa.Text(), nullable=True),
        sa.Column("chain_hash", BYTEA(), nullable=False),
        sa.CheckConstraint("(status = 'quarantined') = (reason IS NOT NULL)", name=op.f("ck_ledger_reason")),
        sa.CheckConstraint("status IN ('accepted', 'duplicate', 'quarantined')", name=op.f("ck_ledger_status")),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", name=op.f("pk_ledger")),
        schema="trial",
    )
    op.create_index(
        "ix_ledger_not_accepted",
        "ledger",
        ["status", "reason"],
        schema="trial",
        postgresql_where=sa.text("status != 'accepted'"),
    )
    op.create_table(
        "commits",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("committed_at", TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("last_offset >= first_offset", name=op.f("ck_commits_offsets")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_commits")),
        schema="trial",
    )
    op.create_index("ix_commits_place", "commits", ["topic", "partition", "first_offset"], unique=True, schema="trial")
    op.create_table(
        "positions",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("chain_head", BYTEA(), nullable=False),
        sa.Column("log_end", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("duplicate", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("accepted + duplicate + quarantined = next_offset", name=op.f("ck_positions_counts")),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_positions")),
        schema="trial",
    )

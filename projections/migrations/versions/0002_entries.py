"""Makes the entries: every accepted event, and what stands of it; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("facts_digest", BYTEA(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("series", sa.BigInteger(), nullable=True),
        sa.Column("happened_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("happened_rank", sa.SmallInteger(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("zone_offset_s", sa.Integer(), nullable=False),
        sa.Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.Column("facts", BYTEA(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("contested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("in_force = (facts IS NOT NULL)", name=op.f("ck_entries_in_force")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_entries")),
        schema="trial",
    )
    op.create_index(
        "ix_entries_series", "entries", ["series"], schema="trial", postgresql_where=sa.text("series IS NOT NULL")
    )
    op.create_index("ix_entries_subject_type", "entries", ["subject", "type"], schema="trial")
    op.create_index(
        "ix_entries_target", "entries", ["target"], schema="trial", postgresql_where=sa.text("target IS NOT NULL")
    )

"""Makes the snapshots of statistics and which commits they hold for; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("endpoint_digest", sa.Text(), nullable=False),
        sa.Column("cutoff_on", sa.Date(), nullable=False),
        sa.Column("parameters_digest", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("body", BYTEA(), nullable=False),
        sa.Column("computed_at", TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint(
            "study", "endpoint_digest", "cutoff_on", "parameters_digest", "code_version", name="uq_snapshots_key"
        ),
        schema="trial",
    )
    op.create_table(
        "snapshot_holds",
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("first_commit", sa.BigInteger(), nullable=False),
        sa.Column("last_commit", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last_commit >= first_commit", name=op.f("ck_snapshot_holds_commits")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["trial.snapshots.snapshot_id"], name=op.f("fk_snapshot_holds_snapshot_id_snapshots")
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "first_commit", name=op.f("pk_snapshot_holds")),
        schema="trial",
    )
    op.create_index("ix_snapshot_holds_last_commit", "snapshot_holds", ["last_commit"], schema="trial")

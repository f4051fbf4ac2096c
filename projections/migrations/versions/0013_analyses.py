"""Makes the analyses of the plan; a new table only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analyses",
        sa.Column("analyses_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("study", sa.Text(), nullable=False),
        sa.Column("endpoint_digest", sa.Text(), nullable=False),
        sa.Column("cutoff_on", sa.Date(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("commit", sa.BigInteger(), nullable=False),
        sa.Column("body", BYTEA(), nullable=False),
        sa.Column("computed_at", TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("analyses_id", name=op.f("pk_analyses")),
        sa.UniqueConstraint(
            "study", "endpoint_digest", "cutoff_on", "plan_digest", "code_version", name="uq_analyses_key"
        ),
        schema="trial",
    )
    op.create_index("ix_analyses_commit", "analyses", ["commit"], schema="trial")

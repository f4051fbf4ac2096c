"""Makes the subjects with their states and statuses; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subjects",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", BYTEA(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("fold_version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("status_entry", sa.Text(), nullable=True),
        sa.Column("statuses", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subjects")),
        schema="trial",
    )

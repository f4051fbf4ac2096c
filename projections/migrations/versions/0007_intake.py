"""Makes the identity map and the receipts of the doors; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_map",
        sa.Column("number_mac", BYTEA(), nullable=False),
        sa.Column("number_sealed", BYTEA(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("mapped_at", TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("number_mac", name=op.f("pk_identity_map")),
        sa.UniqueConstraint("subject", name=op.f("uq_identity_map_subject")),
        schema="intake",
    )
    op.create_table(
        "receipts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column(
            "first_seen_at", TIMESTAMP(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("source", "identity", "content_digest", name=op.f("pk_receipts")),
        schema="intake",
    )

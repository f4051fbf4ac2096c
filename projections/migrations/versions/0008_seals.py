"""Makes the seals, their keys and the tree under them; new tables only, so the old code keeps working."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("commit_number", sa.BigInteger(), nullable=False),
        sa.Column("root", BYTEA(), nullable=False),
        sa.Column("sealed_at", TIMESTAMP(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
        sa.UniqueConstraint("size", name=op.f("uq_seals_size")),
        sa.UniqueConstraint("commit_number", name=op.f("uq_seals_commit_number")),
        schema="trial",
    )
    op.create_table(
        "seal_keys",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("first_seal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("public_key", name=op.f("pk_seal_keys")),
        schema="trial",
    )
    op.create_table(
        "tree_tiles",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", BYTEA(), nullable=False),
        sa.CheckConstraint(
            "octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0",
            name=op.f("ck_tree_tiles_hashes"),
        ),
        sa.PrimaryKeyConstraint("level", "index", name=op.f("pk_tree_tiles")),
        schema="trial",
    )

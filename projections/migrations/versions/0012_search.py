"""Makes the indexes of the search, by type, actor and time; nothing but indexes, so the old code keeps working."""

from alembic import op

revision = "0012"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_commits_number", "commits", ["topic", "partition", "number"], schema="trial")
    op.create_index("ix_commits_committed_at", "commits", ["committed_at", "number"], schema="trial")
    op.create_index("ix_entries_type", "entries", ["type", "topic", "partition", "offset"], schema="trial")
    op.create_index("ix_audit_trail_actor", "audit_trail", ["actor", "topic", "partition", "offset"], schema="trial")

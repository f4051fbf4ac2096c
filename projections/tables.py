"""The tables, as SQLAlchemy Core. `migrations/` makes them; `alembic check` in a test holds both equal.

Schema ``trial``: what the log came to. Schema ``intake``: what the doors keep for themselves, with the identity map.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSON, JSONB, TIMESTAMP

TRIAL = "trial"
INTAKE = "intake"
METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    }
)
_Instant = TIMESTAMP(timezone=True)

# One row for every record of the log, never changed. ``key``, ``headers`` and ``value`` are the exact bytes received;
# ``headers`` in the encoding of `projections.chain`. ``reason`` is None where the record was accepted or repeated.
# ``event_id`` is None where the record is no event.
LEDGER = sa.Table(
    "ledger",
    METADATA,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("key", BYTEA),
    sa.Column("headers", BYTEA, nullable=False),
    sa.Column("value", BYTEA),
    sa.Column("log_timestamp_ms", sa.BigInteger, nullable=False),
    sa.Column("received_at", _Instant, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("event_id", sa.Text),
    sa.Column("chain_hash", BYTEA, nullable=False),
    sa.CheckConstraint("status IN ('accepted', 'duplicate', 'quarantined')", name="status"),
    sa.CheckConstraint("(status = 'quarantined') = (reason IS NOT NULL)", name="reason"),
    schema=TRIAL,
)
# What is not accepted is rare, counted on every page and looked through by people.
sa.Index("ix_ledger_not_accepted", LEDGER.c.status, LEDGER.c.reason, postgresql_where=LEDGER.c.status != "accepted")

# One row for every transaction of the writer; numbers from 1 without a gap, times that never go back.
COMMITS = sa.Table(
    "commits",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("first_offset", sa.BigInteger, nullable=False),
    sa.Column("last_offset", sa.BigInteger, nullable=False),
    sa.Column("committed_at", _Instant, nullable=False),
    sa.Index("ix_commits_place", "topic", "partition", "first_offset", unique=True),
    # For the search: which offsets of a partition were written by a commit, and which commit by an instant.
    sa.Index("ix_commits_number", "topic", "partition", "number"),
    sa.Index("ix_commits_committed_at", "committed_at", "number"),
    sa.CheckConstraint("last_offset >= first_offset", name="offsets"),
    schema=TRIAL,
)

# Where the ledger stands in each partition. ``topic_id`` is the log's own name for this very topic; ``log_end`` is the
# end of the partition as the last batch saw it; ``chain_head`` is the chain hash of the last row, 32 zero bytes before
# the first. The counts are of ledger rows: counting a million rows for every page would be slow.
POSITIONS = sa.Table(
    "positions",
    METADATA,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("topic_id", sa.Text, nullable=False),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
    sa.Column("chain_head", BYTEA, nullable=False),
    sa.Column("log_end", sa.BigInteger, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("duplicate", sa.BigInteger, nullable=False),
    sa.Column("quarantined", sa.BigInteger, nullable=False),
    sa.Column("moved_at", _Instant, nullable=False),
    sa.CheckConstraint("accepted + duplicate + quarantined = next_offset", name="counts"),
    schema=TRIAL,
)

# One row for every accepted event. An entry of a subject carries what stands of it: ``in_force`` with ``facts`` (the
# canonical payload), or not; ``by`` is the event that decided that, None where the entry stands as it was sent. Actions
# (corrections, voids) and oversight facts have ``in_force`` false and no ``facts``: the ledger has what they say.
# ``happened_at``, ``happened_rank`` (of the precision), ``recorded_at``, ``event_id`` are the one order of entries;
# ``happened_on`` is the date in the zone that is ``zone_offset_s`` seconds east of UTC.
# ``series`` is a 64-bit hash of (subject, series), of laboratory results and of corrections that put one in place. Two
# series with one hash are settled together, which changes nothing.
ENTRIES = sa.Table(
    "entries",
    METADATA,
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("facts_digest", BYTEA, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("target", sa.Text),
    sa.Column("series", sa.BigInteger),
    sa.Column("happened_at", _Instant, nullable=False),
    sa.Column("happened_rank", sa.SmallInteger, nullable=False),
    sa.Column("happened_on", sa.Date, nullable=False),
    sa.Column("zone_offset_s", sa.Integer, nullable=False),
    sa.Column("recorded_at", _Instant, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("in_force", sa.Boolean, nullable=False),
    sa.Column("facts", BYTEA),
    sa.Column("by", sa.Text),
    sa.Column("contested", sa.Boolean, nullable=False, server_default=sa.text("false")),
    sa.CheckConstraint("in_force = (facts IS NOT NULL)", name="in_force"),
    schema=TRIAL,
)
sa.Index("ix_entries_subject_type", ENTRIES.c.subject, ENTRIES.c.type)
sa.Index("ix_entries_target", ENTRIES.c.target, postgresql_where=ENTRIES.c.target.is_not(None))
sa.Index("ix_entries_series", ENTRIES.c.series, postgresql_where=ENTRIES.c.series.is_not(None))
# A search by type goes down each partition from where it stands, as one by actor does in the audit trail.
sa.Index("ix_entries_type", ENTRIES.c.type, ENTRIES.c.topic, ENTRIES.c.partition, ENTRIES.c.offset)

# ``state`` is `schemas.subject.encode_state`, ``digest`` its SHA-256 in hexadecimal. ``statuses`` is a list of
# {"status", "on", "entry"}, the last one current, as are ``status``, ``status_since``, ``status_entry``: empty or None
# while nothing gives a status.
SUBJECTS = sa.Table(
    "subjects",
    METADATA,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("state", BYTEA, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("fold_version", sa.Integer, nullable=False),
    sa.Column("status", sa.Text),
    sa.Column("status_since", sa.Date),
    sa.Column("status_entry", sa.Text),
    sa.Column("statuses", JSONB, nullable=False),
    schema=TRIAL,
)

# One row for every accepted event: who said it, in which role, when and why, and what it changed. ``changes`` is a list
# of [field, old, new]; `schemas.changes` says which fields there are.
AUDIT_TRAIL = sa.Table(
    "audit_trail",
    METADATA,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("subject", sa.Text),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("happened", sa.Text, nullable=False),
    sa.Column("recorded_at", _Instant, nullable=False),
    sa.Column("received_at", _Instant, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("changes", JSON, nullable=False),
    sa.Index("ix_audit_trail_actor", "actor", "topic", "partition", "offset"),
    schema=TRIAL,
)

# Statistics as they were computed, never changed. Which commits one holds for is in ``snapshot_holds``.
SNAPSHOTS = sa.Table(
    "snapshots",
    METADATA,
    sa.Column("snapshot_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("study", sa.Text, nullable=False),
    sa.Column("endpoint_digest", sa.Text, nullable=False),
    sa.Column("cutoff_on", sa.Date, nullable=False),
    sa.Column("parameters_digest", sa.Text, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("body", BYTEA, nullable=False),
    sa.Column("computed_at", _Instant, nullable=False, server_default=sa.func.clock_timestamp()),
    sa.UniqueConstraint(
        "study", "endpoint_digest", "cutoff_on", "parameters_digest", "code_version", name="uq_snapshots_key"
    ),
    schema=TRIAL,
)
SNAPSHOT_HOLDS = sa.Table(
    "snapshot_holds",
    METADATA,
    sa.Column("snapshot_id", sa.BigInteger, sa.ForeignKey(SNAPSHOTS.c.snapshot_id), primary_key=True),
    sa.Column("first_commit", sa.BigInteger, primary_key=True),
    sa.Column("last_commit", sa.BigInteger, nullable=False),
    sa.CheckConstraint("last_commit >= first_commit", name="commits"),
    sa.Index("ix_snapshot_holds_last_commit", "last_commit"),
    schema=TRIAL,
)

# What the analysis plan estimates, of the rows as they were at a commit; never changed. The slower numbers, computed
# after the live ones.
ANALYSES = sa.Table(
    "analyses",
    METADATA,
    sa.Column("analyses_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("study", sa.Text, nullable=False),
    sa.Column("endpoint_digest", sa.Text, nullable=False),
    sa.Column("cutoff_on", sa.Date, nullable=False),
    sa.Column("plan_digest", sa.Text, nullable=False),
    sa.Column("code_version", sa.Text, nullable=False),
    sa.Column("commit", sa.BigInteger, nullable=False),
    sa.Column("body", BYTEA, nullable=False),
    sa.Column("computed_at", _Instant, nullable=False, server_default=sa.func.clock_timestamp()),
    sa.UniqueConstraint("study", "endpoint_digest", "cutoff_on", "plan_digest", "code_version", name="uq_analyses_key"),
    sa.Index("ix_analyses_commit", "commit"),
    schema=TRIAL,
)

# When each worker was last heard of, and what it was doing.
WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("seen_at", _Instant, nullable=False),
    sa.Column("detail", sa.Text, nullable=False, server_default=sa.text("''")),
    schema=TRIAL,
)

# One row for every generation of what is derived from the ledger: ``trial.entries``, ``trial.subjects``,
# ``trial.audit_trail``. One is live, and a worker with another fold version stops. The first one is the writer's own;
# the others `trialog replay` makes, in a schema ``generation_<number>``. ``state`` "retired" is one that was exchanged
# and still lies there, "dropped" one whose tables are gone. ``commit_number`` is the commit at which it was compared
# with the live one, ``differences`` how many there were; both None where it never came to that.
GENERATIONS = sa.Table(
    "generations",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("fold_version", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("began_at", _Instant, nullable=False, server_default=sa.func.clock_timestamp()),
    sa.Column("commit_number", sa.BigInteger),
    sa.Column("differences", sa.BigInteger),
    sa.Column("ended_at", _Instant),
    sa.CheckConstraint("source IN ('writer', 'ledger', 'log')", name="source"),
    sa.CheckConstraint("state IN ('building', 'live', 'retired', 'dropped')", name="state"),
    schema=TRIAL,
)
sa.Index("ix_generations_live", GENERATIONS.c.state, unique=True, postgresql_where=GENERATIONS.c.state == "live")

# One row for every seal, never changed; numbers from 1 without a gap. ``text`` is the seal (docs/audit/format.md), the
# other columns are what it says: the root over the first ``size`` leaves, which are those of all commits up to
# ``commit_number``.
SEALS = sa.Table(
    "seals",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False, unique=True),
    sa.Column("commit_number", sa.BigInteger, nullable=False, unique=True),
    sa.Column("root", BYTEA, nullable=False),
    sa.Column("sealed_at", _Instant, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    schema=TRIAL,
)

# Every public key that ever sealed, with the number of the first seal that it signed. For showing only: an auditor
# trusts the keys that he was given.
SEAL_KEYS = sa.Table(
    "seal_keys",
    METADATA,
    sa.Column("public_key", sa.Text, primary_key=True),
    sa.Column("first_seal", sa.BigInteger, nullable=False),
    schema=TRIAL,
)

# The tree under the last seal. ``hashes`` are up to 256 hashes of 32 bytes, of neighbouring complete subtrees of
# 256 ** level leaves each; the first is that of the subtree at ``index`` * 256. A tile only grows.
TREE_TILES = sa.Table(
    "tree_tiles",
    METADATA,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", BYTEA, nullable=False),
    sa.CheckConstraint("octet_length(hashes) BETWEEN 32 AND 8192 AND octet_length(hashes) % 32 = 0", name="hashes"),
    schema=TRIAL,
)

# Hospital number to subject. ``number_mac`` is a keyed hash to find it by, ``number_sealed`` the number encrypted.
IDENTITY_MAP = sa.Table(
    "identity_map",
    METADATA,
    sa.Column("number_mac", BYTEA, primary_key=True),
    sa.Column("number_sealed", BYTEA, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, unique=True),
    sa.Column("mapped_at", _Instant, nullable=False, server_default=sa.func.clock_timestamp()),
    schema=INTAKE,
)

# Every message that got its good answer, by what identifies it and by its content.
RECEIPTS = sa.Table(
    "receipts",
    METADATA,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("identity", sa.Text, primary_key=True),
    sa.Column("content_digest", sa.Text, primary_key=True),
    sa.Column("first_seen_at", _Instant, nullable=False, server_default=sa.func.clock_timestamp()),
    schema=INTAKE,
)

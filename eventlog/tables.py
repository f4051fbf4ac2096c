"""The embedded log's tables, its one way in (`eventlog.append`), its guards and its grants.

Who may do what: `trialog_intake` appends, and only through the function, so that no role can leave a hole or write
beside the counter; `trialog_app` and `trialog_read` read; nobody changes or removes a record. The grants say so, and
triggers say it again to the owner, whom grants do not bind.
"""

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.schema import CreateTable

SCHEMA = "eventlog"
METADATA = sa.MetaData(schema=SCHEMA)

TOPICS = sa.Table(
    "topics",
    METADATA,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("topic_id", sa.Uuid, nullable=False, unique=True, server_default=sa.text("gen_random_uuid()")),
    sa.Column("partitions", sa.Integer, sa.CheckConstraint("partitions > 0"), nullable=False),
)

# One row a partition. An append locks it until its transaction ends: that is what makes offsets contiguous (a
# sequence would leave a hole at every rollback) and what makes them appear in order.
COUNTERS = sa.Table(
    "counters",
    METADATA,
    sa.Column("topic", sa.Text, sa.ForeignKey(TOPICS.c.topic), primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False, server_default=sa.text("0")),
)

# `headers` is the msgpack of [[name, value], ...] in the order sent, NULL where there were none.
RECORDS = sa.Table(
    "records",
    METADATA,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("key", BYTEA, nullable=False),
    sa.Column("value", BYTEA, nullable=False),
    sa.Column("headers", BYTEA),
    sa.Column("appended_at", TIMESTAMP(timezone=True), nullable=False),
)

# The five arrays are one row a record. Partitions are visited in one order by everyone, so appenders that touch the
# same partitions wait for each other and never deadlock. Returns the first offset given in each partition; the
# records of a partition take theirs from there in the order sent.
APPEND = """
CREATE OR REPLACE FUNCTION eventlog.append(
    topics text[], partitions integer[], keys bytea[], contents bytea[], headers bytea[]
) RETURNS TABLE (appended_topic text, appended_partition integer, first_offset bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    place record;
BEGIN
    FOR place IN
        SELECT sent.topic, sent.partition, count(*) AS records
        FROM unnest(topics, partitions) AS sent (topic, partition)
        GROUP BY sent.topic, sent.partition
        ORDER BY sent.topic COLLATE "C", sent.partition
    LOOP
        UPDATE eventlog.counters AS counter
        SET next_offset = counter.next_offset + place.records
        WHERE counter.topic = place.topic AND counter.partition = place.partition
        RETURNING counter.next_offset - place.records INTO first_offset;
        IF NOT FOUND THEN
            RAISE undefined_object USING MESSAGE = format('%s[%s] is not in the log', place.topic, place.partition);
        END IF;
        INSERT INTO eventlog.records (topic, partition, "offset", key, value, headers, appended_at)
        SELECT sent.topic, sent.partition, first_offset + row_number() OVER (ORDER BY sent.place) - 1,
               sent.key, sent.value, sent.headers, clock_timestamp()
        FROM unnest(topics, partitions, keys, contents, headers) WITH ORDINALITY
             AS sent (topic, partition, key, value, headers, place)
        WHERE sent.topic = place.topic AND sent.partition = place.partition;
        appended_topic := place.topic;
        appended_partition := place.partition;
        RETURN NEXT;
    END LOOP;
END
$$
"""

REFUSE = """
CREATE OR REPLACE FUNCTION eventlog.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege
        USING MESSAGE = format('%s on eventlog.%s is refused: the log is append only', TG_OP, TG_TABLE_NAME);
END
$$
"""

# The counters come first, as they do in every append, so that creating and appending at once cannot deadlock.
GUARDS = """
CREATE OR REPLACE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON eventlog.counters
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse();

CREATE OR REPLACE TRIGGER never_back BEFORE UPDATE ON eventlog.counters FOR EACH ROW
WHEN (NEW.next_offset <= OLD.next_offset OR NEW.topic <> OLD.topic OR NEW.partition <> OLD.partition)
EXECUTE FUNCTION eventlog.refuse();

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eventlog.topics
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse();

CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON eventlog.records
FOR EACH STATEMENT EXECUTE FUNCTION eventlog.refuse();
"""

GRANTS = """
GRANT USAGE ON SCHEMA eventlog TO trialog_intake, trialog_app, trialog_read;
GRANT SELECT ON eventlog.topics, eventlog.counters, eventlog.records TO trialog_intake, trialog_app, trialog_read;
REVOKE ALL ON FUNCTION eventlog.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION eventlog.append TO trialog_intake;
"""

# Any number will do, so long as nothing else in the database uses it: two processes that start at once must not both
# create the schema ("IF NOT EXISTS" alone races).
_CREATING = 7_305_419_861


def wait_for_others(owner: psycopg.Connection) -> None:
    """Until the transaction ends, nobody else creates the schema or topics: guards and rows lock tables in turns."""
    owner.execute("SELECT pg_advisory_xact_lock(%s)", (_CREATING,))


def create(owner: psycopg.Connection) -> None:
    """Creates what is not there yet and puts guards and grants back, in one transaction; the roles must exist.

    ``owner`` is a connection as the role that is to own the log; it must be allowed to create a schema.
    """
    with owner.transaction():
        wait_for_others(owner)
        owner.execute("CREATE SCHEMA IF NOT EXISTS eventlog")
        for table in METADATA.sorted_tables:
            owner.execute(str(CreateTable(table, if_not_exists=True).compile(dialect=PGDialect_psycopg())))
        for statement in (REFUSE, APPEND, GUARDS, GRANTS):
            owner.execute(statement)

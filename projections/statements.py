"""The writer's SQL. Every statement takes a batch of any size; arrays come as `projections.arrays` columns."""

# The writer finds rows by key and in no other way. A plan made while a table was small would read all of a large one:
# other ways to read are off, plans are made once, and nothing is compiled for them.
SETTINGS = """
SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false), set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('jit', 'off', false), set_config('synchronous_commit', 'on', false),
       set_config('timezone', 'UTC', false), set_config('idle_in_transaction_session_timeout', '120s', false)
"""

OTHER_FOLD_VERSION = """
SELECT fold_version FROM trial.generations WHERE state = 'live' AND fold_version <> %(version)s
UNION ALL
SELECT fold_version FROM trial.subjects WHERE fold_version <> %(version)s
LIMIT 1
"""

NEXT_OFFSET = "SELECT next_offset FROM trial.positions WHERE topic = %s AND partition = %s"

LOCK_POSITION = """
SELECT topic_id, next_offset, chain_head, clock_timestamp(),
       (SELECT fold_version FROM trial.generations WHERE state = 'live')
FROM trial.positions WHERE topic = %s AND partition = %s FOR UPDATE
"""

MAKE_POSITION = """
INSERT INTO trial.positions (topic, partition, topic_id, next_offset, chain_head, log_end,
                             accepted, duplicate, quarantined, moved_at)
VALUES (%s, %s, %s, 0, %s, 0, 0, 0, 0, clock_timestamp())
ON CONFLICT DO NOTHING
"""

READ_AGAIN = """
SELECT "offset", key, headers, value FROM trial.ledger
WHERE topic = %s AND partition = %s AND "offset" BETWEEN %s AND %s
"""

# The arrays are sorted by event id, so that two writers with the same ids wait for each other and do not deadlock.
ADD_ENTRIES = """
WITH added AS (
INSERT INTO trial.entries (event_id, facts_digest, subject, type, target, series, happened_at, happened_rank,
                           happened_on, zone_offset_s, recorded_at, topic, partition, "offset", in_force, facts, by)
SELECT event_id, facts_digest, subject, type, target, series, happened_at, happened_rank,
       happened_on, zone_offset_s, recorded_at, %s, %s, at_offset, facts IS NOT NULL, facts, by
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::integer[],
            %s::date[], %s::integer[], %s::timestamptz[], %s::bigint[], %s::bytea[], %s::text[])
     AS sent (event_id, facts_digest, subject, type, target, series, happened_at, happened_rank,
              happened_on, zone_offset_s, recorded_at, at_offset, facts, by)
ON CONFLICT DO NOTHING
RETURNING 1
)
SELECT count(*) FROM added
"""

KNOWN_DIGESTS = """
SELECT event_id, facts_digest FROM trial.entries
WHERE event_id = ANY(%s::text[]) AND NOT (topic = %s AND partition = %s AND "offset" >= %s)
"""

# What those events said, as it was received.
KNOWN_VALUES = """
SELECT entry.event_id, record.value
FROM trial.entries AS entry JOIN trial.ledger AS record USING (topic, partition, "offset")
WHERE entry.event_id = ANY(%s::text[]) AND NOT (topic = %s AND partition = %s AND "offset" >= %s)
"""

MAKE_SUBJECTS = """
INSERT INTO trial.subjects (subject, state, digest, fold_version, statuses)
SELECT subject, state, digest, %s, '[]' FROM unnest(%s::text[], %s::bytea[], %s::text[]) AS new (subject, state, digest)
ON CONFLICT DO NOTHING
"""

LOCK_SUBJECTS = """
SELECT subject, state, fold_version FROM trial.subjects
WHERE subject = ANY(%s::text[]) ORDER BY subject FOR UPDATE
"""

# What an event may be linked to: its target, the actions on its target or on itself, and the results of its series.
LINKED = """
SELECT record.value
FROM (
    SELECT topic, partition, "offset" FROM trial.entries WHERE event_id = ANY(%(targets)s::text[])
    UNION
    SELECT topic, partition, "offset" FROM trial.entries WHERE target = ANY(%(targeted)s::text[])
    UNION
    SELECT topic, partition, "offset" FROM trial.entries
    WHERE series = ANY(%(series)s::bigint[])
      AND NOT (topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(first)s)
) AS linked
JOIN trial.ledger AS record USING (topic, partition, "offset")
WHERE NOT (topic = %(topic)s AND partition = %(partition)s AND "offset" >= %(first)s)
"""

STANDING = """
SELECT event_id, type, happened_at, happened_rank, zone_offset_s, recorded_at, facts, by, contested
FROM trial.entries
WHERE subject = %s AND type = ANY(%s::text[]) AND in_force
  AND NOT (topic = %s AND partition = %s AND "offset" >= %s)
"""

ADD_LEDGER = """
INSERT INTO trial.ledger (topic, partition, "offset", key, headers, value, log_timestamp_ms, received_at,
                          status, reason, event_id, chain_hash)
SELECT %s, %s, at_offset, key, headers, value, log_timestamp_ms, %s, status, reason, event_id, chain_hash
FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[], %s::bigint[], %s::text[], %s::text[], %s::text[],
            %s::bytea[])
     AS sent (at_offset, key, headers, value, log_timestamp_ms, status, reason, event_id, chain_hash)
"""

ADD_TRAIL = """
INSERT INTO trial.audit_trail (topic, partition, "offset", subject, event_id, actor, actor_role, happened,
                               recorded_at, received_at, reason, changes)
SELECT %s, %s, at_offset, subject, event_id, actor, actor_role, happened, recorded_at, %s, reason, changes::json
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::text[],
            %s::text[])
     AS sent (at_offset, subject, event_id, actor, actor_role, happened, recorded_at, reason, changes)
"""

RESTATE_ENTRIES = """
UPDATE trial.entries AS entry
SET happened_at = now.happened_at, happened_rank = now.happened_rank, happened_on = now.happened_on,
    zone_offset_s = now.zone_offset_s, in_force = now.facts IS NOT NULL, facts = now.facts, by = now.by,
    contested = now.contested
FROM unnest(%s::text[], %s::timestamptz[], %s::integer[], %s::date[], %s::integer[], %s::bytea[], %s::text[],
            %s::boolean[])
     AS now (event_id, happened_at, happened_rank, happened_on, zone_offset_s, facts, by, contested)
WHERE entry.event_id = now.event_id
"""

RESTATE_SUBJECTS = """
UPDATE trial.subjects AS subject
SET state = now.state, digest = now.digest, status = now.status, status_since = now.since::date,
    status_entry = now.status_entry, statuses = now.statuses::jsonb
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
     AS now (subject, state, digest, status, since, status_entry, statuses)
WHERE subject.subject = now.subject
"""

MOVE_POSITION = """
UPDATE trial.positions
SET next_offset = %s, chain_head = %s, log_end = %s, accepted = accepted + %s, duplicate = duplicate + %s,
    quarantined = quarantined + %s, moved_at = clock_timestamp()
WHERE topic = %s AND partition = %s
"""

# Any number will do that nothing else in the database uses. Held until the transaction ends: commit numbers follow the
# order in which transactions become visible, without a gap. Its own statement, so that the next one sees the last row.
LOCK_COMMITS = "SELECT pg_advisory_xact_lock(7305419871)"

ADD_COMMIT = """
WITH last AS (
    SELECT number, committed_at FROM trial.commits ORDER BY number DESC LIMIT 1
), made AS (
    INSERT INTO trial.commits (number, topic, partition, first_offset, last_offset, committed_at)
    SELECT coalesce((SELECT number FROM last), 0) + 1, %s, %s, %s, %s,
           greatest(clock_timestamp(), (SELECT committed_at FROM last))
    RETURNING number
)
SELECT number, pg_notify('trialog_commits', number::text) FROM made
"""

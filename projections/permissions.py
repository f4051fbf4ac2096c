"""Who may do what: the four roles, their grants, and the triggers that hold for the owner as well. Pure text.

``trialog_owner`` owns everything and is used by `projections.migrate` alone; ``trialog_app`` writes the projections and
adds to the ledger; ``trialog_read`` reads, the schema ``intake`` excepted; ``trialog_intake`` has that schema, and the
ledger not at all.
"""

OWNER = "trialog_owner"
APP = "trialog_app"
READ = "trialog_read"
INTAKE_ROLE = "trialog_intake"
ROLES = (OWNER, APP, READ, INTAKE_ROLE)

# What a role may do is given table by table. Nothing that is kept for ever is ever granted UPDATE, DELETE or TRUNCATE.
GRANTS = (
    "REVOKE ALL ON SCHEMA trial, intake FROM PUBLIC",
    "GRANT USAGE ON SCHEMA trial TO trialog_app, trialog_read",
    "GRANT USAGE ON SCHEMA intake TO trialog_intake",
    "GRANT SELECT ON ALL TABLES IN SCHEMA trial TO trialog_app, trialog_read",
    "GRANT INSERT ON trial.ledger, trial.commits, trial.audit_trail, trial.snapshots TO trialog_app",
    "GRANT INSERT, UPDATE ON trial.positions, trial.entries, trial.subjects, trial.workers TO trialog_app",
    "GRANT INSERT, UPDATE ON trial.snapshot_holds TO trialog_app",
    "GRANT INSERT ON trial.seals, trial.seal_keys TO trialog_app",
    "GRANT INSERT, UPDATE ON trial.tree_tiles TO trialog_app",
    "GRANT SELECT, INSERT ON intake.identity_map, intake.receipts TO trialog_intake",
)

REFUSE = """
CREATE OR REPLACE FUNCTION trial.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege
        USING MESSAGE = format('%s on %s.%s is refused: it is append only', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME);
END
$$
"""

# A tile of the tree is filled over many seals, so it changes; what it has once said stays.
REFUSE_UNLESS_GROWN = """
CREATE OR REPLACE FUNCTION trial.refuse_unless_grown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.level, NEW.index) <> (OLD.level, OLD.index)
       OR substr(NEW.hashes, 1, octet_length(OLD.hashes)) <> OLD.hashes THEN
        RAISE check_violation
            USING MESSAGE = format('tile %s/%s of trial.tree_tiles only grows', OLD.level, OLD.index);
    END IF;
    RETURN NEW;
END
$$
"""

APPEND_ONLY = (
    "trial.ledger", "trial.commits", "trial.audit_trail", "trial.snapshots", "trial.seals", "trial.seal_keys",
)  # fmt: skip

GUARDS = (
    *(
        f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION trial.refuse()"
        for table in APPEND_ONLY
    ),
    REFUSE_UNLESS_GROWN,
    (
        "CREATE OR REPLACE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON trial.tree_tiles "
        "FOR EACH STATEMENT EXECUTE FUNCTION trial.refuse()"
    ),
    (
        "CREATE OR REPLACE TRIGGER grows_only BEFORE UPDATE ON trial.tree_tiles "
        "FOR EACH ROW EXECUTE FUNCTION trial.refuse_unless_grown()"
    ),
)

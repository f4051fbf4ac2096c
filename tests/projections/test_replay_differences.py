"""What replay says where live is not what the ledger comes to: the subjects, the fields, the rows, and no value."""

from collections.abc import Callable

import msgspec
import pytest

import projections.replay.comparing
import schemas.milestones
import schemas.subject
from projections.replay.comparing import Compared
from schemas import events as ev
from schemas.events.enrollment import Answer
from schemas.events.followup import Cause, Certainty
from schemas.milestones import Milestones
from schemas.settlement import Entry
from tests.projections.controls import (
    ENROLLED,
    FOLLOWUP,
    LAB,
    SCREENED,
    MemoryLog,
    correction,
    moved_to,
    platelets,
    writer_on,
)
from tests.projections.rebuilding import generations, rebuild
from tests.schemas.controls import event
from tests.servers.postgres import Database

CONTACT = event("f-contact", ev.ContactedAlive(means="telephone"), happened="2024-04-01")
DIED = event("f-died", ev.SubjectDied(cause=Cause.INFECTION, certainty=Certainty.DOCUMENTED), happened="2024-05-01")
CRITERION = event("e-i1", ev.CriterionAssessed(criterion="I1", answer=Answer.MET, evidence="form 2"))
BLOOD = platelets("e-1", "55")

Told = list[tuple[str | None, str, str, str | None]]


@pytest.fixture(scope="module")
def lived(module_database: Database) -> Database:
    """S-001 with a contact and a corrected count, S-002 with neither, S-003 who died."""
    writer, log = writer_on(module_database), MemoryLog()
    log.send(SCREENED, ENROLLED, CRITERION, CONTACT, BLOOD, correction("e-k", BLOOD, platelets("", "5.5").facts))
    log.send(*moved_to([SCREENED, ENROLLED], "S-002", "b-"))
    log.send(*moved_to([SCREENED, DIED], "S-003", "c-"))
    log.apply_all(writer)
    writer.close()
    return module_database


def told(found: Compared) -> Told:
    return [(each.subject, each.table, each.field, each.position) for each in found.differences]


def contacts_prove_nothing(milestones: Milestones, entry: Entry) -> Milestones:
    """The fold, but for one case that is left out: a contact does not move ``alive``."""
    return milestones if isinstance(entry.facts, ev.ContactedAlive) else schemas_evolve(milestones, entry)


def deaths_are_losses(milestones: Milestones, entry: Entry) -> Milestones:
    """The fold, but for one case that is wrong: a death is written into the register of losses."""
    evolved = schemas_evolve(milestones, entry)
    if isinstance(entry.facts, ev.SubjectDied):
        return msgspec.structs.replace(evolved, died=milestones.died, lost=evolved.died)
    return evolved


schemas_evolve = schemas.milestones.evolve


@pytest.mark.parametrize(
    ("mutation", "expected"),
    [
        (
            contacts_prove_nothing,
            [
                ("S-001", "subjects", "alive", None),
                ("S-001", "audit_trail", "alive", f"{FOLLOWUP}[0]@0"),
            ],
        ),
        (
            deaths_are_losses,
            [
                ("S-003", "subjects", "died", None),
                ("S-003", "subjects", "lost", None),
                ("S-003", "subjects", "status", None),
                ("S-003", "subjects", "statuses", None),
                ("S-003", "audit_trail", "lost", f"{FOLLOWUP}[0]@1"),
                ("S-003", "audit_trail", "status", f"{FOLLOWUP}[0]@1"),
                ("S-003", "audit_trail", "died", f"{FOLLOWUP}[0]@1"),
            ],
        ),
    ],
)
def test_a_changed_fold_is_told_by_exactly_its_subjects_and_fields(
    mutation: Callable[[Milestones, Entry], Milestones],
    expected: Told,
    lived: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (schemas.milestones, schemas.subject):
        monkeypatch.setattr(module, "evolve", mutation)

    found = rebuild(lived)

    assert told(found.compared) == expected
    assert found.compared.subjects == 1
    assert found.state_digest != found.live_state_digest


FALSIFIED = {
    "a state's digest": (
        "UPDATE trial.subjects SET digest = repeat('0', 64) WHERE subject = 'S-002'",
        [("S-002", "subjects", "digest", None)],
    ),
    "a status": (
        "UPDATE trial.subjects SET status = 'withdrawn' WHERE subject = 'S-002'",
        [("S-002", "subjects", "status", None)],
    ),
    "the day of a status": (
        "UPDATE trial.subjects SET status_since = '2024-01-06' WHERE subject = 'S-002'",
        [("S-002", "subjects", "status", None)],
    ),
    "a state that no code reads": (
        "UPDATE trial.subjects SET state = '{}' WHERE subject = 'S-002'",
        [("S-002", "subjects", "state", None)],
    ),
    "a fold version": (
        "UPDATE trial.subjects SET fold_version = 1 WHERE subject = 'S-002'",
        [("S-002", "subjects", "fold_version", None)],
    ),
    "a milestone in a state": (
        """
        UPDATE trial.subjects
        SET state = convert_to(replace(convert_from(state, 'UTF8'), '2024-01-05', '2024-01-04'), 'UTF8')
        WHERE subject = 'S-002'
        """,
        [("S-002", "subjects", "enrolled", None), ("S-002", "subjects", "status", None)],
    ),
    "a subject that nobody told of": (
        """
        INSERT INTO trial.subjects SELECT 'S-099', state, digest, fold_version, NULL, NULL, NULL, '[]'
        FROM trial.subjects WHERE subject = 'S-002'
        """,
        [("S-099", "subjects", "not in the ledger", None)],
    ),
    "a subject that is gone": (
        "DELETE FROM trial.subjects WHERE subject = 'S-003'",
        [("S-003", "subjects", "missing", None)],
    ),
    "a corrected value": (
        "UPDATE trial.entries SET facts = replace(encode(facts, 'escape'), '5.5', '55')::bytea WHERE event_id = 'e-1'",
        [("S-001", "entries", "e-1.number", None), ("S-001", "entries", "e-1.text", None)],
    ),
    "who decided an entry": (
        "UPDATE trial.entries SET by = 'f-contact' WHERE event_id = 'e-1'",
        [("S-001", "entries", "e-1.by", None)],
    ),
    "an entry's day": (
        "UPDATE trial.entries SET happened_on = '2024-02-09' WHERE event_id = 'e-1'",
        [("S-001", "entries", "e-1.happened_on", None)],
    ),
    "an entry's digest": (
        "UPDATE trial.entries SET facts_digest = sha256('') WHERE event_id = 'f-contact'",
        [("S-001", "entries", "f-contact.facts_digest", None)],
    ),
    "an entry out of force": (
        "UPDATE trial.entries SET facts = NULL, in_force = false WHERE event_id = 'f-contact'",
        [("S-001", "entries", "f-contact.in_force", None), ("S-001", "entries", "f-contact.facts", None)],
    ),
    "an action's type": (
        "UPDATE trial.entries SET type = 'entry.voided.v1' WHERE event_id = 'e-k'",
        [("S-001", "entries", "e-k.type", None)],
    ),
    "an entry that is gone": (
        "DELETE FROM trial.entries WHERE event_id = 'b-e-screened'",
        [("S-002", "entries", "b-e-screened.missing", None)],
    ),
    "an author": (
        "UPDATE trial.audit_trail SET actor = 'nurse-2' WHERE event_id = 'f-contact'",
        [("S-001", "audit_trail", "actor", f"{FOLLOWUP}[0]@0")],
    ),
    "an old value in the trail": (
        """
        UPDATE trial.audit_trail SET changes = replace(changes::text, '"55"', '"50"')::json WHERE event_id = 'e-k'
        """,
        [("S-001", "audit_trail", "e-1.number", f"{LAB}[0]@1"), ("S-001", "audit_trail", "e-1.text", f"{LAB}[0]@1")],
    ),
    "the words of the trail alone": (
        "UPDATE trial.audit_trail SET changes = (changes::text || ' ')::json WHERE event_id = 'e-k'",
        [("S-001", "audit_trail", "changes", f"{LAB}[0]@1")],
    ),
    "a row of the trail that is gone": (
        "DELETE FROM trial.audit_trail WHERE event_id = 'c-f-died'",
        [("S-003", "audit_trail", "missing", f"{FOLLOWUP}[0]@1")],
    ),
    "a row of the trail that nobody wrote": (
        """
        INSERT INTO trial.audit_trail SELECT topic, partition, 99, subject, 'made-up', actor, actor_role, happened,
            recorded_at, received_at, reason, changes FROM trial.audit_trail WHERE event_id = 'c-f-died'
        """,
        [("S-003", "audit_trail", "not in the ledger", f"{FOLLOWUP}[0]@99")],
    ),
}


@pytest.mark.parametrize("falsified", FALSIFIED)
def test_what_was_falsified_is_told_and_repaired_by_the_exchange(falsified: str, lived: Database) -> None:
    """Each case begins with what the exchange of the case before it made of live: a second difference would be told."""
    statement, expected = FALSIFIED[falsified]
    with lived.connect("postgres") as superuser:
        superuser.execute("SET session_replication_role = 'replica'")  # past the guards
        assert superuser.execute(statement.encode()).rowcount == 1

    found = rebuild(lived, swap=True)

    assert told(found.compared) == expected
    assert found.compared.count == len(expected)
    assert generations(lived)[-1] == (found.generation, 2, "ledger", "live")


def test_no_value_is_told(lived: Database) -> None:
    with lived.connect("postgres") as superuser:
        superuser.execute("SET session_replication_role = 'replica'")
        superuser.execute("UPDATE trial.entries SET facts = NULL, in_force = false, by = NULL")
        superuser.execute("UPDATE trial.audit_trail SET changes = '[]', actor = ''")
        superuser.execute("UPDATE trial.subjects SET state = '{}'")

    said = msgspec.json.encode(rebuild(lived).compared).decode()

    assert '"field":"e-1.facts"' in said
    for value in ("5.5", "55", "2024-", "nurse", "infection", "met"):
        assert value not in said.replace("e-1.facts", ""), value


def test_many_differences_are_counted_and_some_told(lived: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections.replay.comparing, "DIFFERENCES_TOLD_MAX", 2)
    compared = rebuild(lived).compared
    assert [each.table for each in compared.differences] == ["subjects"] * 2 + ["entries"] * 2 + ["audit_trail"] * 2
    assert compared.counts["subjects"] == 3
    assert compared.count > 6
    assert compared.subjects == 3

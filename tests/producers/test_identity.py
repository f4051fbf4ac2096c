"""The identity map and the receipts, on PostgreSQL, with the role that the doors have."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from producers.errors import RegisterAway, WrongKey
from producers.identity import Contradiction, IdentityMap, Mapped, normalised
from producers.message import Message
from producers.receipts import Conflict, Receipts
from producers.register import Entered, NotMapped, Register
from tests.producers.doors import IDENTITY_KEY, new_register
from tests.servers.postgres import Database


@pytest.fixture
def register(database: Database) -> Iterator[Register]:
    found = new_register(database)
    yield found
    found.close()


def message(
    identity: str = "M1",
    content: str = "c1",
    number: str | None = "ZY001",
    subject: str | None = None,
    *,
    maps: bool = False,
    reusable: bool = True,
) -> Message:
    return Message(
        door="hl7",
        source="/hl7/A/B",
        identity=identity,
        identity_reusable=reusable,
        content_digest=content,
        hospital_number=number,
        subject=subject,
        drafts=(),
        maps=maps,
    )


def allow(subject: str) -> None:
    """Every message may be published."""


def test_number_that_nobody_mapped_is_not_mapped(register: Register) -> None:
    assert isinstance(register.enter(message(), allow), NotMapped)


def test_mapped_number_is_found_in_every_spelling(register: Register) -> None:
    mapped = register.enter(message("F1", number="zy 00１", subject="S-007", maps=True), allow)
    assert isinstance(mapped, Entered)
    found = register.enter(message(number=" ZY001 "), allow)
    assert isinstance(found, Entered)
    assert found.subject == "S-007"
    assert found.mapped == mapped.mapped


def test_mapping_again_is_the_same_mapping(register: Register) -> None:
    said = message("F1", subject="S-007", maps=True)
    assert register.enter(said, allow) == register.enter(said, allow)


def test_number_cannot_become_another_subject(register: Register) -> None:
    register.enter(message("F1", subject="S-007", maps=True), allow)
    assert register.enter(message("F2", subject="S-008", maps=True), allow) == Contradiction(
        number_is_another_subject=True
    )


def test_subject_cannot_have_another_number(register: Register) -> None:
    register.enter(message("F1", subject="S-007", maps=True), allow)
    assert register.enter(message("F2", number="ZY002", subject="S-007", maps=True), allow) == Contradiction(
        number_is_another_subject=False
    )


def test_message_that_names_another_subject_than_its_number_is_contradicted(register: Register) -> None:
    register.enter(message("F1", subject="S-007", maps=True), allow)
    assert isinstance(register.enter(message("F2", subject="S-008"), allow), Contradiction)
    assert isinstance(register.enter(message("F3", subject="S-007"), allow), Entered)


def test_contradicted_message_leaves_no_receipt(register: Register) -> None:
    register.enter(message("F1", subject="S-007", maps=True), allow)
    register.enter(message("F2", "wrong", subject="S-008", maps=True, reusable=False), allow)
    repaired = register.enter(message("F2", "right", number="ZY002", subject="S-008", maps=True, reusable=False), allow)
    assert isinstance(repaired, Entered)


def test_next_free_subject_counts_up_from_the_highest(register: Register) -> None:
    given = [
        register.enter(message("F1", number="ZY001", maps=True), allow),
        register.enter(message("F2", number="ZY002", subject="S-041", maps=True), allow),
        register.enter(message("F3", number="ZY003", maps=True), allow),
        register.enter(message("F4", number="ZY004", subject="PILOT-9", maps=True), allow),
        register.enter(message("F5", number="ZY005", maps=True), allow),
    ]
    assert [each.subject for each in given if isinstance(each, Entered)] == [
        "S-001",
        "S-041",
        "S-042",
        "PILOT-9",
        "S-043",
    ]


def test_forms_at_the_same_instant_get_different_subjects(register: Register) -> None:
    found: list[str] = []

    def map_one(place: int) -> None:
        entered = register.enter(message(f"F{place}", number=f"ZY{place:03}", maps=True), allow)
        assert isinstance(entered, Entered)
        found.append(entered.subject)

    threads = [threading.Thread(target=map_one, args=(place,)) for place in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [f"S-{number:03}" for number in range(1, 13)]


def test_what_the_check_raises_undoes_receipt_and_mapping(register: Register) -> None:
    def deny(subject: str) -> None:
        raise LookupError(subject)

    with pytest.raises(LookupError):
        register.enter(message("F1", maps=True, reusable=False), deny)
    again = register.enter(message("F1", "other", number="ZY002", maps=True, reusable=False), allow)
    assert isinstance(again, Entered)
    assert again.subject == "S-001"


def test_same_content_has_one_receipt_and_other_content_names_the_earlier(register: Register) -> None:
    first, again = register.enter(message(), allow), register.enter(message(), allow)
    assert isinstance(first, NotMapped)
    assert first == again
    assert first.receipt.earlier is None
    other = register.enter(message(content="c2"), allow)
    assert isinstance(other, NotMapped)
    assert other.receipt.earlier == first.receipt.content
    assert register.enter(message(content="c2"), allow) == other
    assert register.enter(message(), allow) == first


def test_identity_that_may_not_be_used_again_conflicts_and_maps_nothing(register: Register) -> None:
    register.enter(message("F1", "c1", number="ZY001", maps=True, reusable=False), allow)
    assert register.enter(message("F1", "c2", number="ZY002", maps=True, reusable=False), allow) == Conflict()
    assert isinstance(register.enter(message(number="ZY002"), allow), NotMapped)


def test_tables_hold_neither_number_nor_control_id(register: Register, database: Database) -> None:
    register.enter(message("MSG-4711", number="ZY00123456", maps=True), allow)
    with database.connect("postgres") as connection:
        rows = [
            str(row)
            for table in ("identity_map", "receipts")
            for row in connection.execute(f"SELECT * FROM intake.{table}").fetchall()  # type: ignore[arg-type]
        ]
    assert len(rows) == 2
    assert "00123456" not in "".join(rows)
    assert "4711" not in "".join(rows)


def test_sealed_number_opens_with_its_key_only(database: Database) -> None:
    with database.connect("trialog_intake") as connection:
        numbers = IdentityMap(IDENTITY_KEY)
        assert isinstance(numbers.map(connection, "zy 001", "S-007"), Mapped)
        assert numbers.number_of(connection, "S-007") == "ZY001"
        assert numbers.number_of(connection, "S-008") is None
        with pytest.raises(WrongKey):
            IdentityMap(bytes(32)).number_of(connection, "S-007")


def test_register_with_another_key_says_so_instead_of_finding_nobody(database: Database, register: Register) -> None:
    register.enter(message("F1", maps=True), allow)
    other = Register(lambda: database.connect("trialog_intake"), bytes(32))
    with pytest.raises(WrongKey):
        other.check_key()
    with pytest.raises(WrongKey):
        other.enter(message(), allow)
    other.close()


def test_other_roles_do_not_see_the_map(database: Database, register: Register) -> None:
    register.enter(message("F1", maps=True), allow)
    for role in ("trialog_app", "trialog_read"):
        with database.connect(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM intake.identity_map")


@pytest.mark.parametrize("statement", ["UPDATE intake.{} SET {} = {}", "DELETE FROM intake.{}", "TRUNCATE intake.{}"])
@pytest.mark.parametrize(("table", "column"), [("identity_map", "subject"), ("receipts", "identity")])
def test_doors_cannot_change_what_is_mapped(database: Database, statement: str, table: str, column: str) -> None:
    with database.connect("trialog_intake") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(table, column, column))  # type: ignore[arg-type]


def test_register_heals_after_the_database_was_away(database: Database, register: Register) -> None:
    first = register.enter(message(), allow)
    database.stop()
    with pytest.raises(RegisterAway):
        register.enter(message(), allow)
    database.start()
    assert register.enter(message(), allow) == first
    database.kill()
    database.start()
    # The connections of before are dead; nobody has to be told so.
    assert register.enter(message(), allow) == first


def test_receipts_of_different_senders_are_apart(database: Database) -> None:
    receipts = Receipts(IDENTITY_KEY)
    with database.connect("trialog_intake") as connection:
        one = receipts.note(connection, message())
        other = receipts.note(connection, message(identity="M1\x1f"))
        assert not isinstance(one, Conflict)
        assert not isinstance(other, Conflict)
        assert (one.earlier, other.earlier) == (None, None)


@pytest.mark.parametrize(
    ("spelled", "expected"), [(" 001 2", "0012"), ("zy１２", "ZY12"), ("Ａ\u3000b", "AB"), ("\tx\n", "X")]
)
def test_spellings_of_one_number(spelled: str, expected: str) -> None:
    assert normalised(spelled) == expected

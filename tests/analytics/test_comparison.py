"""A stored snapshot beside its recomputation: the same bytes, other versions and equal values, or what differs."""

import msgspec
import psycopg

from analytics.comparison import VersionDifference, compared, stored_beside, versions_in
from analytics.job import Job
from analytics.parameters import code_version
from analytics.recompute import study_as_of
from analytics.snapshot import Snapshot, encode_snapshot
from analytics.store import store
from projections.knowledge import known_at_commit, known_at_head
from schemas.study import StudyDefinition
from tests.analytics.ledgers import Ledger, corrected
from tests.analytics.trials import DRAWN, snapshot
from tests.rules.drawn import STUDY, events
from tests.servers.postgres import Database

NOW = snapshot(DRAWN, 500)
BODY = encode_snapshot(NOW)


def made_by(found: Snapshot, **versions: str) -> Snapshot:
    """The same snapshot, as code or libraries of other versions would have stored it."""
    said = {**versions_in(found.key.code_version), **versions}
    text = ", ".join(f"{name} {version}" for name, version in said.items())
    return msgspec.structs.replace(found, key=msgspec.structs.replace(found.key, code_version=text))


def with_rate(found: Snapshot, count: int) -> Snapshot:
    """With another ORR, which somebody must have written there."""
    orr, *others = found.response.rates
    rates = (msgspec.structs.replace(orr, count=count), *others)
    return msgspec.structs.replace(found, response=msgspec.structs.replace(found.response, rates=rates))


def test_a_snapshot_names_code_and_libraries() -> None:
    versions = versions_in(code_version())
    assert list(versions) == ["rules", "fold", "analytics", "Python", "lifelines", "numpy", "pandas", "scipy"]
    assert NOW.key.code_version == code_version()


def test_the_same_bytes_are_said_to_be_the_same() -> None:
    found = compared(123, BODY, BODY)
    assert str(found) == "the same bytes as snapshot 123"
    assert found.values_equal


def test_other_libraries_are_named_where_the_values_are_equal() -> None:
    here = versions_in(code_version())["lifelines"]
    found = compared(7, encode_snapshot(made_by(NOW, lifelines="0.29.0")), BODY)
    assert found.versions == (VersionDifference(name="lifelines", stored="0.29.0", now=here),)
    assert found.values_equal
    assert not found.same_bytes
    assert str(found) == f"snapshot 7 has other bytes; other versions (lifelines 0.29.0 → {here}); values equal"


def test_a_version_that_was_not_named_then_is_none() -> None:
    old = made_by(NOW)
    key = msgspec.structs.replace(old.key, code_version=old.key.code_version.replace(", pandas", ", polars"))
    found = compared(7, encode_snapshot(msgspec.structs.replace(old, key=key)), BODY)
    assert [(each.name, each.stored is None, each.now is None) for each in found.versions] == [
        ("pandas", True, False),
        ("polars", False, True),
    ]


def test_a_value_that_differs_is_named_whatever_the_versions() -> None:
    found = compared(7, encode_snapshot(with_rate(NOW, 5)), BODY)
    assert not found.values_equal
    assert str(found) == "snapshot 7 has other bytes; differs in: response.rates.ORR"
    old = compared(7, encode_snapshot(with_rate(made_by(NOW, scipy="1.9"), 5)), BODY)
    assert [each.name for each in old.versions] == ["scipy"]
    assert str(old).endswith("differs in: response.rates.ORR")


def test_other_parameters_are_no_matter_of_versions() -> None:
    study: StudyDefinition = msgspec.structs.replace(STUDY, target=80)
    found = compared(7, encode_snapshot(snapshot(DRAWN, 500, study)), BODY)
    assert found.key == ("parameters_digest",)
    of_the_forecast = [each.name for each in found.numbers if each.name.startswith("accrual.")]
    others = [each.name for each in found.numbers if each.name not in of_the_forecast]
    assert others == ["enrolment.target", "enrolment.plan"]
    assert "accrual.rate_a_month" in of_the_forecast


def test_digests_that_only_a_version_moved_are_no_difference() -> None:
    key = msgspec.structs.replace(NOW.key, endpoint_digest="0" * 64)
    forged = msgspec.structs.replace(NOW, key=key)
    assert compared(7, encode_snapshot(forged), BODY).key == ("endpoint_digest",)
    assert compared(7, encode_snapshot(made_by(forged, rules="1")), BODY).values_equal


def test_numbers_that_other_code_had_not_yet_are_named_apart() -> None:
    old = msgspec.json.decode(encode_snapshot(made_by(NOW, analytics="0")))
    del old["survival"]["follow_up"]
    found = compared(7, msgspec.json.encode(old), BODY)
    assert (found.numbers, found.only_in_one, found.values_equal) == ((), ("survival.follow_up",), True)
    assert str(found).endswith("values equal; only one of them has survival.follow_up")
    same_code = msgspec.json.decode(BODY)
    del same_code["survival"]["follow_up"]
    assert not compared(7, msgspec.json.encode(same_code), BODY).values_equal


def test_an_earlier_snapshot_is_recomputed_to_the_same_bytes(
    database: Database, ledger: Ledger, connection: psycopg.Connection
) -> None:
    job = Job(database.connect, STUDY)
    drawn = events(DRAWN["S-001"])
    ledger.commit(drawn)
    job.refresh(connection)
    earlier = known_at_head(connection)
    ledger.commit([corrected(drawn[-2], category="PR")])
    job.refresh(connection)
    for point in (earlier, known_at_head(connection)):
        again = study_as_of(connection, STUDY, point).snapshot
        beside = stored_beside(connection, point.commit, again)
        assert beside is not None
        assert beside.same_bytes
    assert stored_beside(connection, 0, study_as_of(connection, STUDY, known_at_commit(connection, 0)).snapshot) is None


def test_a_row_that_other_versions_stored_is_compared_by_its_values(
    ledger: Ledger, connection: psycopg.Connection
) -> None:
    ledger.commit(events(DRAWN["S-001"]))
    point = known_at_head(connection)
    now = study_as_of(connection, STUDY, point).snapshot
    old = store(connection, made_by(now, Python="3.10.4", lifelines="0.29.0"), point.commit, point.commit)
    beside = stored_beside(connection, point.commit, now)
    assert beside is not None
    assert (beside.snapshot_id, beside.same_bytes, beside.values_equal) == (old, False, True)
    assert [(each.name, each.stored) for each in beside.versions] == [("Python", "3.10.4"), ("lifelines", "0.29.0")]
    # Once this very code has stored its own, that one is compared; the old row stays what it is.
    own = store(connection, now, point.commit, point.commit)
    again = stored_beside(connection, point.commit, now)
    assert again is not None
    assert (again.snapshot_id, again.same_bytes) == (own, True)


def test_a_stored_row_that_says_something_else_is_found(ledger: Ledger, connection: psycopg.Connection) -> None:
    ledger.commit(events(DRAWN["S-001"]))
    point = known_at_head(connection)
    now = study_as_of(connection, STUDY, point).snapshot
    store(connection, with_rate(now, 7), point.commit, point.commit)
    beside = stored_beside(connection, point.commit, now)
    assert beside is not None
    assert [each.name for each in beside.numbers] == ["response.rates.ORR"]
    assert not beside.values_equal

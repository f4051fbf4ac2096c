"""The bytes of a leaf, counted out by hand from docs/audit/format.md."""

from projections.seals.leaves import LeafRow, leaf_of
from projections.seals.merkle import leaf_hash

ROW = LeafRow(
    commit=2310,
    committed_at_us=1_795_953_600_000_000,
    topic="trial.lab",
    partition=3,
    offset=11_412,
    log_timestamp_ms=1_795_953_599_123,
    received_at_us=1_795_953_599_654_321,
    chain_hash=bytes(range(32)),
)


def test_a_leaf_is_its_parts_one_behind_the_other() -> None:
    assert leaf_of(ROW).hex(" ", -8) == bytes.fromhex(
        "747269616c6f672e6c6561662e763100"  # trialog.leaf.v1, 0
        "0000000000000906"  # 2310
        "00066169085c7000"  # microseconds
        "00000009 747269616c2e6c6162"  # 9, trial.lab
        "00000003"
        "0000000000002c94"  # 11412
        "000001a2272d2293"  # milliseconds
        "00066169085729b1"  # microseconds
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    ).hex(" ", -8)


def test_times_before_1970_are_negative() -> None:
    early = LeafRow(
        commit=1, committed_at_us=-1, topic="", partition=0, offset=0, log_timestamp_ms=-1, received_at_us=-2,
        chain_hash=bytes(32),
    )  # fmt: skip
    assert leaf_of(early)[24:32] == b"\xff" * 8
    assert leaf_of(early)[48:64] == b"\xff" * 15 + b"\xfe"


def test_no_two_rows_have_one_leaf() -> None:
    one = LeafRow(
        commit=1, committed_at_us=0, topic="ab", partition=0, offset=0, log_timestamp_ms=0, received_at_us=0,
        chain_hash=bytes(32),
    )  # fmt: skip
    assert leaf_hash(leaf_of(one)) != leaf_hash(leaf_of(ROW))

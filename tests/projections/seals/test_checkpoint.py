"""A seal's text: to the byte what Go writes, strict to read, trusted only by keys that are given."""

import datetime as dt

import pytest

from projections.seals.checkpoint import Seal, parse_seal, verify_signature, write_seal
from projections.seals.errors import SealUnreadable, SealUntrusted
from projections.seals.keys import SealKey
from tests.projections.seals.controls import KEY, NAME, OTHER_KEY

SEAL = Seal(
    origin=NAME,
    size=11840,
    root=bytes(range(32)),
    commit=2310,
    sealed_at=dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC),
)
# golang.org/x/mod v0.30.0, sumdb/note: note.Sign with the secret key of RFC 8032, TEST 1.
TEXT = """\
trialog/NCT06486350
11840
AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
commit 2310
sealed-at 2026-11-29T12:00:00.000000Z

— trialog/NCT06486350 fDaCUkDCnKOSP3K2u1ukmNHdLx1Uv1r+cSGo7RRe5jJpFz/EcQC2o7MFrJWIHpiAK9iPsgSSa1wzYpBheS60Vl8eLA8=
"""


def test_a_seal_is_to_the_byte_what_go_signs() -> None:
    assert write_seal(SEAL, [KEY]) == TEXT


def test_a_seal_says_again_what_was_written() -> None:
    seal = parse_seal(TEXT)
    assert (seal.origin, seal.size, seal.root, seal.commit, seal.sealed_at) == (
        "trialog/NCT06486350",
        11840,
        bytes(range(32)),
        2310,
        dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC),
    )
    assert [(each.name, each.key_id.hex(), len(each.signature)) for each in seal.signatures] == [
        ("trialog/NCT06486350", "7c368252", 64)
    ]


def test_an_instant_is_written_in_utc_with_microseconds() -> None:
    zone = dt.timezone(dt.timedelta(hours=8))
    seal = Seal(
        origin=NAME, size=1, root=bytes(32), commit=1, sealed_at=dt.datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=zone)
    )
    assert "sealed-at 2025-12-31T16:00:00.000005Z\n" in write_seal(seal, [KEY])


def test_whoever_trusts_the_key_trusts_the_seal() -> None:
    assert verify_signature(TEXT, [OTHER_KEY.public, KEY.public]) == (KEY.public,)


def test_one_trusted_key_of_two_is_enough() -> None:
    both = write_seal(SEAL, [KEY, OTHER_KEY])
    assert both.startswith(TEXT)
    assert len(parse_seal(both).signatures) == 2
    assert verify_signature(both, [OTHER_KEY.public]) == (OTHER_KEY.public,)
    assert verify_signature(both, [KEY.public, OTHER_KEY.public]) == (KEY.public, OTHER_KEY.public)


def test_a_seal_of_a_key_that_is_not_trusted_is_refused() -> None:
    with pytest.raises(SealUntrusted, match="signed by 7c368252, none of them"):
        verify_signature(TEXT, [OTHER_KEY.public])
    with pytest.raises(SealUntrusted):
        verify_signature(TEXT, [])


def test_a_key_of_another_study_is_not_trusted_for_this_one() -> None:
    elsewhere = SealKey("trialog/OTHER", KEY.seed)
    with pytest.raises(SealUntrusted, match="none of them"):
        verify_signature(write_seal(SEAL, [elsewhere]), [elsewhere.public])


def test_a_wrong_signature_of_a_trusted_key_is_refused_even_beside_a_right_one() -> None:
    wrong = TEXT.replace("fDaCUkDC", "fDaCUkDD") + write_seal(SEAL, [OTHER_KEY]).split("\n\n")[1]
    with pytest.raises(SealUntrusted, match="key 7c368252 is not over this text"):
        verify_signature(wrong, [KEY.public, OTHER_KEY.public])


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("11840", "11841"),
        ("AAECAw", "AAECBA"),
        ("commit 2310", "commit 2311"),
        ("2026-11-29", "2026-11-28"),
    ],
)
def test_a_changed_line_is_noticed(was: str, now: str) -> None:
    with pytest.raises(SealUntrusted, match="not over this text"):
        verify_signature(TEXT.replace(was, now, 1), [KEY.public])


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("\n\n", "\n", "empty line"),
        ("commit 2310\n", "", "5 lines"),
        ("commit 2310\n", "commit 2310\nmore\n", "5 lines"),
        ("trialog/NCT06486350\n11840", "trialog NCT06486350\n11840", "line 1"),
        ("trialog/NCT06486350\n11840", "\n11840", "line 1"),
        ("11840", "011840", "line 2"),
        ("11840", "-1", "line 2"),
        ("11840", "+11840", "line 2"),
        ("11840", "１", "line 2"),
        ("Hh8=", "Hh8", "line 3"),
        ("Hh8=", "Hh9=", "line 3: the root's base64 is not the one way"),
        ("commit 2310", "commits 2310", "line 4"),
        ("commit 2310", "commit 2310 ", "line 4"),
        ("12:00:00.000000Z", "12:00:00Z", "line 5"),
        ("12:00:00.000000Z", "12:00:00.000000+00:00", "line 5"),
        ("2026-11-29", "2026-02-30", "line 5: there is no such instant"),
        ("— ", "- ", "line 7"),
        ("fDaC", "!", "line 7"),
        ("Vl8eLA8=\n", "Vl8eLA8=", "ends with a newline"),
    ],
)
def test_what_is_not_written_as_the_format_says_is_not_read(was: str, now: str, said: str) -> None:
    assert was in TEXT
    with pytest.raises(SealUnreadable, match=said):
        parse_seal(TEXT.replace(was, now, 1))


def test_lines_of_keys_of_another_kind_are_passed_over() -> None:
    cosigned = TEXT + "— witness.example/w AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    assert verify_signature(cosigned, [KEY.public]) == (KEY.public,)

"""Keys and their texts, with the vectors of RFC 8032 and the texts that Go writes for them."""

import pytest

from projections.seals.errors import SealUnreadable
from projections.seals.keys import (
    SealKey,
    make_key,
    origin_of,
    parse_private_key,
    parse_public_key,
    parse_public_keys,
)
from tests.projections.seals.controls import KEY, NAME, OTHER_KEY

# golang.org/x/mod v0.30.0, sumdb/note: NewEd25519VerifierKey, and the key that NewSigner takes.
PUBLIC = "trialog/NCT06486350+7c368252+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
PRIVATE = "PRIVATE+KEY+trialog/NCT06486350+7c368252+AZ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"


def test_keys_are_those_of_rfc_8032() -> None:
    # Section 7.1, TEST 1 and TEST 2: public keys, and the signature of TEST 2 over one byte 72.
    assert KEY.public.public.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert OTHER_KEY.public.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert OTHER_KEY.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert OTHER_KEY.public.signed(b"\x72", OTHER_KEY.sign(b"\x72"))
    assert not OTHER_KEY.public.signed(b"\x73", OTHER_KEY.sign(b"\x72"))


def test_texts_of_keys_are_those_of_go() -> None:
    assert KEY.public.text == PUBLIC
    assert KEY.private_text == PRIVATE
    assert parse_public_key(PUBLIC + "\n") == KEY.public
    assert parse_private_key(PRIVATE + "\n") == KEY


def test_a_made_key_is_another_each_time() -> None:
    first, second = make_key(NAME), make_key(NAME)
    assert first != second
    assert parse_private_key(first.private_text) == first


def test_no_representation_shows_a_private_key() -> None:
    assert repr(KEY) == str(KEY) == "SealKey(7c368252)"


def test_the_name_of_a_studys_keys_is_the_origin_of_its_seals() -> None:
    assert origin_of("NCT06486350") == NAME


def test_a_list_of_keys_may_have_remarks() -> None:
    assert parse_public_keys(f"# until May\n{PUBLIC}\n\n{OTHER_KEY.public.text}\n") == (KEY.public, OTHER_KEY.public)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "trialog/NCT06486350",
        PUBLIC.replace("7c368252", "7c368253"),
        PUBLIC.replace("NCT06486350", "NCT06486351"),
        PUBLIC.replace("Addam", "Addan"),
        PUBLIC[:-4],
        PUBLIC.replace("+Adda", "+Agda"),
        PUBLIC.replace("/", " "),
        PRIVATE,
    ],
)
def test_a_public_key_that_is_not_whole_is_not_read(text: str) -> None:
    with pytest.raises(SealUnreadable):
        parse_public_key(text)


@pytest.mark.parametrize("text", ["", PUBLIC, PRIVATE[:-4], PRIVATE.replace("AZ1h", "AZ1i")])
def test_a_private_key_that_is_not_whole_is_not_read_and_not_shown(text: str) -> None:
    with pytest.raises(SealUnreadable) as error:
        parse_private_key(text)
    assert "sZ3v" not in str(error.value)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_a_name_that_would_not_be_read_again_is_refused(name: str) -> None:
    with pytest.raises(SealUnreadable):
        make_key(name)


def test_a_fingerprint_can_be_read_out() -> None:
    # printf of the 32 bytes of the public key, through sha256sum
    assert SealKey(NAME, KEY.seed).public.fingerprint == (
        "21fe 31df a154 a261 626b f854 046f d227 1b7b ed4b 6abe 45aa 5887 7ef4 7f97 21b9"
    )

"""The keys that seal, in their folder and in the setting: made once, for their owner alone, rotated, retired."""

import stat
from pathlib import Path

import msgspec
import pytest

from projections.seals.checkpoint import parse_seal
from projections.seals.errors import SealRefused
from tests.projections.controls import STUDY
from tests.projections.seals.controls import KEY, OTHER_KEY, Ledger, sealer_on
from tests.servers.postgres import Database
from trialog.errors import AnswerIsNo, SettingsError
from trialog.seal_keys import SealKeys
from trialog.settings import Secret, Settings


@pytest.fixture
def keys(tmp_path: Path) -> SealKeys:
    return SealKeys(Settings(data_dir=tmp_path), STUDY)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "keys" / "seals").iterdir())


def test_the_first_key_is_made_once_and_for_its_owner_alone(keys: SealKeys, tmp_path: Path) -> None:
    assert keys.there() == ()
    (key,) = keys.signing()
    assert keys.signing() == (key,)
    assert key.name == "trialog/NCT06486350"
    (file,) = files(tmp_path)
    assert file.name == f"{key.public.id.hex()}.key"
    assert file.read_text() == key.private_text + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_second_key_comes_by_rotation_only(keys: SealKeys) -> None:
    with pytest.raises(AnswerIsNo, match="there is no key yet"):
        keys.rotate()
    first = keys.new()
    with pytest.raises(AnswerIsNo, match=f"key {first.public.id.hex()} is there"):
        keys.new()
    second = keys.rotate()
    assert set(keys.signing()) == {first, second}


def test_a_retired_key_is_gone_and_the_last_one_stays(keys: SealKeys, tmp_path: Path) -> None:
    first = keys.new()
    second = keys.rotate()
    with pytest.raises(AnswerIsNo, match="no key 00000000 signs here"):
        keys.retire("00000000")
    keys.retire(first.public.id.hex())
    assert keys.signing() == (second,)
    assert [file.stem for file in files(tmp_path)] == [second.public.id.hex()]
    with pytest.raises(AnswerIsNo, match="is the only key"):
        keys.retire(second.public.id.hex())


def test_a_key_that_others_may_read_is_not_used(keys: SealKeys, tmp_path: Path) -> None:
    keys.new()
    files(tmp_path)[0].chmod(0o640)
    with pytest.raises(SettingsError, match="others than its owner may read this key"):
        keys.signing()


def test_a_key_file_that_is_not_whole_is_named_and_not_shown(keys: SealKeys, tmp_path: Path) -> None:
    key = keys.new()
    files(tmp_path)[0].write_text(key.private_text[:-9])
    with pytest.raises(SettingsError) as error:
        keys.signing()
    assert str(files(tmp_path)[0]) in str(error.value)
    assert key.private_text.split("+")[-1][:8] not in str(error.value)


def from_setting(tmp_path: Path, *texts: str) -> SealKeys:
    return SealKeys(Settings(data_dir=tmp_path, seal_key=Secret(" ".join(texts))), STUDY)


def test_keys_of_the_setting_go_before_those_of_the_folder(keys: SealKeys, tmp_path: Path) -> None:
    keys.new()
    both = from_setting(tmp_path, KEY.private_text, OTHER_KEY.private_text)
    assert both.signing() == (KEY, OTHER_KEY)
    for change in (both.rotate, lambda: both.retire(KEY.public.id.hex())):
        with pytest.raises(SettingsError, match="TRIALOG_SEAL_KEY: the keys come from this setting"):
            change()


def test_a_key_of_another_study_is_refused(tmp_path: Path) -> None:
    other = msgspec.structs.replace(KEY, name="trialog/OTHER").private_text
    with pytest.raises(SettingsError, match="the key is named trialog/OTHER, and this study's seals"):
        from_setting(tmp_path, other).signing()


def test_rotation_from_the_first_key_to_the_second_is_followed_by_every_seal(
    keys: SealKeys, database: Database, tmp_path: Path
) -> None:
    ledger = Ledger(database)
    sealer = sealer_on(database, tmp_path / "seals", keys=keys.signing)

    def signatures() -> list[str]:
        ledger.grow(10)
        row = sealer.seal().last
        assert row is not None
        return sorted(each.key_id.hex() for each in parse_seal(row.text).signatures)

    old = keys.new().public.id.hex()
    assert signatures() == [old]
    new = keys.rotate().public.id.hex()
    assert signatures() == sorted([old, new])
    keys.retire(old)
    assert signatures() == [new]


def test_a_lost_key_is_not_replaced_in_silence(keys: SealKeys, database: Database, tmp_path: Path) -> None:
    ledger = Ledger(database)
    ledger.grow(10)
    sealer_on(database, tmp_path / "seals", keys=keys.signing).seal()
    files(tmp_path)[0].unlink()
    ledger.grow(10)
    with pytest.raises(SealRefused, match="that key is not here"):
        sealer_on(database, tmp_path / "seals", keys=keys.signing).seal()

"""Settings: all that is wrong is named at once, and no secret is ever shown."""

import datetime as dt
from pathlib import Path

import pytest

from trialog.errors import SettingsError
from trialog.settings import Address, Settings, parse_address

KEY = "ab" * 32


def test_without_any_setting_the_embedded_default_listens_on_loopback() -> None:
    settings = Settings.from_environ({})
    assert settings.embedded
    assert settings.http == Address("127.0.0.1", 8080)
    assert settings.hl7 == Address("127.0.0.1", 2575)


def test_every_setting_is_read() -> None:
    settings = Settings.from_environ(
        {
            "TRIALOG_STUDY": "study.toml",
            "TRIALOG_DATA": "elsewhere",
            "TRIALOG_HTTP": "[::1]:80",
            "TRIALOG_HL7": "127.0.0.1:0",
            "TRIALOG_KAFKA": "kafka:29092",
            "TRIALOG_PARTITIONS": "8",
            "DATABASE_URL": "postgresql://trialog_app:pw@db/trialog",
            "TRIALOG_INTAKE_DATABASE_URL": "postgresql://trialog_intake:pw@db/trialog",
            "TRIALOG_SPOOL_KEY": KEY,
            "TRIALOG_IDENTITY_KEY": KEY,
            "TRIALOG_CUTOFF": "2026-05-31",
            "TRIALOG_WORKER": "worker-2",
            "TRIALOG_LOG_TIMEOUT_SECONDS": "2.5",
            "TRIALOG_APP_PASSWORD": "pw",
            "TRIALOG_SEAL_KEY": "PRIVATE+KEY+one PRIVATE+KEY+two",
            "TRIALOG_SEAL_DIRS": "/mnt/audit:/mnt/far",
            "TRIALOG_SEAL_STORE": "s3://audit/trial",
            "TRIALOG_SEAL_TOPIC": "trial.seals",
            "TRIALOG_SEAL_COMMITS": "50",
            "TRIALOG_SEAL_MINUTES": "0.5",
        }
    )
    assert settings.study_file == Path("study.toml")
    assert settings.http == Address("::1", 80)
    assert settings.spool_key is not None
    assert settings.spool_key.key() == bytes.fromhex(KEY)
    assert settings.cutoff_on == dt.date(2026, 5, 31)
    assert settings.role_passwords["app"].value == "pw"
    assert not settings.embedded
    assert settings.seal_folders == (Path("/mnt/audit"), Path("/mnt/far"))
    assert (settings.seal_store, settings.seal_topic) == ("s3://audit/trial", "trial.seals")
    assert (settings.seal_commits, settings.seal_minutes) == (50, 0.5)
    assert "PRIVATE" not in repr(settings)


def test_seals_are_kept_in_the_data_folder_unless_another_is_named() -> None:
    assert Settings.from_environ({"TRIALOG_DATA": "elsewhere"}).seal_folders == (Path("elsewhere/seals"),)


def test_a_topic_for_seals_needs_kafka() -> None:
    with pytest.raises(SettingsError, match="TRIALOG_KAFKA: not set"):
        Settings.from_environ({"TRIALOG_SEAL_TOPIC": "trial.seals"})


def test_all_that_is_wrong_or_missing_is_named_at_once() -> None:
    wrong = {
        "TRIALOG_HTTP": "8080",
        "TRIALOG_PARTITIONS": "none",
        "DATABASE_URL": "mysql://db",
        "TRIALOG_SPOOL_KEY": "short",
        "TRIALOG_CUTOFF": "31.5.2026",
        "TRIALOG_LOG_TIMEOUT_SECONDS": "0",
        "TRIALOG_SEAL_STORE": "s3://key:secret@audit/trial",
        "TRIALOG_SEAL_TOPIC": "two words",
        "TRIALOG_SEAL_COMMITS": "0",
        "TRIALOG_SEAL_MINUTES": "never",
    }
    with pytest.raises(SettingsError) as error:
        Settings.from_environ(wrong, demand=("TRIALOG_KAFKA",))
    assert all(f"{name}: " in str(error.value) for name in [*wrong, "TRIALOG_KAFKA"])


def test_no_secret_is_shown() -> None:
    url = "postgresql://trialog_app:hidden@db/trialog"
    settings = Settings.from_environ({"DATABASE_URL": url, "TRIALOG_SPOOL_KEY": KEY, "TRIALOG_APP_PASSWORD": "hidden"})
    assert "hidden" not in repr(settings)
    assert KEY not in repr(settings)
    with pytest.raises(SettingsError) as error:
        Settings.from_environ({"TRIALOG_SPOOL_KEY": KEY[1:]})
    assert KEY[1:] not in str(error.value)


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:x", "host:70000"])
def test_an_address_is_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        parse_address(text)

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
    assert (settings.actor, settings.actor_role) == ("unnamed-operator", "operator")
    assert settings.unmasked_roles == frozenset()


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
            "TRIALOG_ACTOR": "manager-1",
            "TRIALOG_ACTOR_ROLE": "data-manager",
            "TRIALOG_UNMASKED_ROLES": "data-manager, monitor,",
        }
    )
    assert settings.study_file == Path("study.toml")
    assert settings.http == Address("::1", 80)
    assert settings.spool_key is not None
    assert settings.spool_key.key() == bytes.fromhex(KEY)
    assert settings.cutoff_on == dt.date(2026, 5, 31)
    assert settings.role_passwords["app"].value == "pw"
    assert (settings.actor, settings.actor_role) == ("manager-1", "data-manager")
    assert settings.unmasked_roles == {"data-manager", "monitor"}
    assert not settings.embedded


def test_all_that_is_wrong_or_missing_is_named_at_once() -> None:
    wrong = {
        "TRIALOG_HTTP": "8080",
        "TRIALOG_PARTITIONS": "none",
        "DATABASE_URL": "mysql://db",
        "TRIALOG_SPOOL_KEY": "short",
        "TRIALOG_CUTOFF": "31.5.2026",
        "TRIALOG_LOG_TIMEOUT_SECONDS": "0",
        "TRIALOG_ACTOR": "manager\n1",
        "TRIALOG_UNMASKED_ROLES": "m" * 201,
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

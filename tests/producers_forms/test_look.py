"""The forms and the monitor's pages take their colours and letters from the same values."""

from importlib import resources


def test_the_forms_and_the_monitor_share_their_tokens():
    ours, theirs = (resources.files(package) / "static" / "tokens.css" for package in ("producers.forms", "monitor"))
    assert ours.read_bytes() == theirs.read_bytes()

"""The console script as a person or a script uses it: what it prints, and how it exits."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from tests.line.parts import TRIALOG, Part
from tests.servers.waiting import wait_until
from trialog.cli import app

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.slow


def environ(folder: Path, **more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TRIALOG_", "DATABASE_"))}
    return {**clean, "TRIALOG_DATA": str(folder), "TRIALOG_HTTP": "127.0.0.1:0", "TRIALOG_HL7": "127.0.0.1:0", **more}


def run(folder: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TRIALOG, *command], env=environ(folder, **more), capture_output=True, text=True, timeout=180)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "data"


@pytest.fixture(scope="module")
def kept_demo(folder: Path) -> Iterator[Part]:
    """A small demonstration that stays up."""
    part = Part(["demo", "--keep", "--subjects", "3", "--seed", "2"], environ(folder), folder.with_suffix(".txt"))
    part.says("stays up until Ctrl-C")
    yield part
    part.stop()


def test_a_demonstration_ends_with_its_numbers(kept_demo: Part) -> None:
    printed = kept_demo.output
    assert re.search(r"enrolment +3/72", printed)
    assert re.search(r"ORR +\S", printed)
    assert re.search(r"OS at day 730 +\S", printed)
    assert re.search(r"ledger +\d+ accepted, \d+ repeated, \d+ quarantined", printed)
    assert re.search(r"chain +verified", printed)


def test_status_and_statistics_say_what_the_page_says(kept_demo: Part, folder: Path) -> None:
    address = kept_demo.says(r"at (http://[\d.:]+)")[1]
    with urllib.request.urlopen(f"{address}/api/status") as answer:
        page = json.load(answer)
    status = json.loads(run(folder, "status", "--json").stdout)
    assert {name: status[name] for name in ("commit", "state_digest", "subjects", "intake", "latest")} == {
        name: page[name] for name in ("commit", "state_digest", "subjects", "intake", "latest")
    }
    shown = json.loads(run(folder, "stats", "--json").stdout)
    assert shown.pop("prespecification") == page["statistics"]["prespecification"]
    assert shown == page["statistics"]["snapshot"]


def test_statistics_as_of_a_commit_are_computed_from_the_ledger(kept_demo: Part, folder: Path) -> None:
    newest = run(folder, "stats", "--json").stdout
    commit = json.loads(run(folder, "status", "--json").stdout)["commit"]
    assert run(folder, "stats", "--as-of", str(commit), "--json").stdout == newest
    nothing = json.loads(run(folder, "stats", "--as-of", "0", "--json").stdout)
    assert nothing["enrolment"]["enrolled"] == 0


def test_a_subject_names_the_entry_of_each_status(kept_demo: Part, folder: Path) -> None:
    shown = json.loads(run(folder, "subject", "S-001", "--json").stdout)
    assert shown["subject"] == "S-001"
    assert all(each["entry"] for each in shown["statuses"])
    assert f"{len(shown['open_queries'])} open queries" in run(folder, "subject", "S-001").stdout


def test_the_ledger_verifies(kept_demo: Part, folder: Path) -> None:
    sealed = json.loads(run(folder, "ledger", "seal", "--json").stdout)
    verified = run(folder, "ledger", "verify", "--json")
    assert verified.returncode == 0, verified.stderr
    found = json.loads(verified.stdout)
    assert found["broken"] == []
    assert found["sealed"]["name"] == f"seal {sealed['number']}"
    assert found["sealed"]["size"] + found["not_sealed"] == found["rows"]


def test_what_follows_a_seal_is_verified_with_a_pinned_key(kept_demo: Part, folder: Path) -> None:
    (key,) = json.loads(run(folder, "ledger", "key", "show", "--json").stdout)
    verified = run(folder, "ledger", "verify", "--since", "1", "--key", key["key"], "--workers", "2")
    assert verified.returncode == 0, verified.stderr
    assert ": nothing broken" in verified.stdout
    assert f"signed by {key['key'].split('+')[1]}" in verified.stdout
    other = key["key"].replace("trialog/", "other/")
    refused = run(folder, "ledger", "verify", "--key", other)
    assert (refused.returncode, "--key" in refused.stderr) == (2, True)


def test_a_running_line_drives_its_refused_messages_again_when_a_command_asks(kept_demo: Part, folder: Path) -> None:
    refused = json.loads(run(folder, "quarantine", "list", "--json").stdout)
    assert refused
    assert {each["at"] for each in refused} == {"doors"}
    again = run(folder, "quarantine", "redrive", "--all", "--because", "the map was repaired", "--json")
    assert again.returncode == 1, "nothing was repaired, so each is refused as before"
    driven = json.loads(again.stdout)["driven"]
    assert {each["held"]: each["still"] for each in driven} == {each["held"]: each["reason"] for each in refused}
    assert {each["outcome"] for each in driven} == {"still-held"}


def test_a_row_is_proven_under_a_seal_made_now(kept_demo: Part, folder: Path, tmp_path: Path) -> None:
    sealed = run(folder, "ledger", "seal", "--json")
    assert sealed.returncode == 0, sealed.stderr
    seal = json.loads(sealed.stdout)
    assert seal["away"] == []
    kept = folder / "seals" / f"seal-{seal['number']:010}.txt"
    assert kept.read_text() == seal["text"]
    place = f"{seal['text'].split('/')[1].split()[0].lower()}.enrollment"
    file = tmp_path / "row.tlog-proof"
    proofs = [run(folder, "ledger", "prove", f"{place}[{part}]@0", "--out", str(file)) for part in range(4)]
    assert any(proof.returncode == 0 and "under the seal; proof in" in proof.stdout for proof in proofs)
    assert file.read_text().endswith("\n\n" + seal["text"])
    both = run(folder, "ledger", "prove", "--from-seal", "1")
    assert both.returncode == 0, both.stderr
    assert both.stdout.startswith("trialog.consistency-proof@v1\n")


def test_who_read_a_subject_on_a_page_is_in_the_record_a_moment_later(kept_demo: Part) -> None:
    address = kept_demo.says(r"at (http://[\d.:]+)")[1]

    def page(path: str) -> str:
        with urllib.request.urlopen(f"{address}{path}") as answer:
            return str(answer.read().decode())

    assert "S-002" in page("/audit/subjects/S-002?lang=en")
    read = "/audit?type=access.subject-read.v1&subject=S-002&lang=en"
    wait_until(lambda: "A subject was read" in page(read), what="the access in the ledger")
    assert "unnamed-operator" in page(read)
    with pytest.raises(urllib.error.HTTPError, match="403"):  # the archive holds what this role does not see
        page("/audit/export")


def test_the_keys_that_seal_are_shown_and_never_their_private_part(kept_demo: Part, folder: Path) -> None:
    (file,) = (folder / "keys" / "seals").iterdir()
    shown = run(folder, "ledger", "key", "show")
    assert f"key {file.stem}: signs now" in shown.stdout
    assert file.read_text().split("+")[-1].strip() not in shown.stdout + shown.stderr
    assert run(folder, "ledger", "key", "retire", file.stem).returncode == 1


@pytest.mark.parametrize(
    ("command", "more", "code", "said"),
    [
        (["status"], {}, 3, "no trial in"),
        (["up"], {"TRIALOG_HTTP": "nowhere", "TRIALOG_PARTITIONS": "0"}, 2, "TRIALOG_PARTITIONS"),
        (["up"], {"TRIALOG_KAFKA": "127.0.0.1:1"}, 2, "embedded default only"),
        (["worker"], {}, 2, "DATABASE_URL: not set"),
        (["analyse"], {"TRIALOG_LOG": "loud"}, 2, "TRIALOG_LOG"),
        (["status"], {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, 3, "does not answer"),
        (["topics"], {"TRIALOG_STUDY": "/nowhere.toml"}, 2, "cannot be read"),
        (["status", "--unknown"], {}, 2, "No such option"),
        (["ledger", "seal", "--keep"], {}, 2, "DATABASE_URL: not set"),
        (["ledger", "prove"], {}, 2, "name an event or a position"),
        (["ledger", "key", "rotate"], {}, 1, "there is no key yet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, command: list[str], more: dict[str, str], code: int, said: str
) -> None:
    ended = run(tmp_path / "none", *command, **more)
    assert ended.returncode == code, ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def commands_of(group: typer.Typer) -> Iterator[str]:
    """Every command by its full name, such as "ledger verify"."""
    for command in group.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from (f"{inner.name} {name}" for name in commands_of(inner.typer_instance))


def test_the_readme_lists_every_command() -> None:
    names = set(commands_of(app))
    listed = set(re.findall(r"^\| `trialog ([a-z ]+?)(?: ID)?` \|", README.read_text(), re.MULTILINE))
    assert listed == names

"""Edits by somebody who has no key: each must be located, file and row."""

import base64
import hashlib
import json
from collections.abc import Callable
from random import Random
from typing import Any

from projections.export.written import manifest_text
from tests.audit.tampering import Archived, Files, Try, place_of

LOOKED_INTO = ("commits.jsonl", "seals.txt")


def byte_in_rows(whole: Archived, chance: Random) -> Try:
    name = _rows(whole, chance)
    line = chance.randrange(len(whole.lines[name]))
    return Try(_with_byte(whole, name, line, chance), _row(name, line))


def byte_in_commits(whole: Archived, chance: Random) -> Try:
    line = chance.randrange(len(whole.lines["commits.jsonl"]))
    return Try(_with_byte(whole, "commits.jsonl", line, chance), _commit(line))


def byte_in_seals(whole: Archived, chance: Random) -> Try:
    line = chance.randrange(len(whole.lines["seals.txt"]))
    before = b"".join(whole.lines["seals.txt"][:line])
    seal = before.count(b"\n\n") // 2 + 1
    # The empty line between two seals belongs to neither.
    spots = (f"seals.txt, seal {seal}", f"seals.txt, seal {max(seal - 1, 1)}")
    return Try(_with_byte(whole, "seals.txt", line, chance), spots)


def byte_in_another_file(whole: Archived, chance: Random) -> Try:
    """Even where nobody looks into it but the manifest: README, study definition, schemas, the verifier's copy."""
    name = chance.choice(sorted({*whole.files} - {*whole.rows, *LOOKED_INTO}))
    line = chance.randrange(len(whole.lines[name]))
    return Try(_with_byte(whole, name, line, chance), (f"{name}:",))


def row_deleted(whole: Archived, chance: Random) -> Try:
    name = _rows(whole, chance)
    lines = list(whole.lines[name])
    line = chance.choice((chance.randrange(len(lines)), 0, len(lines) - 1))
    del lines[line]
    return Try(_perhaps_listed(whole, name, lines, chance), (f"{place_of(name)}@{line}",))


def row_inserted(whole: Archived, chance: Random) -> Try:
    """A copy of a row of this or another partition."""
    name, other = _rows(whole, chance), _rows(whole, chance)
    lines = list(whole.lines[name])
    line = chance.randrange(len(lines) + 1)
    lines.insert(line, chance.choice(whole.lines[other]))
    # A copy set right before its original is told where the original comes: one line later.
    return Try(_perhaps_listed(whole, name, lines, chance), (*_row(name, line), f"line {line + 2} of {name}"))


def rows_swapped(whole: Archived, chance: Random) -> Try:
    name = _rows(whole, chance)
    lines = list(whole.lines[name])
    one, other = sorted(chance.sample(range(len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    return Try(_perhaps_listed(whole, name, lines, chance), _row(name, one))


def commit_deleted(whole: Archived, chance: Random) -> Try:
    lines = list(whole.lines["commits.jsonl"])
    line = chance.randrange(len(lines))
    del lines[line]
    return Try(_perhaps_listed(whole, "commits.jsonl", lines, chance), _commit(line))


def commits_swapped(whole: Archived, chance: Random) -> Try:
    lines = list(whole.lines["commits.jsonl"])
    one, other = sorted(chance.sample(range(len(lines)), 2))
    lines[one], lines[other] = lines[other], lines[one]
    return Try(_perhaps_listed(whole, "commits.jsonl", lines, chance), _commit(one))


def seals_swapped(whole: Archived, chance: Random) -> Try:
    one, other = sorted(chance.sample(range(whole.seals), 2))
    notes = [whole.seal(number + 1) for number in range(whole.seals)]
    notes[one], notes[other] = notes[other], notes[one]
    spots = (f"seals.txt, seal {one + 1}", f"seals.txt, seal {one + 2}")
    return Try(whole.with_file("seals.txt", "\n".join(notes).encode()), spots)


def seal_edited(whole: Archived, chance: Random) -> Try:
    """One of its lines says something else, and the signature is left as it was."""
    number = chance.randrange(1, whole.seals + 1)
    notes = [whole.seal(each) for each in range(1, whole.seals + 1)]
    said = notes[number - 1].split("\n")
    line = chance.choice((1, 2, 3, 4))
    said[line] = (
        str(int(said[1]) + 1),
        base64.b64encode(chance.randbytes(32)).decode(),
        f"commit {int(said[3].removeprefix('commit ')) + 1}",
        said[4].replace("2", "1", 1),
    )[line - 1]
    notes[number - 1] = "\n".join(said)
    return Try(whole.with_file("seals.txt", "\n".join(notes).encode()), (f"seals.txt, seal {number}",))


def row_edited(change: Callable[[dict[str, Any], Random], None]) -> Callable[[Archived, Random], Try]:
    """Another well-written row in its place, its hashes left as they were."""

    def edit(whole: Archived, chance: Random) -> Try:
        name = _rows(whole, chance)
        lines = list(whole.lines[name])
        line = chance.randrange(len(lines))
        lines[line] = changed(lines[line], change, chance)
        return Try(_perhaps_listed(whole, name, lines, chance), _row(name, line))

    return edit


def commit_time_edited(whole: Archived, chance: Random) -> Try:
    """In the commit's line and in all of its rows alike."""
    number = chance.randrange(len(whole.lines["commits.jsonl"])) + 1
    commits = list(whole.lines["commits.jsonl"])
    commit = json.loads(commits[number - 1])
    commits[number - 1] = changed(commits[number - 1], earlier("committed_at"), chance)
    name = f"rows/{commit['topic']}.{commit['partition']}.jsonl"
    rows = list(whole.lines[name])
    for offset in range(commit["first_offset"], commit["last_offset"] + 1):
        rows[offset] = changed(rows[offset], earlier("committed_at"), chance)
    files = {**whole.files, "commits.jsonl": b"".join(commits), name: b"".join(rows)}
    return Try(files, (f"{place_of(name)}@{commit['first_offset']}",))


def changed(line: bytes, change: Callable[[dict[str, Any], Random], None], chance: Random) -> bytes:
    said = json.loads(line)
    change(said, chance)
    return written(said)


def written(said: dict[str, Any]) -> bytes:
    return (json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def status(said: dict[str, Any], chance: Random) -> None:
    said["status"] = chance.choice(sorted({"accepted", "duplicate", "quarantined"} - {said["status"]}))


def reason(said: dict[str, Any], _chance: Random) -> None:
    said["reason"] = "not-an-event" if said["reason"] is None else said["reason"] + "."


def event_id(said: dict[str, Any], _chance: Random) -> None:
    said["event_id"] = "e-1" if said["event_id"] is None else None


def value(said: dict[str, Any], _chance: Random) -> None:
    said["value"] = base64.b64encode(base64.b64decode(said["value"]) + b" ").decode()


def key_or_headers(said: dict[str, Any], chance: Random) -> None:
    if chance.random() < 0.5:
        said["key"] = None
    else:
        said["headers"] = "AAAAAQAAAAFhAAAAAA=="  # one header, named a, empty


def time_of_row(said: dict[str, Any], chance: Random) -> None:
    if chance.random() < 0.5:
        said["log_time_ms"] += 1
    else:
        earlier("received_at")(said, chance)


def chain(said: dict[str, Any], _chance: Random) -> None:
    said["chain"] = base64.b64encode(bytes(32)).decode()


def leaf(said: dict[str, Any], _chance: Random) -> None:
    said["leaf"] = base64.b64encode(bytes(32)).decode()


def commit_number(said: dict[str, Any], chance: Random) -> None:
    said["commit"] += chance.choice((1, -1, 1000))


def earlier(field: str) -> Callable[[dict[str, Any], Random], None]:
    def change(said: dict[str, Any], _chance: Random) -> None:
        said[field] = said[field].replace("20", "19", 1)

    return change


def _rows(whole: Archived, chance: Random) -> str:
    """Small partitions as often as large ones."""
    return chance.choice(whole.rows)


def _row(name: str, line: int) -> tuple[str, ...]:
    return f"{place_of(name)}@{line}", f"line {line + 1} of {name}"


def _commit(line: int) -> tuple[str, ...]:
    return f"commits.jsonl, line {line + 1}", f"line {line + 1} of commits.jsonl"


def _with_byte(whole: Archived, name: str, line: int, chance: Random) -> Files:
    """Another byte somewhere in this line."""
    lines = list(whole.lines[name])
    content = bytearray(lines[line])
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    lines[line] = bytes(content)
    return whole.with_lines(name, lines)


def _perhaps_listed(whole: Archived, name: str, lines: list[bytes], chance: Random) -> Files:
    """Half of the time with a manifest that has the right hash, and no signature."""
    files = whole.with_lines(name, lines)
    if chance.random() < 0.5:
        return files
    return listed(files, whole)


def listed(files: Files, whole: Archived) -> Files:
    origin = whole.key.split("+")[0]
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items() if path != "manifest.txt"}
    return {**files, "manifest.txt": manifest_text(origin, hashes, []).encode()}

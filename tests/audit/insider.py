"""Edits by somebody who can make every hash, seal and manifest anew, with a key of his own or with the real one.

Where he has the real key, what he cannot take back is a seal that was given away before: the one that the auditor kept.
"""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import msgspec

from projections.chain import chain_hash
from projections.export.written import manifest_text
from projections.seals.checkpoint import Seal, parse_seal, write_seal
from projections.seals.keys import SealKey
from projections.seals.leaves import LeafRow, leaf_of
from projections.seals.merkle import Frontier, leaf_hash
from tests.audit.outsider import changed, written
from tests.audit.tampering import Archived, Files, Try

Change = Callable[[dict[str, Any], Random], None]
Lines = dict[str, list[bytes]]

OWN_KEY = bytes(range(1, 33))
GENESIS = bytes(32)


class Insider:
    """``real``: the key that the auditor trusts, which this insider has."""

    def __init__(self, real: SealKey) -> None:
        self._real = real
        self._own = SealKey(real.name, OWN_KEY)

    def rewritten(self, change: Change) -> Callable[[Archived, Random], Try]:
        """One row is another; what hangs on it is made anew, and signed with the real key. A seal over it was kept."""

        def edit(whole: Archived, chance: Random) -> Try:
            name, line = _some_row(whole, chance)
            files = self._made_anew(whole, name, range(line, line + 1), change, chance, self._real)
            commit = json.loads(whole.lines[name][line])["commit"]
            return Try(files, kept=_kept(whole, chance, lambda seal: seal.commit >= commit))

        return edit

    def nothing_kept(self, change: Change) -> Callable[[Archived, Random], Try]:
        """As `rewritten`, where the auditor kept no seal: the one thing that nobody can notice."""
        rewritten = self.rewritten(change)
        return lambda whole, chance: rewritten(whole, chance)._replace(kept=None)

    def commit_time_rewritten(self, whole: Archived, chance: Random) -> Try:
        """A commit's time, in its line and in all of its rows; a seal over it was kept."""
        number = chance.randrange(len(whole.lines["commits.jsonl"]))
        commits = list(whole.lines["commits.jsonl"])
        commit = json.loads(commits[number])
        commits[number] = changed(commits[number], _later, chance)
        name = f"rows/{commit['topic']}.{commit['partition']}.jsonl"
        some = range(commit["first_offset"], commit["last_offset"] + 1)
        files = self._made_anew(whole, name, some, _later, chance, self._real)
        files = _signed({**files, "commits.jsonl": b"".join(commits)}, self._real)
        return Try(files, kept=_kept(whole, chance, lambda seal: seal.commit >= commit["number"]))

    def rewritten_with_own_key(self, change: Change) -> Callable[[Archived, Random], Try]:
        """The same with another key, named in the export; nothing was kept but the real public key."""

        def edit(whole: Archived, chance: Random) -> Try:
            name, line = _some_row(whole, chance)
            files = self._made_anew(whole, name, range(line, line + 1), change, chance, self._own)
            keys = f"{self._own.public.text}\n".encode()
            return Try(_signed({**files, "keys.txt": keys}, self._own))

        return edit

    def truncated(self, whole: Archived, chance: Random) -> Try:
        """As the export was at an earlier seal, which is a true one; a later seal was kept."""
        end = chance.randrange(1, whole.seals)
        seal = parse_seal(whole.seal(end))
        lines = {
            name: [line for line in whole.lines[name] if json.loads(line)["commit"] <= seal.commit]
            for name in whole.rows
        }
        files = {name: content for name, content in whole.files.items() if name not in lines or lines[name]}
        files |= {name: b"".join(kept) for name, kept in lines.items() if kept}
        files["commits.jsonl"] = b"".join(whole.lines["commits.jsonl"][: seal.commit])
        files = _sealed(files, [whole.seal(number) for number in range(1, end + 1)])
        return Try(_signed(files, self._real), kept=_kept(whole, chance, lambda each: each.size > seal.size))

    def tail_dropped(self, whole: Archived, chance: Random) -> Try:
        """The last commits taken out, and a last seal signed over what is left."""
        first, last = (parse_seal(whole.seal(number)) for number in (whole.seals - 1, whole.seals))
        end = chance.randrange(first.commit + 1, last.commit)
        lines = {name: [line for line in whole.lines[name] if json.loads(line)["commit"] <= end] for name in whole.rows}
        files = {name: content for name, content in whole.files.items() if name not in lines}
        files |= {name: b"".join(kept) for name, kept in lines.items() if kept}
        files["commits.jsonl"] = b"".join(whole.lines["commits.jsonl"][:end])
        return Try(
            _signed(_sealed_anew(files, lines, whole, end, self._real), self._real), kept=whole.seal(whole.seals)
        )

    def seal_signed_again(self, whole: Archived, chance: Random) -> Try:
        """A seal that says another root, size, commit or time, signed with the real key; the true one was kept."""
        number = chance.randrange(1, whole.seals + 1)
        seal = parse_seal(whole.seal(number))
        other = chance.choice(
            (
                {"root": chance.randbytes(32)},
                {"size": seal.size - 1},
                {"commit": seal.commit - 1},
                {"sealed_at": seal.sealed_at.replace(microsecond=(seal.sealed_at.microsecond + 1) % 1_000_000)},
            )
        )
        notes = [whole.seal(each) for each in range(1, whole.seals + 1)]
        notes[number - 1] = write_seal(msgspec.structs.replace(seal, **other), [self._real])
        return Try(_signed(_sealed(whole.files, notes), self._real), kept=whole.seal(number))

    def seal_left_out(self, whole: Archived, chance: Random) -> Try:
        """All is true, but the seal that was kept is not among them."""
        number = chance.randrange(1, whole.seals)
        notes = [whole.seal(each) for each in range(1, whole.seals + 1) if each != number]
        return Try(_signed(_sealed(whole.files, notes), self._real), kept=whole.seal(number))

    def _made_anew(
        self, whole: Archived, name: str, some: range, change: Change, chance: Random, key: SealKey
    ) -> Files:
        lines = {each: whole.lines[each] for each in whole.rows}
        lines[name] = _chained_anew(name, whole.lines[name], some, change, chance)
        files = {**whole.files, name: b"".join(lines[name])}
        end = parse_seal(whole.seal(whole.seals)).commit
        return _signed(_sealed_anew(files, lines, whole, end, key), key)


def _some_row(whole: Archived, chance: Random) -> tuple[str, int]:
    name = chance.choice(whole.rows)
    return name, chance.randrange(len(whole.lines[name]))


def _kept(whole: Archived, chance: Random, fits: Callable[[Seal], bool]) -> str:
    return chance.choice([text for text in map(whole.seal, range(1, whole.seals + 1)) if fits(parse_seal(text))])


def _chained_anew(name: str, lines: list[bytes], some: range, change: Change, chance: Random) -> list[bytes]:
    """These rows changed, and the hashes of them and of all behind them as they must be then."""
    topic, _, partition = name.removeprefix("rows/").removesuffix(".jsonl").rpartition(".")
    begin = some.start
    previous = GENESIS if begin == 0 else base64.b64decode(json.loads(lines[begin - 1])["chain"])
    made = lines[:begin]
    for number, old in enumerate(lines[begin:], begin):
        row = json.loads(old)
        if number in some:
            change(row, chance)
        previous = chain_hash(
            previous,
            topic=topic,
            partition=int(partition),
            offset=row["offset"],
            key=_bytes(row["key"]),
            headers=base64.b64decode(row["headers"]),
            value=_bytes(row["value"]),
            status=row["status"],
            reason=row["reason"],
            event_id=row["event_id"],
        )
        row["chain"] = base64.b64encode(previous).decode()
        row["leaf"] = base64.b64encode(_leaf(topic, int(partition), row, previous)).decode()
        made.append(written(row))
    return made


def _leaf(topic: str, partition: int, row: dict[str, Any], chain: bytes) -> bytes:
    return leaf_hash(
        leaf_of(
            LeafRow(
                commit=row["commit"],
                committed_at_us=_microseconds(row["committed_at"]),
                topic=topic,
                partition=partition,
                offset=row["offset"],
                log_timestamp_ms=row["log_time_ms"],
                received_at_us=_microseconds(row["received_at"]),
                chain_hash=chain,
            )
        )
    )


def _sealed_anew(files: Files, lines: Lines, whole: Archived, end: int, key: SealKey) -> Files:
    """Every seal over the rows that are there now, the last one to commit ``end``, at the times of the true ones."""
    rows = sorted((row["commit"], row["offset"], base64.b64decode(row["leaf"])) for row in map(json.loads, _all(lines)))
    tree, notes, at = Frontier(), [], 0
    for number in range(1, whole.seals + 1):
        seal = parse_seal(whole.seal(number))
        commit = min(seal.commit, end)
        while at < len(rows) and rows[at][0] <= commit:
            tree.add(rows[at][2])
            at += 1
        notes.append(write_seal(msgspec.structs.replace(seal, size=tree.size, root=tree.root(), commit=commit), [key]))
    return _sealed(files, notes)


def _all(lines: Lines) -> Iterator[bytes]:
    for each in lines.values():
        yield from each


def _sealed(files: Files, notes: list[str]) -> Files:
    return {**files, "seals.txt": "\n".join(notes).encode(), "last-seal.txt": notes[-1].encode()}


def _signed(files: Files, key: SealKey) -> Files:
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items() if path != "manifest.txt"}
    return {**files, "manifest.txt": manifest_text(key.name, hashes, [key]).encode()}


def _bytes(said: str | None) -> bytes | None:
    return None if said is None else base64.b64decode(said)


def _microseconds(instant: str) -> int:
    at = dt.datetime.fromisoformat(instant)
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def _later(said: dict[str, Any], _chance: Random) -> None:
    """By a microsecond, which no rule about times notices."""
    at = dt.datetime.fromisoformat(said["committed_at"]) + dt.timedelta(microseconds=1)
    said["committed_at"] = at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"

#!/usr/bin/env python3
"""Checks an export of Trialog's ledger, on any machine, with Python 3.9 or later and nothing else.

    python3 verify_trialog.py EXPORT --key KEY [--key KEY] [--kept SEAL]
    python3 verify_trialog.py inclusion|consistency PROOF --key KEY [--key KEY]

EXPORT is the archive, or the folder it was unpacked into. KEY is the public key, `name+id+base64`, or a file with a
line for each: take it from where the sealer published it, never from the export itself. SEAL is a seal that you kept:
nothing that it covered may have changed since. docs/audit/format.md of the source describes every byte. Exit code:
0 whole, 1 not whole, 2 wrong use. Read on from top to bottom: signatures, texts, hashes, seals, proofs, files, rows.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import heapq
import itertools
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import namedtuple
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

# What comes of a text that is not written as it must be, and of a file that is not there or is damaged.
WRONG: tuple[type[Exception], ...] = (OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error, RuntimeError)
WRONG += (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
MANIFEST, COMMITS, SEALS, LAST_SEAL = "manifest.txt", "commits.jsonl", "seals.txt", "last-seal.txt"
ROW = "offset commit committed_at key headers value log_time_ms received_at status reason event_id chain leaf"
PROOFS = {"inclusion": ("c2sp.org/tlog-proof@v1", 2), "consistency": ("trialog.consistency-proof@v1", 4)}
COMMIT = "number topic partition first_offset last_offset committed_at"
SEAL = r"([^\s+]+)\n(0|[1-9][0-9]*)\n(.+)\ncommit (0|[1-9][0-9]*)\nsealed-at (.+)"

# Signatures: Ed25519 (RFC 8032, section 5.1). A point is (X, Y, Z, T) with x = X/Z, y = Y/Z and x*y = T/Z.
Point = tuple[int, int, int, int]
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
NEUTRAL, BASE = (0, 1, 1, 0), bytes.fromhex("58" + "66" * 31)


def demand(right: bool, otherwise: str) -> None:
    if not right:
        raise ValueError(otherwise)


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def decode_point(encoded: bytes) -> Point:
    """Raises ValueError where there is no such point, or where it is not written in its one way (y >= P, x = -0)."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_1 % P
    demand(len(encoded) == 32 and y < P and x * x % P == square and not (x == 0 and sign), "no point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


def demand_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Raises ValueError unless [S]B - [k]A is R as it is written, with S below the order."""
    a, s = decode_point(public), int.from_bytes(signature[32:], "little")
    demand(len(signature) == 64 and s < ORDER, "no such signature")
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    base, minus_a = decode_point(BASE), (P - a[0], a[1], 1, P - a[3])
    choices, total = (NEUTRAL, base, minus_a, add(base, minus_a)), NEUTRAL
    for bit in range(252, -1, -1):
        total = add(add(total, total), choices[(s >> bit & 1) | (k >> bit & 1) << 1])
    x, y = (each * pow(total[2], -1, P) % P for each in total[:2])
    demand((y | (x & 1) << 255).to_bytes(32, "little") == signature[:32], "the signature is not over this text")


# How things are written. There is one way only: what says the same in another way is refused.
def binary(text: str | None) -> bytes:
    found = base64.b64decode(text or "")
    demand(base64.b64encode(found).decode() == text, "base64 is not written in its one way")
    return found


def microseconds(instant: str) -> int:
    """Since 1970, of an instant such as 2026-11-29T12:00:00.000000Z."""
    at = datetime.fromisoformat(instant[:-1] + "+00:00")
    demand(at.isoformat(timespec="microseconds")[:-6] + "Z" == instant, "no instant in UTC")
    return (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)


def parse_line(line: bytes, fields: str) -> dict[str, Any]:
    """What a line of JSON says, which must have just these fields, in this order."""
    said = json.loads(line.decode())
    again = json.dumps({name: said[name] for name in fields.split()}, ensure_ascii=False, separators=(",", ":"))
    demand(f"{again}\n".encode() == line, "the line is not written in its one way")
    return dict(said)


def sized(said: bytes) -> bytes:
    return struct.pack(">I", len(said)) + said


# Hashes: of a row, of its leaf, of the tree over the leaves (RFC 6962, section 2.1).
def row_hashes(previous: bytes, topic: str, partition: int, row: dict[str, Any]) -> tuple[bytes, bytes]:
    """The row's chain hash, over what was received, how it was judged and the row before; and the hash of its leaf."""
    place = sized(topic.encode()) + struct.pack(">IQ", partition, row["offset"])
    key, value = (None if row[name] is None else binary(row[name]) for name in ("key", "value"))
    reason, event_id = (None if row[name] is None else row[name].encode() for name in ("reason", "event_id"))
    key, value, reason, event_id = (b"\0" if x is None else b"\1" + sized(x) for x in (key, value, reason, event_id))
    whole = place + key + binary(row["headers"]) + value + sized(row["status"].encode()) + reason + event_id
    chain = hashlib.sha256(b"trialog.ledger.v1\0" + previous + whole).digest() if previous else binary(row["chain"])
    commit = struct.pack(">Qq", row["commit"], microseconds(row["committed_at"]))
    received = struct.pack(">qq", row["log_time_ms"], microseconds(row["received_at"]))
    return chain, hashlib.sha256(b"\0trialog.leaf.v1\0" + commit + place + received + chain).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(edge: list[tuple[int, bytes]]) -> bytes:
    """Of a tree of which only the complete subtrees at its edge are kept, each with its height."""
    root = edge[-1][1] if edge else hashlib.sha256().digest()
    for _, left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


# Seals: checkpoints in signed notes, of which a key that the reader trusts must have signed each.
Keys = dict[tuple[str, str], bytes]
Seal = namedtuple("Seal", "place at size root commit sealed_at")


def parse_key(line: str) -> tuple[tuple[str, str], bytes]:
    name, key_id, encoded = line.split("+", 2)
    typed = binary(encoded)
    right = hashlib.sha256(name.encode() + b"\n" + typed).hexdigest()[:8] == key_id
    demand(right and len(typed) == 33 and typed[0] == 1, f"{line}: no Ed25519 key in the form name+id+base64")
    return (name, key_id), typed[1:]


def demand_signed(body: str, signatures: str, keys: Keys) -> None:
    """Raises ValueError unless a trusted key signed, and no line in the name of one is wrong."""
    by_trusted = False
    for line in signatures.split("\n"):
        dash, name, encoded = line.split(" ")
        typed = binary(encoded)
        public = keys.get((name, typed[:4].hex()))
        demand(dash == "\u2014" and len(typed) > 4, "no line of signature")
        if public is not None:
            demand_signature(public, body.encode(), typed[4:])
            by_trusted = True
    demand(by_trusted, "no key that you gave signed it")


def parse_seal(place: str, at: str, note: list[str], keys: Keys) -> Seal:
    """``note``: text and signatures. Raises one of WRONG where it is no seal, or no trusted key signed it."""
    body, signatures = note
    demand_signed(f"{body}\n", signatures, keys)
    found = re.fullmatch(SEAL, body)
    origin, size, root, commit, sealed_at = found.groups() if found else ("", "0", "", "0", "")
    demand(microseconds(sealed_at) > 0 and len(binary(root)) == 32, "no seal")
    demand({name for name, _ in keys} == {origin}, f"it is a seal of {origin}, not of your key's study")
    return Seal(place, at, int(size), binary(root), int(commit), sealed_at)


# Proofs. A path is read from its end, as the tree is split from its root; half is the left side's number of leaves.
def path_root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 6962, section 2.1.1)."""
    demand(0 <= index < size and (size == 1) == (not path), "the path does not fit")
    half = 1 << (size - 1).bit_length() >> 1
    if index < half:
        return node_hash(path_root(index, half, leaf, path[:-1]), path[-1])
    return leaf if size == 1 else node_hash(path[-1], path_root(index - half, size - half, leaf, path[:-1]))


def both_roots(first: int, second: int, path: list[bytes], known: bytes | None) -> tuple[bytes, bytes]:
    """The roots of the earlier and the later tree, the earlier one known where it is a part of it (section 2.1.2)."""
    demand(0 < first <= second, "the path does not fit")
    if first == second:
        (node,) = path if known is None else [*path, known]
        return node, node
    half = 1 << (second - 1).bit_length() >> 1
    if first <= half:
        old, new = both_roots(first, half, path[:-1], known)
        return old, node_hash(new, path[-1])
    old, new = both_roots(first - half, second - half, path[:-1], None)
    return node_hash(path[-1], old), node_hash(path[-1], new)


def check_proof(text: str, kind: str, keys: Keys) -> str:
    """What a proof file proves. Raises one of WRONG where it proves nothing."""
    head, *notes = text[:-1].split("\n\n")
    version, *lines = head.split("\n")
    demand((version, len(notes)) == PROOFS[kind] and text[-1:] == "\n", f"it is no proof of {kind}")
    first, last = (parse_seal("", "", each, keys) for each in (notes[:2], notes[-2:]))
    if kind == "consistency":
        roots = both_roots(first.size, last.size, [binary(line) for line in lines], first.root)
        demand(roots == (first.root, last.root), "the later seal does not extend the earlier one")
        return f"the {last.size} rows sealed {last.sealed_at} begin with the {first.size} sealed {first.sealed_at}"
    extra, index = binary(lines[0].removeprefix("extra ")), int(lines[1].removeprefix("index "))
    leaf = extra[4:][: int.from_bytes(extra[:4], "big")]
    chained, place = extra[8 + len(leaf) :], leaf[32 : 48 + int.from_bytes(leaf[32:36], "big")]
    demand(extra == sized(leaf) + sized(chained) and leaf[-32:] == hashlib.sha256(chained).digest(), "two rows")
    demand(leaf[:16] == b"trialog.leaf.v1\0" and chained[:18] == b"trialog.ledger.v1\0", "it is of another format")
    demand(chained[50:].startswith(place), "leaf and row have different places")
    root = path_root(index, first.size, hashlib.sha256(b"\0" + leaf).digest(), [binary(line) for line in lines[2:]])
    demand(root == first.root, "the row is not under this seal")
    at = f"{place[4:-12].decode()}[{int.from_bytes(place[-12:-8], 'big')}]@{int.from_bytes(place[-8:], 'big')}"
    return f"{at} is row {index} of the {first.size} sealed {first.sealed_at}"


class Export:
    """An archive or a folder, and the first difference in it of each place (a partition, a file) and kind."""

    def __init__(self, path: Path) -> None:
        self.path, self.archive = path, None if path.is_dir() else zipfile.ZipFile(path)
        files = (each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file())
        self.names = sorted(files if self.archive is None else self.archive.namelist())
        self.differences: dict[tuple[str, str], str] = {}

    def tell(self, place: str, at: str, kind: str, what: object) -> None:
        self.differences.setdefault((place, kind), f"{place}{at}: {what}")

    def open(self, name: str) -> Any:
        return (self.path / name).open("rb") if self.archive is None else self.archive.open(name)

    def lines(self, name: str) -> Iterator[bytes]:
        """All of a file, line by line; where reading ends in an error, that is told."""
        try:
            with self.open(name) as stream:
                yield from stream
        except WRONG:
            self.tell(name, "", "file", "is missing, or cannot be read to its end")

    def notes(self, name: str) -> list[str]:
        """The parts of the signed notes in a file: a text, its signatures, a text, and so on."""
        whole = b"".join(self.lines(name)).decode(errors="replace")
        return whole[:-1].split("\n\n") if whole.endswith("\n") else [whole]


def check_manifest(export: Export, keys: Keys) -> bool:
    """Every file against its hash, no file too many or too few. Returns whether the manifest is signed."""
    body, *signatures = export.notes(MANIFEST)
    origin, *lines = body.split("\n")
    hashes = {line[66:]: line[:64] for line in lines}
    for name in sorted({*export.names, *hashes} - {MANIFEST}):
        digest = hashlib.sha256()
        for line in export.lines(name):
            digest.update(line)
        if export.names.count(name) != 1 or hashes.get(name) != digest.hexdigest():
            export.tell(name, "", "file", "is missing, not in the manifest, or not what the manifest says")
    try:
        right = len(signatures) < 2 and all(re.fullmatch("[0-9a-f]{64}  .+", line) for line in lines)
        demand(right and {f"{name}/export" for name, _ in keys} == {origin}, "no manifest of your key's study")
        for each in signatures:
            demand_signed(f"{body}\n", each, keys)
    except WRONG as wrong:
        export.tell(MANIFEST, "", "manifest", wrong)
    return bool(signatures)


def read_seals(export: Export, keys: Keys) -> Iterator[Seal]:
    """Those that a trusted key signed; told as well where one goes behind the one before."""
    parts, before = export.notes(SEALS), (0, "")
    for number in range(1, (len(parts) + 1) // 2 + 1):
        try:
            seal = parse_seal(SEALS, f", seal {number}", parts[2 * number - 2 : 2 * number], keys)
            demand(before <= (seal.size, seal.sealed_at), "it goes back behind the seal before")
            before = seal.size, seal.sealed_at
            yield seal
        except WRONG as wrong:
            export.tell(SEALS, f", seal {number}", "seal", wrong)
    if export.notes(LAST_SEAL) != parts[-2:]:
        export.tell(LAST_SEAL, "", "seal", f"is not the last seal of {SEALS}")


def read_rows(export: Export, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a partition, each line by itself and against the one before; ``right`` where all of it fits."""
    topic, _, digits = name[len("rows/") : -len(".jsonl")].rpartition(".")
    place, partition = f"{topic}[{digits}]", int(digits) if digits.isdecimal() else -1
    expected, previous = 0, bytes(32)
    for number, line in enumerate(export.lines(name), 1):
        where = f"line {number} of {name}"
        try:
            row = parse_line(line, ROW)
            said, sealed, offset = binary(row["chain"]), binary(row["leaf"]), row["offset"]
            previous = previous if offset == expected else b""
            chain, leaf = row_hashes(previous, topic, partition, row)
        except WRONG as wrong:
            export.tell(place, f"@{expected}", "line", f"{where} is not written as a row is ({wrong})")
            expected, previous = expected + 1, b""
            continue
        if offset != expected:
            export.tell(place, f"@{min(offset, expected)}", "offset", f"{where} has offset {offset}, not {expected}")
        elif chain != said:
            export.tell(place, f"@{offset}", "chain", f"{where}: what was received, or its status, is not as chained")
        elif leaf != sealed:
            export.tell(place, f"@{offset}", "leaf", f"{where}: its times or its commit are not as its leaf hash says")
        yield {**row, "place": place, "hash": sealed, "right": previous and chain == said and leaf == sealed}
        expected, previous = offset + 1, said


def check_commit(export: Export, number: int, line: bytes, rows: list[dict[str, Any]]) -> None:
    """The line of a commit against its rows, of which all may be missing."""
    try:
        said = parse_line(line, COMMIT)
        first, last, place = said["first_offset"], said["last_offset"], f"{said['topic']}[{said['partition']}]"
        found = [(row["commit"], row["place"], row["offset"], row["committed_at"]) for row in rows]
        told = [(said["number"], place, first + at, said["committed_at"]) for at in range(len(rows))]
        demand(found == told and said["number"] == number, f"the rows of commit {number} have another place or time")
        if last != first + len(rows) - 1:
            what = f"the row is missing, or line {number} of {COMMITS} is wrong: commit {number} goes to @{last}"
            export.tell(place, f"@{first + len(rows)}", "commit", what)
    except WRONG as wrong:
        export.tell(COMMITS, f", line {number}", "commit", wrong)


def walk(export: Export, seals: list[Seal]) -> tuple[int, Seal | None, int]:
    """All rows by their commits. Returns how many, the last seal over their hashes, and how many under it are wrong."""
    edge, size, held, accepted, done, wrong, under = list[tuple[int, bytes]](), 0, None, set[str](), 0, 0, 0
    names = [name for name in dict.fromkeys(export.names) if name.startswith("rows/")]
    rows = heapq.merge(*(read_rows(export, name) for name in names), key=lambda row: (row["commit"], row["offset"]))
    lines, seals = list(export.lines(COMMITS)), sorted(seals, key=lambda seal: seal.size)
    groups = ((number, list(each)) for number, each in itertools.groupby(rows, key=lambda row: row["commit"]))
    for number, together in itertools.chain(groups, [(len(lines) + 1, [])]):
        for each in range(done + 1, min(number, len(lines) + 1)):
            check_commit(export, each, lines[each - 1], [])
        if together:
            check_commit(export, number, b"".join(lines[number - 1 : number]), together)
        done, size = max(done, number), size + len(together)
        for row in together:
            node, height, wrong = row["hash"], 0, wrong + (not row["right"])
            while edge and edge[-1][0] == height:
                node, height = node_hash(edge.pop()[1], node), height + 1
            edge.append((height, node))
            if row["status"] == "accepted" and row["event_id"] in accepted:
                export.tell(row["place"], f"@{row['offset']}", "event", "its event was accepted before")
            accepted.update([row["event_id"]] if row["status"] == "accepted" else [])
        while seals and (seals[0].size <= size or not together):
            seal = seals.pop(0)
            if (seal.size, seal.commit, seal.root) == (size, number, root_of(edge)):
                held, under = seal, wrong
            else:
                export.tell(seal.place, seal.at, "root", f"it covers {seal.size} rows, and these {size} are others")
    return size, held, under


def verify(export: Export, keys: Keys, kept: str | None) -> list[str]:
    """Checks everything. Returns what to tell the reader; what is wrong is in ``export.differences``."""
    signed, seals, mine = check_manifest(export, keys), list(read_seals(export, keys)), "the seal that you kept"
    if kept is not None:
        try:
            seals.append(parse_seal(mine, "", kept[:-1].split("\n\n"), keys))
            demand(seals[-1][2:] in [each[2:] for each in seals[:-1]], "it is not among the seals of this export")
        except WRONG as wrong:
            export.tell(mine, "", "seal", wrong)
    rows, held, under = walk(export, seals)
    if held is None or rows > held.size:
        export.tell("rows", "", "seal", f"of {rows}, {held.size if held else 0} stand under a seal that holds")
    sure = f"{held.size - under} of {held.size} rows, to commit {held.commit}, {held.sealed_at}" if held else "none"
    manifest = "signed" if signed else "not signed: of files other than rows and seals it shows accidents only"
    so = "; the seal that you kept holds" if kept and mine not in {at for at, _ in export.differences} else ""
    return [f"rows: {rows}, seals: {len(seals) - bool(so)}, manifest: {manifest}", f"trustworthy: {sure}{so}"]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", metavar="inclusion|consistency", nargs="?", choices=("inclusion", "consistency"))
    parser.add_argument("path", metavar="EXPORT|PROOF", type=Path)
    parser.add_argument("--key", action="append", required=True)
    parser.add_argument("--kept", metavar="SEAL", type=Path)
    given, code = parser.parse_args(arguments), 2
    try:
        texts = [each if "+" in each else Path(each).read_text(encoding="utf-8") for each in given.key]
        keys = dict(parse_key(line) for each in texts for line in each.splitlines() if line and line[0] != "#")
        kept = None if given.kept is None else given.kept.read_text(encoding="utf-8")
        if given.kind:
            text, code = given.path.read_text(encoding="utf-8"), 1
            print(f"PROVEN: {check_proof(text, given.kind, keys)}")
            return 0
        export = Export(given.path)
    except WRONG as wrong:
        print(f"{'NOT PROVEN' if code == 1 else 'verify_trialog'}: {wrong}", file=sys.stderr)
        return code
    print("\n".join(verify(export, keys, kept)))
    print("\n".join(export.differences.values()) or "WHOLE: rows as they were sealed, files as the manifest says")
    return 1 if export.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

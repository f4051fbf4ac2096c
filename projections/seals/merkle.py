"""The Merkle tree of RFC 6962, section 2.1: roots, inclusion proofs (2.1.1) and consistency proofs (2.1.2). Pure.

Proofs are computed over a source of nodes, of which they ask a logarithmic number; nothing here sees all leaves.
Verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2, which spell out what RFC 6962 leaves to the reader.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()

Subtree = tuple[int, int]
"""Level and index: the leaves from ``index * 2**level`` to before ``(index + 1) * 2**level``."""


class Nodes(Protocol):
    """Where the hashes of complete subtrees come from."""

    def node(self, level: int, index: int) -> bytes:
        """The hash over the leaves of this subtree, all of which exist."""


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf's bytes.

    >>> leaf_hash(b"").hex()
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two sides."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """A growing tree, of which only the largest complete subtrees are kept: 32 bytes for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._hashes: list[bytes] = []

    @classmethod
    def over(cls, nodes: Nodes, size: int) -> "Frontier":
        """The tree over the first ``size`` leaves of a stored one, to which more are to be added."""
        frontier = cls()
        frontier.size = size
        frontier._hashes = [nodes.node(*each) for each in complete_subtrees(0, size)]
        return frontier

    def add(self, hashed: bytes) -> None:
        """Adds the hash of the next leaf."""
        self.size += 1
        complete = self.size
        while not complete & 1:
            hashed = node_hash(self._hashes.pop(), hashed)
            complete >>= 1
        self._hashes.append(hashed)

    def root(self) -> bytes:
        """The root over the leaves so far."""
        return _joined(self._hashes)


def complete_subtrees(begin: int, end: int) -> list[Subtree]:
    """The subtrees whose leaves are those from ``begin`` to before ``end``, the largest first.

    ``begin`` is where the tree itself would split: a multiple of the smallest power of two that holds the range.
    """
    found = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        found.append((level, begin >> level))
        begin += 1 << level
    return found


def root_of(nodes: Nodes, size: int) -> bytes:
    """The root over the first ``size`` leaves."""
    return _range_root(nodes, 0, size)


def inclusion_proof(nodes: Nodes, index: int, size: int) -> tuple[bytes, ...]:
    """The path of the leaf at ``index`` in the tree over the first ``size`` leaves, from the leaf's side up."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among the first {size}")
    begin, end = 0, size
    aside = []
    while end - begin > 1:
        middle = begin + _left_size(end - begin)
        if index < middle:
            aside.append((middle, end))
            end = middle
        else:
            aside.append((begin, middle))
            begin = middle
    return tuple(_range_root(nodes, *each) for each in reversed(aside))


def consistency_proof(nodes: Nodes, first: int, second: int) -> tuple[bytes, ...]:
    """What shows that the tree over the first ``second`` leaves extends that over the first ``first``, at least 1."""
    if not 0 < first <= second:
        raise ValueError(f"a tree of {second} leaves cannot extend one of {first}")
    begin, end, whole = 0, second, True
    aside = []
    while end != first:
        middle = begin + _left_size(end - begin)
        if first <= middle:
            aside.append((middle, end))
            end = middle
        else:
            aside.append((begin, middle))
            begin, whole = middle, False
    # The verifier has the root of the first tree already where that tree is one of the subtrees on the way.
    if not whole:
        aside.append((begin, end))
    return tuple(_range_root(nodes, *each) for each in reversed(aside))


def verify_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether this path shows that the leaf of this hash is the one at ``index`` of the tree of ``size`` leaves."""
    if not 0 <= index < size:
        return False
    at, last = index, size - 1
    for aside in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = node_hash(aside, hashed)
            # On the right edge the levels at which nothing stands aside have no hash in the path.
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, aside)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def verify_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether this proof shows that the second tree begins with all leaves of the first, in the same order."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_first = of_second = path[0]
    for aside in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            of_first, of_second = node_hash(aside, of_first), node_hash(aside, of_second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            of_second = node_hash(of_second, aside)
        at, last = at >> 1, last >> 1
    return last == 0 and of_first == first_root and of_second == second_root


def _left_size(size: int) -> int:
    """The largest power of two below ``size``, which is how many leaves the left side of a tree has."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_root(nodes: Nodes, begin: int, end: int) -> bytes:
    return _joined([nodes.node(*each) for each in complete_subtrees(begin, end)])


def _joined(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees, each smaller than the one before."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root

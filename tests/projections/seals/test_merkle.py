"""Roots and proofs equal the published vectors of Certificate Transparency and a second, naive implementation."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.seals.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.projections.seals import naive

# github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc: the leaves, kSHA256Roots, the paths
# and the snapshot consistency proofs. The same stand in github.com/transparency-dev/merkle, testonly/constants.go.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
SIZES = st.integers(min_value=1, max_value=300)


def drawn(size: int) -> list[bytes]:
    return [number.to_bytes(2) for number in range(size)]


def grown(leaves: list[bytes]) -> bytes:
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf_hash(leaf))
    assert frontier.size == len(leaves)
    return frontier.root()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_the_published_ones(size: int) -> None:
    assert root_of(naive.AllLeaves(LEAVES), size).hex() == ROOTS[size]
    assert grown(LEAVES[:size]).hex() == ROOTS[size]
    assert naive.mth(LEAVES[:size]).hex() == ROOTS[size]
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int) -> None:
    expected = tuple(map(bytes.fromhex, INCLUSION[index, size]))
    assert inclusion_proof(naive.AllLeaves(LEAVES), index, size) == expected
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, expected, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("first", "second"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first: int, second: int) -> None:
    expected = tuple(map(bytes.fromhex, CONSISTENCY[first, second]))
    assert consistency_proof(naive.AllLeaves(LEAVES), first, second) == expected
    roots = [bytes.fromhex(ROOTS[size]) for size in (first, second)]
    assert verify_consistency(first, roots[0], second, roots[1], expected)


@settings(max_examples=60, deadline=None)
@given(size=SIZES, data=st.data())
def test_proofs_of_any_tree_are_those_of_the_naive_implementation(size: int, data: st.DataObject) -> None:
    leaves, nodes = drawn(size), naive.AllLeaves(drawn(size))
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    assert root_of(nodes, size) == grown(leaves) == naive.mth(leaves)
    assert list(inclusion_proof(nodes, index, size)) == naive.path(index, leaves)
    assert list(consistency_proof(nodes, first, size)) == naive.proof(first, leaves)


def test_every_proof_of_every_small_tree_verifies() -> None:
    for size in range(1, 34):
        leaves, nodes = drawn(size), naive.AllLeaves(drawn(size))
        root = naive.mth(leaves)
        for index in range(size):
            assert verify_inclusion(leaf_hash(leaves[index]), index, size, inclusion_proof(nodes, index, size), root)
        for first in range(1, size + 1):
            proof = consistency_proof(nodes, first, size)
            assert verify_consistency(first, naive.mth(leaves[:first]), size, root, proof)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 300), data=st.data())
def test_a_proof_of_inclusion_verifies_nothing_else(size: int, data: st.DataObject) -> None:
    leaves, nodes = drawn(size), naive.AllLeaves(drawn(size))
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    proof, root, hashed = inclusion_proof(nodes, index, size), naive.mth(leaves), leaf_hash(leaves[index])
    at = data.draw(st.integers(0, len(proof) - 1))
    flipped = (*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :])
    assert other == index or not verify_inclusion(hashed, other, size, proof, root)
    assert other == index or not verify_inclusion(leaf_hash(leaves[other]), index, size, proof, root)
    assert not verify_inclusion(hashed, index, size, flipped, root)
    assert not verify_inclusion(hashed, index, size, proof[:-1], root)
    assert not verify_inclusion(hashed, index, size, (*proof, root), root)
    assert not verify_inclusion(hashed, size, size, proof, root)


@settings(max_examples=60, deadline=None)
@given(size=st.integers(2, 300), data=st.data())
def test_a_proof_of_consistency_holds_for_no_tree_with_another_beginning(size: int, data: st.DataObject) -> None:
    leaves, nodes = drawn(size), naive.AllLeaves(drawn(size))
    first = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, first - 1))
    begun, proof, root = naive.mth(leaves[:first]), consistency_proof(nodes, first, size), naive.mth(leaves)
    other = [*leaves[:changed], b"changed", *leaves[changed + 1 :]]
    assert not verify_consistency(first, naive.mth(other[:first]), size, root, proof)
    assert not verify_consistency(
        first, begun, size, naive.mth(other), consistency_proof(naive.AllLeaves(other), first, size)
    )
    assert not verify_consistency(first, begun, size, root, (*proof, root))
    assert not verify_consistency(first, begun, size, root, proof[:-1])
    assert not verify_consistency(size, root, first, begun, proof)


def test_a_proof_asks_for_a_logarithmic_number_of_nodes() -> None:
    nodes = naive.AllLeaves(drawn(1_000))
    inclusion_proof(nodes, 700, 1_000)
    consistency_proof(nodes, 700, 1_000)
    assert nodes.asked <= 2 * 2 * 10  # two proofs of at most 10 hashes; one at the edge is of several nodes


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_path_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not among"):
        inclusion_proof(naive.AllLeaves(LEAVES), index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3)])
def test_nothing_extends_an_empty_or_a_longer_tree(first: int, second: int) -> None:
    with pytest.raises(ValueError, match="cannot extend"):
        consistency_proof(naive.AllLeaves(LEAVES), first, second)
    assert not verify_consistency(first, EMPTY_ROOT, second, bytes.fromhex(ROOTS[second]), ())

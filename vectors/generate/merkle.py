"""RFC 6962 trees: hashes, roots, proofs by the recursive definitions; verification by the loops of RFC 9162 section 2.1.

The two readings are apart on purpose: a proof made by one is checked by the other. `VirtualTree` gives roots and proofs
of trees far too large to hold: a perfect subtree that no proof has to enter is a hash drawn from its coordinates.
"""

import hashlib

from bytes_text import Refused

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_of(n):
    """The largest power of two smaller than n, for n > 1."""
    return 1 << ((n - 1).bit_length() - 1)


def root(hashes):
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    k = split_of(len(hashes))
    return node_hash(root(hashes[:k]), root(hashes[k:]))


class Tree:
    """A tree small enough to hold: its leaf hashes."""

    def __init__(self, hashes):
        self.hashes = hashes

    def node(self, lo, size):
        return root(self.hashes[lo : lo + size])


class VirtualTree:
    """A tree of any size that can be entered only on the way to the cuts (leaf positions) named at the start."""

    def __init__(self, seed, cuts, known=None):
        self.seed, self.cuts, self.known = seed, cuts, known or {}

    def node(self, lo, size):
        if (lo, size) in self.known:
            return self.known[lo, size]
        perfect = size & (size - 1) == 0
        if perfect and not any(lo < cut < lo + size for cut in self.cuts):
            return hashlib.sha256(f"{self.seed}|{lo}|{size}".encode()).digest()
        k = split_of(size)
        return node_hash(self.node(lo, k), self.node(lo + k, size - k))


def inclusion_proof(tree, index, size, lo=0):
    """PATH of RFC 6962 2.1.1, sibling of the leaf first."""
    if size == 1:
        return []
    k = split_of(size)
    if index < k:
        return inclusion_proof(tree, index, k, lo) + [tree.node(lo + k, size - k)]
    return inclusion_proof(tree, index - k, size - k, lo + k) + [tree.node(lo, k)]


def consistency_proof(tree, size1, size2, lo=0, whole=True):
    """SUBPROOF of RFC 6962 2.1.2; empty where size1 is 0 or equals size2."""
    if size1 == 0:
        return []
    if size1 == size2:
        return [] if whole else [tree.node(lo, size2)]
    k = split_of(size2)
    if size1 <= k:
        return consistency_proof(tree, size1, k, lo, whole) + [tree.node(lo + k, size2 - k)]
    return consistency_proof(tree, size1 - k, size2 - k, lo + k, False) + [tree.node(lo, k)]


def need_hashes(*hashes):
    if any(len(h) != 32 for h in hashes):
        raise Refused("proof_malformed")


def verify_inclusion(leaf, index, size, proof, expected_root):
    need_hashes(leaf, expected_root, *proof)
    if index >= size:
        raise Refused("index_out_of_range")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            raise Refused("inclusion_invalid")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or r != expected_root:
        raise Refused("inclusion_invalid")


def verify_consistency(size1, size2, root1, root2, proof):
    need_hashes(root1, root2, *proof)
    if size1 > size2:
        raise Refused("index_out_of_range")
    if size1 == 0 or size1 == size2:
        good = (
            not proof and (root1 == EMPTY_ROOT if size1 == 0 else True) and (root1 == root2 if size1 == size2 else True)
        )
        if not good:
            raise Refused("consistency_invalid")
        return
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not path:
        raise Refused("consistency_invalid")
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            raise Refused("consistency_invalid")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or fr != root1 or sr != root2:
        raise Refused("consistency_invalid")

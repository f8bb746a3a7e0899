"""verify-inclusion, verify-consistency: small trees by their leaves, vast ones by their shape, and every broken proof."""

import merkle
from bytes_text import to_base64
from merkle import EMPTY_ROOT, VirtualTree
from sample_log import TREE
from topic import Topic, seeded

TOP = 2**64 - 1
INCLUSIONS = [
    (0, 1),
    (0, 2),
    (1, 2),
    (2, 3),
    (0, 3),
    (3, 4),
    (4, 5),
    (0, 5),
    (6, 7),
    (7, 8),
    (5, 8),
    (8, 9),
    (10, 13),
    (255, 256),
    (256, 257),
    (271, 300),
    (299, 300),
    (0, 300),
]
VAST_INCLUSIONS = [
    (2**32, 2**32 + 1),
    (2**53 - 1, 2**53),
    (2**53 + 1, 2**53 + 3),
    (0, 2**63),
    (2**63 - 1, 2**63),
    (2**63, 2**63 + 1),
    (TOP - 1, TOP),
    (0, TOP),
    (0x5555555555555555, 0xAAAAAAAAAAAAAAAB),
    (2**40 + 12345, 2**41 - 77),
]
CONSISTENCIES = [
    (1, 2),
    (1, 3),
    (2, 3),
    (3, 4),
    (1, 8),
    (2, 8),
    (3, 7),
    (4, 7),
    (6, 8),
    (7, 8),
    (8, 13),
    (5, 6),
    (255, 256),
    (256, 257),
    (256, 300),
    (299, 300),
    (1, 300),
    (128, 300),
]
VAST_CONSISTENCIES = [
    (2**32 - 1, 2**32 + 1),
    (2**53 - 1, 2**53 + 1),
    (2**53, 2**53 + 1),
    (1, 2**63),
    (2**63 - 1, 2**63),
    (2**63, 2**63 + 1),
    (2**63 + 1, TOP),
    (TOP - 1, TOP),
    (3, TOP),
    (2**62, TOP),
]


def inclusion(leaf, index, size, proof, root):
    return {
        "leaf_hash_b64": to_base64(leaf),
        "index": str(index),
        "size": str(size),
        "proof": [to_base64(h) for h in proof],
        "root_b64": to_base64(root),
    }


def inclusion_in(index, size):
    if size <= 300:
        return TREE.hashes[index], merkle.inclusion_proof(TREE, index, size), TREE.node(0, size)
    leaf = seeded(f"leaf {index} of {size}")
    tree = VirtualTree(f"inclusion {size}", [index, index + 1], {(index, 1): leaf})
    return leaf, merkle.inclusion_proof(tree, index, size), tree.node(0, size)


def flip(value, at=0):
    return bytes([*value[:at], value[at] ^ 1, *value[at + 1 :]])


def mutations(proof):
    """(name, why, proof) of proofs that must not pass."""
    if proof:
        yield "empty", "no hashes at all", []
        yield "cut-first", "the first hash is cut", proof[1:]
        yield "cut-last", "the last hash is cut", proof[:-1]
        yield "bit-first", "a bit of the first hash is flipped", [flip(proof[0]), *proof[1:]]
        yield "bit-last", "a bit of the last hash is flipped", [*proof[:-1], flip(proof[-1], 31)]
        yield "twice-first", "the first hash stands twice", [proof[0], *proof]
        yield "twice-last", "the last hash stands twice", [*proof, proof[-1]]
    yield "extended", "a hash is added at the end", [*proof, seeded("added")]
    yield "extended-front", "a hash is added at the front", [seeded("added"), *proof]
    if len(proof) > 1:
        yield "reversed", "the hashes are reversed", proof[::-1]
        yield "swapped", "the first two hashes changed places", [proof[1], proof[0], *proof[2:]]


def topic_inclusion():
    topic = Topic("verify-inclusion")
    for index, size in INCLUSIONS + VAST_INCLUSIONS:
        leaf, proof, root = inclusion_in(index, size)
        topic.good(
            f"{index}-of-{size}",
            f"leaf {index} of {size}",
            "verify-inclusion",
            inclusion(leaf, index, size, proof, root),
        )
    for index, size in [(0, 1), (2, 3), (5, 8), (299, 300), (2**53 + 1, 2**53 + 3), (2**63, 2**63 + 1), (TOP - 1, TOP)]:
        leaf, proof, root = inclusion_in(index, size)
        for name, why, changed in mutations(proof):
            if changed[::-1] == changed and name == "reversed":
                continue
            topic.bad(
                f"{name}-{index}-of-{size}",
                f"{why} ({index} of {size})",
                "verify-inclusion",
                inclusion(leaf, index, size, changed, root),
                "inclusion_invalid",
            )
        topic.bad(
            f"leaf-{index}-of-{size}",
            "another leaf",
            "verify-inclusion",
            inclusion(flip(leaf), index, size, proof, root),
            "inclusion_invalid",
        )
        topic.bad(
            f"root-{index}-of-{size}",
            "another root",
            "verify-inclusion",
            inclusion(leaf, index, size, proof, flip(root)),
            "inclusion_invalid",
        )
    hostile_inclusion(topic)
    return topic


def hostile_inclusion(topic):
    leaf, proof, root = inclusion_in(5, 8)
    good = inclusion(leaf, 5, 8, proof, root)

    def bad(name, why, code, **changes):
        topic.bad(name, why, "verify-inclusion", {**good, **changes}, code)

    for index in (0, 1, 4, 6, 7):
        bad(f"index-{index}", f"the proof of leaf 5, said to be of leaf {index}", "inclusion_invalid", index=str(index))
    # Sizes 6 to 8 give leaf 5 paths of one shape only where the tree's right edge does not matter.
    for size in (6, 9, 16, 2**53, TOP):
        bad(f"size-{size}", f"the proof of a tree of 8, said to be of {size}", "inclusion_invalid", size=str(size))
    bad("index-is-size", "index = size", "index_out_of_range", index="8")
    bad("index-over-size", "index > size", "index_out_of_range", index="9")
    bad("index-top", "index = 2^64−1", "index_out_of_range", index=str(TOP))
    bad("index-wraps-32", "index + 2^32: must not be cut to 32 bits", "index_out_of_range", index=str(2**32 + 5))
    bad("index-wraps-64", "index + 2^64", "bad_request", index=str(2**64 + 5))
    bad("size-0", "an empty tree holds nothing", "index_out_of_range", size="0")
    bad(
        "size-0-index-0",
        "leaf 0 of nothing, its root that of nothing",
        "index_out_of_range",
        index="0",
        size="0",
        proof=[],
        root_b64=to_base64(EMPTY_ROOT),
    )
    topic.bad(
        "size-0-root-is-leaf",
        "leaf 0 of nothing, its root the leaf",
        "verify-inclusion",
        inclusion(leaf, 0, 0, [], leaf),
        "index_out_of_range",
    )
    topic.bad(
        "inner-node-as-leaf",
        "an inner node passed off as a leaf of a smaller tree",
        "verify-inclusion",
        inclusion(TREE.node(4, 2), 2, 8, merkle.inclusion_proof(TREE, 4, 8)[1:], root),
        "inclusion_invalid",
    )
    for name, value in [("31", leaf[:31]), ("33", leaf + b"\0"), ("empty", b"")]:
        bad(f"leaf-{name}", f"a leaf hash of {len(value)} bytes", "proof_malformed", leaf_hash_b64=to_base64(value))
        bad(f"root-{name}", f"a root of {len(value)} bytes", "proof_malformed", root_b64=to_base64(value))
        bad(
            f"hash-{name}",
            f"a proof hash of {len(value)} bytes",
            "proof_malformed",
            proof=[*good["proof"][:-1], to_base64(value)],
        )
    bad("joined", "two hashes in one line", "proof_malformed", proof=[to_base64(b"".join(proof))])
    bad(
        "lengths-before-range",
        "a short hash is named before the index",
        "proof_malformed",
        index="8",
        proof=[to_base64(b"x")],
    )
    for name, value in [
        ("leading-zero", "05"),
        ("minus", "-5"),
        ("fraction", "5.0"),
        ("empty", ""),
        ("number", 5),
        ("null", None),
    ]:
        bad(f"index-{name}", f"index: {name}", "bad_request", index=value)
    bad("size-number", "size is a number", "bad_request", size=8)
    bad("proof-text", "proof is a text", "bad_request", proof="")
    bad("proof-null", "proof holds null", "bad_request", proof=[None])
    bad("proof-base64", "a proof hash is no base64", "base64_malformed", proof=["A"])
    bad("sixty-five", "65 hashes", "inclusion_invalid", proof=[to_base64(seeded(f"h{i}")) for i in range(65)])


def consistency(size1, size2, root1, root2, proof):
    return {
        "size1": str(size1),
        "size2": str(size2),
        "root1_b64": to_base64(root1),
        "root2_b64": to_base64(root2),
        "proof": [to_base64(h) for h in proof],
    }


def consistency_in(size1, size2):
    tree = TREE if size2 <= 300 else VirtualTree(f"consistency {size1} {size2}", [size1])
    return tree.node(0, size1), tree.node(0, size2), merkle.consistency_proof(tree, size1, size2)


def topic_consistency():
    topic = Topic("verify-consistency")
    for size1, size2 in CONSISTENCIES + VAST_CONSISTENCIES:
        root1, root2, proof = consistency_in(size1, size2)
        topic.good(
            f"{size1}-to-{size2}",
            f"{size1} to {size2}",
            "verify-consistency",
            consistency(size1, size2, root1, root2, proof),
        )
    for size in (1, 7, 8, 300):
        root = TREE.node(0, size)
        topic.good(f"same-{size}", f"{size} to itself", "verify-consistency", consistency(size, size, root, root, []))
    vast = seeded("vast")
    topic.good(f"same-{TOP}", "2^64−1 to itself", "verify-consistency", consistency(TOP, TOP, vast, vast, []))
    topic.good("same-0", "nothing to nothing", "verify-consistency", consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, []))
    topic.good(
        "0-to-7",
        "nothing to 7: nothing to prove",
        "verify-consistency",
        consistency(0, 7, EMPTY_ROOT, TREE.node(0, 7), []),
    )
    for size1, size2 in [(1, 2), (3, 7), (4, 7), (8, 13), (256, 300), (2**53, 2**53 + 1), (2**63 + 1, TOP)]:
        root1, root2, proof = consistency_in(size1, size2)
        for name, why, changed in mutations(proof):
            if changed[::-1] == changed and name == "reversed":
                continue
            topic.bad(
                f"{name}-{size1}-to-{size2}",
                f"{why} ({size1} to {size2})",
                "verify-consistency",
                consistency(size1, size2, root1, root2, changed),
                "consistency_invalid",
            )
        for name, first, second in [
            ("root1", flip(root1), root2),
            ("root2", root1, flip(root2)),
            ("roots-swapped", root2, root1),
        ]:
            topic.bad(
                f"{name}-{size1}-to-{size2}",
                f"{name} ({size1} to {size2})",
                "verify-consistency",
                consistency(size1, size2, first, second, proof),
                "consistency_invalid",
            )
    hostile_consistency(topic)
    return topic


def hostile_consistency(topic):
    root1, root2, proof = consistency_in(3, 7)
    good = consistency(3, 7, root1, root2, proof)

    def bad(name, why, code, **changes):
        topic.bad(name, why, "verify-consistency", {**good, **changes}, code)

    bad("backwards", "from 7 to 3", "index_out_of_range", size1="7", size2="3")
    bad("backwards-by-one", "from 8 to 7", "index_out_of_range", size1="8")
    bad("from-top", "from 2^64−1 to 7", "index_out_of_range", size1=str(TOP))
    bad("wraps-32", "size1 + 2^32", "index_out_of_range", size1=str(2**32 + 3))
    bad("over-64", "size2 = 2^64", "bad_request", size2=str(2**64))
    for size1 in (1, 2, 4, 5, 6):
        bad(f"size1-{size1}", f"the proof from 3, said to be from {size1}", "consistency_invalid", size1=str(size1))
    topic.good(
        "same-shape",
        "a proof binds hashes, not sizes: 3 to 6 has the shape of 3 to 7 (sizes come from checkpoints)",
        "verify-consistency",
        {**good, "size2": "6"},
    )
    for size2 in (4, 9, 11, TOP):
        bad(f"size2-{size2}", f"the proof to 7, said to be to {size2}", "consistency_invalid", size2=str(size2))
    topic.bad(
        "same-other-root",
        "one size, two roots: a fork",
        "verify-consistency",
        consistency(7, 7, root2, flip(root2), []),
        "consistency_invalid",
    )
    topic.bad(
        "same-with-proof",
        "one size, with a proof",
        "verify-consistency",
        consistency(7, 7, root2, root2, proof),
        "consistency_invalid",
    )
    topic.bad(
        "same-with-root",
        "one size, the root as proof",
        "verify-consistency",
        consistency(7, 7, root2, root2, [root2]),
        "consistency_invalid",
    )
    topic.bad(
        "0-other-root",
        "nothing, under another root than that of nothing",
        "verify-consistency",
        consistency(0, 7, root1, root2, []),
        "consistency_invalid",
    )
    topic.bad(
        "0-zero-root",
        "nothing, under a root of zeros",
        "verify-consistency",
        consistency(0, 7, bytes(32), root2, []),
        "consistency_invalid",
    )
    topic.bad(
        "0-with-proof",
        "nothing to 7, with a proof",
        "verify-consistency",
        consistency(0, 7, EMPTY_ROOT, root2, [root2]),
        "consistency_invalid",
    )
    topic.bad(
        "0-to-0-other-root",
        "nothing to nothing under a root of zeros",
        "verify-consistency",
        consistency(0, 0, bytes(32), bytes(32), []),
        "consistency_invalid",
    )
    topic.bad(
        "power-with-root1",
        "size1 is a power of two and its root stands in the proof",
        "verify-consistency",
        consistency(4, 7, *consistency_in(4, 7)[:2], [TREE.node(0, 4), *consistency_in(4, 7)[2]]),
        "consistency_invalid",
    )
    for name, value in [("31", root1[:31]), ("33", root1 + b"\0"), ("empty", b"")]:
        bad(f"root1-{name}", f"root1 of {len(value)} bytes", "proof_malformed", root1_b64=to_base64(value))
        bad(f"root2-{name}", f"root2 of {len(value)} bytes", "proof_malformed", root2_b64=to_base64(value))
        bad(
            f"hash-{name}",
            f"a proof hash of {len(value)} bytes",
            "proof_malformed",
            proof=[to_base64(value), *good["proof"][1:]],
        )
    for name, value in [("leading-zero", "03"), ("minus", "-3"), ("fraction", "3.0"), ("empty", ""), ("number", 3)]:
        bad(f"size1-{name}", f"size1: {name}", "bad_request", size1=value)
    bad("proof-base64", "a proof hash is no base64", "base64_malformed", proof=["A"])
    bad("proof-absent", "proof is null", "bad_request", proof=None)
    bad("sixty-five", "65 hashes", "consistency_invalid", proof=[to_base64(seeded(f"h{i}")) for i in range(65)])


def topics():
    return [topic_inclusion(), topic_consistency()]

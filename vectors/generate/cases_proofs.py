"""verify-proof: tlog-proof files as anyone may write them, and every way to cut, stretch or swap one."""

import merkle
import notes
import proofs
import sample_log as log
from bytes_text import to_base64
from sample_log import ENTRIES, LOG_VKEY, ORIGIN, TREE, WITNESS_VKEYS, signed, text_at
from topic import Topic, seeded

INDEX, SIZE = 271, 300
HASHES = merkle.inclusion_proof(TREE, INDEX, SIZE)
CHECKPOINT = log.checkpoint(SIZE, (0, 1))
GOOD = proofs.proof_text(INDEX, HASHES, CHECKPOINT)
LINES = [to_base64(h) for h in HASHES]


def given(proof, leaf=ENTRIES[INDEX], origin=ORIGIN, vkey=LOG_VKEY):
    proof = proof if isinstance(proof, bytes) else proof.encode("utf-8")
    return {"proof_b64": to_base64(proof), "leaf_b64": to_base64(leaf), "origin": origin, "vkey": vkey}


def valid(topic):
    def good(name, why, proof, leaf=ENTRIES[INDEX], **known):
        topic.good(name, why, "verify-proof", given(proof, leaf), **known)

    good("plain", "a proof without extra", GOOD, index=str(INDEX), size=str(SIZE))
    good(
        "extra", "a proof with extra, which is not looked at", proofs.proof_text(INDEX, HASHES, CHECKPOINT, b"anything")
    )
    good("extra-long", "60,000 bytes of extra", proofs.proof_text(INDEX, HASHES, CHECKPOINT, seeded("extra", 60_000)))
    good("one-of-one", "no hashes at all", proofs.proof_text(0, [], log.checkpoint(1)), ENTRIES[0], index="0", size="1")
    for index, size in [(0, 2), (1, 2), (2, 3), (6, 7), (7, 8), (255, 256), (256, 257), (299, 300)]:
        hashes = merkle.inclusion_proof(TREE, index, size)
        good(
            f"{index}-of-{size}",
            f"leaf {index} of {size}",
            proofs.proof_text(index, hashes, log.checkpoint(size)),
            ENTRIES[index],
        )
    entry = b"an entry of any length \xff\x00" * 20
    index, size = 2**63, 2**63 + 12345
    tree = merkle.VirtualTree("proof vast", [index, index + 1], {(index, 1): merkle.leaf_hash(entry)})
    text = signed(notes.checkpoint_text(ORIGIN, size, tree.node(0, size)))
    good(
        "vast",
        "leaf 2^63",
        proofs.proof_text(index, merkle.inclusion_proof(tree, index, size), text),
        entry,
        index=str(index),
        size=str(size),
    )
    tree = merkle.Tree([merkle.leaf_hash(b"")])
    text = signed(notes.checkpoint_text(ORIGIN, 1, tree.node(0, 1)))
    good("empty-entry", "an entry of no bytes", proofs.proof_text(0, [], text), b"")
    good(
        "extension",
        "a checkpoint with an extension line",
        proofs.proof_text(INDEX, HASHES, signed(text_at(SIZE, extensions=["x"]))),
    )


def malformed(topic):
    index_line = f"index {INDEX}\n"
    head = f"{proofs.HEADER}\n{index_line}"

    def bad(name, why, proof):
        topic.bad(name, why, "verify-proof", given(proof), "proof_malformed")

    bad("empty", "no bytes", "")
    bad("header-only", "the header alone", proofs.HEADER + "\n")
    bad("header-version", "another version in the header", GOOD.replace("@v1", "@v2"))
    bad("header-case", "the header in another case", GOOD.replace("c2sp", "C2SP"))
    bad("header-space", "a space after the header", GOOD.replace("@v1\n", "@v1 \n"))
    bad("header-absent", "no header", GOOD.split("\n", 1)[1])
    bad("header-twice", "the header twice", proofs.HEADER + "\n" + GOOD)
    bad("byte-order-mark", "a byte order mark before the header", "\ufeff" + GOOD)
    bad("carriage-returns", "CR LF line ends", GOOD.replace("\n", "\r\n"))
    bad("not-utf8", "a byte that is no UTF-8, in the checkpoint", GOOD.encode() + b"\xff\n")
    bad("index-absent", "no index line", GOOD.replace(index_line, ""))
    bad("index-twice", "the index line twice", GOOD.replace(index_line, index_line * 2))
    bad(
        "index-after-hashes",
        "the index line after the hashes",
        proofs.HEADER + "\n" + "\n".join(LINES) + "\n" + index_line + "\n" + CHECKPOINT,
    )
    for name, value in [
        ("leading-zero", "0271"),
        ("plus", "+271"),
        ("minus", "-1"),
        ("empty", ""),
        ("space", " 271"),
        ("trailing-space", "271 "),
        ("hexadecimal", "0x10f"),
        ("fraction", "271.0"),
        ("exponent", "1e2"),
        ("too-large", "18446744073709551616"),
        ("arabic-digits", "\u0662\u0667\u0661"),
    ]:
        bad(f"index-{name}", f"index: {name}", GOOD.replace(index_line, f"index {value}\n"))
    bad("index-tab", "a tab after index", GOOD.replace("index ", "index\t"))
    bad("index-case", "Index", GOOD.replace("index ", "Index "))
    for name, line in [
        ("empty", "extra \n"),
        ("no-space", "extra\n"),
        ("no-padding", "extra YQ\n"),
        ("url", "extra _-8=\n"),
        ("two-spaces", "extra  YQ==\n"),
        ("bits", "extra YR==\n"),
    ]:
        bad(f"extra-{name}", f"extra line: {name}", GOOD.replace(index_line, line + index_line))
    bad("extra-twice", "two extra lines", GOOD.replace(index_line, "extra YQ==\nextra YQ==\n" + index_line))
    bad("extra-after-index", "the extra line after the index", GOOD.replace(index_line, index_line + "extra YQ==\n"))
    for name, line in [
        ("31", to_base64(HASHES[0][:31])),
        ("33", to_base64(HASHES[0] + b"\0")),
        ("hex", HASHES[0].hex()),
        ("no-padding", LINES[0].rstrip("=")),
        ("space", LINES[0] + " "),
        ("two", LINES[0] + LINES[1]),
    ]:
        bad(f"hash-{name}", f"a hash line: {name}", GOOD.replace(LINES[0], line))
    bad(
        "no-blank-line",
        "no blank line before the checkpoint",
        head + "\n".join(LINES) + "\n" + CHECKPOINT.replace("\n\n", "\n"),
    )
    bad("checkpoint-absent", "nothing after the blank line", head + "\n".join(LINES) + "\n\n")
    bad("checkpoint-cut-off", "it ends in a hash line", head + "\n".join(LINES) + "\n")
    bad("sixty-five", "65 hashes", proofs.proof_text(INDEX, [seeded(f"h{i}") for i in range(65)], CHECKPOINT))


def checkpoint_faults(topic):
    def bad(name, why, proof, code, **changes):
        topic.bad(name, why, "verify-proof", {**given(proof), **changes}, code)

    def with_checkpoint(checkpoint):
        return proofs.proof_text(INDEX, HASHES, checkpoint)

    bad("vkey-malformed", "the vkey is no vkey", GOOD, "vkey_malformed", vkey="x")
    bad("vkey-cosignature", "the vkey is a witness's", GOOD, "vkey_malformed", vkey=WITNESS_VKEYS[0])
    bad("vkey-before-proof", "a malformed vkey is named before a malformed proof", "", "vkey_malformed", vkey="x")
    bad("vkey-other", "another log's key", GOOD, "note_unverified", vkey=log.OTHER_VKEY)
    bad(
        "origin", "another origin is expected", GOOD, "checkpoint_origin_mismatch", origin="log.fractal.example/shard-1"
    )
    bad(
        "checkpoint-other-log",
        "the checkpoint is signed by another log",
        with_checkpoint(signed(text_at(SIZE), seed=log.OTHER_SEED)),
        "note_unverified",
    )
    bad(
        "checkpoint-other-origin",
        "the log's key signed another origin",
        with_checkpoint(signed(text_at(SIZE, origin="elsewhere"))),
        "checkpoint_origin_mismatch",
    )
    bad(
        "checkpoint-text",
        "the log's key signed something else",
        with_checkpoint(signed("hello\n")),
        "checkpoint_malformed",
    )
    bad("checkpoint-unsigned", "the checkpoint has no signatures", with_checkpoint(text_at(SIZE)), "note_malformed")
    bad(
        "checkpoint-blank-line",
        "a blank line more before the checkpoint is part of the note",
        with_checkpoint("\n" + CHECKPOINT),
        "note_signature_invalid",
    )
    bad(
        "checkpoint-size",
        "the size was changed after signing",
        GOOD.replace("\n300\n", "\n301\n"),
        "note_signature_invalid",
    )
    bad("checkpoint-trailing", "bytes after the checkpoint", GOOD + "x\n", "note_malformed")
    bad(
        "checkpoint-empty-tree",
        "the checkpoint is of an empty tree",
        proofs.proof_text(0, [], signed(notes.checkpoint_text(ORIGIN, 0, merkle.EMPTY_ROOT))),
        "index_out_of_range",
    )


def inclusion_faults(topic):
    def bad(name, why, proof, code="inclusion_invalid", leaf=ENTRIES[INDEX]):
        topic.bad(name, why, "verify-proof", given(proof, leaf), code)

    def with_hashes(hashes, index=INDEX):
        return proofs.proof_text(index, hashes, CHECKPOINT)

    bad("index-is-size", "index = size", with_hashes(HASHES, SIZE), "index_out_of_range")
    bad("index-top", "index = 2^64−1", with_hashes(HASHES, 2**64 - 1), "index_out_of_range")
    for index in (0, 270, 272, 299):
        bad(f"index-{index}", f"the proof of 271, said to be of {index}", with_hashes(HASHES, index))
    bad("hashes-none", "all hashes are cut", with_hashes([]))
    bad("hashes-cut-first", "the first hash is cut", with_hashes(HASHES[1:]))
    bad("hashes-cut-last", "the last hash is cut", with_hashes(HASHES[:-1]))
    bad("hashes-twice", "the last hash stands twice", with_hashes([*HASHES, HASHES[-1]]))
    bad("hashes-extended", "a hash is added", with_hashes([*HASHES, seeded("added")]))
    bad("hashes-reversed", "the hashes are reversed", with_hashes(HASHES[::-1]))
    bad("hashes-swapped", "two hashes changed places", with_hashes([HASHES[1], HASHES[0], *HASHES[2:]]))
    for i in range(len(HASHES)):
        flipped = bytes([HASHES[i][0] ^ 0x80, *HASHES[i][1:]])
        bad(f"hash-{i}-bit", f"a bit of hash {i} is flipped", with_hashes([*HASHES[:i], flipped, *HASHES[i + 1 :]]))
    bad(
        "older-checkpoint",
        "the proof of 300 under the checkpoint of 290",
        proofs.proof_text(INDEX, HASHES, log.checkpoint(290)),
    )
    bad("leaf-other", "another entry", GOOD, leaf=ENTRIES[270])
    bad("leaf-empty", "no entry", GOOD, leaf=b"")
    bad("leaf-cut", "the entry without its last byte", GOOD, leaf=ENTRIES[INDEX][:-1])
    bad("leaf-longer", "the entry with one byte more", GOOD, leaf=ENTRIES[INDEX] + b"\0")
    bad("leaf-hash", "the leaf's hash instead of the entry", GOOD, leaf=TREE.hashes[INDEX])
    pair = TREE.hashes[270] + TREE.hashes[271]
    bad(
        "inner-node",
        "two leaf hashes passed off as an entry",
        proofs.proof_text(135, HASHES[1:], CHECKPOINT),
        leaf=pair,
    )
    bad(
        "inner-node-prefixed",
        "the same with the prefix of inner nodes",
        proofs.proof_text(135, HASHES[1:], CHECKPOINT),
        leaf=b"\x01" + pair,
    )


def topics():
    topic = Topic("verify-proof")
    valid(topic)
    malformed(topic)
    checkpoint_faults(topic)
    inclusion_faults(topic)
    case = given(GOOD)
    for name, change, code in [
        ("proof-base64", {"proof_b64": "x"}, "base64_malformed"),
        ("leaf-base64", {"leaf_b64": "x"}, "base64_malformed"),
        ("leaf-absent", {"leaf_b64": None}, "bad_request"),
        ("vkey-absent", {"vkey": None}, "bad_request"),
        ("origin-number", {"origin": 1}, "bad_request"),
    ]:
        topic.bad(f"input-{name}", f"input: {name}", "verify-proof", {**case, **change}, code)
    return [topic]

"""verify-receipt: receipts under a key or a policy, the output they belong to, and a bit flipped in every region."""

import json

import canonical
import commitments
import ed25519
import merkle
import notes
import proofs
import sample_log as log
from bytes_text import to_base64
from sample_log import (
    LOG_VKEY,
    ORIGIN,
    OUTPUT,
    OUTPUT_SALT,
    WITNESS_NAMES,
    WITNESS_SEEDS,
    WITNESS_TIME,
    WITNESS_VKEYS,
    signed,
)
from topic import Topic, seeded

INDEX, SIZE = 271, 300
HASHES = merkle.inclusion_proof(log.TREE, INDEX, SIZE)
CHECKPOINT = log.checkpoint(SIZE, (0, 1))
EXTRA = log.tag_of(INDEX) + log.body_salt(INDEX) + log.body(INDEX)


def receipt(extra=EXTRA, index=INDEX, hashes=HASHES, checkpoint=CHECKPOINT):
    return proofs.proof_text(index, hashes, checkpoint, extra)


GOOD = receipt()


def given(text, output=None, salt=None, policy=None, vkey=LOG_VKEY):
    text = text if isinstance(text, bytes) else text.encode("utf-8")
    case = {"receipt_b64": to_base64(text)}
    case.update({"vkey": vkey} if policy is None else {"policy": policy})
    if output is not None:
        case["output_b64"] = to_base64(output if isinstance(output, bytes) else output.encode("utf-8"))
    if salt is not None:
        case["salt_b64"] = to_base64(salt)
    return case


def single(body):
    """A receipt of a log of one entry with this body, honest in all else."""
    tag, salt = commitments.tag(log.TAG_KEY, ORIGIN, 0), seeded("single salt", 16)
    leaf = commitments.leaf_entry(tag, salt, body)
    checkpoint = signed(notes.checkpoint_text(ORIGIN, 1, merkle.leaf_hash(leaf)))
    return proofs.receipt_text(tag, salt, body, 0, [], checkpoint)


def valid(topic):
    def good(name, why, case, **known):
        topic.good(name, why, "verify-receipt", case, **known)

    body = to_base64(log.body(INDEX))
    good("plain", "under the log's key, no output", given(GOOD), origin=ORIGIN, index="271", size="300", body_b64=body)
    good("output", "with the output and its salt", given(GOOD, OUTPUT, OUTPUT_SALT), body_b64=body)
    good("salt-alone", "a salt without an output is not looked at", given(GOOD, None, b"\x01"))
    for i in (0, 255, 256, 299):
        extra = log.tag_of(i) + log.body_salt(i) + log.body(i)
        good(
            f"entry-{i}",
            f"the receipt of entry {i}",
            given(receipt(extra, i, merkle.inclusion_proof(log.TREE, i, SIZE))),
            index=str(i),
        )
    good(
        "smaller-tree",
        "the same entry under an older checkpoint",
        given(receipt(hashes=merkle.inclusion_proof(log.TREE, INDEX, 272), checkpoint=log.checkpoint(272))),
        size="272",
    )
    good("body-any-bytes", "without an output, the body is not read", given(single(b"\xff\x00 not JSON")))
    good("body-one-byte", "the shortest body", given(single(b"x")))
    good("body-longest", "a body of 65,535 bytes", given(single(b"x" * 65_535)))
    empty = commitments.item_hash("output", OUTPUT_SALT, b"").hex()
    good("output-empty", "an empty output", given(single(log.body(0, output=empty)), b"", OUTPUT_SALT))
    text = "\u00e9\U0001f600 e\u0301\n"
    named = commitments.item_hash("output", OUTPUT_SALT, text.encode()).hex()
    good("output-utf8", "an output beyond ASCII", given(single(log.body(0, output=named)), text, OUTPUT_SALT))
    nested = canonical.plain({"output": named, "z": {"output": "another name of the same spelling, one level down"}})
    good(
        "output-nested-name", "the name output one level down does not count", given(single(nested), text, OUTPUT_SALT)
    )


REGIONS = [
    ("header", lambda t: t.replace("tlog-proof@v1", "tlog-proof@v0"), "proof_malformed"),
    ("extra-word", lambda t: t.replace("extra ", "Extra "), "proof_malformed"),
    ("index", lambda t: t.replace("index 271", "index 270"), "inclusion_invalid"),
    ("hash", lambda t: t.replace(to_base64(HASHES[2]), to_base64(bytes(32))), "inclusion_invalid"),
    ("origin", lambda t: t.replace(f"\n{ORIGIN}\n", "\nlog.fractal.example/shard-1\n"), "note_signature_invalid"),
    ("size", lambda t: t.replace("\n300\n", "\n272\n"), "note_signature_invalid"),
    ("root", lambda t: t.replace(to_base64(log.TREE.node(0, SIZE)), to_base64(bytes(32))), "note_signature_invalid"),
    ("key-name", lambda t: t.replace(f"— {ORIGIN} ", "— log.fractal.example/shard-1 "), "note_unverified"),
    ("dash", lambda t: t.replace(f"— {ORIGIN} ", f"- {ORIGIN} "), "note_malformed"),
]


def regions(topic):
    for name, change, code in REGIONS:
        assert change(GOOD) != GOOD
        topic.bad(f"region-{name}", f"changed in the good receipt: {name}", "verify-receipt", given(change(GOOD)), code)
    for name, at in [
        ("tag-first", 0),
        ("tag-last", 15),
        ("salt-first", 16),
        ("salt-last", 31),
        ("body-first", 32),
        ("body-middle", 300),
        ("body-last", len(EXTRA) - 1),
    ]:
        flipped = bytes([*EXTRA[:at], EXTRA[at] ^ 1, *EXTRA[at + 1 :]])
        topic.bad(
            f"region-{name}", f"a bit flipped: {name}", "verify-receipt", given(receipt(flipped)), "inclusion_invalid"
        )
    data = GOOD.encode("utf-8")
    # The witnesses' lines are unknown signatures here: a change that leaves them well-formed is rightly ignored.
    end = data.index("— witness".encode())
    for step, at in enumerate(range(0, end, max(1, end // 60))):
        flipped = bytes([*data[:at], data[at] ^ 1, *data[at + 1 :]])
        topic.refused(
            f"sweep-{step:02}", f"the lowest bit of byte {at} of the receipt flipped", "verify-receipt", given(flipped)
        )
    for step, at in enumerate(range(10, len(data) - 1, len(data) // 12)):
        topic.refused(f"cut-{step:02}", f"the receipt cut to {at} bytes", "verify-receipt", given(data[:at]))


def extras(topic):
    def bad(name, why, extra, code="inclusion_invalid"):
        topic.bad(f"extra-{name}", why, "verify-receipt", given(receipt(extra)), code)

    bad("absent", "a plain tlog-proof", None, "receipt_malformed")
    bad("32", "tag and salt, no body", EXTRA[:32], "receipt_malformed")
    bad("1", "one byte", b"\x01", "receipt_malformed")
    bad("body-too-long", "a body of 65,536 bytes", EXTRA[:32] + b"x" * 65_536, "receipt_malformed")
    bad("body-cut", "the body without its last byte", EXTRA[:-1])
    bad("body-longer", "the body with a space after it", EXTRA + b" ")
    bad(
        "body-respelt",
        "the body's members in another spelling",
        EXTRA[:32] + json.dumps(json.loads(EXTRA[32:])).encode(),
    )
    bad("body-other", "the body of another entry", EXTRA[:32] + log.body(270))
    bad(
        "body-decision",
        "block turned into accept would do the same: accept into block",
        EXTRA[:32] + EXTRA[32:].replace(b"accept", b"block"),
    )
    bad("salt-other", "the salt of another entry", EXTRA[:16] + log.body_salt(270) + EXTRA[32:])
    bad(
        "tag-other-tenant",
        "the tag of another tenant",
        commitments.tag(seeded("other tenant"), ORIGIN, INDEX) + EXTRA[16:],
    )
    bad("tag-other-bundle", "the tag of another bundle", log.tag_of(0) + EXTRA[16:])
    bad("salt-before-tag", "salt and tag changed places", EXTRA[16:32] + EXTRA[:16] + EXTRA[32:])
    bad("shifted", "the last byte of the salt moved into the body", EXTRA[:31] + b"\x00" + EXTRA[31:])
    bad("with-prefix", "the entry's 0x01 before the tag", b"\x01" + EXTRA)


def outputs(topic):
    def bad(name, why, text, output, salt, code="receipt_output_mismatch"):
        topic.bad(f"mismatch-{name}", why, "verify-receipt", given(text, output, salt), code)

    bad("other", "another output", GOOD, OUTPUT.replace("3", "5"), OUTPUT_SALT)
    bad("empty", "no output", GOOD, "", OUTPUT_SALT)
    bad("trailing-newline", "the output with a newline", GOOD, OUTPUT + "\n", OUTPUT_SALT)
    bad("case", "the output in another case", GOOD, OUTPUT.lower(), OUTPUT_SALT)
    bad("no-break-space", "a no-break space for a space", GOOD, OUTPUT.replace(" ", "\u00a0", 1), OUTPUT_SALT)
    bad("byte-order-mark", "the output behind a byte order mark", GOOD, "\ufeff" + OUTPUT, OUTPUT_SALT)
    bad("not-utf8", "bytes that are no UTF-8", GOOD, b"\xff", OUTPUT_SALT)
    bad("salt-other", "another salt", GOOD, OUTPUT, seeded("other salt", 16))
    bad("salt-of-body", "the body's salt", GOOD, OUTPUT, log.body_salt(INDEX))
    bad("salt-15", "a salt of 15 bytes", GOOD, OUTPUT, OUTPUT_SALT[:15])
    bad("salt-empty", "no salt bytes", GOOD, OUTPUT, b"")
    bad("salt-absent", "an output without its salt", GOOD, OUTPUT, None, "receipt_salt_required")
    bad(
        "salt-absent-first",
        "the missing salt is named before the malformed receipt",
        "",
        OUTPUT,
        None,
        "receipt_salt_required",
    )
    bad(
        "of-other-entry",
        "the output of entry 271 beside the receipt of entry 270",
        receipt(log.tag_of(270) + log.body_salt(270) + log.body(270), 270, merkle.inclusion_proof(log.TREE, 270, SIZE)),
        OUTPUT,
        OUTPUT_SALT,
    )
    # With 17 bytes of salt, kind byte and text could be shifted against each other and give the same hash.
    shifted = merkle.leaf_hash(OUTPUT_SALT + b"\x01\x01" + b"shifted").hex()
    bad(
        "salt-17",
        "a salt of 17 bytes that takes over the kind byte",
        single(log.body(0, output=shifted)),
        b"shifted",
        OUTPUT_SALT + b"\x01",
    )
    for kind in ("prompt", "evidence"):
        named = commitments.item_hash(kind, OUTPUT_SALT, OUTPUT.encode()).hex()
        bad(
            f"kind-{kind}",
            f"the body names the same text as {kind}",
            single(log.body(0, output=named)),
            OUTPUT,
            OUTPUT_SALT,
        )
    bodies(bad)


def bodies(bad):
    right = commitments.item_hash("output", OUTPUT_SALT, OUTPUT.encode()).hex()
    wrong = seeded("wrong output").hex()
    for name, why, body in [
        ("body-null", "the body's output is null", log.body(0, output=None)),
        ("body-absent", "the body has no output", canonical.plain({"type": "label"})),
        ("body-upper-case", "the body's hash in upper case", log.body(0, output=right.upper())),
        ("body-number", "the body's output is a number", canonical.plain({"output": 7})),
        ("body-list", "the body's output is a list that holds the hash", canonical.plain({"output": [right]})),
        ("body-nested", "the hash stands one level down", canonical.plain({"verdict": {"output": right}})),
        ("body-array", "the body is an array", canonical.plain([{"output": right}])),
        ("body-not-json", "the body is no JSON", b"output " + right.encode()),
        ("body-trailing", "JSON with bytes after it", canonical.plain({"output": right}) + b"x"),
        (
            "body-twice-right-first",
            "two members output, the right one first",
            f'{{"output":"{right}","output":"{wrong}"}}'.encode(),
        ),
        (
            "body-twice-right-last",
            "two members output, the right one last",
            f'{{"output":"{wrong}","output":"{right}"}}'.encode(),
        ),
        ("body-twice-same", "two members output, both right", f'{{"output":"{right}","output":"{right}"}}'.encode()),
        (
            "body-twice-escaped",
            "two members output, one escaped",
            f'{{"o\\u0075tput":"{right}","output":"{wrong}"}}'.encode(),
        ),
        ("body-in-text", "the member is only spelt inside a text", canonical.plain({"note": f'"output":"{right}"'})),
    ]:
        bad(name, why, single(body), OUTPUT, OUTPUT_SALT)


def checkpoints(topic):
    def bad(name, why, case, code):
        topic.bad(f"checkpoint-{name}", why, "verify-receipt", case, code)

    text = log.text_at(SIZE)
    bad("other-vkey", "another log's key", given(GOOD, vkey=log.OTHER_VKEY), "note_unverified")
    bad("vkey-malformed", "the vkey is no vkey", given(GOOD, vkey="x"), "vkey_malformed")
    bad("vkey-witness", "a witness's vkey", given(GOOD, vkey=WITNESS_VKEYS[0]), "vkey_malformed")
    bad(
        "forged",
        "the checkpoint of a forger under the log's name",
        given(receipt(checkpoint=signed(text, seed=log.OTHER_SEED))),
        "note_unverified",
    )
    identity = notes.key_id(ORIGIN, notes.PLAIN, log.LOG_PUBLIC)
    forged = text + "\n" + notes.signature_line(ORIGIN, identity, ed25519.sign(log.OTHER_SEED, text.encode()))
    bad(
        "forged-key-id",
        "a forger's signature under the log's name and key id",
        given(receipt(checkpoint=forged)),
        "note_signature_invalid",
    )
    elsewhere = signed(log.text_at(SIZE, origin="elsewhere"))
    bad(
        "origin",
        "the log's key signed another origin",
        given(receipt(checkpoint=elsewhere)),
        "checkpoint_origin_mismatch",
    )
    bad(
        "text",
        "the log's key signed something else",
        given(receipt(checkpoint=signed("hello\n"))),
        "checkpoint_malformed",
    )
    bad(
        "older",
        "an older checkpoint than the proof",
        given(receipt(checkpoint=log.checkpoint(272))),
        "inclusion_invalid",
    )
    bad(
        "before-entry",
        "a checkpoint from before the entry",
        given(receipt(checkpoint=log.checkpoint(271))),
        "index_out_of_range",
    )
    bad("replayed-index", "the receipt, said to be of index 300", given(receipt(index=300)), "index_out_of_range")
    bad(
        "witness-only",
        "only witnesses signed",
        given(receipt(checkpoint=text + "\n" + notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], 1, text))),
        "note_unverified",
    )
    bad("cut", "no signature lines", given(receipt(checkpoint=text)), "note_malformed")


LOG_LINE = f"log {LOG_VKEY}\n"
WITNESS_LINES = "".join(f"witness W{i} {vkey}\n" for i, vkey in enumerate(WITNESS_VKEYS))
TWO_OF_THREE = f"# two of three\n\n{LOG_LINE}{WITNESS_LINES}group G 2 W0 W1 W2\nquorum G\n"


def policies_valid(topic):
    def good(name, why, policy, text=GOOD):
        topic.good(f"policy-{name}", why, "verify-receipt", given(text, OUTPUT, OUTPUT_SALT, policy), origin=ORIGIN)

    good("none", "no quorum is asked for", f"{LOG_LINE}quorum none\n")
    good("one", "one witness", f"{LOG_LINE}{WITNESS_LINES}quorum W0\n")
    good("two-of-three", "two of three", TWO_OF_THREE)
    good("any", "any of three", f"{LOG_LINE}{WITNESS_LINES}group G any W0 W1 W2\nquorum G\n")
    good("all", "all of two", f"{LOG_LINE}{WITNESS_LINES}group G all W0 W1\nquorum G\n")
    good("nested", "groups of groups", f"{LOG_LINE}{WITNESS_LINES}group A any W0 W2\ngroup B all A W1\nquorum B\n")
    good(
        "urls",
        "URLs are not looked at",
        f"log {LOG_VKEY} https://log.example/\nwitness W {WITNESS_VKEYS[1]} https://w.example/\nquorum W\n",
    )
    good("tabs", "tabs, spaces and no final newline", f" \tlog\t{LOG_VKEY}  \n\t# comment\n quorum \t none")
    good("two-logs", "two logs, one of which signed", f"log {log.OTHER_VKEY}\n{LOG_LINE}quorum none\n")
    good("after-quorum", "lines may follow the quorum", f"quorum none\n{LOG_LINE}{WITNESS_LINES}")
    good(
        "name-utf8",
        "a witness's name beyond ASCII",
        f"{LOG_LINE}witness \u212a {WITNESS_VKEYS[0]}\nwitness K {WITNESS_VKEYS[2]}\nquorum \u212a\n",
    )
    good("word-as-name", "a keyword as a name", f"{LOG_LINE}witness quorum {WITNESS_VKEYS[0]}\nquorum quorum\n")


def policies_unmet(topic):
    def bad(name, why, policy, code="policy_unsatisfied", text=GOOD):
        topic.bad(f"policy-{name}", why, "verify-receipt", given(text, policy=policy), code)

    bad("three-of-three", "three are asked for, two signed", TWO_OF_THREE.replace(" 2 W0", " 3 W0"))
    bad("all-of-three", "all are asked for, two signed", TWO_OF_THREE.replace(" 2 W0", " all W0"))
    bad("absent-witness", "the witness that did not sign", f"{LOG_LINE}{WITNESS_LINES}quorum W2\n")
    bad(
        "nested-unmet",
        "a group of groups, one of them unmet",
        f"{LOG_LINE}{WITNESS_LINES}group A any W2\ngroup B all A W1\nquorum B\n",
    )
    bad(
        "no-cosignatures",
        "the receipt from the first answer, without witnesses",
        TWO_OF_THREE,
        text=receipt(checkpoint=log.checkpoint(SIZE)),
    )
    twice = CHECKPOINT.replace(log.signed(log.text_at(SIZE), (1,)).rpartition("\n\n")[2].splitlines()[1] + "\n", "")
    again = notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], WITNESS_TIME + 9, log.text_at(SIZE))
    bad("one-twice", "one witness signed twice: it counts once", TWO_OF_THREE, text=receipt(checkpoint=twice + again))
    bad("log-not-listed", "another log is listed", f"log {log.OTHER_VKEY}\nquorum none\n", "note_unverified")
    bad("no-log", "no log is listed, witnesses signed", f"{WITNESS_LINES}quorum W0\n", "checkpoint_unsigned")
    bad("no-log-no-witness", "nothing is listed", "quorum none\n", "note_unverified")
    bad(
        "other-log-signs",
        "a listed log signed a checkpoint of another listed log's origin",
        f"{LOG_LINE}log {log.OTHER_VKEY}\nquorum none\n",
        "checkpoint_origin_mismatch",
        receipt(checkpoint=signed(log.text_at(SIZE), seed=log.OTHER_SEED, name=log.OTHER_ORIGIN)),
    )
    bad(
        "unmet-before-inclusion",
        "the quorum is named before the inclusion",
        TWO_OF_THREE,
        text=receipt(index=3, checkpoint=log.checkpoint(SIZE)),
    )
    broken = CHECKPOINT[:-6] + ("A" if CHECKPOINT[-6] != "A" else "B") + CHECKPOINT[-5:]
    bad(
        "witness-broken",
        "a known witness's signature is broken, the quorum would do without",
        TWO_OF_THREE.replace(" 2 W0", " any W0"),
        "note_signature_invalid",
        receipt(checkpoint=broken),
    )
    bad(
        "same-key-other-name",
        "the listed witness has another name than the one that signed",
        f"{LOG_LINE}witness W {notes.vkey_text('w.example', notes.COSIGNATURE, ed25519.public_key(WITNESS_SEEDS[0]))}\nquorum W\n",
    )


def policies_malformed(topic):
    duplicate_key = notes.vkey_text("other.example", notes.PLAIN, log.LOG_PUBLIC)
    duplicate_witness = notes.vkey_text("other.example", notes.COSIGNATURE, ed25519.public_key(WITNESS_SEEDS[0]))
    base = LOG_LINE + WITNESS_LINES
    for name, policy in [
        ("empty", ""),
        ("no-quorum", LOG_LINE),
        ("two-quorums", f"{LOG_LINE}quorum none\nquorum none\n"),
        ("quorum-undefined", f"{LOG_LINE}quorum W0\n"),
        ("quorum-before-witness", f"{LOG_LINE}quorum W0\n{WITNESS_LINES}"),
        ("quorum-no-name", f"{LOG_LINE}quorum\n"),
        ("quorum-two-names", f"{base}quorum W0 W1\n"),
        ("quorum-none-case", f"{LOG_LINE}quorum None\n"),
        ("quorum-case", f"{base}quorum w0\n"),
        ("keyword-unknown", f"{LOG_LINE}quorum none\nmonitor x\n"),
        ("keyword-case", f"Log {LOG_VKEY}\nquorum none\n"),
        ("comment-after", f"{LOG_LINE}quorum none # why\n"),
        ("carriage-return", f"log {LOG_VKEY}\r\nquorum none\r\n"),
        ("nul", f"{LOG_LINE}quorum none\n\x00"),
        ("delete", f"{LOG_LINE}# \x7f\nquorum none\n"),
        ("log-no-key", "log\nquorum none\n"),
        ("log-bad-key", "log x\nquorum none\n"),
        ("log-witness-key", f"log {WITNESS_VKEYS[0]}\nquorum none\n"),
        ("log-three-tokens", f"log {LOG_VKEY} a b\nquorum none\n"),
        ("log-twice", f"{LOG_LINE}{LOG_LINE}quorum none\n"),
        ("log-same-key", f"{LOG_LINE}log {duplicate_key}\nquorum none\n"),
        ("witness-no-key", f"{LOG_LINE}witness W\nquorum none\n"),
        ("witness-log-key", f"{LOG_LINE}witness W {LOG_VKEY}\nquorum W\n"),
        ("witness-same-name", f"{LOG_LINE}witness W {WITNESS_VKEYS[0]}\nwitness W {WITNESS_VKEYS[1]}\nquorum W\n"),
        ("witness-same-key", f"{LOG_LINE}witness W {WITNESS_VKEYS[0]}\nwitness V {duplicate_witness}\nquorum W\n"),
        ("witness-named-none", f"{LOG_LINE}witness none {WITNESS_VKEYS[0]}\nquorum none\n"),
        ("witness-four-tokens", f"{LOG_LINE}witness W {WITNESS_VKEYS[0]} a b\nquorum W\n"),
        ("group-empty", f"{base}group G any\nquorum G\n"),
        ("group-named-none", f"{base}group none any W0\nquorum none\n"),
        ("group-same-name", f"{base}group W0 any W1\nquorum W0\n"),
        ("group-zero", f"{base}group G 0 W0 W1\nquorum G\n"),
        ("group-too-many", f"{base}group G 3 W0 W1\nquorum G\n"),
        ("group-minus", f"{base}group G -1 W0 W1\nquorum G\n"),
        ("group-leading-zero", f"{base}group G 01 W0 W1\nquorum G\n"),
        ("group-word", f"{base}group G two W0 W1\nquorum G\n"),
        ("group-threshold-absent", f"{base}group G W0 W1\nquorum G\n"),
        ("group-huge", f"{base}group G 99999999999999999999 W0\nquorum G\n"),
        ("group-member-unknown", f"{base}group G any W9\nquorum G\n"),
        ("group-member-none", f"{base}group G any none\nquorum G\n"),
        ("group-member-self", f"{base}group G any G\nquorum G\n"),
        ("group-member-later", f"{base}group G any H\ngroup H any W0\nquorum G\n"),
        ("group-member-twice", f"{base}group G 2 W0 W0\nquorum G\n"),
        ("group-member-in-two", f"{base}group G any W0 W1\ngroup H any W1 W2\nquorum H\n"),
        ("byte-order-mark", f"\ufeff{LOG_LINE}quorum none\n"),
    ]:
        topic.bad(
            f"policy-malformed-{name}",
            f"policy: {name.replace('-', ' ')}",
            "verify-receipt",
            given(GOOD, policy=policy),
            "policy_malformed",
        )
    for name, case in [
        ("neither", {k: v for k, v in given(GOOD).items() if k != "vkey"}),
        ("both", {**given(GOOD), "policy": TWO_OF_THREE}),
        ("policy-number", {**given(GOOD, policy="x"), "policy": 1}),
        ("receipt-absent", {"vkey": LOG_VKEY}),
    ]:
        topic.bad(f"input-{name}", f"input: {name}", "verify-receipt", case, "bad_request")
    topic.bad(
        "input-base64",
        "receipt_b64 is no base64",
        "verify-receipt",
        {"receipt_b64": "x", "vkey": LOG_VKEY},
        "base64_malformed",
    )


def topics():
    topic = Topic("verify-receipt")
    valid(topic)
    regions(topic)
    extras(topic)
    outputs(topic)
    checkpoints(topic)
    policies_valid(topic)
    policies_unmet(topic)
    policies_malformed(topic)
    return [topic]

"""What belongs to the runner itself: ops it does not have, and that all inputs are read before any is looked into."""

import sample_log as log
from bytes_text import to_base64
from topic import Topic

B64, BAD = "aGVsbG8=", "aGVsbG8"
KEY = {"alg": "hmac-sha256", "kid": "k", "value_b64": B64}

# Two faults each: one of reading an input, one in an earlier or later input. The faults of reading come first, in the
# order of the table.
ORDERS = [
    (
        "alg-then-base64",
        "verify-signature",
        {"alg": "x", "key_b64": B64, "message_b64": B64, "sig_b64": BAD},
        "base64_malformed",
    ),
    ("alg-then-absent", "verify-signature", {"alg": "x", "key_b64": B64, "message_b64": B64}, "bad_request"),
    ("base64-then-absent", "verify-signature", {"alg": "x", "key_b64": BAD, "message_b64": B64}, "base64_malformed"),
    (
        "key-alg-then-value",
        "sign-record",
        {"profile": "fractal-pcs", "record_b64": B64, "key": {**KEY, "alg": "x", "value_b64": BAD}},
        "base64_malformed",
    ),
    (
        "key-alg-then-record",
        "sign-record",
        {"profile": "fractal-pcs", "record_b64": B64, "key": {**KEY, "alg": "x"}},
        "alg_unknown",
    ),
    ("record-then-profile", "verify-record", {"profile": "x", "record_b64": BAD, "key": KEY}, "bad_request"),
    (
        "record-then-key",
        "verify-record",
        {"profile": "fractal-pcs", "record_b64": BAD, "key": None},
        "base64_malformed",
    ),
    (
        "key-alg-then-now",
        "verify-record",
        {"profile": "fractal-pcs", "record_b64": B64, "key": {**KEY, "alg": "x"}, "now_ms": "01"},
        "bad_request",
    ),
    (
        "key-value-then-now",
        "verify-record",
        {"profile": "fractal-pcs", "record_b64": B64, "key": {**KEY, "value_b64": BAD}, "now_ms": "01"},
        "base64_malformed",
    ),
    (
        "key-window-then-record",
        "verify-record",
        {"profile": "fractal-pcs", "record_b64": B64, "key": {**KEY, "not_after_ms": 5}},
        "bad_request",
    ),
    ("note-then-vkeys", "verify-note", {"note_b64": BAD, "vkeys": ["x"]}, "base64_malformed"),
    ("note-then-vkeys-type", "verify-note", {"note_b64": BAD, "vkeys": "x"}, "base64_malformed"),
    ("origin-then-vkey", "verify-checkpoint", {"checkpoint_b64": B64, "origin": None, "vkey": "x"}, "bad_request"),
    (
        "vkey-then-witnesses",
        "verify-checkpoint",
        {"checkpoint_b64": B64, "origin": "o", "vkey": "x", "witness_vkeys": [1]},
        "bad_request",
    ),
    (
        "witness-vkey-then-note",
        "verify-checkpoint",
        {"checkpoint_b64": B64, "origin": "o", "vkey": log.LOG_VKEY, "witness_vkeys": [log.LOG_VKEY]},
        "vkey_malformed",
    ),
    (
        "vkey-type-then-note",
        "verify-checkpoint",
        {"checkpoint_b64": B64, "origin": "o", "vkey": log.WITNESS_VKEYS[0]},
        "vkey_malformed",
    ),
    (
        "leaf-then-vkey",
        "verify-proof",
        {"proof_b64": B64, "leaf_b64": BAD, "origin": "o", "vkey": "x"},
        "base64_malformed",
    ),
    (
        "vkey-type-then-proof",
        "verify-proof",
        {"proof_b64": B64, "leaf_b64": B64, "origin": "o", "vkey": log.WITNESS_VKEYS[0]},
        "vkey_malformed",
    ),
    ("receipt-then-vkey", "verify-receipt", {"receipt_b64": BAD, "vkey": "x"}, "base64_malformed"),
    ("receipt-then-both", "verify-receipt", {"receipt_b64": BAD, "vkey": "x", "policy": "x"}, "base64_malformed"),
    (
        "vkey-then-salt",
        "verify-receipt",
        {"receipt_b64": B64, "vkey": "x", "output_b64": B64, "salt_b64": BAD},
        "base64_malformed",
    ),
    ("policy-then-output", "verify-receipt", {"receipt_b64": B64, "policy": "x", "output_b64": 7}, "bad_request"),
    (
        "policy-then-no-salt",
        "verify-receipt",
        {"receipt_b64": B64, "policy": "x", "output_b64": B64},
        "policy_malformed",
    ),
    ("vkey-type-then-receipt", "verify-receipt", {"receipt_b64": B64, "vkey": log.WITNESS_VKEYS[0]}, "vkey_malformed"),
    (
        "vkey-type-then-no-salt",
        "verify-receipt",
        {"receipt_b64": B64, "vkey": log.WITNESS_VKEYS[0], "output_b64": B64},
        "vkey_malformed",
    ),
    ("root-then-epoch", "pcs-id", {"merkle_root": "x", "epoch": "01", "stream": "s"}, "bad_request"),
    ("root-then-stream", "pcs-id", {"merkle_root": "x", "epoch": "1"}, "bad_request"),
    ("salt-then-kind", "merkle-root", {"items": [{"salt_b64": BAD, "kind": 1, "text_b64": B64}]}, "base64_malformed"),
    ("kind-then-text", "merkle-root", {"items": [{"salt_b64": B64, "kind": "x", "text_b64": BAD}]}, "base64_malformed"),
    (
        "salt-length-then-next-item",
        "merkle-root",
        {
            "items": [
                {"salt_b64": B64, "kind": "output", "text_b64": B64},
                {"salt_b64": BAD, "kind": "output", "text_b64": B64},
            ]
        },
        "base64_malformed",
    ),
    (
        "proof-then-root",
        "verify-inclusion",
        {"leaf_hash_b64": B64, "index": "0", "size": "1", "proof": [BAD], "root_b64": 7},
        "base64_malformed",
    ),
    (
        "index-then-leaf",
        "verify-inclusion",
        {"leaf_hash_b64": B64, "index": "01", "size": "1", "proof": [], "root_b64": B64},
        "bad_request",
    ),
    ("level-then-index", "tile-path", {"kind": "tile", "level": 64, "index": "01", "width": 0}, "bad_request"),
    ("index-then-width", "tile-path", {"kind": "tile", "level": 64, "index": "1", "width": "0"}, "bad_request"),
]

UNKNOWN = [
    ("unknown", "verify-everything"),
    ("case", "Tag"),
    ("empty", ""),
    ("underscore", "verify_note"),
    ("space", "tag "),
    ("proto", "__proto__"),
    ("constructor", "constructor"),
    ("to-string", "toString"),
]


def topics():
    topic = Topic("runner")
    for name, op in UNKNOWN:
        topic.bad(f"op-{name}", f"op {op!r}", op, {}, "unknown_op")
    for name, op in [("null", None), ("number", 1), ("array", ["tag"])]:
        topic.bad(f"op-{name}", f"op is {name}", op, {}, "bad_request")
    for name, op, inputs, code in ORDERS:
        topic.bad(f"order-{name}", f"two faults: {name.replace('-', ' ')}", op, inputs, code)
    tag = {"tag_key_b64": to_base64(log.TAG_KEY), "origin": log.ORIGIN, "index": "0"}
    topic.good(
        "members-unknown", "members that no op asks for are ignored", "tag", {**tag, "comment": {"a": [1]}, "key": 7}
    )
    return [topic]

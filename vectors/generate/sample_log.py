"""One small log that the note, proof and receipt cases share: keys, 300 leaves with verdict bodies, checkpoints."""

import canonical
import commitments
import ed25519
import merkle
import notes
from topic import seeded

ORIGIN = "log.fractal.example/shard-0"
LOG_SEED = seeded("log seed")
LOG_PUBLIC = ed25519.public_key(LOG_SEED)
LOG_VKEY = notes.vkey_text(ORIGIN, notes.PLAIN, LOG_PUBLIC)
OTHER_SEED = seeded("other log seed")
OTHER_ORIGIN = "log.other.example/shard-9"
OTHER_VKEY = notes.vkey_text(OTHER_ORIGIN, notes.PLAIN, ed25519.public_key(OTHER_SEED))
WITNESS_NAMES = ["witness.example/w1", "witness.example/w2", "observer.example/w3"]
WITNESS_SEEDS = [seeded(f"witness seed {i}") for i in range(3)]
WITNESS_VKEYS = [
    notes.vkey_text(name, notes.COSIGNATURE, ed25519.public_key(seed))
    for name, seed in zip(WITNESS_NAMES, WITNESS_SEEDS, strict=True)
]
WITNESS_TIME = 1_790_000_000
SIZE = 300
TAG_KEY = seeded("tenant tag key")
OUTPUT = "The loss was $3 million in 2024 (Annual Report, p. 7)."
OUTPUT_SALT = seeded("output salt", 16)


def body(i, **changes):
    """The canonical verdict body of entry i; entry 271 commits to OUTPUT."""
    root = seeded(f"content root {i}").hex()
    output = commitments.item_hash("output", OUTPUT_SALT, OUTPUT.encode("utf-8")).hex()
    fields = {
        "type": "verdict",
        "version": 1,
        "tenant": "acme",
        "namespace": "claims",
        "stream": "intake",
        "epoch": i,
        "task": "summaries",
        "attempt": 1,
        "pcs_id": commitments.pcs_id(root, i, "intake"),
        "digest": seeded(f"digest {i}").hex(),
        "profile": "fractal-pcs",
        "signer": "tenant",
        "kid": "2026-11",
        "merkle_root": root,
        "output": output if i == 271 else seeded(f"output {i}").hex(),
        "content": "vault",
        "time": 1_790_000_000_000 + i,
        "verdict": {
            "decision": "accept",
            "risk": 0.012345679,
            "bound": None,
            "certificate": None,
            "mode": "enforce",
            "policy": {"version": 3},
            "reasons": [],
            "signals": {"grounding": 0.987654321},
            "versions": {"grounding": "1"},
        },
        **changes,
    }
    return canonical.plain(fields)


def body_salt(i):
    return seeded(f"body salt {i}", 16)


def tag_of(i):
    return commitments.tag(TAG_KEY, ORIGIN, i)


def entry(i, body_bytes=None):
    return commitments.leaf_entry(tag_of(i), body_salt(i), body(i) if body_bytes is None else body_bytes)


ENTRIES = [entry(i) for i in range(SIZE)]
TREE = merkle.Tree([merkle.leaf_hash(e) for e in ENTRIES])


def text_at(size, origin=ORIGIN, extensions=()):
    return notes.checkpoint_text(origin, size, TREE.node(0, size), extensions)


def signed(text, cosigners=(), seed=LOG_SEED, name=ORIGIN):
    """A note of the text: the log's signature, then those of the witnesses named by number."""
    lines = notes.sign_plain(seed, name, text)
    for i in cosigners:
        lines += notes.sign_cosignature(WITNESS_SEEDS[i], WITNESS_NAMES[i], WITNESS_TIME + i, text)
    return text + "\n" + lines


def checkpoint(size=SIZE, cosigners=()):
    return signed(text_at(size), cosigners)

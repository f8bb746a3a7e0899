"""tlog-proof files and receipts (spec/receipt.md), making and judging."""

import commitments
import json_reader
import merkle
import notes
from bytes_text import Refused, from_base64, to_base64, uint64, utf8

HEADER = "c2sp.org/tlog-proof@v1"
PROOF_BYTES_MAX = 2_000_000
PROOF_HASHES_MAX = 64
BODY_BYTES_MAX = 65_535


def proof_text(index, hashes, checkpoint, extra=None):
    lines = [HEADER]
    if extra is not None:
        lines.append("extra " + to_base64(extra))
    lines.append(f"index {index}")
    lines.extend(to_base64(h) for h in hashes)
    return "\n".join(lines) + "\n\n" + checkpoint


def parse_proof(data):
    """(index, hashes, extra or None, checkpoint bytes)."""
    text = utf8(data) if len(data) <= PROOF_BYTES_MAX else None
    if text is None:
        raise Refused("proof_malformed")
    head, blank, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or checkpoint == "" or lines[0] != HEADER or len(lines) < 2:
        raise Refused("proof_malformed")
    extra, rest = None, lines[1:]
    if rest[0].startswith("extra "):
        extra, rest = from_base64(rest[0][6:]), rest[1:]
        if not extra:
            raise Refused("proof_malformed")
    index = uint64(rest[0][6:]) if rest and rest[0].startswith("index ") else None
    hashes = [from_base64(line) for line in rest[1:]]
    if index is None or len(hashes) > PROOF_HASHES_MAX or any(h is None or len(h) != 32 for h in hashes):
        raise Refused("proof_malformed")
    return index, hashes, extra, checkpoint.encode("utf-8")


def verify_proof(data, leaf, origin, log_key):
    """(index, size) of a leaf shown to be in the log."""
    index, hashes, _, checkpoint = parse_proof(data)
    size, root, _ = notes.verify_checkpoint(checkpoint, origin, log_key)
    merkle.verify_inclusion(merkle.leaf_hash(leaf), index, size, hashes, root)
    return index, size


def receipt_text(tag, salt, body, index, hashes, checkpoint):
    return proof_text(index, hashes, checkpoint, tag + salt + body)


def checkpoint_for_key(data, log_key):
    size, root, _ = notes.verify_checkpoint(data, log_key.name, log_key)
    return log_key.name, size, root


def checkpoint_for_policy(data, policy):
    text, verified = notes.open_note(data, policy.logs + [key for key in policy.witnesses.values()])
    signers = [key for key, _ in verified]
    logs = [key.name for key in policy.logs if key in signers]
    if not logs:
        raise Refused("checkpoint_unsigned")
    origin, size, root = notes.parse_checkpoint(text)
    if origin not in logs:
        raise Refused("checkpoint_origin_mismatch")
    if not policy.is_met_by(signers):
        raise Refused("policy_unsatisfied")
    return origin, size, root


def verify_receipt(data, log_key=None, policy=None, output=None, salt=None):
    """(origin, index, size, body). With `output` (bytes) and its salt, the body must commit to that very output."""
    if output is not None and salt is None:
        raise Refused("receipt_salt_required")
    index, hashes, extra, checkpoint = parse_proof(data)
    if extra is None or not 33 <= len(extra) <= 32 + BODY_BYTES_MAX:
        raise Refused("receipt_malformed")
    tag, body_salt, body = extra[:16], extra[16:32], extra[32:]
    if policy is None:
        origin, size, root = checkpoint_for_key(checkpoint, log_key)
    else:
        origin, size, root = checkpoint_for_policy(checkpoint, policy)
    leaf = merkle.leaf_hash(commitments.leaf_entry(tag, body_salt, body))
    merkle.verify_inclusion(leaf, index, size, hashes, root)
    if output is not None and not commits_to(body, output, salt):
        raise Refused("receipt_output_mismatch")
    return origin, index, size, body


def commits_to(body, output, salt):
    """Whether the body is a JSON object whose one `output` is the hash of this output. Duplicate names never pass."""
    try:
        tree = json_reader.parse(body)
    except Refused:
        return False
    named = tree.get("output") if isinstance(tree, dict) else None
    return len(salt) == 16 and named == merkle.leaf_hash(salt + b"\x01" + output).hex()

"""Profile fractal-pcs 1.0 (spec/record.md): fields, signing, verification."""

import datetime
import re

import canonical
import commitments
import json_reader
import signatures
from bytes_text import Refused, from_base64, is_hex, to_base64
from json_reader import Number

INTEGER_MAX = 2**53 - 1
REQUIRED = ["schema", "version", "tenant", "namespace", "stream", "epoch", "sent_at", "task", "attempt", "merkle_root", "pcs_id", "content"]
OPTIONAL = ["run", "parent", "signals", "usage"]
ORDER = (
    ["tenant", "namespace", "stream", "epoch", "sent_at", "task", "run", "attempt", "parent", "merkle_root", "pcs_id", "content", "signals", "usage", "sig"]
)
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z", re.ASCII)


def units(text):
    return len(text.encode("utf-16-be")) // 2


def is_name(value):
    return isinstance(value, str) and NAME.fullmatch(value) is not None


def is_count(value):
    return isinstance(value, Number) and value.is_integer and 0 <= int(value.token) <= INTEGER_MAX


def is_time(value):
    match = TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return False
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        # Python has no year 0; 2000 has the same leap rule.
        datetime.date(year or 2000, month, day)
    except ValueError:
        return False
    return hour < 24 and minute < 60 and second < 60


def is_text(value, units_max):
    return isinstance(value, str) and 1 <= units(value) <= units_max


def is_signals(value):
    return (
        isinstance(value, dict)
        and len(value) <= 64
        and all(is_text(name, 64) and isinstance(item, Number) for name, item in value.items())
    )


def is_amount(value):
    return isinstance(value, Number) and not value.token.startswith("-")


def need_usage(value):
    if not isinstance(value, dict):
        raise Refused("record_bad_field")
    rules = {
        "model": lambda v: is_text(v, 128),
        "input_tokens": is_count,
        "output_tokens": is_count,
        "cost_usd": is_amount,
    }
    if any(name not in rules for name in value):
        raise Refused("record_unknown_field")
    if not all(rules[name](item) for name, item in value.items()):
        raise Refused("record_bad_field")


def need_sig(value):
    if not isinstance(value, dict):
        raise Refused("record_bad_field")
    need_names(value, ["alg", "kid", "value"], [])
    if not isinstance(value["alg"], str):
        raise Refused("record_bad_field")
    signatures.need_alg(value["alg"])
    if not re.fullmatch(r"[!-~]{1,128}", kid_of(value)) or not isinstance(value["value"], str):
        raise Refused("record_bad_field")


def kid_of(sig):
    return sig["kid"] if isinstance(sig["kid"], str) else ""


def need_names(value, required, optional):
    if any(name not in value for name in required):
        raise Refused("record_missing_field")
    if any(name not in required and name not in optional for name in value):
        raise Refused("record_unknown_field")


RULES = {
    "tenant": is_name,
    "namespace": is_name,
    "stream": is_name,
    "task": is_name,
    "epoch": is_count,
    "attempt": is_count,
    "sent_at": is_time,
    "run": lambda v: v is None or is_text(v, 128),
    "parent": lambda v: v is None or is_hex(v, 64),
    "merkle_root": lambda v: is_hex(v, 64),
    "pcs_id": lambda v: is_hex(v, 64),
    "content": lambda v: v in ("vault", "none"),
    "signals": is_signals,
}


def need_fixed(tree, name, value, code):
    if name not in tree:
        raise Refused("record_missing_field")
    if not isinstance(tree[name], str):
        raise Refused("record_bad_field")
    if tree[name] != value:
        raise Refused(code)


def need_fields(tree, signed):
    """The faults of the fields, in the order that spec/record.md fixes."""
    if not isinstance(tree, dict):
        raise Refused("record_bad_field")
    need_fixed(tree, "schema", "fractal-pcs", "record_schema_unknown")
    need_fixed(tree, "version", "1.0", "record_version_unknown")
    need_names(tree, REQUIRED + (["sig"] if signed else []), OPTIONAL)
    for name in ORDER:
        if name not in tree:
            continue
        if name == "usage":
            need_usage(tree[name])
        elif name == "sig":
            need_sig(tree[name])
        elif not RULES[name](tree[name]):
            raise Refused("record_bad_field")


def need_pcs_id(tree):
    if tree["pcs_id"] != commitments.pcs_id(tree["merkle_root"], tree["epoch"].token, tree["stream"]):
        raise Refused("record_pcs_id_mismatch")


def sign(data, key):
    """(record bytes, payload bytes) of a record without `sig`, in any spelling."""
    payload = canonical.canonicalize(data)
    tree = json_reader.parse(payload)
    need_fields(tree, signed=False)
    need_pcs_id(tree)
    value = to_base64(signatures.sign(key.alg, key.value, payload))
    tree["sig"] = {"alg": key.alg, "kid": key.kid, "value": value}
    need_sig(tree["sig"])
    return canonical.canonicalize_tree(tree), payload


def verify(data, key, now_ms=None):
    """(pcs_id, payload bytes) of a canonical signed record."""
    tree = json_reader.parse(data)
    if canonical.canonicalize_tree(tree) != data:
        raise Refused("not_canonical")
    need_fields(tree, signed=True)
    sig = tree.pop("sig")
    payload = canonical.canonicalize_tree(tree)
    signature = from_base64(sig["value"])
    if signature is None or len(signature) != signatures.LENGTHS[sig["alg"]]:
        raise Refused("signature_malformed")
    if (sig["alg"], sig["kid"]) != (key.alg, key.kid):
        raise Refused("key_unknown")
    signatures.need_key(key.alg, key.value)
    key.need_window(now_ms)
    if not signatures.holds(key.alg, key.value, payload, signature):
        raise Refused("signature_invalid")
    need_pcs_id(tree)
    return tree["pcs_id"], payload

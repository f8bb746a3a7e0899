"""Profile fractal-lba-kakeya 0.1 (spec/record-lba-kakeya.md): records of agents already deployed."""

import json
import math

import commitments
import json_reader
import signatures
from bytes_text import Refused, from_base64, is_hex, to_base64
from json_reader import Number
from numbers_text import agent_number, binary64

REALS = ["coh_star", "D_hat", "r", "budget"]
FIELDS = ["pcs_id", "schema", "version", "shard_id", "epoch", "attempt", "sent_at", "seed", "scales", "N_j", "coh_star", "v_star", "D_hat", "r", "regime", "budget", "merkle_root", "sig", "ft"]
LOG2_GAP_MIN = 1e-9
TOKEN_LENGTH_MAX = 400


def is_integer(value):
    return isinstance(value, Number) and value.is_integer and len(value.token) <= TOKEN_LENGTH_MAX


def is_finite(value):
    return isinstance(value, Number) and math.isfinite(binary64(value.token))


def has_type(name, value):
    if name == "shard_id":
        return isinstance(value, str) and len(value.encode("utf-16-be")) // 2 <= 1024
    if name in ("pcs_id", "schema", "version", "sent_at", "regime", "merkle_root", "sig"):
        return isinstance(value, str)
    if name in ("epoch", "attempt", "seed"):
        return is_integer(value)
    if name == "scales":
        return isinstance(value, list) and len(value) <= 256 and all(map(is_integer, value))
    if name == "N_j":
        return isinstance(value, dict) and len(value) <= 256 and all(map(is_integer, value.values()))
    if name == "v_star":
        return isinstance(value, list) and all(isinstance(item, Number) for item in value)
    if name == "ft":
        return isinstance(value, dict)
    return is_finite(value)


def need_fields(tree, names):
    if not isinstance(tree, dict):
        raise Refused("record_bad_field")
    if any(name not in tree for name in names):
        raise Refused("record_missing_field")
    if any(name not in names for name in tree):
        raise Refused("record_unknown_field")
    if not all(has_type(name, tree[name]) for name in names):
        raise Refused("record_bad_field")


def payload_of(tree):
    parts = []
    for name in ["D_hat", "budget", "coh_star", "epoch", "merkle_root", "pcs_id", "r", "shard_id"]:
        value = tree[name]
        if isinstance(value, str):
            text = json.dumps(value, ensure_ascii=True)
        elif name == "epoch":
            text = str(int(value.token))
        else:
            text = agent_number(value.token)
        parts.append(f'"{name}":{text}')
    return ("{" + ",".join(parts) + "}").encode("ascii")


def need_id(tree):
    epoch = str(int(tree["epoch"].token))
    if not is_hex(tree["merkle_root"], 64) or tree["pcs_id"] != commitments.pcs_id(
        tree["merkle_root"], epoch, tree["shard_id"]
    ):
        raise Refused("record_pcs_id_mismatch")


def need(condition):
    if not condition:
        raise Refused("record_check_failed")


def median_slope(scales, counts):
    """The upper middle slope of log2 N_j on log2 scale over all pairs of different scales."""
    points = [(math.log2(float(s)), math.log2(float(n))) for s, n in zip(scales, counts)]
    slopes = sorted(
        (points[j][1] - points[i][1]) / (points[j][0] - points[i][0])
        for i in range(len(points))
        for j in range(i + 1, len(points))
        if abs(points[j][0] - points[i][0]) >= LOG2_GAP_MIN
    )
    need(slopes)
    return slopes[len(slopes) // 2]


def regime_of(coh_star, d_hat):
    if coh_star >= 0.70 and d_hat <= 1.5:
        return "sticky"
    return "non_sticky" if d_hat >= 2.6 else "mixed"


def need_checks(tree):
    if tree["schema"] != "fractal-lba-kakeya":
        raise Refused("record_schema_unknown")
    if tree["version"] != "0.1":
        raise Refused("record_version_unknown")
    coh_star, d_hat, r, budget = (binary64(tree[name].token) for name in REALS)
    need(0 <= int(tree["epoch"].token) <= 2**63 - 1 and 0 <= r <= 1)
    need(0 <= coh_star <= 1.05)
    scales = [int(n.token) for n in tree["scales"]]
    names = [str(s) for s in scales]
    need(all(0 < s < 2**1023 for s in scales) and set(names) == set(tree["N_j"]))
    counts = [int(tree["N_j"][name].token) for name in names]
    need(all(0 < n < 2**1023 for n in counts))
    need(abs(d_hat - median_slope(scales, counts)) <= 0.15)
    need(tree["regime"] == regime_of(coh_star, d_hat))
    expected = 0.10 + 0.30 * (1 - r) + 0.50 * max(0.0, d_hat - 2.2) + 0.20 * coh_star
    need(abs(budget - min(1.0, max(0.0, expected))) <= 0.01)


def sign(data, key):
    """(record bytes, payload bytes): the input with `sig` written in before its last brace."""
    tree = json_reader.parse(data)
    need_fields(tree, [name for name in FIELDS if name != "sig"])
    need_id(tree)
    if key.alg != "hmac-sha256":
        raise Refused("alg_unknown")
    payload = payload_of(tree)
    value = to_base64(signatures.sign(key.alg, key.value, payload))
    return data.rstrip(b" \t\n\r")[:-1] + b',"sig":"' + value.encode("ascii") + b'"}', payload


def verify(data, key, now_ms=None):
    tree = json_reader.parse(data)
    need_fields(tree, FIELDS)
    signature = from_base64(tree["sig"])
    if signature is None or len(signature) != 32:
        raise Refused("signature_malformed")
    if key.alg != "hmac-sha256":
        raise Refused("key_unknown")
    signatures.need_key(key.alg, key.value)
    key.need_window(now_ms)
    payload = payload_of(tree)
    if not signatures.holds(key.alg, key.value, payload, signature):
        raise Refused("signature_invalid")
    need_id(tree)
    need_checks(tree)
    return tree["pcs_id"], payload

"""sign-record and verify-record of profile fractal-lba-kakeya 0.1: payload numbers and strings, fields, structural checks.

Also the records of agents already deployed (vectors/agents), each as one verify-record case with its exact code.
"""

import base64
import hashlib
import json
from pathlib import Path

import commitments
import record_agents
import signatures
from bytes_text import to_base64
from topic import Topic, seeded

PROFILE = "fractal-lba-kakeya"
KEY = signatures.Key("hmac-sha256", "agents", seeded("agents key"))
ROOT = seeded("agents root").hex()
AGENTS = Path(__file__).resolve().parent.parent / "agents" / "deployed-agents.jsonl"
# Members in an agent's order; every value is the text of its JSON, because spelling matters here.
BASE = {
    "pcs_id": None,
    "schema": '"fractal-lba-kakeya"',
    "version": '"0.1"',
    "shard_id": '"shard-001"',
    "epoch": "7",
    "attempt": "1",
    "sent_at": '"2025-01-19T12:00:00Z"',
    "seed": "42",
    "scales": "[2, 4, 8, 16]",
    "N_j": '{"2": 4, "4": 16, "8": 64, "16": 256}',
    "coh_star": "0.5",
    "v_star": "[0.0, 0.6, 0.8]",
    "D_hat": "2.0",
    "r": "0.5",
    "regime": '"mixed"',
    "budget": "0.35",
    "merkle_root": f'"{ROOT}"',
    "ft": '{"outbox_seq": 0}',
}


def unsigned(without=(), **changes):
    """Text of a record without sig; pcs_id follows unless it is given."""
    members = {**BASE, **changes}
    if members["pcs_id"] is None:
        stream = json.loads(members["shard_id"])
        members["pcs_id"] = json.dumps(
            commitments.pcs_id(json.loads(members["merkle_root"]), int(members["epoch"]), stream)
        )
    return "{" + ", ".join(f'"{n}": {v}' for n, v in members.items() if n not in without) + "}"


def sealed(text, key=KEY):
    return record_agents.sign(text.encode("utf-8"), key)[0]


def given(data, key=KEY, **more):
    key_json = {"alg": key.alg, "kid": key.kid, "value_b64": to_base64(key.value)}
    return {"profile": PROFILE, "record_b64": to_base64(data), "key": key_json, **more}


# (name, changes, pieces that the payload must hold)
PAYLOADS = [
    ("plain", {}, ['"D_hat":2.0,"budget":0.35,"coh_star":0.5,"epoch":7']),
    (
        "integer-tokens",
        {"D_hat": "2", "coh_star": "1", "r": "0", "budget": "0.6"},
        ['"D_hat":2.0', '"coh_star":1.0', '"r":0.0'],
    ),
    ("minus-zero", {"r": "-0.0", "budget": "0.5"}, ['"r":-0.0']),
    ("minus-zero-integer", {"coh_star": "-0", "budget": "0.25"}, ['"coh_star":-0.0']),
    ("rounds-to-minus-zero", {"coh_star": "0", "r": "-0", "budget": "0.4"}, ['"coh_star":0.0', '"r":-0.0']),
    ("one-unit", {"r": "1e-09", "budget": "0.5"}, ['"r":1e-09']),
    ("one-unit-plain", {"r": "0.000000001", "budget": "0.5"}, ['"r":1e-09']),
    ("three-e-5", {"r": "0.00003", "budget": "0.5"}, ['"r":3e-05']),
    ("one-e-4", {"r": "0.0001", "budget": "0.5"}, ['"r":0.0001']),
    ("half-away-up", {"D_hat": "2.0000000005"}, ['"D_hat":2.000000001']),
    ("half-away-down", {"D_hat": "2.00000000049"}, ['"D_hat":2.0,']),
    ("half-away-even-place", {"D_hat": "2.0000000025"}, ['"D_hat":2.000000003']),
    ("half-away-small", {"r": "5e-10", "budget": "0.5"}, ['"r":1e-09']),
    ("below-half", {"r": "4.9e-10", "budget": "0.5"}, ['"r":0.0']),
    ("subnormal", {"r": "5e-324", "budget": "0.5"}, ['"r":0.0']),
    ("exact-binary-tie", {"r": "0.0009765625", "budget": "0.5"}, ['"r":0.000976563']),
    ("many-digits", {"D_hat": "1.99999999999999999999999"}, ['"D_hat":2.0']),
    ("exponent", {"D_hat": "20e-1"}, ['"D_hat":2.0']),
    ("epoch-largest", {"epoch": "9223372036854775807"}, ['"epoch":9223372036854775807']),
    ("epoch-beyond-binary64", {"epoch": "9007199254740993"}, ['"epoch":9007199254740993']),
    ("epoch-0", {"epoch": "0"}, ['"epoch":0,']),
    ("epoch-minus-zero", {"epoch": "-0"}, ['"epoch":0,']),
    ("shard-umlaut", {"shard_id": '"sh\u00e4rd"'}, [r'"shard_id":"sh\u00e4rd"']),
    ("shard-astral", {"shard_id": '"\U0001f600"'}, [r'"shard_id":"\ud83d\ude00"']),
    ("shard-escaped-pair", {"shard_id": '"\\ud83d\\ude00"'}, [r'"shard_id":"\ud83d\ude00"']),
    ("shard-delete", {"shard_id": '"a\x7fb"'}, [r'"shard_id":"a\u007fb"']),
    ("shard-controls", {"shard_id": r'"\b\t\n\f\r\u0000\u001f"'}, [r'"shard_id":"\b\t\n\f\r\u0000\u001f"']),
    ("shard-quotes", {"shard_id": r'"\"\\\/"'}, [r'"shard_id":"\"\\/"']),
    ("shard-empty", {"shard_id": '""'}, ['"shard_id":""']),
    ("shard-1024", {"shard_id": '"' + "s" * 1024 + '"'}, []),
    ("shard-line-separator", {"shard_id": '"\u2028"'}, [r'"shard_id":"\u2028"']),
    ("ft-anything", {"ft": '{"a": [{"b": null}], "c": 1e999}'}, []),
    ("attempt-any", {"attempt": "-3"}, []),
    ("seed-large", {"seed": "123456789012345678901234567890"}, []),
    ("v-star-any", {"v_star": "[1e400, -0, 3]"}, []),
    ("sent-at-any", {"sent_at": '"yesterday"'}, []),
    (
        "sticky",
        {
            "scales": "[2, 64]",
            "N_j": '{"2": 1, "64": 72}',
            "coh_star": "0.75",
            "D_hat": "1.23456789",
            "regime": '"sticky"',
            "budget": "0.4",
        },
        [],
    ),
    (
        "sticky-edge",
        {
            "scales": "[2, 4]",
            "N_j": '{"2": 10, "4": 28}',
            "coh_star": "0.70",
            "D_hat": "1.5",
            "regime": '"sticky"',
            "budget": "0.39",
        },
        [],
    ),
    (
        "non-sticky-edge",
        {"scales": "[2, 4]", "N_j": '{"2": 10, "4": 61}', "D_hat": "2.6", "regime": '"non_sticky"', "budget": "0.55"},
        [],
    ),
    (
        "budget-clamped",
        {"scales": "[2, 4]", "N_j": '{"2": 10, "4": 160}', "D_hat": "4.0", "regime": '"non_sticky"', "budget": "1.0"},
        [],
    ),
    ("budget-within", {"budget": "0.359"}, []),
    ("d-hat-within", {"D_hat": "2.149"}, []),
    ("coh-star-edge", {"coh_star": "1.05", "budget": "0.46"}, []),
    ("r-edges", {"r": "1", "budget": "0.2"}, []),
    (
        "upper-middle-of-even",
        {"scales": "[2, 4, 16, 64]", "N_j": '{"2": 1, "4": 2, "16": 32, "64": 64}', "D_hat": "1.38", "budget": "0.35"},
        [],
    ),
    ("scales-repeated", {"scales": "[2, 2, 4]", "N_j": '{"2": 4, "4": 16}'}, []),
]

REFUSED = [
    *[(f"{n}-absent", {"without": [n]}, "record_missing_field") for n in BASE if n not in ("sig",)],
    ("unknown", {"extra": "1"}, "record_unknown_field"),
    ("unknown-of-other-profile", {"tenant": '"a"'}, "record_unknown_field"),
    ("schema-number", {"schema": "1"}, "record_bad_field"),
    ("shard-null", {"shard_id": "null", "pcs_id": f'"{ROOT}"'}, "record_bad_field"),
    ("shard-1025", {"shard_id": '"' + "s" * 1025 + '"'}, "record_bad_field"),
    ("epoch-text", {"epoch": '"7"', "pcs_id": f'"{ROOT}"'}, "record_bad_field"),
    ("epoch-point", {"epoch": "7.0", "pcs_id": f'"{ROOT}"'}, "record_bad_field"),
    ("epoch-exponent", {"epoch": "7e0", "pcs_id": f'"{ROOT}"'}, "record_bad_field"),
    ("attempt-null", {"attempt": "null"}, "record_bad_field"),
    ("attempt-401-digits", {"attempt": "1" * 401}, "record_bad_field"),
    ("seed-fraction", {"seed": "1.5"}, "record_bad_field"),
    ("scales-object", {"scales": "{}"}, "record_bad_field"),
    ("scales-fraction", {"scales": "[2, 4.0]"}, "record_bad_field"),
    ("scales-257", {"scales": "[" + ",".join(["2"] * 257) + "]"}, "record_bad_field"),
    ("counts-array", {"N_j": "[]"}, "record_bad_field"),
    ("counts-text", {"N_j": '{"2": "4"}'}, "record_bad_field"),
    ("v-star-null", {"v_star": "[null]"}, "record_bad_field"),
    ("coh-star-text", {"coh_star": '"0.5"'}, "record_bad_field"),
    ("d-hat-null", {"D_hat": "null"}, "record_bad_field"),
    ("r-overflow", {"r": "1e400"}, "record_bad_field"),
    ("r-nan", {"r": "NaN"}, "json_number_form"),
    ("budget-true", {"budget": "true"}, "record_bad_field"),
    ("regime-number", {"regime": "1"}, "record_bad_field"),
    ("ft-null", {"ft": "null"}, "record_bad_field"),
    ("pcs-id-other", {"pcs_id": f'"{seeded("x").hex()}"'}, "record_pcs_id_mismatch"),
    (
        "pcs-id-upper-case",
        {"pcs_id": '"' + commitments.pcs_id(ROOT, 7, "shard-001").upper() + '"'},
        "record_pcs_id_mismatch",
    ),
    (
        "root-upper-case",
        {"merkle_root": f'"{ROOT.upper()}"', "pcs_id": f'"{commitments.pcs_id(ROOT, 7, "shard-001")}"'},
        "record_pcs_id_mismatch",
    ),
    ("root-short", {"merkle_root": '"ab"', "pcs_id": f'"{ROOT}"'}, "record_pcs_id_mismatch"),
]

# Rightly signed, id right; a structural check fails.
CHECKS = [
    ("schema", {"schema": '"fractal-pcs"'}, "record_schema_unknown"),
    ("version", {"version": '"0.2"'}, "record_version_unknown"),
    ("epoch-minus", {"epoch": "-1"}, "record_check_failed"),
    ("epoch-2-63", {"epoch": "9223372036854775808"}, "record_check_failed"),
    ("r-minus", {"r": "-0.001", "budget": "0.5"}, "record_check_failed"),
    ("r-over", {"r": "1.001", "budget": "0.2"}, "record_check_failed"),
    ("coh-star-minus", {"coh_star": "-0.001"}, "record_check_failed"),
    ("coh-star-over", {"coh_star": "1.0500001", "budget": "0.46"}, "record_check_failed"),
    ("count-0", {"N_j": '{"2": 0, "4": 16, "8": 64, "16": 256}'}, "record_check_failed"),
    ("count-minus", {"N_j": '{"2": -4, "4": 16, "8": 64, "16": 256}'}, "record_check_failed"),
    ("scale-0", {"scales": "[0, 4]", "N_j": '{"0": 1, "4": 16}'}, "record_check_failed"),
    ("scale-minus", {"scales": "[-2, 4]", "N_j": '{"-2": 4, "4": 16}'}, "record_check_failed"),
    ("scale-without-count", {"scales": "[2, 4, 8, 16, 32]"}, "record_check_failed"),
    ("count-without-scale", {"scales": "[2, 4, 8]"}, "record_check_failed"),
    ("scales-empty", {"scales": "[]", "N_j": "{}"}, "record_check_failed"),
    ("scale-single", {"scales": "[2]", "N_j": '{"2": 4}'}, "record_check_failed"),
    ("scales-all-same", {"scales": "[2, 2]", "N_j": '{"2": 4}'}, "record_check_failed"),
    ("count-infinite", {"N_j": '{"2": 4, "4": 16, "8": 64, "16": ' + "9" * 390 + "}"}, "record_check_failed"),
    ("d-hat-over", {"D_hat": "2.151"}, "record_check_failed"),
    ("d-hat-under", {"D_hat": "1.849"}, "record_check_failed"),
    ("regime-sticky", {"regime": '"sticky"'}, "record_check_failed"),
    ("regime-case", {"regime": '"Mixed"'}, "record_check_failed"),
    ("regime-unknown", {"regime": '"chaotic"'}, "record_check_failed"),
    (
        "regime-not-sticky",
        {
            "scales": "[2, 64]",
            "N_j": '{"2": 1, "64": 72}',
            "coh_star": "0.69",
            "D_hat": "1.23456789",
            "regime": '"sticky"',
            "budget": "0.388",
        },
        "record_check_failed",
    ),
    ("budget-over", {"budget": "0.361"}, "record_check_failed"),
    ("budget-under", {"budget": "0.339"}, "record_check_failed"),
    (
        "lower-middle-of-even",
        {"scales": "[2, 4, 16, 64]", "N_j": '{"2": 1, "4": 2, "16": 32, "64": 64}', "D_hat": "1.07", "budget": "0.35"},
        "record_check_failed",
    ),
]


def split(changes):
    return changes.get("without", ()), {k: v for k, v in changes.items() if k != "without"}


def text_of(changes):
    without, members = split(changes)
    return unsigned(without, **members)


def sign_cases(topic):
    for name, changes, pieces in PAYLOADS:
        answer = topic.good(
            f"agent-{name}", f"payload: {name.replace('-', ' ')}", "sign-record", given(text_of(changes).encode())
        )
        payload = base64.b64decode(answer["payload_b64"]).decode("ascii")
        assert all(piece in payload for piece in pieces), (name, payload)
    spread = "\n " + unsigned().replace(", ", ",\n\t") + " \r\n"
    topic.good(
        "agent-white-space",
        "white space stays, but for that after the last brace",
        "sign-record",
        given(spread.encode()),
    )
    for name, changes, code in REFUSED:
        topic.bad(
            f"agent-{name}", f"fields: {name.replace('-', ' ')}", "sign-record", given(text_of(changes).encode()), code
        )
    topic.bad(
        "agent-already-signed",
        "a record that has sig",
        "sign-record",
        given(sealed(unsigned())),
        "record_unknown_field",
    )
    topic.bad(
        "agent-ed25519",
        "Ed25519 is not of this profile",
        "sign-record",
        given(unsigned().encode(), signatures.Key("ed25519", "k", seeded("s"))),
        "alg_unknown",
    )
    topic.bad(
        "agent-key-empty",
        "an empty key",
        "sign-record",
        given(unsigned().encode(), signatures.Key("hmac-sha256", "k", b"")),
        "key_malformed",
    )
    topic.bad(
        "agent-duplicate",
        "a member twice",
        "sign-record",
        given(unsigned().replace('"r"', '"r": 0.5, "r"', 1).encode()),
        "json_duplicate_key",
    )
    topic.bad("agent-array", "an array", "sign-record", given(b"[]"), "record_bad_field")
    # A signer does not judge structure: the verifier does.
    for name, changes, _ in CHECKS[2:5]:
        topic.good(
            f"agent-unchecked-{name}",
            f"a signer leaves to the verifier: {name}",
            "sign-record",
            given(text_of(changes).encode()),
        )


def forged(text, value):
    return (text[:-1] + f', "sig": {value}}}').encode("utf-8")


def verify_cases(topic):
    for name, changes, _ in PAYLOADS:
        topic.good(
            f"agent-{name}", f"verifies: {name.replace('-', ' ')}", "verify-record", given(sealed(text_of(changes)))
        )
    right = json.loads(sealed(unsigned()))["sig"]
    for name, changes, code in REFUSED:
        topic.bad(
            f"agent-{name}",
            f"fields: {name.replace('-', ' ')}",
            "verify-record",
            given(forged(text_of(changes), f'"{right}"')),
            "signature_invalid" if code == "record_pcs_id_mismatch" else code,
        )
        if code == "record_pcs_id_mismatch":
            data = forged(text_of(changes), f'"{value_over(text_of(changes))}"')
            topic.bad(
                f"agent-{name}-signed",
                f"rightly signed, fields: {name.replace('-', ' ')}",
                "verify-record",
                given(data),
                code,
            )
    for name, changes, code in CHECKS:
        topic.bad(
            f"agent-check-{name}",
            f"rightly signed, fails the check: {name.replace('-', ' ')}",
            "verify-record",
            given(sealed(text_of(changes))),
            code,
        )
    signature_cases(topic, right)


def value_over(text):
    tree = record_agents.json_reader.parse(text.encode("utf-8"))
    return to_base64(signatures.sign(KEY.alg, KEY.value, record_agents.payload_of(tree)))


def signature_cases(topic, right):
    def bad(name, why, data, code="signature_invalid", key=KEY):
        topic.bad(f"agent-sig-{name}", why, "verify-record", given(data, key), code)

    good, text = sealed(unsigned()).decode(), unsigned()
    topic.good(
        "agent-sig-unsigned-members",
        "attempt, sent_at, seed, v_star and ft are not signed",
        "verify-record",
        given(
            good.replace('"attempt": 1', '"attempt": 2')
            .replace("12:00:00", "13:00:00")
            .replace("42", "43")
            .replace('"outbox_seq": 0', '"outbox_seq": 9')
            .encode()
        ),
    )
    topic.good(
        "agent-sig-respelt",
        "number spelling and order are free where the payload stays the same",
        "verify-record",
        given(good.replace('"D_hat": 2.0', '"D_hat": 2.00').replace('"r": 0.5', '"r": 5e-1').encode()),
    )
    topic.good(
        "agent-sig-kid-any",
        "a record names no kid: any kid of an HMAC key does",
        "verify-record",
        given(good.encode(), signatures.Key("hmac-sha256", "other", KEY.value)),
    )
    for name, before, after in [
        ("d-hat", '"D_hat": 2.0', '"D_hat": 2.000000001'),
        ("budget", "0.35", "0.350000001"),
        ("coh-star", '"coh_star": 0.5', '"coh_star": 0.500000001'),
        ("r", '"r": 0.5', '"r": 0.499999999'),
        ("epoch", '"epoch": 7', '"epoch": 8'),
        ("shard", "shard-001", "shard-002"),
        ("root", ROOT, seeded("y").hex()),
    ]:
        assert before in good
        bad(f"changed-{name}", f"changed after signing: {name}", good.replace(before, after, 1).encode())
    for name, value in [
        ("empty", '""'),
        ("no-padding", f'"{right.rstrip("=")}"'),
        ("url", f'"{right[:-2]}_="'),
        ("hex", f'"{"00" * 32}"'),
        ("31", f'"{to_base64(bytes(31))}"'),
        ("newline", f'"{right}\\n"'),
        ("unused-bits", f'"{right[:-2]}{chr(ord(right[-2]) + 1)}="'),
    ]:
        bad(f"value-{name}", f"sig: {name}", forged(text, value), "signature_malformed")
    for name, value in [
        ("null", "null"),
        ("number", "1"),
        ("object", f'{{"alg":"hmac-sha256","kid":"k","value":"{right}"}}'),
    ]:
        bad(f"value-{name}", f"sig: {name}", forged(text, value), "record_bad_field")
    bad("absent", "no sig", text.encode(), "record_missing_field")
    bad("zero", "zeros", forged(text, f'"{to_base64(bytes(32))}"'))
    payload = record_agents.sign(text.encode(), KEY)[1]
    digest = hashlib.sha256(payload).digest()
    bad(
        "over-digest",
        "the payload's SHA-256 was signed",
        forged(text, f'"{to_base64(signatures.sign(KEY.alg, KEY.value, digest))}"'),
    )
    bad(
        "over-hex-digest",
        "the hex of the payload's SHA-256 was signed",
        forged(text, f'"{to_base64(signatures.sign(KEY.alg, KEY.value, digest.hex().encode()))}"'),
    )
    spaced = json.dumps(json.loads(payload), sort_keys=True).encode()
    bad(
        "over-spaces",
        "the payload was signed with spaces",
        forged(text, f'"{to_base64(signatures.sign(KEY.alg, KEY.value, spaced))}"'),
    )
    short_numbers = payload.replace(b"2.0", b"2")
    bad(
        "over-short-number",
        "2 was signed for 2.0",
        forged(text, f'"{to_base64(signatures.sign(KEY.alg, KEY.value, short_numbers))}"'),
    )
    bad("other-key", "another key", good.encode(), key=signatures.Key("hmac-sha256", "k", seeded("other")))
    bad(
        "ed25519-key",
        "only an Ed25519 key is known",
        good.encode(),
        "key_unknown",
        signatures.Key("ed25519", "k", bytes(32)),
    )
    bad("key-empty", "an empty key", good.encode(), "key_malformed", signatures.Key("hmac-sha256", "k", b""))
    bad("duplicate", "a signed member twice", good.replace('"r"', '"r": 0.5, "r"', 1).encode(), "json_duplicate_key")
    bad(
        "duplicate-escaped",
        "a signed member twice, once escaped",
        good.replace('"r"', '"\\u0072": 0.5, "r"', 1).encode(),
        "json_duplicate_key",
    )
    bad(
        "duplicate-in-ft",
        "a member twice where nothing is signed",
        good.replace('{"outbox_seq"', '{"outbox_seq": 1, "outbox_seq"').encode(),
        "json_duplicate_key",
    )
    bad(
        "duplicate-scale",
        "a scale twice in N_j",
        good.replace('{"2": 4', '{"2": 5, "2": 4').encode(),
        "json_duplicate_key",
    )


STAGE_CODES = {
    "parse": {"json_", "record_missing_field", "record_unknown_field", "record_bad_field"},
    "signature": {"signature_invalid", "signature_malformed"},
    "id": {"record_pcs_id_mismatch"},
    "check": {"record_check_failed", "record_schema_unknown", "record_version_unknown"},
}


def deployed():
    topic = Topic("verify-record-deployed-agents")
    for line in AGENTS.read_text("ascii").splitlines():
        record = json.loads(line)
        data = record["record"].encode("utf-8") if "record" in record else base64.b64decode(record["record_b64"])
        key = record["key_utf8"].encode("utf-8") if "key_utf8" in record else base64.b64decode(record["key_b64"])
        case = given(data, signatures.Key("hmac-sha256", "agents", key))
        why = f"{record['origin']}, {record['basis']}"
        if record["expect"] == "verifies":
            known = (
                {"payload_b64": to_base64(record["signed_payload_utf8"].encode())}
                if record.get("signed_payload_utf8")
                else {}
            )
            topic.good(record["id"], why, "verify-record", case, **known)
        else:
            topic.refused(record["id"], f"{why}: {record['reason']}", "verify-record", case)
            code = topic.cases[-1]["expect"]["code"]
            assert any(code.startswith(c) for c in STAGE_CODES[record["stage"]]), (record["id"], code)
    return topic


def topics():
    sign, verify = Topic("sign-record-agents"), Topic("verify-record-agents")
    sign_cases(sign)
    verify_cases(verify)
    return [sign, verify, deployed()]

"""sign-record and verify-record of profile fractal-pcs 1.0: every field, every fault, keys and their windows."""

import hashlib

import canonical
import commitments
import ed25519
import record_1_0
import signatures
from bytes_text import to_base64
from topic import Topic, seeded

PROFILE = "fractal-pcs"
ROOT = seeded("record root").hex()
HMAC_KEY = signatures.Key("hmac-sha256", "2026-11", seeded("record hmac key"))
SEED = seeded("record seed")
ED_SIGNER = signatures.Key("ed25519", "edge-1", SEED)
ED_KEY = signatures.Key("ed25519", "edge-1", ed25519.public_key(SEED))
SMALLEST = {
    "schema": "fractal-pcs",
    "version": "1.0",
    "tenant": "acme",
    "namespace": "claims",
    "stream": "intake",
    "epoch": 7,
    "sent_at": "2026-11-24T17:32:20Z",
    "task": "summaries",
    "attempt": 1,
    "merkle_root": ROOT,
    "pcs_id": commitments.pcs_id(ROOT, 7, "intake"),
    "content": "vault",
}
FULL = {
    **SMALLEST,
    "run": "run-2026-11-24/\u00e9\U0001f600",
    "attempt": 2,
    "parent": seeded("parent").hex(),
    "signals": {"coverage": 0.987654321, "claims": 12, "drift": -0.000000001, "\u20ac": 0},
    "usage": {"model": "m-1", "input_tokens": 1234, "output_tokens": 56, "cost_usd": 0.001234567},
}


def changed(base=SMALLEST, without=(), **changes):
    """The record with members changed; pcs_id follows merkle_root, epoch and stream unless it is given."""
    record = {name: value for name, value in {**base, **changes}.items() if name not in without}
    named = {"merkle_root", "epoch", "stream"}
    if "pcs_id" not in changes and "pcs_id" not in without and named <= record.keys():
        record["pcs_id"] = commitments.pcs_id(ROOT if not is_root(record["merkle_root"]) else record["merkle_root"], record["epoch"], record["stream"])
    return record


def is_root(value):
    return isinstance(value, str) and len(value) == 64


def key_json(key, **window):
    return {"alg": key.alg, "kid": key.kid, "value_b64": to_base64(key.value), **window}


def given(record, key=HMAC_KEY, **more):
    data = record if isinstance(record, bytes) else canonical.plain(record)
    return {"profile": PROFILE, "record_b64": to_base64(data), "key": key_json(key), **more}


def sealed(record, signer=HMAC_KEY, **sig_changes):
    """Canonical bytes of a record signed as it stands, right or wrong."""
    payload = canonical.plain(record)
    sig = {"alg": signer.alg, "kid": signer.kid, "value": to_base64(signatures.sign(signer.alg, signer.value, payload))}
    return canonical.plain({**record, "sig": {**sig, **sig_changes}})


GOOD_FIELDS = [
    ("names-longest", changed(tenant="a" * 64, namespace="B" * 64, stream="9" * 64, task="-" * 64)),
    ("names-one", changed(tenant="a", namespace=".", stream="_", task="0")),
    ("names-dots", changed(tenant="..", stream="A-z_0.9")),
    ("epoch-0", changed(epoch=0)),
    ("epoch-largest", changed(epoch=2**53 - 1)),
    ("attempt-0", changed(attempt=0)),
    ("attempt-largest", changed(attempt=2**53 - 1)),
    ("sent-at-fraction-1", changed(sent_at="2026-11-24T17:32:20.5Z")),
    ("sent-at-fraction-9", changed(sent_at="2026-11-24T17:32:20.123456789Z")),
    ("sent-at-leap-day", changed(sent_at="2024-02-29T00:00:00Z")),
    ("sent-at-leap-day-2000", changed(sent_at="2000-02-29T23:59:59Z")),
    ("sent-at-year-9999", changed(sent_at="9999-12-31T23:59:59Z")),
    ("content-none", changed(content="none")),
    ("run-null", changed(run=None)),
    ("run-longest", changed(run="\u20ac" * 128)),
    ("parent-null", changed(parent=None)),
    ("signals-empty", changed(signals={})),
    ("signals-64", changed(signals={f"s{i}": i for i in range(64)})),
    ("signals-name-longest", changed(signals={"\U0001f600" * 32: 1})),
    ("signals-integers", changed(signals={"a": 9007199254740991, "b": -9007199254740991})),
    ("signals-decimals", changed(signals={"a": 999999.999999999, "b": -0.000000001})),
    ("usage-empty", changed(usage={})),
    ("usage-one", changed(usage={"output_tokens": 0})),
    ("usage-cost-integer", changed(usage={"cost_usd": 3})),
    ("full", FULL),
]

BAD_FIELDS = [
    ("schema-absent", changed(without=["schema"]), "record_missing_field"),
    ("schema-number", changed(schema=1), "record_bad_field"),
    ("schema-other", changed(schema="fractal-lba-kakeya"), "record_schema_unknown"),
    ("schema-case", changed(schema="Fractal-PCS"), "record_schema_unknown"),
    ("version-absent", changed(without=["version"]), "record_missing_field"),
    ("version-number", changed(version=1), "record_bad_field"),
    ("version-other", changed(version="1.1"), "record_version_unknown"),
    ("version-short", changed(version="1"), "record_version_unknown"),
    *[(f"{n}-absent", changed(without=[n]), "record_missing_field") for n in record_1_0.REQUIRED[2:]],
    *[
        (f"{n}-{label}", changed(**{n: value}), "record_bad_field")
        for n in ("tenant", "namespace", "stream", "task")
        for label, value in [("empty", ""), ("65", "a" * 65), ("slash", "a/b"), ("space", "a b"), ("null", None)]
    ],
    ("tenant-umlaut", changed(tenant="\u00e4"), "record_bad_field"),
    ("tenant-newline", changed(tenant="acme\n"), "record_bad_field"),
    ("tenant-nul", changed(tenant="acme\x00"), "record_bad_field"),
    ("stream-pipe", changed(stream="a|b"), "record_bad_field"),
    ("task-number", changed(task=7), "record_bad_field"),
    ("epoch-minus", changed(epoch=-1), "record_bad_field"),
    ("epoch-fraction", changed(epoch=1.5), "record_bad_field"),
    ("epoch-text", changed(epoch="7"), "record_bad_field"),
    ("epoch-null", changed(epoch=None), "record_bad_field"),
    ("epoch-true", changed(epoch=True), "record_bad_field"),
    ("attempt-minus", changed(attempt=-1), "record_bad_field"),
    ("attempt-fraction", changed(attempt=0.5), "record_bad_field"),
    ("attempt-text", changed(attempt="1"), "record_bad_field"),
    *[
        (f"sent-at-{label}", changed(sent_at=value), "record_bad_field")
        for label, value in [
            ("empty", ""),
            ("number", 1790000000),
            ("date-only", "2026-11-24"),
            ("no-zone", "2026-11-24T17:32:20"),
            ("offset", "2026-11-24T17:32:20+00:00"),
            ("lower-case-z", "2026-11-24T17:32:20z"),
            ("lower-case-t", "2026-11-24t17:32:20Z"),
            ("space", "2026-11-24 17:32:20Z"),
            ("fraction-empty", "2026-11-24T17:32:20.Z"),
            ("fraction-10", "2026-11-24T17:32:20.1234567890Z"),
            ("fraction-comma", "2026-11-24T17:32:20,5Z"),
            ("month-0", "2026-00-24T17:32:20Z"),
            ("month-13", "2026-13-24T17:32:20Z"),
            ("day-0", "2026-11-00T17:32:20Z"),
            ("day-31-of-30", "2026-11-31T17:32:20Z"),
            ("february-29", "2026-02-29T17:32:20Z"),
            ("february-29-1900", "1900-02-29T17:32:20Z"),
            ("hour-24", "2026-11-24T24:00:00Z"),
            ("minute-60", "2026-11-24T17:60:20Z"),
            ("second-60", "2026-12-31T23:59:60Z"),
            ("year-5", "12026-11-24T17:32:20Z"),
            ("newline", "2026-11-24T17:32:20Z\n"),
            ("arabic-digits", "\u0662\u0660\u0662\u0666-11-24T17:32:20Z"),
        ]
    ],
    ("run-empty", changed(run=""), "record_bad_field"),
    ("run-129", changed(run="a" * 129), "record_bad_field"),
    ("run-129-units", changed(run="\U0001f600" * 64 + "a"), "record_bad_field"),
    ("run-number", changed(run=1), "record_bad_field"),
    ("parent-short", changed(parent="ab"), "record_bad_field"),
    ("parent-upper-case", changed(parent=seeded("parent").hex().upper()), "record_bad_field"),
    ("parent-empty", changed(parent=""), "record_bad_field"),
    ("merkle-root-short", changed(merkle_root=ROOT[:63]), "record_bad_field"),
    ("merkle-root-upper-case", changed(merkle_root=ROOT.upper(), pcs_id=SMALLEST["pcs_id"]), "record_bad_field"),
    ("pcs-id-short", changed(pcs_id=SMALLEST["pcs_id"][:63]), "record_bad_field"),
    ("pcs-id-upper-case", changed(pcs_id=SMALLEST["pcs_id"].upper()), "record_bad_field"),
    ("pcs-id-null", changed(pcs_id=None), "record_bad_field"),
    ("content-other", changed(content="inline"), "record_bad_field"),
    ("content-empty", changed(content=""), "record_bad_field"),
    ("content-true", changed(content=True), "record_bad_field"),
    ("content-object", changed(content={"output": "x"}), "record_bad_field"),
    ("signals-null", changed(signals=None), "record_bad_field"),
    ("signals-array", changed(signals=[1]), "record_bad_field"),
    ("signals-65", changed(signals={f"s{i}": i for i in range(65)}), "record_bad_field"),
    ("signals-name-empty", changed(signals={"": 1}), "record_bad_field"),
    ("signals-name-65", changed(signals={"a" * 65: 1}), "record_bad_field"),
    ("signals-name-65-units", changed(signals={"\U0001f600" * 33: 1}), "record_bad_field"),
    ("signals-text", changed(signals={"a": "1"}), "record_bad_field"),
    ("signals-true", changed(signals={"a": True}), "record_bad_field"),
    ("signals-null-value", changed(signals={"a": None}), "record_bad_field"),
    ("signals-nested", changed(signals={"a": {"b": 1}}), "record_bad_field"),
    ("usage-null", changed(usage=None), "record_bad_field"),
    ("usage-text", changed(usage="m"), "record_bad_field"),
    ("usage-unknown", changed(usage={"total_tokens": 1}), "record_unknown_field"),
    ("usage-model-empty", changed(usage={"model": ""}), "record_bad_field"),
    ("usage-model-129", changed(usage={"model": "m" * 129}), "record_bad_field"),
    ("usage-model-null", changed(usage={"model": None}), "record_bad_field"),
    ("usage-tokens-minus", changed(usage={"input_tokens": -1}), "record_bad_field"),
    ("usage-tokens-fraction", changed(usage={"output_tokens": 1.5}), "record_bad_field"),
    ("usage-tokens-text", changed(usage={"input_tokens": "1"}), "record_bad_field"),
    ("usage-cost-minus", changed(usage={"cost_usd": -0.5}), "record_bad_field"),
    ("usage-cost-text", changed(usage={"cost_usd": "0.1"}), "record_bad_field"),
    ("unknown", changed(extra=1), "record_unknown_field"),
    ("unknown-case", changed(Tenant="acme"), "record_unknown_field"),
    ("unknown-empty", changed(**{"": 1}), "record_unknown_field"),
    ("unknown-proto", changed(**{"__proto__": {}}), "record_unknown_field"),
    ("unknown-prompt", changed(prompt="text has no place in a record"), "record_unknown_field"),
    ("of-the-other-profile", changed(shard_id="s"), "record_unknown_field"),
    ("missing-before-unknown", changed(without=["task"], extra=1), "record_missing_field"),
    ("unknown-before-bad", changed(extra=1, tenant=""), "record_unknown_field"),
    ("schema-before-missing", changed(without=["task"], schema="x"), "record_schema_unknown"),
    ("pcs-id-other", changed(pcs_id=seeded("other id").hex()), "record_pcs_id_mismatch"),
    ("pcs-id-epoch", changed(pcs_id=commitments.pcs_id(ROOT, 8, "intake")), "record_pcs_id_mismatch"),
    ("pcs-id-stream", changed(pcs_id=commitments.pcs_id(ROOT, 7, "Intake")), "record_pcs_id_mismatch"),
    ("pcs-id-order", changed(pcs_id=hashlib.sha256(f"7|{ROOT}|intake".encode()).hexdigest()), "record_pcs_id_mismatch"),
    ("bad-before-pcs-id", changed(pcs_id=seeded("other id").hex(), attempt=-1), "record_bad_field"),
    ("an-array", [SMALLEST], "record_bad_field"),
    ("a-text", "record", "record_bad_field"),
    ("null", None, "record_bad_field"),
    ("empty", {}, "record_missing_field"),
]  # fmt: skip

# Text of a record without sig, not canonical: a signer takes it and signs the canonical form.
LOOSE = (
    '{ "version":"1.0","schema":"fractal-p\\u0063s", "tenant":"acme","namespace":"claims","stream":"intake",\n'
    ' "epoch":7.0,"attempt":1e0,"sent_at":"2026-11-24T17:32:20Z","task":"summaries","content":"vault",\n'
    f' "merkle_root":"{ROOT}","pcs_id":"{SMALLEST["pcs_id"]}","signals":{{"b":0.50,"a":1e-10,"c":0.1234567895}} }}'
)


def topic_sign():
    topic = Topic("sign-record")

    def good(name, why, record, key=HMAC_KEY):
        topic.good(f"pcs-{name}", why, "sign-record", given(record, key))

    def bad(name, why, record, code, key=HMAC_KEY, **more):
        topic.bad(f"pcs-{name}", why, "sign-record", {**given(record, key), **more}, code)

    good("smallest", "only what is required", SMALLEST)
    good("ed25519", "signed by Ed25519", SMALLEST, ED_SIGNER)
    good("ed25519-full", "all fields, by Ed25519", FULL, ED_SIGNER)
    good("loose", "white space, order, escapes and numbers are made canonical before signing", LOOSE.encode())
    good("hmac-short-key", "an HMAC key of one byte", SMALLEST, signatures.Key("hmac-sha256", "k", b"k"))
    good("kid-longest", "a kid of 128 characters", SMALLEST, signatures.Key("hmac-sha256", "!~" * 64, b"k"))
    for name, record in GOOD_FIELDS:
        good(name, f"fields: {name.replace('-', ' ')}", record)
    for name, record, code in BAD_FIELDS:
        bad(name, f"fields: {name.replace('-', ' ')}", record, code)
    signed = sealed(SMALLEST)
    bad("already-signed", "a record that has sig", signed, "record_unknown_field")
    bad("range", "a number out of range", LOOSE.replace("0.50", "1e7").encode(), "json_number_range")
    bad("range-integer", "an integer out of range", LOOSE.replace("0.50", "9007199254740992").encode(), "json_number_range")
    bad("range-before-fields", "the range is named before the fields", LOOSE.replace("0.50", "1e7").replace("acme", "").encode(), "json_number_range")
    bad("duplicate", "a member twice", LOOSE.replace('"task"', '"version":"1.0","task"').encode(), "json_duplicate_key")
    bad("not-json", "no JSON", b"{", "json_malformed")
    bad("not-utf8", "no UTF-8", LOOSE.encode().replace(b"acme", b"acm\xe9"), "json_not_utf8")
    bad("surrogate", "a lone surrogate", LOOSE.replace("acme", "\\ud800").encode(), "json_lone_surrogate")
    bad("hmac-key-empty", "an empty HMAC key", SMALLEST, "key_malformed", signatures.Key("hmac-sha256", "k", b""))
    bad("seed-31", "an Ed25519 seed of 31 bytes", SMALLEST, "key_malformed", signatures.Key("ed25519", "k", SEED[:31]))
    bad("seed-64", "an Ed25519 seed of 64 bytes", SMALLEST, "key_malformed", signatures.Key("ed25519", "k", SEED * 2))
    bad("alg-unknown", "another algorithm", SMALLEST, "alg_unknown", signatures.Key("hmac-sha512", "k", b"k"))
    bad("profile-unknown", "another profile", SMALLEST, "bad_request", profile="fractal-xyz")
    topic.bad("pcs-key-absent", "no key", "sign-record", {**given(SMALLEST), "key": None}, "bad_request")
    bad("base64", "record_b64 is no base64", SMALLEST, "base64_malformed", record_b64="x")
    return topic


def topic_verify():
    topic = Topic("verify-record")

    def good(name, why, data, key=HMAC_KEY, **more):
        topic.good(f"pcs-{name}", why, "verify-record", {**given(data, key), **more}, **{})

    good("smallest", "only what is required", sealed(SMALLEST))
    good("ed25519", "signed by Ed25519", sealed(SMALLEST, ED_SIGNER), ED_KEY)
    good("ed25519-full", "all fields, by Ed25519", sealed(FULL, ED_SIGNER), ED_KEY)
    for name, record in GOOD_FIELDS:
        good(name, f"fields: {name.replace('-', ' ')}", sealed(record))
    for name, record, code in BAD_FIELDS:
        data = sealed(record) if isinstance(record, dict) else canonical.plain(record)
        topic.bad(f"pcs-{name}", f"rightly signed, fields: {name.replace('-', ' ')}", "verify-record", given(data), code)
    verify_spelling(topic)
    verify_sig(topic)
    verify_signed_bytes(topic)
    verify_windows(topic)
    return topic


def verify_spelling(topic):
    text = sealed(changed(signals={"a": 0.5, "b": 1})).decode()
    for name, changed_text in [
        ("space", text.replace(":", ": ", 1)),
        ("newline-after", text + "\n"),
        ("space-before", " " + text),
        ("order", text.replace('"attempt":1,', "", 1).replace('"content"', '"attempt":1,"content"', 1).replace('"content":"vault",', "", 1).replace("{", '{"content":"vault",', 1)),
        ("escape", text.replace("acme", "\\u0061cme")),
        ("escape-solidus", sealed(changed(run="a/b")).decode().replace("a/b", "a\\/b")),
        ("escape-upper-case", sealed(changed(run="\x1f")).decode().replace("001f", "001F")),
        ("escape-non-ascii", sealed(changed(run="\u00e9")).decode().replace("\u00e9", "\\u00e9")),
        ("number-point", text.replace('"b":1', '"b":1.0')),
        ("number-exponent", text.replace('"b":1', '"b":1e0')),
        ("number-trailing-zero", text.replace("0.5", "0.50")),
        ("number-tenth-place", text.replace("0.5", "0.5000000001")),
        ("number-minus-zero", text.replace('"b":1', '"b":-0')),
        ("number-decimal-minus-zero", text.replace('"b":1', '"b":-0.0')),
        ("number-small", text.replace('"b":1', '"b":1e-10')),
        ("epoch-point", text.replace('"epoch":7', '"epoch":7.0')),
    ]:
        assert changed_text != text
        topic.bad(f"pcs-spelling-{name}", f"not canonical: {name.replace('-', ' ')}", "verify-record", given(changed_text.encode()), "not_canonical")
    for name, changed_text, code in [
        ("range-decimal", text.replace("0.5", "1e7"), "json_number_range"),
        ("range-integer", text.replace('"b":1', '"b":9007199254740992'), "json_number_range"),
        ("range-before-canonical", " " + text.replace("0.5", "1e400"), "json_number_range"),
        ("nan", text.replace("0.5", "NaN"), "json_number_form"),
        ("infinity", text.replace("0.5", "-Infinity"), "json_number_form"),
        ("duplicate", text.replace('"task"', '"stream":"intake","task"'), "json_duplicate_key"),
        ("duplicate-sig", text.replace('"sig"', '"sig":null,"sig"'), "json_duplicate_key"),
        ("duplicate-escaped", text.replace('"task"', '"t\\u0061sk":"x","task"'), "json_duplicate_key"),
        ("surrogate", text.replace("acme", "\\udc00"), "json_lone_surrogate"),
        ("trailing", text + "{}", "json_malformed"),
        ("byte-order-mark", "\ufeff" + text, "json_malformed"),
        ("empty", "", "json_malformed"),
        ("too-deep", "[" * 65 + "]" * 65, "json_too_deep"),
    ]:
        topic.bad(f"pcs-json-{name}", f"unreadable: {name.replace('-', ' ')}", "verify-record", given(changed_text.encode()), code)
    topic.bad("pcs-json-not-utf8", "unreadable: no UTF-8", "verify-record", given(text.encode().replace(b"acme", b"\xc3\x28")), "json_not_utf8")


def verify_sig(topic):
    def bad(name, why, data, code, key=HMAC_KEY):
        topic.bad(f"pcs-sig-{name}", why, "verify-record", given(data, key), code)

    record = SMALLEST
    value = to_base64(signatures.sign(HMAC_KEY.alg, HMAC_KEY.value, canonical.plain(record)))

    def with_sig(sig):
        return canonical.plain({**record, "sig": sig})

    right = {"alg": "hmac-sha256", "kid": HMAC_KEY.kid, "value": value}
    bad("absent", "no sig", canonical.plain(record), "record_missing_field")
    bad("null", "sig is null", with_sig(None), "record_bad_field")
    bad("text", "sig is a text", with_sig(value), "record_bad_field")
    bad("array", "sig is an array of one", with_sig([right]), "record_bad_field")
    for name in right:
        bad(f"no-{name}", f"sig without {name}", with_sig({k: v for k, v in right.items() if k != name}), "record_missing_field")
    bad("more", "sig with a member more", with_sig({**right, "typ": "x"}), "record_unknown_field")
    for name, sig_alg, code in [("other", "hmac-sha512", "alg_unknown"), ("none", "none", "alg_unknown"), ("case", "HMAC-SHA256", "alg_unknown"), ("empty", "", "alg_unknown"), ("number", 1, "record_bad_field"), ("null", None, "record_bad_field")]:
        bad(f"alg-{name}", f"sig.alg: {name}", with_sig({**right, "alg": sig_alg}), code)
    for name, kid in [("empty", ""), ("129", "k" * 129), ("space", "a b"), ("umlaut", "\u00e4"), ("delete", "a\x7f"), ("number", 1)]:
        bad(f"kid-{name}", f"sig.kid: {name}", with_sig({**right, "kid": kid}), "record_bad_field")
    bad("kid-other", "a kid that is not known", with_sig({**right, "kid": "2026-10"}), "key_unknown")
    bad("kid-case", "the kid in another case", sealed(record, kid="2026-11X"), "key_unknown")
    bad("value-number", "sig.value is a number", with_sig({**right, "value": 1}), "record_bad_field")
    for name, changed_value in [("empty", ""), ("no-padding", value.rstrip("=")), ("hex", "00" * 32), ("31", to_base64(bytes(31))), ("33", to_base64(bytes(33))), ("64", to_base64(bytes(64))), ("space", value + " "), ("newline", value + "\n"), ("unused-bits", value[:-2] + chr(ord(value[-2]) + 1) + "=")]:
        bad(f"value-{name}", f"sig.value: {name}", with_sig({**right, "value": changed_value}), "signature_malformed")
    signature = ed25519.sign(SEED, canonical.plain(record))
    bad("alg-says-ed25519", "an HMAC of the right kid, said to be Ed25519", with_sig({**right, "alg": "ed25519"}), "signature_malformed")
    bad("alg-ed25519-key-hmac", "an Ed25519 signature, the key known under that kid is HMAC", with_sig({"alg": "ed25519", "kid": HMAC_KEY.kid, "value": to_base64(signature)}), "key_unknown")
    confusion = signatures.Key("hmac-sha256", ED_KEY.kid, ED_KEY.value)
    bad("alg-confusion", "an HMAC under the public key bytes, the key known under that kid is Ed25519", sealed(record, confusion), "key_unknown", ED_KEY)
    bad("malformed-before-unknown", "a malformed value is named before an unknown kid", with_sig({**right, "kid": "x", "value": "x"}), "signature_malformed")


def verify_signed_bytes(topic):
    def bad(name, why, data, code="signature_invalid", key=HMAC_KEY):
        topic.bad(f"pcs-signed-{name}", why, "verify-record", given(data, key), code)

    text = sealed(FULL).decode()
    for name, before, after in [
        ("tenant", '"acme"', '"acmf"'),
        ("namespace", '"claims"', '"claimz"'),
        ("task", '"summaries"', '"summarier"'),
        ("attempt", '"attempt":2', '"attempt":1'),
        ("sent-at", "17:32:20", "17:32:21"),
        ("content", '"vault"', '"none"'),
        ("signal", "0.987654321", "0.987654322"),
        ("signal-name", '"drift"', '"drifu"'),
        ("usage", '"input_tokens":1234', '"input_tokens":1235'),
        ("stream", '"intake"', '"intaky"'),
        ("epoch", '"epoch":7', '"epoch":8'),
        ("merkle-root", ROOT, seeded("x").hex()),
        ("pcs-id", FULL["pcs_id"], seeded("y").hex()),
    ]:
        assert before in text
        bad(name, f"changed after signing: {name}", text.replace(before, after).encode())
    without_run = canonical.plain({**{k: v for k, v in FULL.items() if k != "run"}, "sig": {"alg": "hmac-sha256", "kid": HMAC_KEY.kid, "value": text.split('"value":"')[1][:44]}})
    bad("member-removed", "an optional member removed after signing", without_run)
    bad("other-key", "another key under the same kid", sealed(FULL), key=signatures.Key("hmac-sha256", HMAC_KEY.kid, seeded("other")))
    bad("other-public-key", "another public key under the same kid", sealed(FULL, ED_SIGNER), key=signatures.Key("ed25519", "edge-1", ed25519.public_key(seeded("other"))))
    over_hash = to_base64(signatures.sign("hmac-sha256", HMAC_KEY.value, hashlib.sha256(canonical.plain(SMALLEST)).digest()))
    bad("prehashed", "the payload's hash was signed", sealed(SMALLEST, value=over_hash))
    over_newline = to_base64(signatures.sign("hmac-sha256", HMAC_KEY.value, canonical.plain(SMALLEST) + b"\n"))
    bad("newline", "the payload was signed with a newline", sealed(SMALLEST, value=over_newline))
    with_sig = canonical.plain({**SMALLEST, "sig": {"alg": "hmac-sha256", "kid": HMAC_KEY.kid, "value": ""}})
    over_sig = to_base64(signatures.sign("hmac-sha256", HMAC_KEY.value, with_sig))
    bad("with-empty-sig", "the record was signed with an empty sig inside", sealed(SMALLEST, value=over_sig))
    raw = ed25519.sign(SEED, canonical.plain(SMALLEST))
    malleated = raw[:32] + (int.from_bytes(raw[32:], "little") + ed25519.L).to_bytes(32, "little")
    bad("malleated", "S + L", sealed(SMALLEST, ED_SIGNER, value=to_base64(malleated)), key=ED_KEY)
    bad("both-wrong", "signature and pcs_id are wrong: the signature is named", sealed(changed(pcs_id=seeded("z").hex()), value=to_base64(bytes(32))))
    bad("zero", "zeros", sealed(SMALLEST, value=to_base64(bytes(32))))
    for name, value in [("empty", b""), ("31", bytes(31)), ("small-order", ed25519.encode(ed25519.IDENTITY)), ("not-canonical", (ed25519.P + 3).to_bytes(32, "little")), ("off-curve", (2).to_bytes(32, "little"))]:
        bad(f"key-{name}", f"the Ed25519 key is {name}", sealed(SMALLEST, ED_SIGNER), "key_malformed", signatures.Key("ed25519", "edge-1", value))
    bad("hmac-key-empty", "the HMAC key is empty", sealed(SMALLEST), "key_malformed", signatures.Key("hmac-sha256", HMAC_KEY.kid, b""))
    topic.bad("pcs-alg-of-key", "the key's algorithm is not known", "verify-record", {**given(sealed(SMALLEST)), "key": {**key_json(HMAC_KEY), "alg": "x"}}, "alg_unknown")
    topic.bad("pcs-profile-other", "the record of one profile under the name of the other", "verify-record", {**given(sealed(SMALLEST)), "profile": "fractal-lba-kakeya"}, "record_missing_field")
    topic.bad("pcs-profile-unknown", "an unknown profile", "verify-record", {**given(sealed(SMALLEST)), "profile": "x"}, "bad_request")


def verify_windows(topic):
    now = 1_790_000_000_000
    data = sealed(SMALLEST)

    def case(before, after, at=now, record=data):
        window = {k: str(v) for k, v in (("not_before_ms", before), ("not_after_ms", after)) if v is not None}
        clock = {} if at is None else {"now_ms": str(at)}
        return {**given(record), "key": key_json(HMAC_KEY, **window), **clock}

    for name, why, before, after, at in [
        ("inside", "inside the window", now - 1, now + 1, now),
        ("at-not-before", "at not-before itself", now, now + 1, now),
        ("last-ms", "the last millisecond", now - 10, now + 1, now),
        ("open", "no window", None, None, now),
        ("open-start", "no not-before", None, now + 1, now),
        ("open-end", "no not-after", now, None, now),
        ("no-clock", "without a clock no window is looked at", now + 5, now - 5, None),
    ]:
        topic.good(f"pcs-window-{name}", why, "verify-record", case(before, after, at))
    for name, why, before, after, code in [
        ("early", "one millisecond before not-before", now + 1, now + 9, "key_not_yet_valid"),
        ("at-not-after", "at not-after itself", now - 9, now, "key_expired"),
        ("late", "after not-after", None, now - 1, "key_expired"),
        ("empty", "not-before = not-after", now, now, "key_expired"),
    ]:
        topic.bad(f"pcs-window-{name}", why, "verify-record", case(before, after), code)
    forged = sealed(SMALLEST, value=to_base64(bytes(32)))
    topic.bad("pcs-window-before-signature", "an expired key is named before a signature that does not hold", "verify-record", case(None, now - 1, now, forged), "key_expired")
    topic.bad("pcs-window-form", "now_ms has a leading zero", "verify-record", {**given(data), "now_ms": "01"}, "bad_request")


def topics():
    return [topic_sign(), topic_verify()]

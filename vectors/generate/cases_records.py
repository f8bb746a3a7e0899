"""sign-record and verify-record of profile fractal-pcs 1.0: fields, spelling, signatures, keys and their windows."""

import hashlib

import canonical
import ed25519
import signatures
from bytes_text import to_base64
from cases_record_fields import BAD_FIELDS, FULL, GOOD_FIELDS, ROOT, SMALLEST, changed
from topic import Topic, seeded

PROFILE = "fractal-pcs"
HMAC_KEY = signatures.Key("hmac-sha256", "2026-11", seeded("record hmac key"))
SEED = seeded("record seed")
ED_SIGNER = signatures.Key("ed25519", "edge-1", SEED)
ED_KEY = signatures.Key("ed25519", "edge-1", ed25519.public_key(SEED))


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
    bad(
        "range-integer",
        "an integer out of range",
        LOOSE.replace("0.50", "9007199254740992").encode(),
        "json_number_range",
    )
    bad(
        "range-before-fields",
        "the range is named before the fields",
        LOOSE.replace("0.50", "1e7").replace("acme", "").encode(),
        "json_number_range",
    )
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
        topic.bad(
            f"pcs-{name}", f"rightly signed, fields: {name.replace('-', ' ')}", "verify-record", given(data), code
        )
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
        (
            "order",
            text.replace('"attempt":1,', "", 1)
            .replace('"content"', '"attempt":1,"content"', 1)
            .replace('"content":"vault",', "", 1)
            .replace("{", '{"content":"vault",', 1),
        ),
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
        topic.bad(
            f"pcs-spelling-{name}",
            f"not canonical: {name.replace('-', ' ')}",
            "verify-record",
            given(changed_text.encode()),
            "not_canonical",
        )
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
        topic.bad(
            f"pcs-json-{name}",
            f"unreadable: {name.replace('-', ' ')}",
            "verify-record",
            given(changed_text.encode()),
            code,
        )
    topic.bad(
        "pcs-json-not-utf8",
        "unreadable: no UTF-8",
        "verify-record",
        given(text.encode().replace(b"acme", b"\xc3\x28")),
        "json_not_utf8",
    )


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
        bad(
            f"no-{name}",
            f"sig without {name}",
            with_sig({k: v for k, v in right.items() if k != name}),
            "record_missing_field",
        )
    bad("more", "sig with a member more", with_sig({**right, "typ": "x"}), "record_unknown_field")
    for name, sig_alg, code in [
        ("other", "hmac-sha512", "alg_unknown"),
        ("none", "none", "alg_unknown"),
        ("case", "HMAC-SHA256", "alg_unknown"),
        ("empty", "", "alg_unknown"),
        ("number", 1, "record_bad_field"),
        ("null", None, "record_bad_field"),
    ]:
        bad(f"alg-{name}", f"sig.alg: {name}", with_sig({**right, "alg": sig_alg}), code)
    for name, kid in [
        ("empty", ""),
        ("129", "k" * 129),
        ("space", "a b"),
        ("umlaut", "\u00e4"),
        ("delete", "a\x7f"),
        ("number", 1),
    ]:
        bad(f"kid-{name}", f"sig.kid: {name}", with_sig({**right, "kid": kid}), "record_bad_field")
    bad("kid-other", "a kid that is not known", with_sig({**right, "kid": "2026-10"}), "key_unknown")
    bad("kid-case", "the kid in another case", sealed(record, kid="2026-11X"), "key_unknown")
    bad("value-number", "sig.value is a number", with_sig({**right, "value": 1}), "record_bad_field")
    for name, changed_value in [
        ("empty", ""),
        ("no-padding", value.rstrip("=")),
        ("hex", "00" * 32),
        ("31", to_base64(bytes(31))),
        ("33", to_base64(bytes(33))),
        ("64", to_base64(bytes(64))),
        ("space", value + " "),
        ("newline", value + "\n"),
        ("unused-bits", value[:-2] + chr(ord(value[-2]) + 1) + "="),
    ]:
        bad(f"value-{name}", f"sig.value: {name}", with_sig({**right, "value": changed_value}), "signature_malformed")
    signature = ed25519.sign(SEED, canonical.plain(record))
    bad(
        "alg-says-ed25519",
        "an HMAC of the right kid, said to be Ed25519",
        with_sig({**right, "alg": "ed25519"}),
        "signature_malformed",
    )
    bad(
        "alg-ed25519-key-hmac",
        "an Ed25519 signature, the key known under that kid is HMAC",
        with_sig({"alg": "ed25519", "kid": HMAC_KEY.kid, "value": to_base64(signature)}),
        "key_unknown",
    )
    confusion = signatures.Key("hmac-sha256", ED_KEY.kid, ED_KEY.value)
    bad(
        "alg-confusion",
        "an HMAC under the public key bytes, the key known under that kid is Ed25519",
        sealed(record, confusion),
        "key_unknown",
        ED_KEY,
    )
    bad(
        "malformed-before-unknown",
        "a malformed value is named before an unknown kid",
        with_sig({**right, "kid": "x", "value": "x"}),
        "signature_malformed",
    )


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
    without_run = canonical.plain(
        {
            **{k: v for k, v in FULL.items() if k != "run"},
            "sig": {"alg": "hmac-sha256", "kid": HMAC_KEY.kid, "value": text.split('"value":"')[1][:44]},
        }
    )
    bad("member-removed", "an optional member removed after signing", without_run)
    bad(
        "other-key",
        "another key under the same kid",
        sealed(FULL),
        key=signatures.Key("hmac-sha256", HMAC_KEY.kid, seeded("other")),
    )
    bad(
        "other-public-key",
        "another public key under the same kid",
        sealed(FULL, ED_SIGNER),
        key=signatures.Key("ed25519", "edge-1", ed25519.public_key(seeded("other"))),
    )
    over_hash = to_base64(
        signatures.sign("hmac-sha256", HMAC_KEY.value, hashlib.sha256(canonical.plain(SMALLEST)).digest())
    )
    bad("prehashed", "the payload's hash was signed", sealed(SMALLEST, value=over_hash))
    over_newline = to_base64(signatures.sign("hmac-sha256", HMAC_KEY.value, canonical.plain(SMALLEST) + b"\n"))
    bad("newline", "the payload was signed with a newline", sealed(SMALLEST, value=over_newline))
    with_sig = canonical.plain({**SMALLEST, "sig": {"alg": "hmac-sha256", "kid": HMAC_KEY.kid, "value": ""}})
    over_sig = to_base64(signatures.sign("hmac-sha256", HMAC_KEY.value, with_sig))
    bad("with-empty-sig", "the record was signed with an empty sig inside", sealed(SMALLEST, value=over_sig))
    raw = ed25519.sign(SEED, canonical.plain(SMALLEST))
    malleated = raw[:32] + (int.from_bytes(raw[32:], "little") + ed25519.L).to_bytes(32, "little")
    bad("malleated", "S + L", sealed(SMALLEST, ED_SIGNER, value=to_base64(malleated)), key=ED_KEY)
    bad(
        "both-wrong",
        "signature and pcs_id are wrong: the signature is named",
        sealed(changed(pcs_id=seeded("z").hex()), value=to_base64(bytes(32))),
    )
    bad("zero", "zeros", sealed(SMALLEST, value=to_base64(bytes(32))))
    for name, value in [
        ("empty", b""),
        ("31", bytes(31)),
        ("small-order", ed25519.encode(ed25519.IDENTITY)),
        ("not-canonical", (ed25519.P + 3).to_bytes(32, "little")),
        ("off-curve", (2).to_bytes(32, "little")),
    ]:
        bad(
            f"key-{name}",
            f"the Ed25519 key is {name}",
            sealed(SMALLEST, ED_SIGNER),
            "key_malformed",
            signatures.Key("ed25519", "edge-1", value),
        )
    bad(
        "hmac-key-empty",
        "the HMAC key is empty",
        sealed(SMALLEST),
        "key_malformed",
        signatures.Key("hmac-sha256", HMAC_KEY.kid, b""),
    )
    topic.bad(
        "pcs-alg-of-key",
        "the key's algorithm is not known",
        "verify-record",
        {**given(sealed(SMALLEST)), "key": {**key_json(HMAC_KEY), "alg": "x"}},
        "alg_unknown",
    )
    topic.bad(
        "pcs-profile-other",
        "the record of one profile under the name of the other",
        "verify-record",
        {**given(sealed(SMALLEST)), "profile": "fractal-lba-kakeya"},
        "record_missing_field",
    )
    topic.bad(
        "pcs-profile-unknown",
        "an unknown profile",
        "verify-record",
        {**given(sealed(SMALLEST)), "profile": "x"},
        "bad_request",
    )


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
    topic.bad(
        "pcs-window-before-signature",
        "an expired key is named before a signature that does not hold",
        "verify-record",
        case(None, now - 1, now, forged),
        "key_expired",
    )
    topic.bad(
        "pcs-window-form", "now_ms has a leading zero", "verify-record", {**given(data), "now_ms": "01"}, "bad_request"
    )


def topics():
    return [topic_sign(), topic_verify()]

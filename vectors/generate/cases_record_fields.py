"""Records of profile fractal-pcs 1.0 with every field at its edge: those that are good, and those that name a code."""

import hashlib

import commitments
import record_1_0
from topic import seeded

ROOT = seeded("record root").hex()
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
        record["pcs_id"] = commitments.pcs_id(
            ROOT if not is_root(record["merkle_root"]) else record["merkle_root"], record["epoch"], record["stream"]
        )
    return record


def is_root(value):
    return isinstance(value, str) and len(value) == 64


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
]

"""pcs-id, merkle-root, tag: what a record and a leaf commit to."""

from bytes_text import to_base64
from topic import Topic, seeded

GOLDEN_ROOT = "e966b52c992aefad3c3d0196db02554f30d10d55e8a6e5e3038f88e79e414112"
GOLDEN_ID = "c50bb25a7aff94164147b73c846f0e5e10890d75df204875ca70c448f52c6edf"


def topic_pcs_id():
    topic = Topic("pcs-id")
    root = seeded("pcs-id root").hex()

    def given(root_hex, epoch, stream):
        return {"merkle_root": root_hex, "epoch": epoch, "stream": stream}

    stated = given(GOLDEN_ROOT, "1", "test-shard-001")
    topic.good("deployed-agent", "root, epoch and shard of a deployed agent", "pcs-id", stated, pcs_id=GOLDEN_ID)
    for i, (epoch, stream) in enumerate(
        [
            ("0", "a"),
            ("1", "a"),
            ("9007199254740991", "s.1_-A"),
            ("9007199254740993", "beyond binary64"),
            ("9223372036854775807", "largest epoch of deployed agents"),
            ("18446744073709551615", "largest of 64 bits"),
            ("1", ""),
            ("1", "a|b"),
            ("1", "\u00e9\u20ac\U0001f600"),
            ("1", "e\u0301 not normalised"),
            ("1", "line\nfeed"),
            ("1", "x" * 64),
        ]
    ):
        topic.good(f"valid-{i:02}", f"epoch {epoch}, stream {stream!r}", "pcs-id", given(root, epoch, stream))
    for name, value in [
        ("upper-case", root.upper()),
        ("short", root[:63]),
        ("long", root + "0"),
        ("empty", ""),
        ("prefix", "0x" + root[2:]),
        ("space", " " + root[1:]),
        ("line-feed-after", root + "\n"),
        ("not-hex", "g" + root[1:]),
    ]:
        topic.bad(f"root-{name}", f"merkle_root: {name}", "pcs-id", given(value, "1", "a"), "hex_malformed")
    for name, value in [
        ("leading-zero", "01"),
        ("plus", "+1"),
        ("minus", "-1"),
        ("empty", ""),
        ("fraction", "1.0"),
        ("exponent", "1e3"),
        ("space", " 1"),
        ("too-large", "18446744073709551616"),
        ("arabic-digits", "\u0661"),
        ("a-number", 1),
    ]:
        topic.bad(f"epoch-{name}", f"epoch: {name}", "pcs-id", given(root, value, "a"), "bad_request")
    topic.bad("stream-absent", "no stream", "pcs-id", {"merkle_root": root, "epoch": "1"}, "bad_request")
    return topic


def item(kind, text, label, salt=None):
    salt = seeded(f"salt {label}", 16) if salt is None else salt
    text = text if isinstance(text, bytes) else text.encode("utf-8")
    return {"salt_b64": to_base64(salt), "kind": kind, "text_b64": to_base64(text)}


def topic_merkle_root():
    topic = Topic("merkle-root")
    prompt, output = item("prompt", "How large was the loss?", "p"), item("output", "The loss was $5 million.", "o")
    evidence = [item("evidence", f"Passage {i}: the loss was ${i} million.", f"e{i}") for i in range(300)]
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    topic.good("empty", "no items: SHA-256 of nothing", "merkle-root", {"items": []}, root_hex=empty)
    for n in (0, 1, 2, 3, 4, 5, 6, 7, 254):
        topic.good(
            f"size-{n + 2}",
            f"prompt, output and {n} of evidence",
            "merkle-root",
            {"items": [prompt, output, *evidence[:n]]},
        )
    topic.good("output-only", "one item: its hash is the root", "merkle-root", {"items": [output]})
    topic.good("order-matters", "the same items the other way round", "merkle-root", {"items": [output, prompt]})
    for name, text in [
        ("empty-text", ""),
        ("nul", "\x00"),
        ("not-normalised", "e\u0301"),
        ("normalised", "\u00e9"),
        ("astral", "\U0001f600"),
        ("line-feeds", "a\r\nb\n"),
        ("byte-order-mark", "\ufeffa"),
    ]:
        topic.good(f"text-{name}", f"output text: {name}", "merkle-root", {"items": [item("output", text, name)]})
    for kind in ("prompt", "evidence"):
        topic.good(
            f"kind-{kind}", "the kind is part of the hash", "merkle-root", {"items": [item(kind, "same", "same")]}
        )
    for name, bad_item in [
        ("salt-15", item("output", "x", "", salt=b"\x01" * 15)),
        ("salt-17", item("output", "x", "", salt=b"\x01" * 17)),
        ("salt-empty", item("output", "x", "", salt=b"")),
        ("kind-unknown", item("system", "x", "k")),
        ("kind-case", item("Output", "x", "k")),
        ("kind-empty", item("", "x", "k")),
        ("kind-digit", item("1", "x", "k")),
        ("text-not-utf8", item("output", b"\xff", "t")),
        ("text-surrogate", item("output", b"\xed\xa0\x80", "t")),
        ("text-overlong", item("output", b"\xc0\xaf", "t")),
    ]:
        topic.bad(
            name,
            f"an item with {name.replace('-', ' ')}",
            "merkle-root",
            {"items": [prompt, bad_item]},
            "content_malformed",
        )
    cut = {**output, "salt_b64": output["salt_b64"].rstrip("=")}
    topic.bad("salt-base64", "salt_b64 without padding", "merkle-root", {"items": [cut]}, "base64_malformed")
    topic.bad("kind-number", "kind is a number", "merkle-root", {"items": [{**output, "kind": 1}]}, "bad_request")
    topic.bad("items-object", "items is an object", "merkle-root", {"items": {}}, "bad_request")
    topic.bad("items-absent", "no items", "merkle-root", {}, "bad_request")
    topic.bad(
        "item-text-absent",
        "an item without text_b64",
        "merkle-root",
        {"items": [{"kind": "output", "salt_b64": output["salt_b64"]}]},
        "bad_request",
    )
    return topic


def topic_tag():
    topic = Topic("tag")
    key = seeded("tag key")

    def given(index, origin="log.example/shard-0", tag_key=key):
        return {"tag_key_b64": to_base64(tag_key), "origin": origin, "index": index}

    first = topic.good("index-0", "the first bundle", "tag", given("0"))["tag_b64"]
    topic.good("index-255", "the last leaf of a bundle has the tag of its first", "tag", given("255"), tag_b64=first)
    for index in ("256", "511", "65536", "4294967296", "1099511627776", "9007199254740993", "18446744073709551615"):
        topic.good(f"index-{index}", f"leaf {index}", "tag", given(index))
    topic.good("origin-other", "another origin", "tag", given("0", origin="log.example/shard-1"))
    topic.good("origin-utf8", "an origin beyond ASCII", "tag", given("0", origin="l\u00f6g.example/\u20ac"))
    topic.good("key-other", "another tenant", "tag", given("0", tag_key=seeded("other tag key")))
    topic.good("key-64", "a key of one hash block", "tag", given("0", tag_key=seeded("k64", 64)))
    topic.good("key-100", "a key longer than a hash block", "tag", given("0", tag_key=seeded("k100", 100)))
    for name, index in [
        ("minus", "-1"),
        ("leading-zero", "00"),
        ("too-large", "18446744073709551616"),
        ("a-number", 0),
        ("hex", "0x1"),
    ]:
        topic.bad(f"index-{name}", f"index: {name}", "tag", given(index), "bad_request")
    topic.bad("key-base64", "tag_key_b64 is not base64", "tag", {**given("0"), "tag_key_b64": "*"}, "base64_malformed")
    topic.bad("origin-absent", "no origin", "tag", {"tag_key_b64": to_base64(key), "index": "0"}, "bad_request")
    return topic


def topics():
    return [topic_pcs_id(), topic_merkle_root(), topic_tag()]

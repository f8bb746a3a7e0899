"""verify-note: the form of a signed note, of its signature lines and of verifier keys, and which signatures count."""

import ed25519
import notes
from bytes_text import to_base64
from sample_log import LOG_PUBLIC, LOG_SEED, WITNESS_NAMES, WITNESS_SEEDS, WITNESS_TIME, WITNESS_VKEYS
from topic import Topic, seeded

NAME = "notes.example/a"
VKEY = notes.vkey_text(NAME, notes.PLAIN, LOG_PUBLIC)
TEXT = "Ride si sapis.\n\nSecond paragraph.\n"
LINE = notes.sign_plain(LOG_SEED, NAME, TEXT)
SIGNATURE = ed25519.sign(LOG_SEED, TEXT.encode())
KEY_ID = notes.key_id(NAME, notes.PLAIN, LOG_PUBLIC)
GOOD = TEXT + "\n" + LINE


def given(note, *vkeys):
    note = note if isinstance(note, bytes) else note.encode("utf-8")
    return {"note_b64": to_base64(note), "vkeys": list(vkeys or (VKEY,))}


def unknown_line(label):
    return notes.sign_plain(seeded(f"unknown {label}"), f"unknown.example/{label}", TEXT)


def broken(line):
    """The line with the last bit of its signature flipped."""
    raw = bytes([*SIGNATURE[:63], SIGNATURE[63] ^ 1])
    assert line == LINE
    return notes.signature_line(NAME, KEY_ID, raw)


def valid(topic):
    def good(name, why, note, *vkeys, **known):
        topic.good(name, why, "verify-note", given(note, *vkeys), **known)

    good("plain", "one signature, blank lines in the text", GOOD, verified=[NAME], text_b64=to_base64(TEXT.encode()))
    for name, text in [
        ("text-one-line", "x\n"),
        ("text-only-newline", "\n"),
        ("text-ends-in-blank-lines", "x\n\n\n"),
        ("text-looks-signed", "x\n\n— notes.example/a AAAAAAAA\n"),
        ("text-utf8", "\u00e9\u20ac\U0001f600\ufeff\n"),
        ("text-delete", "a\x7fb\u0085c\n"),
        ("text-line-separator", "a\u2028b\n"),
    ]:
        good(name, f"note text: {name}", text + "\n" + notes.sign_plain(LOG_SEED, NAME, text))
    good(
        "unknown-before",
        "an unknown signature before the known one",
        TEXT + "\n" + unknown_line("b") + LINE,
        verified=[NAME],
    )
    good("unknown-after", "an unknown signature after the known one", GOOD + unknown_line("c"))
    good(
        "sixteen",
        "16 signatures, the least that must be taken",
        TEXT + "\n" + "".join(unknown_line(i) for i in range(15)) + LINE,
    )
    good(
        "hundred",
        "100 signatures, the most that are taken",
        TEXT + "\n" + "".join(unknown_line(i) for i in range(99)) + LINE,
    )
    good("twice", "the known signature twice: one name", GOOD + LINE, verified=[NAME])
    same_name = notes.sign_plain(seeded("same name"), NAME, TEXT)
    good("unknown-same-name", "an unknown key under the known name is ignored", TEXT + "\n" + same_name + LINE)
    same_id = notes.signature_line("other.example/b", KEY_ID, bytes(64))
    good("unknown-same-id", "an unknown name with the known key id is ignored", TEXT + "\n" + same_id + LINE)
    good(
        "unknown-short",
        "an unknown signature of one byte",
        GOOD + notes.signature_line("u.example", b"\x01\x02\x03\x04", b"\x05"),
    )
    good(
        "unknown-long",
        "an unknown signature of post-quantum length",
        GOOD + notes.signature_line("u.example", b"\x01\x02\x03\x04", seeded("pq", 2428)),
    )
    good("name-ufeff", "U+FEFF is no white space: a name may hold it", *named("a\ufeffb"))
    good("name-utf8", "a name beyond ASCII", *named("n\u00f6te.example/\u20ac"))
    good("vkey-twice", "the same vkey twice counts once", GOOD, VKEY, VKEY, verified=[NAME])
    other = notes.vkey_text(NAME, notes.PLAIN, ed25519.public_key(seeded("absent")))
    good("vkey-without-signature", "a known key that did not sign", GOOD, other, VKEY, verified=[NAME])
    two = LINE + notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], WITNESS_TIME, TEXT)
    good(
        "cosignature",
        "a signature and a cosignature",
        TEXT + "\n" + two,
        VKEY,
        WITNESS_VKEYS[0],
        verified=[NAME, WITNESS_NAMES[0]],
    )
    good(
        "order-of-appearance",
        "names come in the note's order, not the keys'",
        TEXT + "\n" + two,
        WITNESS_VKEYS[0],
        VKEY,
        verified=[NAME, WITNESS_NAMES[0]],
    )
    late = notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], 2**63 - 1, TEXT)
    good("cosignature-latest", "the latest timestamp", TEXT + "\n" + late, WITNESS_VKEYS[0])
    zero = notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], 0, TEXT)
    good("cosignature-zero", "timestamp 0", TEXT + "\n" + zero, WITNESS_VKEYS[0])


def named(name):
    """(note, vkey) of a signer with this name."""
    return TEXT + "\n" + notes.sign_plain(LOG_SEED, name, TEXT), notes.vkey_text(name, notes.PLAIN, LOG_PUBLIC)


def malformed(topic):
    def bad(name, why, note, code="note_malformed"):
        topic.bad(name, why, "verify-note", given(note), code)

    bad("empty", "no bytes", "")
    bad("no-blank-line", "no blank line before the signatures", TEXT.replace("\n\n", "\n") + LINE)
    bad("no-signatures", "nothing after the blank line", TEXT + "\n")
    bad("no-final-newline", "the last line has no newline", GOOD[:-1])
    bad("blank-after", "a blank line after the signatures", GOOD + "\n")
    bad("text-after", "text after the signatures", GOOD + "P.S.\n")
    bad(
        "blank-between",
        "a blank line between signatures: the text reaches to the last one",
        GOOD + "\n" + unknown_line("z"),
        "note_unverified",
    )
    bad("starts-with-signature", "a blank line and signatures, no text", "\n" + LINE)
    bad("carriage-return", "CR LF line ends", GOOD.replace("\n", "\r\n"))
    bad("tab", "a tab in the text", GOOD.replace("si ", "si\t"))
    bad("nul", "a NUL in the text", GOOD.replace("si ", "si\x00"))
    bad("control-in-line", "a control character in a signature line", GOOD.replace("/a ", "/\x01a "))
    bad("not-utf8", "bytes that are no UTF-8", GOOD.encode().replace(b"si", b"s\xff"))
    bad("utf8-overlong", "an overlong newline", GOOD.encode().replace(b"\n\n", b"\xc0\x8a\n"))
    bad("utf8-surrogate", "an encoded surrogate", GOOD.encode().replace(b"si", b"\xed\xa0\x80"))
    bad("hyphen", "a hyphen instead of the em dash", GOOD.replace("— ", "- "))
    bad("en-dash", "an en dash instead of the em dash", GOOD.replace("— ", "– "))
    bad("two-spaces", "two spaces before the base64", GOOD.replace("/a ", "/a  "))
    bad("no-space", "no space after the dash", GOOD.replace("— ", "—"))
    bad("trailing-space", "a space at the end of the line", GOOD[:-1] + " \n")
    bad("no-name", "an empty name", GOOD.replace(NAME + " ", " "))
    bad("name-plus", "a plus in an unknown name", GOOD + notes.signature_line("a+b", b"\0\0\0\1", bytes(64)))
    for point in (0x85, 0xA0, 0x1680, 0x2003, 0x2028, 0x202F, 0x205F, 0x3000):
        line = notes.signature_line(f"a{chr(point)}b", b"\0\0\0\1", bytes(64))
        bad(f"name-space-{point:04x}", f"white space U+{point:04X} in an unknown name", GOOD + line)
    bad("base64-no-padding", "base64 without padding", GOOD.replace("=\n", "\n"))
    bad("base64-bits", "base64 with unused bits set", TEXT + "\n" + LINE + "— u.example AAAAAAF=\n")
    bad("base64-url", "base64 in the URL alphabet, unknown key", GOOD + "— u.example AAAAAA-_\n")
    bad("signature-absent", "no base64 at all", GOOD + "— u.example \n")
    bad("signature-4", "a key id and nothing after it", GOOD + notes.signature_line("u.example", b"\0\0\0\1", b""))
    bad("signature-3", "fewer bytes than a key id", GOOD + "— u.example AAAA\n")
    bad(
        "unknown-malformed-first",
        "a malformed unknown line before a good known one",
        TEXT + "\n— u.example ***\n" + LINE,
    )
    bad(
        "hundred-and-one",
        "101 signature lines",
        TEXT + "\n" + "".join(unknown_line(i) for i in range(100)) + LINE,
        "note_too_large",
    )


def unverified(topic):
    def bad(name, why, note, code, *vkeys):
        topic.bad(name, why, "verify-note", given(note, *vkeys), code)

    other = notes.vkey_text(NAME, notes.PLAIN, ed25519.public_key(seeded("absent")))
    bad("other-key", "only an unknown key signed", GOOD, "note_unverified", other)
    bad(
        "other-name",
        "the known key under another name",
        GOOD,
        "note_unverified",
        notes.vkey_text("b.example", notes.PLAIN, LOG_PUBLIC),
    )
    bad(
        "other-type",
        "the known key under another type",
        GOOD,
        "note_unverified",
        notes.vkey_text(NAME, notes.COSIGNATURE, LOG_PUBLIC),
    )
    topic.bad(
        "no-vkeys",
        "no key is known",
        "verify-note",
        {"note_b64": to_base64(GOOD.encode()), "vkeys": []},
        "note_unverified",
    )
    bad("name-case", "the name in another case", GOOD.replace("notes.example", "Notes.example"), "note_unverified")
    bad("bit", "one bit of the signature flipped", TEXT + "\n" + broken(LINE), "note_signature_invalid")
    bad(
        "bad-then-good",
        "a broken and a good signature of one key",
        TEXT + "\n" + broken(LINE) + LINE,
        "note_signature_invalid",
    )
    bad(
        "good-then-bad",
        "a good and then a broken signature of one key",
        TEXT + "\n" + LINE + broken(LINE),
        "note_signature_invalid",
    )
    bad(
        "short",
        "63 bytes under the known key",
        TEXT + "\n" + notes.signature_line(NAME, KEY_ID, SIGNATURE[:63]),
        "note_signature_invalid",
    )
    bad(
        "long",
        "65 bytes under the known key",
        TEXT + "\n" + notes.signature_line(NAME, KEY_ID, SIGNATURE + b"\0"),
        "note_signature_invalid",
    )
    malleated = SIGNATURE[:32] + (int.from_bytes(SIGNATURE[32:], "little") + ed25519.L).to_bytes(32, "little")
    bad("malleated", "S + L", TEXT + "\n" + notes.signature_line(NAME, KEY_ID, malleated), "note_signature_invalid")
    bad("text-changed", "one letter of the text changed", GOOD.replace("Ride", "Rida"), "note_signature_invalid")
    bad("text-longer", "a line added to the text", "x\n" + GOOD, "note_signature_invalid")
    bad("text-cut", "a line cut from the text", GOOD.replace("Ride si sapis.\n\n", ""), "note_signature_invalid")
    bad("text-newline", "a blank line added at the end of the text", TEXT + "\n\n" + LINE, "note_signature_invalid")
    without_newline = notes.signature_line(NAME, KEY_ID, ed25519.sign(LOG_SEED, TEXT[:-1].encode()))
    bad(
        "signed-without-newline",
        "the final newline was not signed",
        TEXT + "\n" + without_newline,
        "note_signature_invalid",
    )
    bad(
        "good-and-bad-known",
        "a good known key beside a broken known witness",
        GOOD + notes.signature_line(WITNESS_NAMES[0], bytes.fromhex(WITNESS_VKEYS[0].split("+")[1]), bytes(72)),
        "note_signature_invalid",
        VKEY,
        WITNESS_VKEYS[0],
    )
    cosignatures(topic)


def cosignatures(topic):
    name, seed, vkey = WITNESS_NAMES[0], WITNESS_SEEDS[0], WITNESS_VKEYS[0]
    identity = bytes.fromhex(vkey.split("+")[1])
    stamp = WITNESS_TIME.to_bytes(8, "big")
    right = ed25519.sign(seed, notes.cosigned_message(WITNESS_TIME, TEXT))

    def bad(label, why, signature):
        note = TEXT + "\n" + notes.signature_line(name, identity, signature)
        topic.bad(f"cosignature-{label}", why, "verify-note", given(note, vkey), "note_signature_invalid")

    bad("no-timestamp", "the Ed25519 signature without its timestamp", right)
    bad("other-timestamp", "another timestamp than was signed", (WITNESS_TIME + 1).to_bytes(8, "big") + right)
    bad("little-endian", "the timestamp in little endian", WITNESS_TIME.to_bytes(8, "little") + right)
    over = 2**63
    bad(
        "over-2-63",
        "timestamp 2^63, rightly signed",
        over.to_bytes(8, "big") + ed25519.sign(seed, notes.cosigned_message(over, TEXT)),
    )
    bad(
        "plain-signature",
        "the text was signed without the cosignature header",
        stamp + ed25519.sign(seed, TEXT.encode()),
    )
    padded = f"cosignature/v1\ntime 0{WITNESS_TIME}\n{TEXT}".encode()
    bad("leading-zero", "the signed time has a leading zero", stamp + ed25519.sign(seed, padded))
    bad("longer", "one byte more", stamp + right + b"\0")
    bad("short", "7 bytes", stamp[:7])


def vkeys(topic):
    public, first = LOG_PUBLIC, VKEY.split("+", 2)
    name, identity, material = first
    for label, text in [
        ("empty", ""),
        ("no-id", f"{name}+{material}"),
        ("no-name", f"+{identity}+{material}"),
        ("upper-case-id", f"{name}+{identity.upper()}+{material}"),
        ("short-id", f"{name}+{identity[:7]}+{material}"),
        ("long-id", f"{name}+0{identity}+{material}"),
        ("wrong-id", notes.vkey_text(name, notes.PLAIN, public, wrong_id=b"\x00\x01\x02\x03")),
        ("id-of-other-name", notes.vkey_text("other.example", notes.PLAIN, public, wrong_id=bytes.fromhex(identity))),
        (
            "no-padding",
            f"{name}+{identity}+{material.rstrip('=')}" if material.endswith("=") else f"{name}+{identity}+{material}=",
        ),
        ("trailing-newline", VKEY + "\n"),
        ("leading-space", " " + VKEY),
        ("name-space", notes.vkey_text("a b", notes.PLAIN, public)),
        ("name-nel", notes.vkey_text("a\u0085b", notes.PLAIN, public)),
        ("name-ideographic-space", notes.vkey_text("a\u3000b", notes.PLAIN, public)),
        ("name-control", notes.vkey_text("a\x01b", notes.PLAIN, public)),
        ("type-2", notes.vkey_text(name, 0x02, public)),
        ("type-5", notes.vkey_text(name, 0x05, public)),
        ("type-6", notes.vkey_text(name, 0x06, public)),
        ("type-0", notes.vkey_text(name, 0x00, public)),
        ("type-255", notes.vkey_text(name, 0xFF, public)),
        ("key-31", notes.vkey_text(name, notes.PLAIN, public[:31])),
        ("key-33", notes.vkey_text(name, notes.PLAIN, public + b"\0")),
        ("key-absent", notes.vkey_text(name, notes.PLAIN, b"")),
        ("key-small-order", notes.vkey_text(name, notes.PLAIN, ed25519.encode(ed25519.IDENTITY))),
        ("key-not-canonical", notes.vkey_text(name, notes.PLAIN, (ed25519.P + 3).to_bytes(32, "little"))),
        ("key-off-curve", notes.vkey_text(name, notes.PLAIN, (2).to_bytes(32, "little"))),
        ("swapped", f"{identity}+{name}+{material}"),
        ("a-url", "https://notes.example/a"),
    ]:
        topic.bad(
            f"vkey-{label}", f"vkey: {label.replace('-', ' ')}", "verify-note", given(GOOD, text), "vkey_malformed"
        )
    topic.bad(
        "vkey-one-of-two", "a malformed vkey beside a good one", "verify-note", given(GOOD, VKEY, "x"), "vkey_malformed"
    )
    topic.bad(
        "vkey-before-note",
        "a malformed vkey is named before a malformed note",
        "verify-note",
        given("", "x"),
        "vkey_malformed",
    )
    topic.bad("vkeys-absent", "no vkeys", "verify-note", {"note_b64": to_base64(GOOD.encode())}, "bad_request")
    topic.bad(
        "vkeys-text",
        "vkeys is a text",
        "verify-note",
        {"note_b64": to_base64(GOOD.encode()), "vkeys": VKEY},
        "bad_request",
    )


def topics():
    topic = Topic("verify-note")
    valid(topic)
    malformed(topic)
    unverified(topic)
    vkeys(topic)
    return [topic]

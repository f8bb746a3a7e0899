"""verify-checkpoint: whose signature, of which log, which size and root, and which witnesses signed too."""

import merkle
import notes
import sample_log as log
from bytes_text import to_base64
from sample_log import LOG_SEED, ORIGIN, WITNESS_NAMES, WITNESS_SEEDS, WITNESS_TIME, WITNESS_VKEYS, signed, text_at
from topic import Topic, seeded

C2SP_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def given(note, witness_vkeys=None, origin=ORIGIN, vkey=log.LOG_VKEY):
    note = note if isinstance(note, bytes) else note.encode("utf-8")
    case = {"checkpoint_b64": to_base64(note), "origin": origin, "vkey": vkey}
    return case if witness_vkeys is None else {**case, "witness_vkeys": list(witness_vkeys)}


def cosigned(*numbers):
    return [{"name": WITNESS_NAMES[i], "timestamp": str(WITNESS_TIME + i)} for i in numbers]


def valid(topic):
    def good(name, why, note, *arguments, **known):
        topic.good(name, why, "verify-checkpoint", given(note, *arguments), **known)

    for size in (1, 2, 255, 256, 300):
        good(f"size-{size}", f"a tree of {size}", signed(text_at(size)), size=str(size), cosigned=[])
    empty = notes.checkpoint_text(ORIGIN, 0, merkle.EMPTY_ROOT)
    good("size-0", "an empty tree", signed(empty), size="0", root_b64=to_base64(merkle.EMPTY_ROOT))
    for size in (2**53, 2**63, 2**64 - 1):
        text = notes.checkpoint_text(ORIGIN, size, seeded("some root"))
        good(f"size-{size}", f"a tree of {size}", signed(text), size=str(size))
    good(
        "extension",
        "an extension line is signed and not looked at",
        signed(text_at(5, extensions=["ext 1", "x\u20ac"])),
    )
    good(
        "witnesses",
        "three witnesses, all known",
        signed(text_at(7), (0, 1, 2)),
        WITNESS_VKEYS,
        cosigned=cosigned(0, 1, 2),
    )
    good(
        "witness-order",
        "cosignatures come in the note's order",
        signed(text_at(7), (2, 0)),
        WITNESS_VKEYS,
        cosigned=cosigned(2, 0),
    )
    good(
        "witness-unknown",
        "a witness that is not known is left out",
        signed(text_at(7), (0, 1)),
        WITNESS_VKEYS[:1],
        cosigned=cosigned(0),
    )
    good("witness-none-asked", "no witness is asked for", signed(text_at(7), (0, 1)), cosigned=[])
    good("witness-list-empty", "an empty list of witnesses", signed(text_at(7), (0,)), [], cosigned=[])
    good(
        "witness-absent", "a known witness did not sign", signed(text_at(7), (1,)), WITNESS_VKEYS, cosigned=cosigned(1)
    )
    again = notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], WITNESS_TIME + 50, text_at(7))
    good(
        "witness-twice",
        "one witness, two times: its first counts",
        signed(text_at(7), (0,)) + again,
        WITNESS_VKEYS,
        cosigned=cosigned(0),
    )
    text = text_at(9, origin="key name differs")
    good("name-is-not-origin", "the origin need not be the key's name here", signed(text), None, "key name differs")
    note = signed(text_at(7), (0,))
    head, _, lines = note.rpartition("\n\n")
    first, second = lines.splitlines()
    good(
        "witness-first",
        "the witness's line stands before the log's",
        f"{head}\n\n{second}\n{first}\n",
        WITNESS_VKEYS,
        cosigned=cosigned(0),
    )


def malformed(topic):
    root = to_base64(log.TREE.node(0, 7))

    def bad(name, why, text):
        topic.bad(name, why, "verify-checkpoint", given(signed(text)), "checkpoint_malformed")

    bad("one-line", "only an origin", f"{ORIGIN}\n")
    bad("two-lines", "no root", f"{ORIGIN}\n7\n")
    bad("no-origin", "an empty origin", f"\n7\n{root}\n")
    bad("blank-extension", "a blank line among the extensions", f"{ORIGIN}\n7\n{root}\nx\n\ny\n")
    bad("blank-end", "a blank line at the end", f"{ORIGIN}\n7\n{root}\n\n")
    for name, size in [
        ("leading-zero", "07"),
        ("double-zero", "00"),
        ("plus", "+7"),
        ("minus", "-7"),
        ("space", " 7"),
        ("space-after", "7 "),
        ("fraction", "7.0"),
        ("exponent", "7e0"),
        ("hexadecimal", "0x7"),
        ("empty", ""),
        ("words", "seven"),
        ("too-large", "18446744073709551616"),
        ("arabic-digits", "\u0667"),
        ("separator", "1,000"),
    ]:
        bad(f"size-{name}", f"tree size: {name}", f"{ORIGIN}\n{size}\n{root}\n")
    for name, value in [
        ("31", to_base64(bytes(31))),
        ("33", to_base64(bytes(33))),
        ("empty", ""),
        ("no-padding", root.rstrip("=")),
        ("space", root + " "),
        ("url-alphabet", root[:-2] + "_="),
        ("unused-bits", root[:-2] + chr(ord(root[-2]) + 1) + "="),
        ("hexadecimal", log.TREE.node(0, 7).hex()),
        ("two-roots", root + root),
    ]:
        bad(f"root-{name}", f"root hash: {name}", f"{ORIGIN}\n7\n{value}\n")


def hostile(topic):
    def bad(name, why, note, code, *arguments, **changes):
        topic.bad(name, why, "verify-checkpoint", {**given(note, *arguments), **changes}, code)

    good = signed(text_at(7), (0, 1))
    text = text_at(7)
    bad("origin", "another origin is expected", good, "checkpoint_origin_mismatch", None, "log.fractal.example/shard-1")
    bad("origin-prefix", "a prefix of the origin is expected", good, "checkpoint_origin_mismatch", None, ORIGIN[:-1])
    bad("origin-case", "the origin in another case", good, "checkpoint_origin_mismatch", None, ORIGIN.upper())
    bad("origin-newline", "the origin with a newline", good, "checkpoint_origin_mismatch", None, ORIGIN + "\n")
    bad("origin-empty", "no origin is expected", good, "checkpoint_origin_mismatch", None, "")
    bad(
        "unsigned-by-log",
        "only a witness signed",
        text + "\n" + notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], 1, text),
        "checkpoint_unsigned",
        WITNESS_VKEYS,
    )
    bad("other-log-key", "another log's key signed", signed(text, seed=log.OTHER_SEED), "note_unverified")
    bad("other-vkey", "another log's key is asked for", good, "note_unverified", None, ORIGIN, log.OTHER_VKEY)
    bad(
        "c2sp-example",
        "a well-formed checkpoint of a log that is not known",
        C2SP_CHECKPOINT,
        "note_unverified",
        None,
        "example.com/behind-the-sofa",
    )
    bad(
        "log-key-as-witness-type",
        "the log's signature is a cosignature",
        text + "\n" + notes.sign_cosignature(LOG_SEED, ORIGIN, 5, text),
        "note_unverified",
    )
    bad(
        "vkey-of-witness-type",
        "the vkey of the log is of the cosignature type",
        good,
        "vkey_malformed",
        None,
        ORIGIN,
        WITNESS_VKEYS[0],
    )
    bad(
        "witness-vkey-of-log-type",
        "the vkey of a witness is of the plain type",
        good,
        "vkey_malformed",
        [log.OTHER_VKEY],
    )
    bad("vkey-garbage", "the vkey is no vkey", good, "vkey_malformed", None, ORIGIN, "x")
    for name, change in [
        ("size", ("\n7\n", "\n8\n")),
        ("size-digit", ("\n7\n", "\n70\n")),
        ("root", (to_base64(log.TREE.node(0, 7)), to_base64(log.TREE.node(0, 8)))),
        ("origin-line", (ORIGIN + "\n7", "log.fractal.example/shard-1\n7")),
        ("extension", ("\n\n", "\nextra\n\n")),
    ]:
        bad(f"changed-{name}", f"after signing, changed: {name}", good.replace(*change), "note_signature_invalid")
    bad(
        "transplanted",
        "a signature of another checkpoint of the log",
        text + "\n" + notes.sign_plain(LOG_SEED, ORIGIN, text_at(6)),
        "note_signature_invalid",
    )
    stale = notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], WITNESS_TIME, text_at(6))
    bad(
        "witness-transplanted",
        "a witness's cosignature of another checkpoint",
        signed(text) + stale,
        "note_signature_invalid",
        WITNESS_VKEYS,
    )
    early = signed(text) + notes.sign_cosignature(WITNESS_SEEDS[0], WITNESS_NAMES[0], 2**63, text)
    bad("witness-time", "a cosignature dated 2^63", early, "note_signature_invalid", WITNESS_VKEYS)
    bad("no-signatures", "the bare text", text, "note_malformed")
    bad("carriage-returns", "CR LF line ends", good.replace("\n", "\r\n"), "note_malformed")
    bad("base64", "checkpoint_b64 is no base64", good, "base64_malformed", checkpoint_b64="x")
    bad("origin-absent", "origin is null", good, "bad_request", origin=None)
    bad("witness-number", "witness_vkeys holds a number", good, "bad_request", witness_vkeys=[1])
    unsigned_text = signed("not a checkpoint\n", seed=log.OTHER_SEED)
    bad("never-parsed-unverified", "text of an unknown key is not even parsed", unsigned_text, "note_unverified")


def topics():
    topic = Topic("verify-checkpoint")
    valid(topic)
    malformed(topic)
    hostile(topic)
    return [topic]

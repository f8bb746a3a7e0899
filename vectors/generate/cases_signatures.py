"""verify-signature: both algorithms; for Ed25519 above all the places where implementations are known to part."""

import hashlib
import hmac
import math

import ed25519
from bytes_text import to_base64
from ed25519 import BASE, L, P, add, encode, multiply
from topic import Topic, seeded

RFC8032 = [
    (
        "1",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "2",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "3",
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "sha-abc",
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]

RFC4231 = [
    ("1", "0b" * 20, b"Hi There".hex(), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        "2",
        b"Jefe".hex(),
        b"what do ya want for nothing?".hex(),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    ("3", "aa" * 20, "dd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    ("4", bytes(range(1, 26)).hex(), "cd" * 50, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    (
        "6",
        "aa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First".hex(),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]

SEED = seeded("signature seed")
PUBLIC = ed25519.public_key(SEED)
SCALAR = ed25519.expand(SEED)[0]
MESSAGE = b"the output is grounded"
SIGNATURE = ed25519.sign(SEED, MESSAGE)
TORSION = ed25519.torsion_point()


def given(public, message, signature, alg="ed25519"):
    return {
        "alg": alg,
        "key_b64": to_base64(public),
        "message_b64": to_base64(message),
        "sig_b64": to_base64(signature),
    }


def s_bytes(s):
    return s.to_bytes(32, "little")


def sign_with(r_bytes, r, scalar, public, message):
    """A signature with a chosen R, for a known r and scalar: S = r + k·a."""
    return r_bytes + s_bytes((r + ed25519.challenge(r_bytes, public, message) * scalar) % L)


def nonce(label):
    return int.from_bytes(seeded(label, 64), "little") % L


def ed25519_valid(topic):
    for name, seed, public, message, signature in RFC8032:
        assert ed25519.sign(bytes.fromhex(seed), bytes.fromhex(message)).hex() == signature
        case = given(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature))
        topic.good(f"rfc8032-{name}", f"RFC 8032 7.1, test {name}", "verify-signature", case)
    topic.good("honest", "an honest signature", "verify-signature", given(PUBLIC, MESSAGE, SIGNATURE))
    topic.good("empty-message", "an empty message", "verify-signature", given(PUBLIC, b"", ed25519.sign(SEED, b"")))
    long = seeded("long", 5000)
    topic.good("long-message", "5,000 bytes", "verify-signature", given(PUBLIC, long, ed25519.sign(SEED, long)))
    identity = encode(ed25519.IDENTITY)
    case = given(PUBLIC, MESSAGE, sign_with(identity, 0, SCALAR, PUBLIC, MESSAGE))
    topic.good(
        "r-identity",
        "R is the identity, canonically encoded: the equation holds and R is not judged by its order",
        "verify-signature",
        case,
    )


def mixed_key():
    return encode(add(multiply(SCALAR, BASE), TORSION))


def ed25519_torsion(topic):
    """A key with a torsion part is no small-order key; whether a signature holds depends on k mod 8, by the one definition."""
    public = mixed_key()
    found = {True: 0, False: 0}
    for i in range(200):
        message = b"torsion %d" % i
        r = nonce(f"torsion nonce {i}")
        r_bytes = encode(multiply(r, BASE))
        signature = sign_with(r_bytes, r, SCALAR, public, message)
        assert ed25519.verify_cofactored(public, message, signature)
        holds = ed25519.challenge(r_bytes, public, message) % 8 == 0
        found[holds] += 1
        if holds and found[True] <= 3:
            topic.good(
                f"mixed-key-k0-{found[True]}",
                "key with a torsion part, k a multiple of 8: the cofactorless equation holds",
                "verify-signature",
                given(public, message, signature),
            )
        elif not holds and found[False] <= 4:
            topic.bad(
                f"mixed-key-{found[False]}",
                "key with a torsion part, k no multiple of 8: only a cofactored check takes it",
                "verify-signature",
                given(public, message, signature),
                "signature_invalid",
            )
    torsion_in_both(topic, public)
    for order in (2, 4, 8):
        part = multiply(8 // order, TORSION)
        r = nonce(f"torsion in R {order}")
        r_bytes = encode(add(multiply(r, BASE), part))
        signature = sign_with(r_bytes, r, SCALAR, PUBLIC, MESSAGE)
        assert ed25519.verify_cofactored(PUBLIC, MESSAGE, signature)
        topic.bad(
            f"r-torsion-{order}",
            f"R has a torsion part of order {order}, the key has none: only a cofactored check takes it",
            "verify-signature",
            given(PUBLIC, MESSAGE, signature),
            "signature_invalid",
        )
    for order in (2, 4, 8):
        r_bytes = encode(multiply(8 // order, TORSION))
        signature = sign_with(r_bytes, 0, SCALAR, PUBLIC, MESSAGE)
        topic.bad(
            f"r-small-order-{order}",
            f"R is a point of order {order}",
            "verify-signature",
            given(PUBLIC, MESSAGE, signature),
            "signature_invalid",
        )


def torsion_in_both(topic, public):
    """R's torsion part cancels that of [k]A: R = [r]B − [k mod 8]T, found by trying."""
    for i in range(500):
        message, r = b"both %d" % i, nonce(f"both nonce {i}")
        guess = i % 8
        r_bytes = encode(add(multiply(r, BASE), multiply((-guess) % 8, TORSION)))
        if guess and ed25519.challenge(r_bytes, public, message) % 8 == guess:
            case = given(public, message, sign_with(r_bytes, r, SCALAR, public, message))
            topic.good(
                "torsion-cancels",
                "torsion parts of key and R cancel: the cofactorless equation holds",
                "verify-signature",
                case,
            )
            return
    raise AssertionError("no cancelling pair found")


def ed25519_scalars(topic):
    r_bytes, s = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:], "little")
    for name, value, why in [
        ("plus-l", s + L, "S + L: the same scalar, spelt a second time"),
        ("plus-2l", s + 2 * L, "S + 2L"),
        ("plus-7l", s + 7 * L, "S + 7L, still below 2^256"),
        ("is-l", L, "S = L"),
        ("all-ones", 2**256 - 1, "S is all ones"),
        ("zero", 0, "S = 0"),
        ("plus-one", (s + 1) % L, "S + 1"),
        ("negated", L - s, "−S"),
        ("high-bit", s | 1 << 255, "the highest bit of S is set"),
        ("bit-253", s | 1 << 253, "bit 253 of S is set"),
    ]:
        topic.bad(
            f"s-{name}", why, "verify-signature", given(PUBLIC, MESSAGE, r_bytes + s_bytes(value)), "signature_invalid"
        )
    topic.bad("all-zero", "64 zero bytes", "verify-signature", given(PUBLIC, MESSAGE, bytes(64)), "signature_invalid")


def ed25519_points(topic):
    for name, r_bytes in [
        ("identity-y-plus-p", (1 + P).to_bytes(32, "little")),
        ("identity-sign-bit", (1 | 1 << 255).to_bytes(32, "little")),
        ("identity-both", (1 + P | 1 << 255).to_bytes(32, "little")),
    ]:
        signature = sign_with(r_bytes, 0, SCALAR, PUBLIC, MESSAGE)
        topic.bad(
            f"r-{name}",
            "R spells the identity in a form that is not canonical; the equation would hold for its point",
            "verify-signature",
            given(PUBLIC, MESSAGE, signature),
            "signature_invalid",
        )
    off_curve = next(y for y in range(2, 50) if ed25519.recover_x(y, 0) is None).to_bytes(32, "little")
    topic.bad(
        "r-off-curve",
        "R is no point of the curve",
        "verify-signature",
        given(PUBLIC, MESSAGE, off_curve + SIGNATURE[32:]),
        "signature_invalid",
    )
    negated = bytes([*SIGNATURE[:31], SIGNATURE[31] ^ 0x80])
    topic.bad(
        "r-negated",
        "the sign bit of R is flipped",
        "verify-signature",
        given(PUBLIC, MESSAGE, negated + SIGNATURE[32:]),
        "signature_invalid",
    )


def key_encodings():
    small = {encode(multiply(i, TORSION)): f"order-{8 // math.gcd(i, 8)}-{i}" for i in range(8)}
    for data, name in small.items():
        yield f"small-{name}", data, "a point of small order"
    for name, y in [("zero-plus-p", P), ("one-plus-p", P + 1)]:
        yield f"not-canonical-{name}", y.to_bytes(32, "little"), "y is not reduced, small order"
        yield (
            f"not-canonical-{name}-sign",
            (y | 1 << 255).to_bytes(32, "little"),
            "y is not reduced, small order, sign bit set",
        )
    yield "identity-sign-bit", (1 | 1 << 255).to_bytes(32, "little"), "x = 0 with the sign bit set"
    yield "minus-one-sign-bit", (P - 1 | 1 << 255).to_bytes(32, "little"), "x = 0 with the sign bit set, order 2"
    large = [
        y
        for y in range(2, 19)
        if (x := ed25519.recover_x(y, 0)) is not None and not ed25519.is_small_order(ed25519.affine(x, y))
    ]
    for y in large[:3]:
        yield (
            f"not-canonical-large-{y}",
            (y + P).to_bytes(32, "little"),
            "a point of large order whose y is not reduced",
        )
    off = [y for y in range(2, 60) if ed25519.recover_x(y, 0) is None]
    for y in off[:3]:
        yield f"off-curve-{y}", y.to_bytes(32, "little"), "no point has this y"
    yield "all-ones", b"\xff" * 32, "32 bytes of ones"


def ed25519_keys(topic):
    for name, public, why in key_encodings():
        # With a small-order key, R = identity and S = 0 verify any message in half of all libraries.
        signature = encode(ed25519.IDENTITY) + bytes(32)
        topic.bad(f"key-{name}", f"key: {why}", "verify-signature", given(public, MESSAGE, signature), "key_malformed")
    for name, public in [("31", PUBLIC[:31]), ("33", PUBLIC + b"\x00"), ("64", PUBLIC + PUBLIC), ("empty", b"")]:
        topic.bad(
            f"key-length-{name}",
            f"key of {len(public)} bytes",
            "verify-signature",
            given(public, MESSAGE, SIGNATURE),
            "key_malformed",
        )
    other = ed25519.public_key(seeded("other seed"))
    topic.bad(
        "key-other", "another honest key", "verify-signature", given(other, MESSAGE, SIGNATURE), "signature_invalid"
    )
    topic.bad(
        "key-before-signature",
        "a malformed key is named before a malformed signature",
        "verify-signature",
        given(PUBLIC[:31], MESSAGE, b""),
        "key_malformed",
    )


def ed25519_bytes(topic):
    for name, signature in [
        ("63", SIGNATURE[:63]),
        ("65", SIGNATURE + b"\x00"),
        ("32", SIGNATURE[:32]),
        ("empty", b""),
    ]:
        topic.bad(
            f"length-{name}",
            f"signature of {len(signature)} bytes",
            "verify-signature",
            given(PUBLIC, MESSAGE, signature),
            "signature_malformed",
        )
    for at in (0, 15, 31, 32, 47, 62):
        flipped = bytes([*SIGNATURE[:at], SIGNATURE[at] ^ 1, *SIGNATURE[at + 1 :]])
        topic.bad(
            f"bit-{at}",
            f"lowest bit of byte {at} flipped",
            "verify-signature",
            given(PUBLIC, MESSAGE, flipped),
            "signature_invalid",
        )
    for name, message in [
        ("cut", MESSAGE[:-1]),
        ("longer", MESSAGE + b"\x00"),
        ("empty", b""),
        ("case", MESSAGE.upper()),
    ]:
        topic.bad(
            f"message-{name}",
            f"another message: {name}",
            "verify-signature",
            given(PUBLIC, message, SIGNATURE),
            "signature_invalid",
        )
    swapped = SIGNATURE[32:] + SIGNATURE[:32]
    topic.bad("halves-swapped", "S before R", "verify-signature", given(PUBLIC, MESSAGE, swapped), "signature_invalid")
    hashed = ed25519.sign(SEED, hashlib.sha512(MESSAGE).digest())
    topic.bad(
        "prehashed",
        "the hash of the message was signed",
        "verify-signature",
        given(PUBLIC, MESSAGE, hashed),
        "signature_invalid",
    )


def hmac_cases(topic):
    for name, key, message, code in RFC4231:
        case = given(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(code), "hmac-sha256")
        topic.good(f"rfc4231-{name}", f"RFC 4231, test {name}", "verify-signature", case)
    key = seeded("hmac key")
    good = hmac.new(key, MESSAGE, hashlib.sha256).digest()

    def bad(name, why, key, message, value, code, alg="hmac-sha256"):
        topic.bad(f"hmac-{name}", why, "verify-signature", given(key, message, value, alg), code)

    topic.good(
        "hmac-one-byte-key",
        "a key of one byte",
        "verify-signature",
        given(b"k", MESSAGE, hmac.new(b"k", MESSAGE, hashlib.sha256).digest(), "hmac-sha256"),
    )
    topic.good(
        "hmac-key-padded",
        "keys that differ by a trailing zero are one key to HMAC",
        "verify-signature",
        given(b"k\x00", MESSAGE, hmac.new(b"k", MESSAGE, hashlib.sha256).digest(), "hmac-sha256"),
    )
    bad("key-empty", "an empty key", b"", MESSAGE, hmac.new(b"", MESSAGE, hashlib.sha256).digest(), "key_malformed")
    bad(
        "truncated", "16 bytes of it (RFC 4231, test 5 is refused here)", key, MESSAGE, good[:16], "signature_malformed"
    )
    bad("longer", "one byte more", key, MESSAGE, good + b"\x00", "signature_malformed")
    bad("empty", "no bytes", key, MESSAGE, b"", "signature_malformed")
    bad("bit", "one bit flipped", key, MESSAGE, bytes([good[0] ^ 1, *good[1:]]), "signature_invalid")
    bad("last-bit", "the last bit flipped", key, MESSAGE, bytes([*good[:31], good[31] ^ 1]), "signature_invalid")
    bad("zero", "zeros", key, MESSAGE, bytes(32), "signature_invalid")
    bad("other-key", "another key", seeded("other hmac key"), MESSAGE, good, "signature_invalid")
    bad("message", "another message", key, MESSAGE + b".", good, "signature_invalid")
    bad(
        "plain-hash",
        "SHA-256 of the message without a key",
        key,
        MESSAGE,
        hashlib.sha256(MESSAGE).digest(),
        "signature_invalid",
    )
    bad(
        "of-hash",
        "HMAC of the message's hash",
        key,
        MESSAGE,
        hmac.new(key, hashlib.sha256(MESSAGE).digest(), hashlib.sha256).digest(),
        "signature_invalid",
    )
    bad("swapped", "key and message changed places", MESSAGE, key, good, "signature_invalid")
    bad(
        "with-ed25519-signature",
        "an Ed25519 signature under hmac-sha256",
        PUBLIC,
        MESSAGE,
        SIGNATURE,
        "signature_malformed",
    )
    for alg in ("HMAC-SHA-256", "hmac", "none", "", "ed25519ph", "Ed25519", "rs256"):
        bad(f"alg-{alg or 'empty'}", f"alg {alg!r}", key, MESSAGE, good, "alg_unknown", alg)
    confused = hmac.new(PUBLIC, MESSAGE, hashlib.sha256).digest()
    bad(
        "alg-confusion",
        "HMAC under the public key, said to be ed25519",
        PUBLIC,
        MESSAGE,
        confused,
        "signature_malformed",
        "ed25519",
    )


def encodings(topic):
    case = given(PUBLIC, MESSAGE, SIGNATURE)
    for name, change in [
        ("sig-no-padding", {"sig_b64": case["sig_b64"].rstrip("=")}),
        ("sig-url-alphabet", {"sig_b64": case["sig_b64"].replace("+", "-").replace("/", "_")}),
        ("sig-space", {"sig_b64": case["sig_b64"][:4] + " " + case["sig_b64"][4:]}),
        ("sig-unused-bits", {"sig_b64": case["sig_b64"][:-3] + chr(ord(case["sig_b64"][-3]) + 1) + "=="}),
        ("key-no-padding", {"key_b64": case["key_b64"].rstrip("=")}),
        ("message-garbage", {"message_b64": "!!!!"}),
    ]:
        topic.bad(f"base64-{name}", name.replace("-", " "), "verify-signature", {**case, **change}, "base64_malformed")
    topic.bad(
        "sig-absent", "no sig_b64", "verify-signature", {k: v for k, v in case.items() if k != "sig_b64"}, "bad_request"
    )


def topics():
    topic = Topic("verify-signature")
    ed25519_valid(topic)
    ed25519_torsion(topic)
    ed25519_scalars(topic)
    ed25519_points(topic)
    ed25519_keys(topic)
    ed25519_bytes(topic)
    hmac_cases(topic)
    encodings(topic)
    return [topic]

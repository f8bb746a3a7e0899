"""Ed25519 in plain integers: RFC 8032 section 5.1 on extended coordinates, for making vectors, hostile ones above all.

Slow and not constant time: test keys only. `verify` is the one definition of spec/signatures.md (cofactorless, S < L,
R compared byte for byte); `key_fault` is the rule for public keys. The pieces are open so that the case builders can
make torsion points, encodings that are not canonical, and signatures that only a cofactored check would take.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = (-121665 * pow(121666, P - 2, P)) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)


def add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e1 = (y1 - x1) * (y2 - x2) % P
    e2 = (y1 + x1) * (y2 + x2) % P
    c = 2 * t1 * t2 * D % P
    d = 2 * z1 * z2 % P
    e, f, g, h = e2 - e1, d - c, d + c, e2 + e1
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def negate(a):
    return (-a[0] % P, a[1], a[2], -a[3] % P)


def multiply(scalar, point):
    """[scalar]point for a non-negative scalar, not reduced: the torsion part sees the whole number."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def equal(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def recover_x(y, sign):
    """x of a point with this y (y < P), or None where there is none or where x = 0 is asked for with sign 1."""
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P != 0:
        return None
    return x if x & 1 == sign else P - x


def affine(x, y):
    return (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = affine(recover_x(BASE_Y, 0), BASE_Y)


def encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def decode(data):
    """The point of a canonical encoding, else None."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    x = recover_x(y, sign)
    return None if x is None else affine(x, y)


def is_small_order(point):
    return equal(multiply(8, point), IDENTITY)


def key_fault(public_key):
    """True where the bytes are no acceptable public key: length, y >= p, no point, x = 0 with sign 1, small order."""
    if len(public_key) != 32:
        return True
    point = decode(public_key)
    return point is None or is_small_order(point)


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    scalar &= (1 << 254) - 8
    scalar |= 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    return encode(multiply(expand(seed)[0], BASE))


def challenge(r, public, message):
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L


def sign(seed, message):
    scalar, prefix = expand(seed)
    public = encode(multiply(scalar, BASE))
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    r_bytes = encode(multiply(r, BASE))
    s = (r + challenge(r_bytes, public, message) * scalar) % L
    return r_bytes + s.to_bytes(32, "little")


def verify(public, message, signature):
    """True where the 64 bytes are a signature of the message under an acceptable key."""
    if len(signature) != 64 or key_fault(public):
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = challenge(signature[:32], public, message)
    expected = add(multiply(s, BASE), negate(multiply(k, decode(public))))
    return encode(expected) == signature[:32]


def verify_cofactored(public, message, signature):
    """The other reading of RFC 8032: what vectors must show to be refused. Used only to check that they are worth having."""
    r, a = decode(signature[:32]), decode(public)
    s = int.from_bytes(signature[32:], "little")
    if r is None or a is None or s >= L:
        return False
    k = challenge(signature[:32], public, message)
    difference = add(multiply(s, BASE), negate(add(r, multiply(k, a))))
    return equal(multiply(8, difference), IDENTITY)


def torsion_point():
    """A point of order exactly 8: [L]Q for the first small y that gives one."""
    for y in range(2, 200):
        x = recover_x(y, 0)
        if x is None:
            continue
        candidate = multiply(L, affine(x, y))
        if not equal(multiply(4, candidate), IDENTITY):
            return candidate
    raise AssertionError("no point of order 8 found")

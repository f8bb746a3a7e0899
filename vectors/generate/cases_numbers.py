"""nine-place: binary64 by its bits, exact rounding to nine places with ties to even."""

import math
import struct

from topic import Topic, seeded


def bits(x):
    return struct.pack(">d", x).hex()


STATED = [
    (0.0, "0"),
    (-0.0, "0"),
    (1.0, "1"),
    (-1.0, "-1"),
    (0.1, "0.1"),
    (0.5, "0.5"),
    (1 / 3, "0.333333333"),
    (2 / 3, "0.666666667"),
    (-2 / 3, "-0.666666667"),
    (math.pi, "3.141592654"),
    (1e-9, "0.000000001"),
    (-1e-9, "-0.000000001"),
    (1e-10, "0"),
    (-1e-10, "0"),
    (5e-324, "0"),
    (-5e-324, "0"),
    (2.2250738585072014e-308, "0"),
    (2.225073858507201e-308, "0"),
    (1e6, "1000000"),
    (-1e6, "-1000000"),
    (math.nextafter(1e6, 0), "1000000"),
    (999999.999999999, "999999.999999999"),
    (999999.5, "999999.5"),
    (1 / 1024, "0.000976562"),
    (3 / 1024, "0.002929688"),
    (5 / 1024, "0.004882812"),
    (7 / 1024, "0.006835938"),
    (-1 / 1024, "-0.000976562"),
    (-3 / 1024, "-0.002929688"),
    (999999 + 1 / 1024, "999999.000976562"),
    (999999 + 3 / 1024, "999999.002929688"),
    (1 / 2048, "0.000488281"),
    (0.30000000000000004, "0.3"),
    (123456.123456789, "123456.123456789"),
    (100.0, "100"),
    (100000.0, "100000"),
    (1.5, "1.5"),
    (2.5e-9, None),
    (0.0000000005, None),
    (0.0000000015, None),
    (0.0000000025, None),
    (0.1234567885, None),
    (0.1234567895, None),
    (1.0000000005, None),
    (1.0000000015, None),
    (8.0000000005, None),
    (4096.0000000005, None),
]

REFUSED = [
    ("nan", "7ff8000000000000"),
    ("nan-signalling", "7ff0000000000001"),
    ("nan-negative", "fff8000000000000"),
    ("nan-payload", "7fffffffffffffff"),
    ("infinity", "7ff0000000000000"),
    ("minus-infinity", "fff0000000000000"),
    ("next-after-a-million", bits(math.nextafter(1e6, math.inf))),
    ("next-below-minus-a-million", bits(math.nextafter(-1e6, -math.inf))),
    ("a-million-and-a-half", bits(1000000.5)),
    ("two-to-53", bits(2.0**53)),
    ("largest", bits(1.7976931348623157e308)),
    ("ten-million", bits(1e7)),
]

MALFORMED = [
    ("short", "3ff000000000000"),
    ("long", "3ff00000000000000"),
    ("upper-case", "3FF0000000000000"),
    ("prefix", "0x3ff00000000000"),
    ("space", "3ff0000000000 00"),
    ("empty", ""),
    ("not-hex", "3fg0000000000000"),
]


def topics():
    topic = Topic("nine-place")
    for i, (x, wanted) in enumerate(STATED):
        known = {} if wanted is None else {"text": wanted}
        topic.good(f"stated-{i:02}", f"the binary64 {x!r}", "nine-place", {"bits_hex": bits(x)}, **known)
    for i in range(24):
        # Odd multiples of 2^-10 are the only exact ties at the tenth place.
        k = int.from_bytes(seeded(f"tie {i}", 4), "big") % 500_000_000
        x = (2 * k + 1) / 1024
        topic.good(f"tie-{i:02}", f"an exact tie: {2 * k + 1}/1024", "nine-place", {"bits_hex": bits(x)})
    for i in range(24):
        raw = int.from_bytes(seeded(f"any {i}", 8), "big")
        x = math.ldexp(1 + (raw >> 12) / 2**52, raw % 50 - 32) * (1 if raw & 1024 else -1)
        x = x if abs(x) <= 1e6 else x / 2**20
        topic.good(f"drawn-{i:02}", "a drawn binary64", "nine-place", {"bits_hex": bits(x)})
    for name, given in REFUSED:
        topic.bad(f"range-{name}", name.replace("-", " "), "nine-place", {"bits_hex": given}, "json_number_range")
    for name, given in MALFORMED:
        topic.bad(f"hex-{name}", f"bits_hex: {name}", "nine-place", {"bits_hex": given}, "hex_malformed")
    topic.bad("no-input", "bits_hex is absent", "nine-place", {}, "bad_request")
    return [topic]

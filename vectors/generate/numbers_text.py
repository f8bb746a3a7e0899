"""Numbers as text: nine-place decimals (spec/numbers.md), ECMAScript's form (RFC 8785), Python's repr for deployed agents.

Exact: a binary64 is turned into its exact decimal before it is rounded, never printed first.
"""

import math
import struct
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from bytes_text import Refused

INTEGER_MAX = 2**53 - 1
DECIMAL_MAX = 10**6
EXACT = Context(prec=1200)
NINTH = Decimal("1e-9")


def binary64(token):
    """The nearest binary64 of a JSON number token, ties to even; infinite where it overflows."""
    return float(token)


def from_bits(bits_hex):
    return struct.unpack(">d", bytes.fromhex(bits_hex))[0]


def nine_place(x):
    """The nine-place text of a binary64. Refuses NaN, infinities and what is beyond a million before rounding."""
    if math.isnan(x) or math.isinf(x) or abs(x) > DECIMAL_MAX:
        raise Refused("json_number_range")
    rounded = Decimal(x).quantize(NINTH, rounding=ROUND_HALF_EVEN, context=EXACT)
    text = format(rounded, "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def canonical_number(number):
    """Profile 1.0, by the token: integers exactly, all else as nine-place decimals."""
    if number.is_integer:
        digits = number.token.lstrip("-")
        if len(digits) > 16 or int(digits) > INTEGER_MAX:
            raise Refused("json_number_range")
        return "0" if digits == "0" else number.token
    return nine_place(binary64(number.token))


def ecma_number(number):
    """RFC 8785 section 3.2.2.3: ECMAScript's Number::toString of the binary64."""
    x = binary64(number.token)
    if math.isinf(x):
        raise Refused("json_number_range")
    if x == 0:
        return "0"
    sign = "-" if x < 0 else ""
    _, digit_tuple, exponent = Decimal(repr(abs(x))).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    k, n = len(digits), len(digit_tuple) + exponent
    if k <= n <= 21:
        body = digits + "0" * (n - k)
    elif 0 < n <= 21:
        body = digits[:n] + "." + digits[n:]
    elif -6 < n <= 0:
        body = "0." + "0" * -n + digits
    else:
        mantissa = digits if k == 1 else digits[0] + "." + digits[1:]
        body = mantissa + "e" + ("+" if n - 1 > 0 else "-") + str(abs(n - 1))
    return sign + body


def agent_number(token):
    """Profile fractal-lba-kakeya: shortest decimal, half away from zero at the ninth place, then Python's repr."""
    x = binary64(token)
    rounded = Decimal(repr(x)).quantize(NINTH, rounding=ROUND_HALF_UP, context=EXACT)
    return repr(float(rounded))

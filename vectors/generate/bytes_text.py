"""Strict text forms of bytes and numbers: standard base64, lower-case hex, unsigned 64-bit decimals, UTF-8."""

import base64
import re

BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
DECIMAL = re.compile(r"0|[1-9][0-9]*")
WHITE_SPACE = frozenset(
    [*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
)


class Refused(Exception):
    """An expected refusal: the code goes out, nothing else does."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def to_base64(data):
    return base64.b64encode(data).decode("ascii")


def from_base64(text):
    """Bytes of strict standard base64 (padding, unused bits zero), or None."""
    if not isinstance(text, str) or not BASE64.fullmatch(text):
        return None
    data = base64.b64decode(text)
    return data if to_base64(data) == text else None


def is_hex(text, digits):
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % digits, text) is not None


def uint64(text):
    """The number of an unsigned 64-bit decimal without leading zeros, or None."""
    if not isinstance(text, str) or not DECIMAL.fullmatch(text) or len(text) > 20:
        return None
    number = int(text)
    return number if number < 2**64 else None


def utf8(data):
    """Strict decoding; None where the bytes are not well-formed."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def is_key_name(name):
    """Names of signers in notes: non-empty, no plus, no control character, no Unicode white space."""
    return name != "" and not any(c == "+" or ord(c) < 0x20 or ord(c) in WHITE_SPACE for c in name)

"""The strict JSON reader of spec/canonical-json.md: bytes in, a tree that keeps number tokens as they were written.

Values: dict (members in document order), list, str, bool, None, Number. The first fault wins, in the order
size, UTF-8, then left to right.
"""

import re
from dataclasses import dataclass

from bytes_text import Refused, utf8

BYTES_MAX = 1_048_576
DEPTH_MAX = 64
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
NUMBER_RUN = re.compile(r"[0-9A-Za-z+.\-]*")
NUMBER_START = frozenset("-0123456789+.NI")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
HEX4 = re.compile(r"[0-9A-Fa-f]{4}")


@dataclass(frozen=True)
class Number:
    token: str

    @property
    def is_integer(self):
        return not any(c in self.token for c in ".eE")


def parse(data):
    if len(data) > BYTES_MAX:
        raise Refused("json_too_large")
    text = utf8(data)
    if text is None:
        raise Refused("json_not_utf8")
    reader = Reader(text)
    value = reader.value(0)
    reader.space()
    if reader.at != len(text):
        raise Refused("json_malformed")
    return value


class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def space(self):
        while self.peek() in (" ", "\t", "\n", "\r"):
            self.at += 1

    def expect(self, character):
        if self.peek() != character:
            raise Refused("json_malformed")
        self.at += 1

    def value(self, depth):
        self.space()
        first = self.peek()
        if first == "":
            raise Refused("json_malformed")
        if first == "{":
            return self.object(depth + 1)
        if first == "[":
            return self.array(depth + 1)
        if first == '"':
            return self.string()
        if first in NUMBER_START:
            return self.number()
        for word, meaning in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        raise Refused("json_malformed")

    def number(self):
        run = NUMBER_RUN.match(self.text, self.at).group()
        if not NUMBER.fullmatch(run):
            raise Refused("json_number_form")
        self.at += len(run)
        return Number(run)

    def open(self, depth):
        if depth > DEPTH_MAX:
            raise Refused("json_too_deep")
        self.at += 1
        self.space()

    def array(self, depth):
        self.open(depth)
        items = []
        if self.peek() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value(depth))
            self.space()
            if self.peek() == "]":
                self.at += 1
                return items
            self.expect(",")

    def object(self, depth):
        self.open(depth)
        members = {}
        if self.peek() == "}":
            self.at += 1
            return members
        while True:
            self.space()
            if self.peek() != '"':
                raise Refused("json_malformed")
            name = self.string()
            if name in members:
                raise Refused("json_duplicate_key")
            self.space()
            self.expect(":")
            members[name] = self.value(depth)
            self.space()
            if self.peek() == "}":
                self.at += 1
                return members
            self.expect(",")

    def string(self):
        self.at += 1
        units = []
        while True:
            c = self.peek()
            if c == "" or ord(c) < 0x20:
                raise Refused("json_malformed")
            self.at += 1
            if c == '"':
                break
            units.append(self.escape() if c == "\\" else c)
        # Escaped halves of a pair join here; a half that stays alone cannot be encoded.
        joined = "".join(units).encode("utf-16-be", "surrogatepass")
        try:
            return joined.decode("utf-16-be")
        except UnicodeDecodeError:
            raise Refused("json_lone_surrogate") from None

    def escape(self):
        c = self.peek()
        self.at += 1
        if c == "u":
            digits = self.text[self.at : self.at + 4]
            if not HEX4.fullmatch(digits):
                raise Refused("json_malformed")
            self.at += 4
            return chr(int(digits, 16))
        if c not in ESCAPES:
            raise Refused("json_malformed")
        return ESCAPES[c]

"""Canonical JSON (spec/canonical-json.md): RFC 8785 for structure and strings, one of two rules for numbers."""

import json_reader
from json_reader import Number
from numbers_text import canonical_number, ecma_number

SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def string_text(value):
    out = []
    for c in value:
        if c in SHORT:
            out.append(SHORT[c])
        elif ord(c) < 0x20:
            out.append("\\u%04x" % ord(c))
        else:
            out.append(c)
    return '"' + "".join(out) + '"'


def utf16_order(name):
    return name.encode("utf-16-be")


def text_of(value, number_text):
    if isinstance(value, Number):
        return number_text(value)
    if isinstance(value, str):
        return string_text(value)
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, list):
        return "[" + ",".join(text_of(item, number_text) for item in value) + "]"
    names = sorted(value, key=utf16_order)
    return "{" + ",".join(string_text(n) + ":" + text_of(value[n], number_text) for n in names) + "}"


def judge_numbers(value):
    """Refuses the first number out of range in DOCUMENT order (sorting must not decide which is found)."""
    if isinstance(value, Number):
        canonical_number(value)
    elif isinstance(value, list):
        for item in value:
            judge_numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            judge_numbers(item)


def canonicalize_tree(tree):
    judge_numbers(tree)
    return text_of(tree, canonical_number).encode("utf-8")


def canonicalize(data):
    """A signer's canonical form of profile 1.0."""
    return canonicalize_tree(json_reader.parse(data))


def canonicalize_jcs(data):
    return text_of(json_reader.parse(data), ecma_number).encode("utf-8")


def plain(value):
    """Canonical bytes of Python values: ints as integers, floats as decimals."""
    return canonicalize_tree(tree_of(value))


def tree_of(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return Number(str(value))
    if isinstance(value, float):
        text = repr(value)
        return Number(text if any(c in text for c in ".e") else text + ".0")
    if isinstance(value, list):
        return [tree_of(item) for item in value]
    return {name: tree_of(item) for name, item in value.items()}

"""Collects the cases of one file, and holds each against the second reading before it may be written.

A hostile case names its code by hand; a valid case may name any of its outputs by hand (figures of RFCs, values worked
out on paper) and gets the rest from the second reading. A case whose hand-written part differs stops the generation.
"""

import hashlib

import ops


def seeded(label, length=32):
    """Bytes that look random and are the same in every run: SHA-256 of label and counter."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(f"fractal vectors|{label}|{len(out)}".encode()).digest()
    return out[:length]


class Topic:
    def __init__(self, name):
        self.name = name
        self.cases = []

    def _append(self, number_of, why, op, inputs, expect):
        case = {"id": f"{self.name}/{number_of}", "op": op, **inputs, "why": why, "expect": expect}
        assert all(case["id"] != other["id"] for other in self.cases), f"id twice: {case['id']}"
        self.cases.append(case)

    def good(self, number_of, why, op, inputs, **known):
        answer = ops.evaluate({"op": op, **inputs})
        wrong = {k: v for k, v in known.items() if answer.get(k) != v}
        assert answer["ok"] and not wrong, f"{self.name}/{number_of}: {answer} is not what was stated: {wrong}"
        self._append(number_of, why, op, inputs, answer)
        return answer

    def bad(self, number_of, why, op, inputs, code):
        answer = ops.evaluate({"op": op, **inputs})
        assert answer == {"ok": False, "code": code}, f"{self.name}/{number_of}: {answer}, stated {code}"
        self._append(number_of, why, op, inputs, answer)

    def refused(self, number_of, why, op, inputs):
        """A mutation made in a sweep: it must be refused; which code is the second reading's word."""
        answer = ops.evaluate({"op": op, **inputs})
        assert not answer["ok"], f"{self.name}/{number_of} was accepted"
        self._append(number_of, why, op, inputs, answer)

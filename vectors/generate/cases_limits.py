"""Sizes at and over a limit, in a file of their own because the cases are large.

Only the limit of JSON is here: those of notes and proofs (spec/log.md) would be megabytes more of the same, and are tested
beside each implementation.
"""

from bytes_text import to_base64
from json_reader import BYTES_MAX
from topic import Topic


def topics():
    topic = Topic("limits")
    blank = b" " * (BYTES_MAX - 2) + b"{}"
    topic.good("json-at-limit", "1,048,576 bytes of JSON", "canonicalize", {"json_b64": to_base64(blank)})
    topic.bad(
        "json-over-limit", "one byte more", "canonicalize", {"json_b64": to_base64(b" " + blank)}, "json_too_large"
    )
    return [topic]

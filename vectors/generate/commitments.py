"""What a record commits to (spec/content.md): item hashes, merkle_root, pcs_id; and the tag of a leaf (spec/leaf-and-body.md)."""

import hashlib
import hmac

import merkle
from bytes_text import Refused, is_hex, utf8

KINDS = {"prompt": 0, "output": 1, "evidence": 2}


def item_hash(kind, salt, text):
    """Hash of one item; `text` is its UTF-8 bytes."""
    if kind not in KINDS or len(salt) != 16 or utf8(text) is None:
        raise Refused("content_malformed")
    return merkle.leaf_hash(salt + bytes([KINDS[kind]]) + text)


def merkle_root(items):
    """Lower-case hex root over (kind, salt, text bytes) in order."""
    return merkle.root([item_hash(*item) for item in items]).hex()


def pcs_id(root_hex, epoch, stream):
    if not is_hex(root_hex, 64):
        raise Refused("hex_malformed")
    return hashlib.sha256(f"{root_hex}|{epoch}|{stream}".encode()).hexdigest()


def tag(tag_key, origin, index):
    """First 16 bytes of HMAC(tag key, origin, 0x00, uint64 BE(index div 256))."""
    message = origin.encode("utf-8") + b"\x00" + (index // 256).to_bytes(8, "big")
    return hmac.new(tag_key, message, hashlib.sha256).digest()[:16]


def leaf_entry(tag_bytes, salt, body):
    return b"\x01" + tag_bytes + hashlib.sha256(salt + body).digest()

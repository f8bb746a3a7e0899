"""Signed notes, verifier keys, checkpoints and cosignatures: C2SP signed-note v1.0.0, tlog-checkpoint v1.0.0, tlog-cosignature v1.0.1.

Making and judging side by side. The makers take every part apart from each other, so that a case builder can put a wrong
one anywhere; the judges follow the order of faults of spec/log.md.
"""

import hashlib
import re
from dataclasses import dataclass

import ed25519
from bytes_text import Refused, from_base64, is_key_name, to_base64, uint64, utf8

NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
PLAIN, COSIGNATURE = 0x01, 0x04


@dataclass(frozen=True)
class VerifierKey:
    name: str
    key_id: bytes
    type: int
    public: bytes


def key_id(name, key_type, public):
    return hashlib.sha256(name.encode("utf-8") + b"\n" + bytes([key_type]) + public).digest()[:4]


def vkey_text(name, key_type, public, wrong_id=None):
    identity = wrong_id if wrong_id is not None else key_id(name, key_type, public)
    return f"{name}+{identity.hex()}+{to_base64(bytes([key_type]) + public)}"


def parse_vkey(text, types=(PLAIN, COSIGNATURE)):
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_key_name(parts[0]) or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise Refused("vkey_malformed")
    material = from_base64(parts[2])
    if material is None or len(material) != 33 or material[0] not in types:
        raise Refused("vkey_malformed")
    key_type, public = material[0], material[1:]
    if ed25519.key_fault(public) or key_id(parts[0], key_type, public).hex() != parts[1]:
        raise Refused("vkey_malformed")
    return VerifierKey(parts[0], bytes.fromhex(parts[1]), key_type, public)


# ---- making


def signature_line(name, identity, signature):
    return f"— {name} {to_base64(identity + signature)}\n"


def sign_plain(seed, name, text):
    public = ed25519.public_key(seed)
    return signature_line(name, key_id(name, PLAIN, public), ed25519.sign(seed, text.encode("utf-8")))


def cosigned_message(timestamp, text):
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def sign_cosignature(seed, name, timestamp, text):
    public = ed25519.public_key(seed)
    signature = timestamp.to_bytes(8, "big") + ed25519.sign(seed, cosigned_message(timestamp, text))
    return signature_line(name, key_id(name, COSIGNATURE, public), signature)


def checkpoint_text(origin, size, root, extensions=()):
    return "".join(line + "\n" for line in [origin, str(size), to_base64(root), *extensions])


# ---- judging


def split_note(data):
    """(text, [(name, key id, signature)]) of a well-formed note."""
    if len(data) > NOTE_BYTES_MAX:
        raise Refused("note_too_large")
    note = utf8(data)
    if note is None or any(ord(c) < 0x20 and c != "\n" for c in note):
        raise Refused("note_malformed")
    cut = note.rfind("\n\n")
    if cut < 0 or not note[cut + 2 :].endswith("\n"):
        raise Refused("note_malformed")
    lines = note[cut + 2 : -1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise Refused("note_too_large")
    return note[: cut + 1], [parse_signature_line(line) for line in lines]


def parse_signature_line(line):
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not is_key_name(parts[1]):
        raise Refused("note_malformed")
    signature = from_base64(parts[2])
    if signature is None or len(signature) < 5:
        raise Refused("note_malformed")
    return parts[1], signature[:4], signature[4:]


def timestamp_of(key, text, signature):
    """None for a plain signature, the time for a cosignature; refuses one that does not verify."""
    if key.type == PLAIN:
        good, timestamp, message, bare = True, None, text.encode("utf-8"), signature
    else:
        timestamp = int.from_bytes(signature[:8], "big")
        good = len(signature) == 72 and timestamp < 2**63
        message, bare = cosigned_message(timestamp, text), signature[8:]
    if not good or not ed25519.verify(key.public, message, bare):
        raise Refused("note_signature_invalid")
    return timestamp


def open_note(data, keys):
    """(text, [(key, timestamp)]) with each key once, in order of first appearance."""
    text, signatures = split_note(data)
    verified = {}
    for name, identity, signature in signatures:
        for key in keys:
            if (key.name, key.key_id) == (name, identity):
                verified.setdefault(key, timestamp_of(key, text, signature))
    if not verified:
        raise Refused("note_unverified")
    return text, list(verified.items())


def parse_checkpoint(text):
    lines = text[:-1].split("\n")
    if len(lines) < 3 or "" in lines:
        raise Refused("checkpoint_malformed")
    size, root = uint64(lines[1]), from_base64(lines[2])
    if size is None or root is None or len(root) != 32:
        raise Refused("checkpoint_malformed")
    return lines[0], size, root


def verify_checkpoint(data, origin, log_key, witness_keys=()):
    """(size, root, [(witness name, timestamp)])."""
    text, verified = open_note(data, [log_key, *witness_keys])
    if not any(key == log_key for key, _ in verified):
        raise Refused("checkpoint_unsigned")
    named, size, root = parse_checkpoint(text)
    if named != origin:
        raise Refused("checkpoint_origin_mismatch")
    return size, root, [(key.name, timestamp) for key, timestamp in verified if key.type == COSIGNATURE]

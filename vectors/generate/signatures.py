"""The two algorithms of spec/signatures.md under one face, with key windows."""

import hashlib
import hmac
from dataclasses import dataclass

import ed25519
from bytes_text import Refused

LENGTHS = {"hmac-sha256": 32, "ed25519": 64}


@dataclass(frozen=True)
class Key:
    alg: str
    kid: str
    value: bytes
    not_before_ms: int | None = None
    not_after_ms: int | None = None

    def need_window(self, now_ms):
        """The window is [not_before, not_after); without a clock none is looked at."""
        if now_ms is None:
            return
        if self.not_before_ms is not None and now_ms < self.not_before_ms:
            raise Refused("key_not_yet_valid")
        if self.not_after_ms is not None and now_ms >= self.not_after_ms:
            raise Refused("key_expired")


def need_alg(alg):
    if alg not in LENGTHS:
        raise Refused("alg_unknown")


def need_key(alg, value):
    if (alg == "hmac-sha256" and value == b"") or (alg == "ed25519" and ed25519.key_fault(value)):
        raise Refused("key_malformed")


def holds(alg, value, message, signature):
    if alg == "hmac-sha256":
        return hmac.compare_digest(hmac.new(value, message, hashlib.sha256).digest(), signature)
    return ed25519.verify(value, message, signature)


def verify(alg, value, message, signature):
    need_alg(alg)
    need_key(alg, value)
    if len(signature) != LENGTHS[alg]:
        raise Refused("signature_malformed")
    if not holds(alg, value, message, signature):
        raise Refused("signature_invalid")


def sign(alg, value, message):
    """`value` is the HMAC key or the 32-byte Ed25519 seed."""
    need_alg(alg)
    if value == b"" or (alg == "ed25519" and len(value) != 32):
        raise Refused("key_malformed")
    if alg == "hmac-sha256":
        return hmac.new(value, message, hashlib.sha256).digest()
    return ed25519.sign(value, message)

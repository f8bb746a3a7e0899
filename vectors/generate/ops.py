"""The operations of spec/conformance.md: one case in, one answer out. The second reading that every vector is checked by."""

import canonical
import commitments
import merkle
import notes
import numbers_text
import policies
import proofs
import record_1_0
import record_agents
import signatures
import tile_paths
from bytes_text import Refused, from_base64, is_hex, to_base64, uint64

PROFILES = {"fractal-pcs": record_1_0, "fractal-lba-kakeya": record_agents}


def text(case, name):
    if not isinstance(case.get(name), str):
        raise Refused("bad_request")
    return case[name]


def data(case, name):
    value = from_base64(text(case, name))
    if value is None:
        raise Refused("base64_malformed")
    return value


def number(case, name):
    value = uint64(text(case, name))
    if value is None:
        raise Refused("bad_request")
    return value


def small_number(case, name):
    """A JSON number, whole or not: whether it is in range is the callee's word."""
    value = case.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused("bad_request")
    return value


def listed(case, name, kind):
    value = case.get(name)
    if not isinstance(value, list) or not all(isinstance(item, kind) for item in value):
        raise Refused("bad_request")
    return value


def hashes(case, name):
    values = [from_base64(item) for item in listed(case, name, str)]
    if None in values:
        raise Refused("base64_malformed")
    return values


def key_of(case):
    key = case.get("key")
    if not isinstance(key, dict):
        raise Refused("bad_request")
    alg, kid, value = text(key, "alg"), text(key, "kid"), data(key, "value_b64")
    window = [number(key, name) if name in key else None for name in ("not_before_ms", "not_after_ms")]
    return signatures.Key(alg, kid, value, *window)


def profile_of(case):
    if text(case, "profile") not in PROFILES:
        raise Refused("bad_request")
    return PROFILES[case["profile"]]


def log_key_of(vkey):
    return notes.parse_vkey(vkey, (notes.PLAIN,))


def keys_of(vkeys, *types):
    """Each key once, in the order given."""
    return list(dict.fromkeys(notes.parse_vkey(vkey, *types) for vkey in vkeys))


# Every op reads all its inputs first, in the order of the table of spec/conformance.md, and looks into them after that.


def canonicalize(case):
    return {"canonical_b64": to_base64(canonical.canonicalize(data(case, "json_b64")))}


def canonicalize_jcs(case):
    return {"canonical_b64": to_base64(canonical.canonicalize_jcs(data(case, "json_b64")))}


def nine_place(case):
    if not is_hex(text(case, "bits_hex"), 16):
        raise Refused("hex_malformed")
    return {"text": numbers_text.nine_place(numbers_text.from_bits(case["bits_hex"]))}


def pcs_id(case):
    return {"pcs_id": commitments.pcs_id(text(case, "merkle_root"), number(case, "epoch"), text(case, "stream"))}


def merkle_root(case):
    items = [(data(i, "salt_b64"), text(i, "kind"), data(i, "text_b64")) for i in listed(case, "items", dict)]
    return {"root_hex": commitments.merkle_root([(kind, salt, words) for salt, kind, words in items])}


def sign_record(case):
    profile, record, key = profile_of(case), data(case, "record_b64"), key_of(case)
    signatures.need_alg(key.alg)
    signed, payload = profile.sign(record, key)
    return {"record_b64": to_base64(signed), "payload_b64": to_base64(payload)}


def verify_record(case):
    profile, record, key = profile_of(case), data(case, "record_b64"), key_of(case)
    now_ms = number(case, "now_ms") if "now_ms" in case else None
    signatures.need_alg(key.alg)
    found, payload = profile.verify(record, key, now_ms)
    return {"pcs_id": found, "payload_b64": to_base64(payload)}


def verify_signature(case):
    signatures.verify(text(case, "alg"), data(case, "key_b64"), data(case, "message_b64"), data(case, "sig_b64"))
    return {}


def verify_note(case):
    note, vkeys = data(case, "note_b64"), listed(case, "vkeys", str)
    note_text, verified = notes.open_note(note, keys_of(vkeys))
    return {"text_b64": to_base64(note_text.encode("utf-8")), "verified": [key.name for key, _ in verified]}


def verify_checkpoint(case):
    checkpoint, origin, vkey = data(case, "checkpoint_b64"), text(case, "origin"), text(case, "vkey")
    witnesses = listed(case, "witness_vkeys", str) if "witness_vkeys" in case else []
    log_key, witness_keys = log_key_of(vkey), keys_of(witnesses, (notes.COSIGNATURE,))
    size, root, cosigned = notes.verify_checkpoint(checkpoint, origin, log_key, witness_keys)
    return {
        "size": str(size),
        "root_b64": to_base64(root),
        "cosigned": [{"name": name, "timestamp": str(timestamp)} for name, timestamp in cosigned],
    }


def verify_inclusion(case):
    leaf, index, size = data(case, "leaf_hash_b64"), number(case, "index"), number(case, "size")
    merkle.verify_inclusion(leaf, index, size, hashes(case, "proof"), data(case, "root_b64"))
    return {}


def verify_consistency(case):
    size1, size2 = number(case, "size1"), number(case, "size2")
    root1, root2 = data(case, "root1_b64"), data(case, "root2_b64")
    merkle.verify_consistency(size1, size2, root1, root2, hashes(case, "proof"))
    return {}


def tile_path(case):
    if "path" in case:
        return tile_paths.parse(text(case, "path"))
    if text(case, "kind") not in ("tile", "entries"):
        raise Refused("bad_request")
    level = small_number(case, "level") if case["kind"] == "tile" else None
    return {"path": tile_paths.path_of(case["kind"], level, number(case, "index"), small_number(case, "width"))}


def verify_proof(case):
    proof, leaf, origin, vkey = (
        data(case, "proof_b64"),
        data(case, "leaf_b64"),
        text(case, "origin"),
        text(case, "vkey"),
    )
    index, size = proofs.verify_proof(proof, leaf, origin, log_key_of(vkey))
    return {"index": str(index), "size": str(size)}


def verify_receipt(case):
    receipt = data(case, "receipt_b64")
    if ("vkey" in case) == ("policy" in case):
        raise Refused("bad_request")
    trusted = text(case, "vkey" if "vkey" in case else "policy")
    output = data(case, "output_b64") if "output_b64" in case else None
    salt = data(case, "salt_b64") if "salt_b64" in case else None
    log_key = log_key_of(trusted) if "vkey" in case else None
    policy = policies.parse(trusted) if "policy" in case else None
    origin, index, size, body = proofs.verify_receipt(receipt, log_key, policy, output, salt)
    return {"origin": origin, "index": str(index), "size": str(size), "body_b64": to_base64(body)}


def tag(case):
    return {
        "tag_b64": to_base64(commitments.tag(data(case, "tag_key_b64"), text(case, "origin"), number(case, "index")))
    }


OPS = {
    "canonicalize": canonicalize,
    "canonicalize-jcs": canonicalize_jcs,
    "nine-place": nine_place,
    "pcs-id": pcs_id,
    "merkle-root": merkle_root,
    "sign-record": sign_record,
    "verify-record": verify_record,
    "verify-signature": verify_signature,
    "verify-note": verify_note,
    "verify-checkpoint": verify_checkpoint,
    "verify-inclusion": verify_inclusion,
    "verify-consistency": verify_consistency,
    "tile-path": tile_path,
    "verify-proof": verify_proof,
    "verify-receipt": verify_receipt,
    "tag": tag,
}


def evaluate(case):
    """{ok: true, …} or {ok: false, code}."""
    try:
        if text(case, "op") not in OPS:
            raise Refused("unknown_op")
        return {"ok": True, **OPS[case["op"]](case)}
    except Refused as refusal:
        return {"ok": False, "code": refusal.code}

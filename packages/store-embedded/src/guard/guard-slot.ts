/**
 * Bytes of one slot of a guard folder, always the same number of them:
 *
 *     SHA-256 of what follows up to the end of the text, hex ‖ LF ‖ count, 15 digits ‖ LF ‖ length, 4 digits ‖ LF ‖ text ‖ LF…
 *
 * A slot that was cut short, mixed with an older one or changed by a bit is not whole.
 */
import { GUARD_TEXT_BYTES_MAX } from '@fractal/ledger';
import { concatBytes, sha256, toHex, utf8Decode, utf8Encode } from '@fractal/tlog';

export interface GuardSlot {
  /** Of the writer's records, from 0: the higher one is the newer. At most 10^15 − 1. */
  readonly count: number;
  /** At most GUARD_TEXT_BYTES_MAX bytes. */
  readonly text: string;
}

const HEADER = /^([0-9a-f]{64})\n(\d{15})\n(\d{4})\n$/;
const DIGEST_BYTES = 65;
const HEADER_BYTES = DIGEST_BYTES + 16 + 5;
const SLOT_BYTES = HEADER_BYTES + GUARD_TEXT_BYTES_MAX;

/** @throws RangeError for a text that is too large */
export function encodeSlot({ count, text }: GuardSlot): Uint8Array {
  const bytes = utf8Encode(text);
  if (bytes.length > GUARD_TEXT_BYTES_MAX) throw new RangeError('a guard text is too large');
  const numbers = `${String(count).padStart(15, '0')}\n${String(bytes.length).padStart(4, '0')}\n`;
  const checked = concatBytes(utf8Encode(numbers), bytes);
  const slot = new Uint8Array(SLOT_BYTES).fill(0x0a);
  slot.set(utf8Encode(toHex(sha256(checked))));
  slot.set(checked, DIGEST_BYTES);
  return slot;
}

/** Undefined for bytes that are no whole slot. Never throws. */
export function readSlot(slot: Uint8Array): GuardSlot | undefined {
  if (slot.length !== SLOT_BYTES) return undefined;
  const [, digest, count, length] = HEADER.exec(utf8Decode(slot.subarray(0, HEADER_BYTES)) ?? '') ?? [];
  const end = HEADER_BYTES + Number(length ?? 0);
  if (end > SLOT_BYTES || digest !== toHex(sha256(slot.subarray(DIGEST_BYTES, end)))) return undefined;
  const text = utf8Decode(slot.subarray(HEADER_BYTES, end));
  return text === undefined ? undefined : { count: Number(count), text };
}

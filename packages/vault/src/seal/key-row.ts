/**
 * The key row: the small part of stored content, which erasure destroys.
 *
 *     0    1   format, 0x01
 *     1    1   state: 0x01 sealed, 0x02 erased
 *   sealed (126 bytes):
 *     2    8   stored at, ms (uint64 BE)
 *     10   8   retain until, ms (uint64 BE; 2^64−1: no limit)
 *     18  100  wrapped key, see `seal.ts`
 *     118  8   check
 *   erased (18 bytes):
 *     2    8   erased at, ms (uint64 BE)
 *     10   8   check
 *
 * check = first 8 bytes of SHA-256(tenant ‖ pcs_id binding ‖ all before). It finds rot and rows at a wrong address; it
 * is no defence against whoever owns the store (who can delete rows anyway): what protects content is authenticated
 * in the wrapping and in the ciphertext.
 */
import { concatBytes, equalBytes, sha256 } from '@fractal/tlog';
import type { ContentAddress } from '../ports/vault-store.ts';
import { bindingOf } from './address.ts';
import { WRAPPED_KEY_BYTES } from './seal.ts';

const FORMAT = 0x01;
const SEALED = 0x01;
const ERASED = 0x02;
const CHECK_BYTES = 8;
const TIME_BYTES = 8;
const SEALED_ROW_BYTES = 2 + 2 * TIME_BYTES + WRAPPED_KEY_BYTES + CHECK_BYTES;
const ERASED_ROW_BYTES = 2 + TIME_BYTES + CHECK_BYTES;
const NO_LIMIT = 2n ** 64n - 1n;
const LABEL = 'fractal-vault/1 row';

export interface SealedKeyRow {
  readonly state: 'sealed';
  readonly storedMs: number;
  readonly retainUntilMs: number | undefined;
  readonly wrappedKey: Uint8Array;
}

export interface ErasedKeyRow {
  readonly state: 'erased';
  readonly erasedMs: number;
}

export type KeyRow = SealedKeyRow | ErasedKeyRow;

export function formatKeyRow(address: ContentAddress, row: KeyRow): Uint8Array {
  const head =
    row.state === 'sealed'
      ? concatBytes(
          Uint8Array.of(FORMAT, SEALED),
          time(row.storedMs),
          row.retainUntilMs === undefined ? uint64(NO_LIMIT) : time(row.retainUntilMs),
          row.wrappedKey,
        )
      : concatBytes(Uint8Array.of(FORMAT, ERASED), time(row.erasedMs));
  return concatBytes(head, check(address, head));
}

/** The row, or undefined for bytes that are no key row of this address and format. */
export function parseKeyRow(address: ContentAddress, bytes: Uint8Array): KeyRow | undefined {
  if (bytes.length !== SEALED_ROW_BYTES && bytes.length !== ERASED_ROW_BYTES) return undefined;
  const head = bytes.subarray(0, bytes.length - CHECK_BYTES);
  if (head[0] !== FORMAT || !equalBytes(check(address, head), bytes.subarray(head.length))) return undefined;
  const firstMs = readTime(bytes, 2);
  if (firstMs === undefined) return undefined;
  if (head[1] === ERASED && bytes.length === ERASED_ROW_BYTES) return { state: 'erased', erasedMs: firstMs };
  if (head[1] !== SEALED || bytes.length !== SEALED_ROW_BYTES) return undefined;
  const limitless = readUint64(bytes, 10) === NO_LIMIT;
  const retainUntilMs = limitless ? undefined : readTime(bytes, 10);
  if (!limitless && retainUntilMs === undefined) return undefined;
  return { state: 'sealed', storedMs: firstMs, retainUntilMs, wrappedKey: bytes.slice(18, 18 + WRAPPED_KEY_BYTES) };
}

function check(address: ContentAddress, head: Uint8Array): Uint8Array {
  return sha256(bindingOf(LABEL, address, head)).subarray(0, CHECK_BYTES);
}

function time(ms: number): Uint8Array {
  return uint64(BigInt(Math.max(0, Math.floor(ms))));
}

function uint64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

function readUint64(bytes: Uint8Array, offset: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset);
}

function readTime(bytes: Uint8Array, offset: number): number | undefined {
  const value = readUint64(bytes, offset);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
}

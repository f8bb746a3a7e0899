/**
 * Keys of the vault's tables.
 *
 *   address   tenant (1..64 bytes of ASCII) ‖ 0x00 ‖ pcs_id (32 bytes)
 *   due       retain until, ms (uint64 BE) ‖ address
 *
 * No tenant name holds a byte below 0x2d, so addresses sort by (tenant, pcs_id) and a tenant is one range.
 */
import type { ContentAddress, DueContent } from '@fractal/vault';

const PCS_ID_BYTES = 32;
const TIME_BYTES = 8;

export function addressKey({ tenant, pcsId }: ContentAddress): Buffer {
  return Buffer.concat([Buffer.from(tenant), Buffer.of(0), Buffer.from(pcsId, 'hex')]);
}

export function addressOf(key: Buffer): ContentAddress {
  const split = key.length - PCS_ID_BYTES;
  return { tenant: key.toString('latin1', 0, split - 1), pcsId: key.toString('hex', split) };
}

/** From the first address of a tenant (or of all) up to but not including `end`. */
export function tenantRange(tenant: string | undefined): { readonly start: Buffer; readonly end: Buffer } {
  if (tenant === undefined) return { start: Buffer.of(0), end: Buffer.of(0xff) };
  return { start: Buffer.from(`${tenant}\0`), end: Buffer.from(`${tenant}\u0001`) };
}

export function dueKey(retainUntilMs: number, address: Buffer): Buffer {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(retainUntilMs));
  return Buffer.concat([time, address]);
}

/** The first key that is due later than `nowMs`. */
export function dueAfter(nowMs: number): Buffer {
  return dueKey(Math.floor(nowMs) + 1, Buffer.alloc(0));
}

export function dueOf(key: Buffer): DueContent {
  return { address: addressOf(key.subarray(TIME_BYTES)), retainUntilMs: Number(key.readBigUInt64BE()) };
}

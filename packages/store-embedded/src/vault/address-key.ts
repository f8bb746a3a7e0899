/**
 * Keys of the vault's tables.
 *
 *   address   tenant (1..64 bytes of ASCII) ‖ 0x00 ‖ pcs_id (32 bytes)
 *   timed     ms (uint64 BE) ‖ address: retain until, or stored at
 *
 * No tenant name holds a byte below 0x2d, so addresses sort by (tenant, pcs_id) and a tenant is one range.
 */
import type { ContentAddress } from '@fractal/vault';

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

export function timedKey(ms: number, address: Buffer): Buffer {
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(Math.max(0, Math.ceil(ms))));
  return Buffer.concat([time, address]);
}

/** A bound: the keys before it are those of times before `ms`. */
export function timeBound(ms: number): Buffer {
  return timedKey(ms, Buffer.alloc(0));
}

export function timedOf(key: Buffer): { readonly ms: number; readonly address: ContentAddress } {
  return { ms: Number(key.readBigUInt64BE()), address: addressOf(key.subarray(TIME_BYTES)) };
}

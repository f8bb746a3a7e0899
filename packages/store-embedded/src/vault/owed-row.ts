/**
 * What a tenant owes in rotations, under the tenant's name: since, ms (uint64 BE) ‖ count (uint64 BE) ‖ check (disk/checked-table.ts).
 * A damaged row is read as one rotation owed since ever: one too many does no harm, one too few keeps an erased key alive.
 */
import type { OwedRotation } from '@fractal/vault';
import { openRow, sealRow } from '../disk/checked-table.ts';

const TABLE = 'owed';
const ROW_BYTES = 16;

export function encodeOwed({ tenant, sinceMs, count }: OwedRotation): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  row.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(sinceMs))));
  row.writeBigUInt64BE(BigInt(count), 8);
  return Buffer.from(sealRow(TABLE, Buffer.from(tenant), row));
}

export function decodeOwed(tenant: string, row: Buffer): OwedRotation {
  const value = openRow(TABLE, Buffer.from(tenant), row);
  if (value?.length !== ROW_BYTES) return { tenant, sinceMs: 0, count: 1 };
  const view = new DataView(value.buffer, value.byteOffset, ROW_BYTES);
  return { tenant, sinceMs: Number(view.getBigUint64(0)), count: Number(view.getBigUint64(8)) };
}

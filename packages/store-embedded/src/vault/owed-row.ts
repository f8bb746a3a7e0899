/** What a tenant owes in rotations: since, ms (uint64 BE) ‖ count (uint64 BE), under the tenant's name. */
import type { OwedRotation } from '@fractal/vault';

const ROW_BYTES = 16;

export function encodeOwed({ sinceMs, count }: Omit<OwedRotation, 'tenant'>): Buffer {
  const row = Buffer.alloc(ROW_BYTES);
  row.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(sinceMs))));
  row.writeBigUInt64BE(BigInt(count), 8);
  return row;
}

export function decodeOwed(tenant: string, row: Buffer): OwedRotation {
  if (row.length !== ROW_BYTES) throw new Error(`owed rotation of ${tenant}: ${row.length} bytes, not ${ROW_BYTES}`);
  return { tenant, sinceMs: Number(row.readBigUInt64BE()), count: Number(row.readBigUInt64BE(8)) };
}

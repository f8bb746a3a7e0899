/**
 * Bytes of the rows an entry carries, one after another.
 *
 *     table length (1) ‖ table ‖ key length (2) ‖ key ‖ value length (4) ‖ value
 */
import type { DerivedRow } from '@fractal/ledger';
import { concatBytes, utf8Decode, utf8Encode } from '@fractal/tlog';

const TABLE_BYTES_MAX = 255;
const KEY_BYTES_MAX = 65_535;

/** @throws RangeError for a table name over 255 bytes or a key over 65,535: nobody makes such rows */
export function encodeCarried(rows: readonly DerivedRow[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const { table, key, value } of rows) {
    const name = utf8Encode(table);
    if (name.length > TABLE_BYTES_MAX || key.length > KEY_BYTES_MAX) throw new RangeError('a carried row is too large');
    const lengths = new DataView(new ArrayBuffer(6));
    lengths.setUint16(0, key.length);
    lengths.setUint32(2, value.length);
    const [ofKey, ofValue] = [new Uint8Array(lengths.buffer, 0, 2), new Uint8Array(lengths.buffer, 2, 4)];
    parts.push(Uint8Array.of(name.length), name, ofKey, key, ofValue, value);
  }
  return concatBytes(...parts);
}

/** The rows, or undefined for bytes that are none. Never throws. */
export function decodeCarried(bytes: Uint8Array): DerivedRow[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: DerivedRow[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tableEnd = at + 1 + bytes[at]!;
    if (tableEnd + 2 > bytes.length) return undefined;
    const keyEnd = tableEnd + 2 + view.getUint16(tableEnd);
    if (keyEnd + 4 > bytes.length) return undefined;
    const valueEnd = keyEnd + 4 + view.getUint32(keyEnd);
    if (valueEnd > bytes.length) return undefined;
    const table = utf8Decode(bytes.subarray(at + 1, tableEnd));
    if (table === undefined) return undefined;
    rows.push({ table, key: bytes.slice(tableEnd + 2, keyEnd), value: bytes.slice(keyEnd + 4, valueEnd) });
    at = valueEnd;
  }
  return rows;
}

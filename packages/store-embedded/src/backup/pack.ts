/**
 * Packs: what a backup holds of the vault (spec/backup.md). Two files of frames: key rows in order of address, and the
 * sealed contents of those rows that have one, in the same order.
 *
 *     frame of a .keys file      tenant length (1) ‖ tenant ‖ pcs_id (32) ‖ key row length (2) ‖ key row ‖ SHA-256 of the content (32, or nothing)
 *     frame of a .contents file  the sealed content
 *
 * Both are useless without the tenant's key, which is in the keyring and never here.
 */
import { createHash } from 'node:crypto';
import { equalBytes, toHex, utf8Decode, utf8Encode } from '@fractal/tlog';
import type { ContentAddress } from '@fractal/vault';
import { addressKey } from '../vault/address-key.ts';
import { damaged } from './errors.ts';
import { readFrames } from './framed-file.ts';
import type { Pack } from './manifest.ts';

export interface PackRow {
  readonly address: ContentAddress;
  readonly keyRow: Uint8Array;
  /** SHA-256 of the sealed content; undefined where there is none (it was erased). */
  readonly contentHash: Uint8Array | undefined;
}

const TENANT = /^[A-Za-z0-9._-]{1,64}$/;
const PCS_ID_BYTES = 32;
const HASH_BYTES = 32;
const KEY_ROW_BYTES_MAX = 65_535;

export const contentHashOf = (content: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(content).digest());

export function encodePackRow({ address, keyRow, contentHash }: PackRow): Uint8Array {
  if (keyRow.length > KEY_ROW_BYTES_MAX) throw new RangeError(`a key row of ${keyRow.length} bytes`);
  const tenant = utf8Encode(address.tenant);
  return new Uint8Array(
    Buffer.concat([
      Buffer.of(tenant.length),
      tenant,
      Buffer.from(address.pcsId, 'hex'),
      Buffer.of(keyRow.length >> 8, keyRow.length & 0xff),
      keyRow,
      contentHash ?? new Uint8Array(0),
    ]),
  );
}

/** The row, or undefined for bytes that are none. */
export function decodePackRow(frame: Uint8Array): PackRow | undefined {
  const tenantEnd = 1 + (frame[0] ?? 0);
  const keyRowStart = tenantEnd + PCS_ID_BYTES + 2;
  if (frame.length < keyRowStart) return undefined;
  const tenant = utf8Decode(frame.subarray(1, tenantEnd));
  const keyRowEnd = keyRowStart + frame[keyRowStart - 2]! * 256 + frame[keyRowStart - 1]!;
  const hashBytes = frame.length - keyRowEnd;
  if (tenant === undefined || !TENANT.test(tenant) || (hashBytes !== 0 && hashBytes !== HASH_BYTES)) return undefined;
  return {
    address: { tenant, pcsId: toHex(frame.subarray(tenantEnd, tenantEnd + PCS_ID_BYTES)) },
    keyRow: frame.slice(keyRowStart, keyRowEnd),
    contentHash: hashBytes === 0 ? undefined : frame.slice(keyRowEnd),
  };
}

/** Rows of a pack in order, without their contents. @throws BackupError backup_damaged */
export async function* packRows(target: string, { keys }: Pack): AsyncGenerator<PackRow, void, undefined> {
  let before: Buffer | undefined;
  let rows = 0;
  for await (const frame of readFrames(target, keys, KEYS_BUFFER_BYTES)) {
    const row = decodePackRow(frame);
    if (row === undefined) throw damaged(keys.file, `row ${rows} is malformed`);
    const key = addressKey(row.address);
    if (before !== undefined && Buffer.compare(before, key) >= 0)
      throw damaged(keys.file, `row ${rows} is out of order`);
    before = key;
    rows += 1;
    yield row;
  }
  if (rows !== keys.rows) throw damaged(keys.file, `it holds ${rows} rows, the manifest says ${keys.rows}`);
}

/** Many packs are read side by side: small buffers. */
const KEYS_BUFFER_BYTES = 1 << 14;

/** Rows of a pack in order, with their contents, each held against its hash. @throws BackupError backup_damaged */
export async function* packContents(
  target: string,
  pack: Pack,
): AsyncGenerator<PackRow & { readonly content: Uint8Array | undefined }, void, undefined> {
  const contents = readFrames(target, pack.contents);
  let count = 0;
  let isRight = true;
  try {
    for await (const row of packRows(target, pack)) {
      if (row.contentHash === undefined) {
        yield { ...row, content: undefined };
        continue;
      }
      const next = await contents.next();
      if (next.done === true) throw damaged(pack.contents.file, `content ${count} is not there`);
      // Which of the two files is wrong is known at the end of the one whose checksum is.
      isRight &&= equalBytes(contentHashOf(next.value), row.contentHash);
      count += 1;
      yield { ...row, content: next.value };
    }
    if ((await contents.next()).done !== true) throw damaged(pack.contents.file, `content ${count} belongs to no row`);
  } finally {
    await contents.return(undefined);
  }
  if (!isRight) throw damaged(pack.contents.file, `a content is not the one that ${pack.keys.file} names`);
  if (count !== pack.contents.count) throw damaged(pack.contents.file, `it holds ${count} contents`);
}

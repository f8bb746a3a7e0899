/**
 * What a witness holds of each log, in the rows of the data directory: the port WitnessStore over KeyValue.
 *
 *     table `witness`: witness key id (4) ‖ SHA-256(origin) ─► version (1) = 1 ‖ size (8) ‖ root (32) ‖ check (8)
 *
 * check = first 8 bytes of SHA-256(key of the row ‖ everything before it). The key id of the witness is in the key of each
 * row: another key is another witness and holds nothing yet.
 *
 * Comparing and replacing are one transaction, in which the session is checked too: durable when it resolves.
 */
import { CorruptRow, type WitnessedHead, type WitnessStore } from '@fractal/ledger';
import {
  concatBytes,
  equalBytes,
  sha256,
  uint64FromBytes,
  uint64ToBytes,
  utf8Encode,
  type VerifierKey,
} from '@fractal/tlog';
import type { KeyValue } from '../disk/key-value.ts';

const VERSION = 1;
const SIZE_END = 9;
const ROOT_END = 41;
const ROW_BYTES = 49;

export interface WitnessRowsOptions {
  readonly keyValue: KeyValue;
  readonly checkSession: () => void;
  /** Of the witness. */
  readonly verifierKey: VerifierKey;
}

export function witnessRows({ keyValue, checkSession, verifierKey }: WitnessRowsOptions): WitnessStore {
  const table = keyValue.table('witness');
  const keyId = new Uint8Array(4);
  new DataView(keyId.buffer).setUint32(0, verifierKey.keyId);
  const keyOf = (origin: string): Uint8Array => concatBytes(keyId, sha256(utf8Encode(origin)));
  const held = (origin: string): WitnessedHead | undefined => {
    const row = table.get(keyOf(origin));
    return row === undefined ? undefined : decode(keyOf(origin), row, origin);
  };
  return {
    read: async (origin) => held(origin),
    advance: ({ origin, from, to }) =>
      keyValue.transaction(() => {
        checkSession();
        if (!isSame(held(origin), from)) return false;
        table.put(keyOf(origin), encode(keyOf(origin), to));
        return true;
      }),
  };
}

/**
 * Marks the key of a witness as one whose rows are here, with how many generations of this directory's logs are closed, and
 * says how it was marked before. `unmarked`: its rows are lost, unless it is new. `outdated`: a log of the directory was
 * closed since, so its rows were put back from the past, and those of the witness with them; the mark stays as it is.
 * Either way the key has forgotten what it signed and must never sign again.
 */
export function markWitnessKey(
  { keyValue, checkSession, verifierKey }: WitnessRowsOptions,
  closedGenerations: number,
): Promise<'known' | 'unmarked' | 'outdated'> {
  const table = keyValue.table('witness');
  const key = utf8Encode(`key ${verifierKey.keyId}`);
  const mark = concatBytes(verifierKey.publicKey, uint64ToBytes(BigInt(closedGenerations)));
  return keyValue.transaction(() => {
    checkSession();
    if (table.putNew(key, mark)) return 'unmarked';
    return equalBytes(table.get(key)!, mark) ? 'known' : 'outdated';
  });
}

function isSame(a: WitnessedHead | undefined, b: WitnessedHead | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.size === b.size && equalBytes(a.root, b.root);
}

function encode(key: Uint8Array, { size, root }: WitnessedHead): Uint8Array {
  const bytes = concatBytes(Uint8Array.of(VERSION), uint64ToBytes(size), root);
  return concatBytes(bytes, checkOf(key, bytes));
}

function decode(key: Uint8Array, row: Uint8Array, origin: string): WitnessedHead {
  const isWhole = row.length === ROW_BYTES && row[0] === VERSION;
  if (!isWhole || !equalBytes(row.subarray(ROOT_END), checkOf(key, row.subarray(0, ROOT_END)))) {
    throw new CorruptRow(`witness: what is held of ${origin} is damaged; it is never cosigned again under this key`);
  }
  return { size: uint64FromBytes(row.subarray(1, SIZE_END)), root: row.slice(SIZE_END, ROOT_END) };
}

function checkOf(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return sha256(concatBytes(key, bytes)).subarray(0, 8);
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CorruptRow, type LogStore } from '@fractal/ledger';
import { logStoreContract } from '@fractal/ledger/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDirectory } from '../directory/data-directory.ts';
import { decodeEntryRow, encodeEntryRow } from './entry-row.ts';
import { decodeHeadRow, encodeHeadRow } from './head-row.ts';

const cleanups: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
});

async function openFresh(): Promise<LogStore> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-store-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const directory = await openDataDirectory(folder, new Uint8Array(16).fill(1));
  cleanups.push(() => directory.close());
  return (await directory.openLog('0')).store;
}

describe('LogRows over LMDB', () => {
  logStoreContract(openFresh);
});

describe('rows', () => {
  const entry = {
    index: 5,
    tag: new Uint8Array(16).fill(1),
    salt: new Uint8Array(16).fill(2),
    key: new Uint8Array(32).fill(3),
    digest: new Uint8Array(32).fill(4),
    body: new TextEncoder().encode('{}'),
  };

  it('of entries come back as they were, and with any bit changed are named corrupt', () => {
    const row = encodeEntryRow(entry);
    expect(decodeEntryRow(5, row)).toEqual(entry);
    expect(() => decodeEntryRow(6, row)).toThrow(CorruptRow);
    for (let bit = 0; bit < row.length * 8; bit += 1) {
      const changed = row.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeEntryRow(5, changed)).toThrow(CorruptRow);
    }
    for (let length = 0; length < row.length; length += 1)
      expect(() => decodeEntryRow(5, row.subarray(0, length))).toThrow(CorruptRow);
  });

  it('of heads come back as they were, and with any bit changed are named corrupt', () => {
    const head = { size: 5, timeMs: 123, range: [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] };
    const row = encodeHeadRow(head);
    expect(decodeHeadRow(row)).toEqual(head);
    for (let bit = 0; bit < row.length * 8; bit += 1) {
      const changed = row.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => decodeHeadRow(changed)).toThrow(CorruptRow);
    }
  });
});

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { witnessStoreContract } from '@fractal/ledger/testing';
import { makeVerifierKey, nobleEd25519, type VerifierKey } from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { type DataDirectory, openDataDirectory } from '../directory/data-directory.ts';
import { markWitnessKey, witnessRows } from './witness-rows.ts';

const ORIGIN = 'example.com/log';
const folders: string[] = [];
const opened: DataDirectory[] = [];

async function open(path?: string): Promise<DataDirectory> {
  const folder = path ?? (await mkdtemp(join(tmpdir(), 'fractal-witness-')));
  folders.push(folder);
  const directory = await openDataDirectory(folder, randomBytes(16));
  opened.push(directory);
  return directory;
}

function keyOf(fill: number): VerifierKey {
  const publicKey = nobleEd25519.publicKey(new Uint8Array(32).fill(fill));
  const key = makeVerifierKey({ name: 'witness.example/w', type: 0x04, publicKey });
  if (!key.ok) throw new Error(key.code);
  return key.value;
}

const storeOf = ({ keyValue, checkSession }: DataDirectory, fill = 1) =>
  witnessRows({ keyValue, checkSession, verifierKey: keyOf(fill) });
const head = (size: number) => ({ size: BigInt(size), root: new Uint8Array(32).fill(size) });

afterAll(async () => {
  for (const directory of opened) await directory.close();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('rows of a witness', () => {
  witnessStoreContract(async () => storeOf(await open()));

  it('are there after the directory is opened again', async () => {
    const directory = await open();
    await storeOf(directory).advance({ origin: ORIGIN, from: undefined, to: head(3) });
    const again = await open(directory.path);
    expect((await storeOf(again).read(ORIGIN))?.size).toBe(3n);
  });

  it('are of one key: another witness holds nothing yet', async () => {
    const directory = await open();
    await storeOf(directory, 1).advance({ origin: ORIGIN, from: undefined, to: head(3) });
    expect(await storeOf(directory, 2).read(ORIGIN)).toBeUndefined();
  });

  it('are not written by a process that was taken over from', async () => {
    const directory = await open();
    const store = storeOf(directory);
    await open(directory.path);
    await expect(store.advance({ origin: ORIGIN, from: undefined, to: head(1) })).rejects.toMatchObject({
      refusal: 'session_lost',
    });
    expect(await store.read(ORIGIN)).toBeUndefined();
  });

  it('are never read as another head when a bit of them is another', async () => {
    const directory = await open();
    const { keyValue } = directory;
    const store = storeOf(directory);
    await store.advance({ origin: ORIGIN, from: undefined, to: head(3) });
    const table = keyValue.table('witness');
    const [{ key, value } = { key: Buffer.of(), value: Buffer.of() }] = [...table.range({})];
    const right = Uint8Array.from(value);
    const keyBytes = Uint8Array.from(key);
    for (const wrong of [
      ...oneBitOff(right),
      right.subarray(0, 48),
      new Uint8Array([...right, 0]),
      new Uint8Array(0),
    ]) {
      await keyValue.transaction(() => table.put(keyBytes, wrong));
      await expect(store.read(ORIGIN)).rejects.toMatchObject({ code: 'row_corrupt' });
      const step = store.advance({ origin: ORIGIN, from: undefined, to: head(4) });
      await expect(step).rejects.toMatchObject({ code: 'row_corrupt' });
    }
    await keyValue.transaction(() => table.put(keyBytes, right));
    expect((await store.read(ORIGIN))?.size).toBe(3n);
  });
});

/** The row with one bit turned over, in each of its bytes. */
function* oneBitOff(right: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < right.length; at += 1) {
    const wrong = Uint8Array.from(right);
    wrong[at] = right[at]! ^ (1 << (at % 8));
    yield wrong;
  }
}

describe('the mark of a witness key', () => {
  it('says whether the key is new here, and whether a log was closed since', async () => {
    const { keyValue, checkSession } = await open();
    const options = { keyValue, checkSession, verifierKey: keyOf(1) };
    expect([await markWitnessKey(options, 1), await markWitnessKey(options, 1)]).toEqual(['unmarked', 'known']);
    for (const closed of [2, 0, 2]) expect(await markWitnessKey(options, closed)).toBe('outdated');
    expect(await markWitnessKey(options, 1)).toBe('known');
    expect(await markWitnessKey({ ...options, verifierKey: keyOf(2) }, 1)).toBe('unmarked');
  });
});

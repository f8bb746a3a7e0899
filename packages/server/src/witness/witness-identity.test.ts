import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataDirectory, openDataDirectory, openKeyring } from '@fractal/store-embedded';
import { nobleEd25519 } from '@fractal/tlog';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WitnessIdentity, type WitnessIdentityOptions, witnessIdentity } from './witness-identity.ts';

let folder: string;
const directories: DataDirectory[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fractal-witness-key-'));
});
afterEach(async () => {
  for (const directory of directories.splice(0)) await directory.close();
  await rm(folder, { recursive: true });
});

/** A start over the rows in `rows`, with the one keyring. */
async function start(rows: string, options: Partial<WitnessIdentityOptions> = {}): Promise<WitnessIdentity> {
  const directory = await openDataDirectory(join(folder, rows), randomBytes(16));
  directories.push(directory);
  const keyring = await openKeyring({ file: join(folder, 'keyring') });
  return witnessIdentity({
    directory,
    keysFolder: folder,
    name: undefined,
    newName: 'witness.example/made',
    secrets: {
      keyring,
      rng: { bytes: (length) => new Uint8Array(randomBytes(length)) },
      clock: { nowMs: () => 1 },
    },
    ed25519: nobleEd25519,
    closedGenerations: 0,
    ...options,
  });
}

describe('the identity of a witness', () => {
  it('is made once, and is the same at each start', async () => {
    const first = await start('a', { name: 'witness.example/asked' });
    const again = await start('a');
    expect(first.isReplaced).toBe(false);
    expect([again.vkey, again.isReplaced]).toEqual([first.vkey, false]);
    expect(first.name).toBe('witness.example/asked');
    expect(await readFile(first.vkeyFile, 'utf8')).toBe(`${first.vkey}\n`);
  });

  it('has another key where its rows are gone, and where a log was closed since; its name stays', async () => {
    const first = await start('a');
    const lost = await start('b');
    expect([lost.isReplaced, lost.vkey === first.vkey, lost.name]).toEqual([true, false, first.name]);
    expect((await start('b')).vkey).toBe(lost.vkey);
    const restored = await start('b', { closedGenerations: 1 });
    expect([restored.isReplaced, restored.vkey === lost.vkey]).toEqual([true, false]);
    expect((await start('b', { closedGenerations: 1 })).vkey).toBe(restored.vkey);
    // The older rows come back: the key of that time does not.
    expect((await start('a', { closedGenerations: 1 })).vkey).not.toBe(first.vkey);
  });

  it('has another key where its verifier key file was removed', async () => {
    const first = await start('a');
    await rm(first.vkeyFile);
    const next = await start('a', { name: 'witness.example/renamed' });
    expect([next.isReplaced, next.name]).toEqual([true, 'witness.example/renamed']);
    expect(next.secretKey).not.toEqual(first.secretKey);
    expect((await start('a')).vkey).toBe(next.vkey);
  });

  it('is refused under another name, and with a key file that is none', async () => {
    const first = await start('a');
    await expect(start('a', { name: 'witness.example/other' })).rejects.toThrow(/stays so/);
    await writeFile(first.vkeyFile, 'nonsense\n');
    await expect(start('a')).rejects.toThrow(/holds no verifier key/);
  });
});

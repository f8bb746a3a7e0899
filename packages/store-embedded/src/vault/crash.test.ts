/** The vault over LMDB and a keyring file, in a process that is killed: what it acknowledged is there afterwards. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVault } from '@fractal/vault';
import { testClock, testContent, testRng } from '@fractal/vault/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { openKeyring } from '../keyring/open-keyring.ts';
import { openVaultStore } from './lmdb-vault-store.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

const KILLS = 5;

/** Puts, erases (each tenth) and rotates for ever, and says on its output what was acknowledged. */
const worker = `
  import { writeSync } from 'node:fs';
  import { randomBytes } from 'node:crypto';
  const [, folder, first, vaultModule, testModule, storeModule, keyringModule] = process.argv;
  const { openVault } = await import(vaultModule);
  const { testContent } = await import(testModule);
  const { openVaultStore } = await import(storeModule);
  const { openKeyring } = await import(keyringModule);
  const clock = { nowMs: () => Date.now() };
  const vault = openVault({
    store: await openVaultStore({ folder: folder + '/vault' }),
    keyring: await openKeyring({ file: folder + '/keys/keyring.json' }),
    rng: { bytes: (length) => new Uint8Array(randomBytes(length)) },
    clock,
  });
  await vault.ensureTenantKey('acme');
  await vault.finishRotations();
  writeSync(1, 'ready\\n');
  const one = async (number) => {
    await vault.put(testContent('acme', number));
    writeSync(1, 'put ' + number + '\\n');
    if (number % 10 !== 3) return;
    writeSync(1, 'erasing ' + number + '\\n');
    await vault.erase(testContent('acme', number));
    writeSync(1, 'erased ' + number + '\\n');
  };
  for (let number = Number(first); ; number += 20) {
    await Promise.all([...Array.from({ length: 20 }, (_, index) => one(number + index)), vault.rotateTenantKey('acme')]);
  }`;

async function runUntilKilled(folder: string, first: number, lifeMs: number): Promise<string[]> {
  const modules = [
    '../../../vault/src/index.ts',
    '../../../vault/src/testing/fixtures.ts',
    './lmdb-vault-store.ts',
    '../keyring/open-keyring.ts',
  ];
  const urls = modules.map((module) => new URL(module, import.meta.url).href);
  const child = spawn(process.execPath, ['--input-type=module', '-e', worker, folder, String(first), ...urls], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), lifeMs);
    output += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output.split('\n').slice(0, -1); // the last line may be torn
}

describe('a vault whose process is killed', () => {
  it('holds all it acknowledged, and finishes its rotation', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fractal-vault-crash-'));
    folders.push(folder);
    const lines: string[] = [];
    for (let kill = 0; kill < KILLS; kill++)
      lines.push(...(await runUntilKilled(folder, kill * 100_000, 40 + kill * 37)));
    const said = (word: string): number[] =>
      lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.split(' ')[1]));
    const [put, erasing, erased] = [said('put'), new Set(said('erasing')), new Set(said('erased'))];
    expect(put.length).toBeGreaterThan(20);

    const file = join(folder, 'keys', 'keyring.json');
    const keyring = await openKeyring({ file });
    const vault = openVault({
      store: await openVaultStore({ folder: join(folder, 'vault') }),
      keyring,
      rng: testRng(),
      clock: testClock(),
    });
    await vault.finishRotations();
    expect(keyring.generations('kek/acme')).toHaveLength(1);
    for (const number of put) {
      const content = testContent('acme', number);
      const held = await vault.get(content);
      if (erased.has(number)) expect(held).toBe('erased');
      else if (held !== 'erased' || !erasing.has(number)) expect(held).toEqual(content.items);
    }
    const forgotten = keyring.latest('kek/acme')?.secret.slice() ?? new Uint8Array();
    await vault.rotateTenantKey('acme');
    expect(await readFile(file, 'utf8')).not.toContain(Buffer.from(forgotten).toString('base64'));
    await vault.close();
  });
});

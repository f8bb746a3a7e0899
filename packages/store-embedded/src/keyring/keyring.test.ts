import { spawnSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, open, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Keyring as ControlKeyring } from '@fractal/control';
import type { Keyring } from '@fractal/vault';
import { keyringContract } from '@fractal/vault/testing';
import * as fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { formatKeyringFile, parseKeyringFile } from './keyring-file.ts';
import { KeyringError, openKeyring } from './open-keyring.ts';

const folders: string[] = [];

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function freshFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fractal-keyring-'));
  folders.push(folder);
  return join(folder, 'keys', 'keyring.json');
}

const SECRET = Uint8Array.from({ length: 32 }, (_, index) => index + 100);
const BASE64 = Buffer.from(SECRET).toString('base64');
const key = (name: string, generation = 1) => ({ name, generation, createdMs: 5, secret: SECRET });

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof KeyringError ? error.code : String(error)),
  );

keyringContract('file', async () => {
  const file = await freshFile();
  return { keyring: await openKeyring({ file }), reopen: () => openKeyring({ file }) };
});

describe('keyring file', () => {
  it('is a keyring for the vault and for control', async () => {
    const keyring: Keyring & ControlKeyring = await openKeyring({ file: await freshFile() });
    expect(keyring.names('')).toEqual([]);
  });

  it('is for its owner alone, and so is its folder', async () => {
    const file = await freshFile();
    const warnings: string[] = [];
    const keyring = await openKeyring({ file, warn: (message) => warnings.push(message) });
    await keyring.add(key('a'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700);
    await openKeyring({ file, warn: (message) => warnings.push(message) });
    expect(warnings).toEqual([]);
  });

  it('warns where others may reach it, without saying what it holds', async () => {
    const file = await freshFile();
    await (await openKeyring({ file })).add(key('a'));
    await chmod(file, 0o640);
    const warnings: string[] = [];
    await openKeyring({ file, warn: (message) => warnings.push(message) });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('mode 640');
    expect(warnings[0]).not.toContain(BASE64);
  });

  it('survives a torn temporary file, and removes it', async () => {
    const file = await freshFile();
    await (await openKeyring({ file })).add(key('a'));
    await writeFile(`${file}.new`, '{"format":"fractal-keyr');
    const keyring = await openKeyring({ file });
    expect(keyring.names('')).toEqual(['a']);
    expect(await readdir(join(file, '..'))).toEqual(['keyring.json']);
    await keyring.add(key('b'));
    expect((await openKeyring({ file })).names('')).toEqual(['a', 'b']);
  });

  it('refuses what it does not fully understand', async () => {
    const file = await freshFile();
    await mkdir(join(file, '..'), { recursive: true });
    const line = `{"name":"a","generation":1,"created_ms":1,"secret":"${BASE64}"}`;
    const bad: readonly (readonly [string, string])[] = [
      ['', 'keyring_malformed'],
      ['[]', 'keyring_malformed'],
      ['{"format":"fractal-keyring","version":2,"keys":[', 'keyring_malformed'],
      ['{"format":"other","version":2,"keys":[]}', 'keyring_malformed'],
      ['{"format":"fractal-keyring","keys":[]}', 'keyring_malformed'],
      ['{"format":"fractal-keyring","version":3,"keys":[],"more":1}', 'keyring_version_unknown'],
      ['{"format":"fractal-keyring","version":2,"keys":[],"more":1}', 'keyring_malformed'],
      [`{"format":"fractal-keyring","version":2,"keys":[${line},${line}]}`, 'keyring_malformed'],
      [
        `{"format":"fractal-keyring","version":2,"keys":[${line.replace('"secret"', '"sekret"')}]}`,
        'keyring_malformed',
      ],
      [
        `{"format":"fractal-keyring","version":2,"keys":[${line.replace('1,"created', '0,"created')}]}`,
        'keyring_malformed',
      ],
      [`{"format":"fractal-keyring","version":2,"keys":[${line.replace('"a"', '"a b"')}]}`, 'keyring_malformed'],
      [`{"format":"fractal-keyring","version":2,"keys":[${line.replace('=', '')}]}`, 'keyring_malformed'],
      [`{"format":"fractal-keyring","version":2,"keys":[${line.replace(BASE64, '')}]}`, 'keyring_malformed'],
    ];
    for (const [text, code] of bad) {
      await writeFile(file, text);
      expect([text, await codeOf(openKeyring({ file }))]).toEqual([text, code]);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
  });

  it('refuses keys it could not hold', async () => {
    const keyring = await openKeyring({ file: await freshFile() });
    const bad = [
      { ...key('a'), name: '' },
      { ...key('a'), name: 'ä' },
      { ...key('a'), name: 'a'.repeat(257) },
      { ...key('a'), generation: 0 },
      { ...key('a'), generation: 1.5 },
      { ...key('a'), createdMs: -1 },
      { ...key('a'), secret: new Uint8Array() },
      { ...key('a'), secret: new Uint8Array(4097) },
    ];
    for (const one of bad) expect(await codeOf(keyring.add(one))).toBe('keyring_key_malformed');
    expect(keyring.names('')).toEqual([]);
  });

  it('prints no secret: not as JSON, not on the console, not in an error', async () => {
    const file = await freshFile();
    const keyring = await openKeyring({ file });
    await keyring.add(key('a'));
    const held = (await openKeyring({ file })).latest('a');
    const conflict = await keyring.add({ ...key('a'), secret: new Uint8Array(32) }).catch((error: unknown) => error);
    const printed = [keyring, held, { held }, [held], conflict]
      .flatMap((value) => [JSON.stringify(value), inspect(value, { depth: 9, showHidden: false }), String(value)])
      .join('\n');
    for (const shown of [
      BASE64,
      BASE64.slice(0, 20),
      '100, 101, 102',
      '"0":100',
      Buffer.from(SECRET).toString('hex'),
    ]) {
      expect(printed).not.toContain(shown);
    }
    expect([...(held?.secret ?? [])]).toEqual([...SECRET]);
  });

  it('overwrites the file that held a removed secret', async () => {
    const file = await freshFile();
    const keyring = await openKeyring({ file });
    await keyring.add(key('a'));
    const old = await open(file, 'r'); // as a forensic reader of the freed blocks
    await keyring.remove('a', 1);
    expect(await old.readFile('utf8')).not.toContain(BASE64);
    expect(await readFile(file, 'utf8')).not.toContain(BASE64);
    await old.close();
  });

  it('does not destroy a copy that someone linked on purpose', async () => {
    const file = await freshFile();
    const keyring = await openKeyring({ file });
    await keyring.add(key('a'));
    await link(file, `${file}.kept`);
    await keyring.remove('a', 1);
    expect(await readFile(`${file}.kept`, 'utf8')).toContain(BASE64);
  });

  it('refuses to write over what another process wrote', async () => {
    const file = await freshFile();
    const first = await openKeyring({ file });
    await first.add(key('a'));
    const second = await openKeyring({ file });
    await second.add(key('b'));
    expect(await codeOf(first.add(key('c')))).toBe('keyring_changed');
    expect((await openKeyring({ file })).names('')).toEqual(['a', 'b']);
  });

  it('says so when it can not write, keeps what it had, and writes when it can again', async () => {
    const file = await freshFile();
    const keyring = await openKeyring({ file });
    await keyring.add(key('a'));
    await mkdir(`${file}.new`); // in the way of the temporary file
    expect(await codeOf(keyring.add(key('b')))).toBe('keyring_write_failed');
    expect(await codeOf(keyring.remove('a', 1))).toBe('keyring_write_failed');
    expect(keyring.names('')).toEqual(['a']);
    await rmdir(`${file}.new`);
    await keyring.add(key('b'));
    expect(keyring.names('')).toEqual(['a', 'b']);
    expect((await openKeyring({ file })).names('')).toEqual(['a', 'b']);
  });

  it('refuses one of several changes at once without losing the others', async () => {
    const file = await freshFile();
    const keyring = await openKeyring({ file });
    const outcomes = await Promise.allSettled([
      keyring.add(key('a')),
      keyring.add({ ...key('a'), secret: new Uint8Array(32) }),
      keyring.add(key('b')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await openKeyring({ file })).names('')).toEqual(['a', 'b']);
  });

  it('is whole after a process was killed in the middle of its writes, and holds what was acknowledged', async () => {
    const file = await freshFile();
    const module = new URL('./open-keyring.ts', import.meta.url).href;
    const writer = `
      import { writeSync } from 'node:fs';
      import { openKeyring } from ${JSON.stringify(module)};
      const keyring = await openKeyring({ file: ${JSON.stringify(file)} });
      const first = keyring.names('').length;
      for (let n = first; ; n++) {
        await keyring.add({ name: 'k/' + String(n).padStart(6, '0'), generation: 1, createdMs: 1, secret: new Uint8Array(32).fill(n) });
        writeSync(1, n + 1 + '\\n');
        // fires while a write is in the thread pool
        if (n === first) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(process.argv[1]));
      }`;
    let held = 0;
    for (const lifeMs of [3, 11, 23]) {
      const args = ['--input-type=module', '-e', writer, String(lifeMs)];
      const { signal, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(signal).toBe('SIGKILL');
      const acknowledged = Number(stdout.split('\n').at(-2));
      const names = (await openKeyring({ file })).names('');
      expect(acknowledged).toBeGreaterThan(held);
      expect(names.length).toBeGreaterThanOrEqual(acknowledged);
      expect(names).toEqual(names.map((_, n) => `k/${String(n).padStart(6, '0')}`));
      held = names.length;
    }
  });
});

describe('parsing a keyring file', () => {
  it('gives back what was formatted, and never throws on anything else', () => {
    const keys = [key('a'), key('a', 2), { ...key('b/c'), createdMs: 2 ** 50 }];
    const text = formatKeyringFile(keys);
    expect(parseKeyringFile(text)).toEqual({ ok: true, keys });
    const edits = fc.array(fc.tuple(fc.nat(text.length), fc.nat(4), fc.string({ maxLength: 4 })), { maxLength: 4 });
    fc.assert(
      fc.property(edits, (list) => {
        const changed = list.reduce(
          (now, [at, length, insert]) => now.slice(0, at) + insert + now.slice(at + length),
          text,
        );
        const parsed = parseKeyringFile(changed);
        if (parsed.ok) expect(changed).toBe(text);
        else expect(parsed.detail).not.toContain(BASE64);
      }),
      { numRuns: 3000 },
    );
  });
});

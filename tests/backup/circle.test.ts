/**
 * The whole circle with real processes: a server under load is backed up twice while clients write, killed, deleted, and
 * restored; a server starts on what came back. Nothing that was acknowledged before the backup's head is missing, verdicts are
 * the same bytes, receipts that clients hold verify, the old log is not signed again, and what was erased stays erased.
 */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { verifyReceipt } from '@fractal/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodePath, projectRoot } from '../harness/project.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, type Ready, readSecret, type ServerProcess, startServer } from '../harness/server-process.ts';
import { runFractalAsync } from '../sdk/run-fractal.ts';

interface Answered {
  readonly name: string;
  readonly output: string;
  readonly pcsId: string;
  readonly verdict: string;
  readonly log: { readonly origin: string; readonly index: number };
  readonly receipt: string;
  readonly salt: string;
}

const EVIDENCE = 'The bridge opened in 1932 and cost 3 million dollars.';
const scratch = scratchDirectory('backup-circle');
const data = join(scratch, 'data');
const target = join(scratch, 'backup');
const oldTarget = join(scratch, 'backup-before-rotation');
const keyring = join(scratch, 'keyring');
const answers: Answered[] = [];
const failures: string[] = [];
const vkeyFile = join(scratch, 'vkeys');
let vkeys: readonly string[] = [];
let apiKey = '';
let acknowledged: readonly Answered[] = [];
let erased: Answered;
let restoredServer: ServerProcess | undefined;

async function call(
  ready: Ready,
  method: string,
  path: string,
  given: { body?: unknown; key?: string; headers?: object } = {},
) {
  const response = await fetch(ready.url + path, {
    method,
    headers: {
      authorization: `Bearer ${given.key ?? apiKey}`,
      ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given.headers,
    },
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
  });
  return { status: response.status, text: await response.text() };
}

async function check(ready: Ready, name: string, output: string) {
  const body = { output, evidence: [{ text: EVIDENCE }] };
  return call(ready, 'POST', '/v1/check', { body, headers: { 'idempotency-key': name } });
}

/** Verdict as it stands in an answer, byte for byte. */
function verdictIn(text: string): string {
  return text.slice(text.indexOf('"verdict":'), text.indexOf(',"effective":'));
}

/** Clients that write until they are told to stop; each answer is kept as it came. */
function startClients(ready: Ready, clients: number): { stop: () => Promise<void> } {
  let running = true;
  const one = async (client: number): Promise<void> => {
    for (let n = 0; running; n += 1) {
      const name = `client-${client}-${answers.length}-${n}`;
      const output = `The bridge opened in ${1900 + (n % 60)}, says client ${client}.`;
      const { status, text } = await check(ready, name, output).catch((error: Error) => ({
        status: 0,
        text: error.message,
      }));
      if (status !== 200) {
        failures.push(`${name}: ${status} ${text}`);
        return;
      }
      const { pcs_id, log, receipt, salt } = JSON.parse(text);
      answers.push({ name, output, pcsId: pcs_id, verdict: verdictIn(text), log, receipt, salt });
    }
  };
  const all = Array.from({ length: clients }, (_, client) => one(client));
  return {
    async stop() {
      running = false;
      await Promise.all(all);
    },
  };
}

async function atLeast(count: number): Promise<void> {
  while (answers.length < count && failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function fractal(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await runFractalAsync(...args, '--json');
  expect([args[0], code, stdout.slice(0, 500)]).toEqual([args[0], 0, expect.anything()]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

const logOf = (report: Record<string, unknown>, name: string) =>
  (report.logs as { log: string; size: number; added: number; signed_size: number }[]).find(({ log }) => log === name)!;

beforeAll(async () => {
  mkdirSync(data);
  const server = await startServer({ dataDirectory: data, port: await freePort() }).whenReady;
  const { ready } = server;
  apiKey = readSecret(ready.api_key_file);
  const firstKey = readSecret(ready.vkey_file);
  const clients = startClients(ready, 3);
  await atLeast(20);

  const before = answers.length;
  const first = await fractal('backup', target, '--data', data);
  expect(logOf(first, '0')).toMatchObject({ added: logOf(first, '0').size });
  expect(logOf(first, '0').size).toBeGreaterThanOrEqual(before);
  await atLeast(answers.length + 15);

  const [some] = answers;
  erased = some!;
  expect((await call(ready, 'DELETE', `/v1/content/${erased.pcsId}`)).status).toBe(200);
  const settled = answers.length;
  const second = await fractal('backup', target, '--data', data);
  expect(logOf(second, '0').added).toBe(logOf(second, '0').size - logOf(first, '0').size);
  expect(logOf(second, '0').size).toBeGreaterThanOrEqual(settled);
  expect(logOf(second, '0').signed_size).toBe(logOf(second, '0').size);
  cpSync(target, oldTarget, { recursive: true });

  // The log gets a new key; what was signed before counts on under the old one.
  const args = ['--url', ready.url, '--admin-token-file', ready.admin_token_file, '--overlap', '0'];
  const rotated = await fractal('keys', 'rotate-log', ...args);
  cpSync(join(data, 'keys', '0.vkeys'), vkeyFile);
  vkeys = readSecret(vkeyFile).split('\n');
  expect([rotated.new_key, rotated.old_key]).toEqual(vkeys);
  expect(vkeys[1]).toBe(firstKey);

  // From here on nothing that an older backup holds of this tenant's content can be opened.
  const admin = { key: readSecret(ready.admin_token_file) };
  expect((await call(ready, 'POST', '/admin/v1/tenants/default/content-key/rotate', admin)).status).toBe(200);
  acknowledged = [...answers];
  const third = await fractal('backup', target, '--data', data);
  expect(logOf(third, '0').size).toBeGreaterThanOrEqual(acknowledged.length);
  await atLeast(answers.length + 10);
  cpSync(join(data, 'keys', 'keyring'), keyring);
  await server.kill();
  await clients.stop();
  failures.length = 0; // those under way when it was killed
  rmSync(data, { recursive: true });
  rmSync(`${data}.guard`, { recursive: true, force: true });
}, 120_000);

afterAll(async () => {
  await restoredServer?.kill();
  removeScratch();
});

describe('a server that was backed up under load, killed, deleted and restored', () => {
  it('has a backup that holds offline, under the key of its log', async () => {
    expect(acknowledged.length).toBeGreaterThan(34);
    const verified = await fractal('backup', 'verify', target, '--vkey', vkeyFile);
    expect(verified).toMatchObject({ ok: true, erased: 1 });
  });

  it('comes back whole: both fscks agree before any server has opened it', async () => {
    const report = await fractal('restore', target, '--data', data, '--keyring', keyring);
    expect(report).toMatchObject({ keyring: 'restored', unreadable: 0, missing: 0, erased: 1 });
    const { code, stdout } = await runFractalAsync('log', 'fsck', data, '--json');
    expect([code, stdout.split('\n').filter((line) => line.includes('"ok":true')).length]).toEqual([0, 2]);
    const restored = JSON.parse(readFileSync(join(data, 'restored.json'), 'utf8'));
    expect(Object.keys(restored.logs)).toEqual(['0', 'control']);
  });

  it('serves every verdict that was acknowledged, byte for byte, with content and receipts', async () => {
    restoredServer = await startServer({ dataDirectory: data, port: await freePort() }).whenReady;
    const { ready } = restoredServer;
    expect(existsSync(join(data, 'restored.json'))).toBe(false);
    expect(await (await fetch(`${ready.url}/log/0/vkeys`)).text()).toBe(`${vkeys.join('\n')}\n`);
    for (const { name, output, pcsId, verdict, log, receipt, salt } of acknowledged) {
      const found = await call(ready, 'GET', `/v1/verdicts/${pcsId}`);
      expect([name, found.status]).toEqual([name, 200]);
      expect(verdictIn(found.text)).toBe(verdict);
      expect(JSON.parse(found.text).log).toEqual(log);
      expect(verifyReceipt(receipt, { key: vkeys, output, salt: Buffer.from(salt, 'base64') })).toMatchObject({
        ok: true,
      });
      if (pcsId === erased.pcsId) continue;
      const served = await call(ready, 'GET', `/v1/receipts/${pcsId}`);
      expect([served.status, JSON.parse(served.text).salt], served.text).toEqual([200, salt]);
      expect(verifyReceipt(JSON.parse(served.text).receipt, { key: vkeys })).toMatchObject({ ok: true });
    }
  });

  it('answers a repeat from the old log, and signs what is new under an origin of its own', async () => {
    const { ready } = restoredServer!;
    const [first] = acknowledged.filter(({ pcsId }) => pcsId !== erased.pcsId);
    const repeat = await check(ready, first!.name, first!.output);
    expect(repeat.status).toBe(200);
    expect(verdictIn(repeat.text)).toBe(first!.verdict);
    expect(JSON.parse(repeat.text)).toMatchObject({ log: first!.log, replayed: true });
    const fresh = JSON.parse((await check(ready, 'after-the-restore', 'The bridge opened in 1932.')).text);
    expect(fresh.log.origin).toBe(`${first!.log.origin}-2`);
    expect(verifyReceipt(fresh.receipt, { key: vkeys })).toMatchObject({ ok: false });
    expect(verifyReceipt(fresh.receipt, { key: readSecret(ready.vkey_file) })).toMatchObject({ ok: true });
  });

  it('is backed up with both of its logs, and restored once more', async () => {
    const again = join(scratch, 'backup-of-both');
    const report = await fractal('backup', again, '--data', data);
    expect((report.logs as { log: string }[]).map(({ log }) => log)).toEqual(['0', '0-2', 'control', 'control-2']);
    await restoredServer!.kill();
    const next = join(scratch, 'next');
    await fractal('restore', again, '--data', next, '--keyring', join(data, 'keys', 'keyring'));
    restoredServer = await startServer({ dataDirectory: next, port: await freePort() }).whenReady;
    const { ready } = restoredServer;
    const [first] = acknowledged.filter(({ pcsId }) => pcsId !== erased.pcsId);
    for (const name of [first!.name, 'after-the-restore']) {
      const output = name === first!.name ? first!.output : 'The bridge opened in 1932.';
      expect(JSON.parse((await check(ready, name, output)).text)).toMatchObject({ replayed: true });
    }
    const fresh = JSON.parse((await check(ready, 'after-two-restores', 'It cost 3 million dollars.')).text);
    expect(fresh.log.origin).toBe(`${first!.log.origin}-3`);
  });

  it('has lost what was erased: not in the newest backup, not readable from an older one', async () => {
    const old = join(scratch, 'old');
    const report = await fractal('restore', oldTarget, '--data', old, '--keyring', keyring);
    expect(report).toMatchObject({ contents: 0, erased: 1 });
    expect(report.unreadable).toBeGreaterThan(30);
    const { ready } = restoredServer!;
    const served = JSON.parse((await call(ready, 'GET', `/v1/receipts/${erased.pcsId}`)).text);
    expect(verifyReceipt(served.receipt, { key: vkeys })).toMatchObject({ ok: true });
    expect(served.salt ?? null).toBeNull();
  });

  it('is refused to be restored over, or with a keyring that is none', async () => {
    for (const [args, code] of [
      [['restore', target, '--data', data], 2],
      [['backup', join(scratch, 'b'), '--data', join(scratch, 'nowhere')], 2],
    ] as const) {
      expect([args, (await runFractalAsync(...args)).code]).toEqual([args, code]);
    }
  });
});

describe('kill -9', () => {
  it('of a restore leaves a directory that no server opens, and the restore is run again', async () => {
    const into = join(scratch, 'killed');
    const args = ['restore', target, '--data', into, '--keyring', keyring];
    await killedOnce(join(into, 'format.json'), ...args);
    // However far it came: either nobody opens it, or it was over.
    const state = JSON.parse(readFileSync(join(into, 'format.json'), 'utf8')).state;
    if (state === 'restoring') {
      const refused = await startServer({ dataDirectory: into, port: await freePort() }).whenReady.then(
        () => 'opened',
        (error: Error) => error.message,
      );
      expect(refused).toContain('run fractal restore again');
      await fractal(...args);
    }
    const { code } = await runFractalAsync('log', 'fsck', into, '--json');
    expect([existsSync(join(into, 'restored.json')), code]).toEqual([true, 0]);
  });

  it('of a backup leaves the one before it whole, and the next run goes on', async () => {
    const killed = join(scratch, 'backup-killed');
    await fractal('backup', killed, '--data', data);
    const before = readFileSync(join(killed, 'manifest.json'));
    await restoredServer?.kill();
    restoredServer = await startServer({ dataDirectory: data, port: await freePort() }).whenReady;
    const { ready } = restoredServer;
    for (let n = 0; n < 5; n += 1) {
      expect((await check(ready, `kill-${n}`, 'The bridge opened in 1932.')).status).toBe(200);
    }
    await killedOnce(join(killed, 'unfinished'), 'backup', killed, '--data', data);
    const verified = await fractal('backup', 'verify', killed);
    const sizes = JSON.parse(before.toString()).logs.map(({ name, size }: { name: string; size: number }) => [
      name,
      size,
    ]);
    const now = (verified.logs as { log: string; size: number }[]).map(({ log, size }) => [log, size]);
    if (readFileSync(join(killed, 'manifest.json')).equals(before)) expect(now).toEqual(sizes);
    const after = await fractal('backup', killed, '--data', data);
    expect(logOf(after, '0-2').size).toBeGreaterThanOrEqual(logOf(verified, '0-2').size);
    expect(await fractal('backup', 'verify', killed)).toMatchObject({ ok: true });
  });
});

/** Starts `fractal …` and kills it as soon as there is such a file or folder. */
async function killedOnce(path: string, ...args: string[]): Promise<void> {
  const child = spawn(nodePath, [join(projectRoot, 'packages/cli/src/main.ts'), ...args], { stdio: 'ignore' });
  const gone = new Promise((resolve) => child.on('close', resolve));
  let isGone = false;
  void gone.then(() => {
    isGone = true;
  });
  while (!existsSync(path) && !isGone) await new Promise((resolve) => setTimeout(resolve, 1));
  child.kill('SIGKILL');
  await gone;
}

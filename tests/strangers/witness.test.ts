/**
 * Witnesses that others wrote, and logs that others wrote (DESIGN sections 1 and 4):
 *
 * - litewitness cosigns the log of our running server, whose receipts then verify under a policy of both; when it is killed
 *   answers go on and the metrics say so;
 * - our server cosigns a Tessera POSIX log, which publishes only what its witness cosigned and opens it with Go's own note
 *   package; a fork of that log is refused.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Fractal, verifyReceipt } from '@fractal/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { buildGoProgram } from '../harness/go-program.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, readSecret, runFractal, type ServerProcess, startServer } from '../harness/server-process.ts';

const aid = buildGoProgram('tests/strangers/litewitness-aid');
const litewitness = buildGoProgram('tests/strangers/litewitness-aid', 'filippo.io/torchwood/cmd/litewitness');
const tesseraLog = buildGoProgram('tests/strangers/tessera-log');

const children: ChildProcess[] = [];
const servers: ServerProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of servers.splice(0)) await server.stop();
});
afterAll(removeScratch);

async function start(dataDirectory: string, options: string[] = []): Promise<ServerProcess> {
  const server = await startServer({ dataDirectory, port: 0, options }).whenReady;
  servers.push(server);
  return server;
}

function run(program: string, ...args: string[]): ChildProcess {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

/** The first line that a program prints. */
async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout!) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.slice(0, text.indexOf('\n'));
}

/** Tries again until it is true; the time limit is that of the test. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

async function metric({ ready }: ServerProcess, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${ready.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name}{witness="litewitness.example/w"}`));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

/** Requests whose proof our witness refused. */
async function refused({ ready }: ServerProcess): Promise<number> {
  const text = await (await fetch(`${ready.url}/metrics`)).text();
  return Number(/fractal_witness_answers_total\{outcome="consistency_refused"\} (\d+)/.exec(text)?.[1] ?? 0);
}

const client = ({ ready }: ServerProcess): Fractal =>
  new Fractal({ url: ready.url, apiKey: readSecret(ready.api_key_file) });
const EVIDENCE = ['The bridge was opened in 1932.'];

describe.skipIf(aid === undefined || litewitness === undefined)('litewitness', () => {
  it('cosigns our log; without it answers go on', { timeout: 120_000 }, async () => {
    const folder = scratchDirectory('litewitness');
    const socket = join(folder, 'agent.sock');
    const database = join(folder, 'witness.db');
    const agent = JSON.parse(await firstLine(run(aid!, 'agent', socket, 'litewitness.example/w')));
    const port = await freePort();
    const options = ['-name', 'litewitness.example/w', '-db', database, '-key', agent.fingerprint];
    const witness = run(litewitness!, ...options, '-ssh-agent', socket, '-listen', `127.0.0.1:${port}`);
    await until(() =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      ),
    );

    const policyFile = join(folder, 'policy');
    writeFileSync(policyFile, `witness lite ${agent.vkey} http://127.0.0.1:${port}/\nquorum lite\n`);
    const server = await start(join(folder, 'data'), ['--witness-policy', policyFile]);
    // It does not know the log yet: answers say what they reached, and the metric counts.
    const before = await client(server).check({ output: EVIDENCE[0]!, evidence: EVIDENCE });
    await until(async () => (await metric(server, 'fractal_witness_failures_total'))! > 0);
    const vkey = readSecret(server.ready.vkey_file);
    execFileSync(aid!, ['register', database, vkey]);

    const { receipt, reached } = await client(server).check(
      { output: 'The bridge was opened.', evidence: EVIDENCE },
      { wait: { for: 'witnessed', timeoutMs: 30_000 } },
    );
    expect(reached).toBe('witnessed');
    const policy = `log ${vkey}\nwitness lite ${agent.vkey}\nquorum lite\n`;
    const cosigned = { ok: true, value: { cosigned: [{ name: 'litewitness.example/w' }] } };
    expect(verifyReceipt(receipt!, { policy })).toMatchObject(cosigned);
    // Fetched later, the receipt of what was answered before it was cosigned is cosigned too.
    const fetched = await client(server).getReceipt(before.pcsId);
    expect(verifyReceipt(before.receipt!, { policy })).toMatchObject({ ok: false, code: 'policy_unsatisfied' });
    expect(verifyReceipt(fetched.receipt, { policy })).toMatchObject(cosigned);
    expect(await metric(server, 'fractal_witness_lag_entries')).toBe(0);
    expectVerifiedByCommand(folder, fetched.receipt, policy);

    witness.kill('SIGKILL');
    const without = await client(server).check(
      { output: 'The bridge.', evidence: EVIDENCE },
      { wait: { for: 'witnessed', timeoutMs: 500 } },
    );
    expect(without.reached).toBe('published');
    expect(verifyReceipt(without.receipt!, { key: vkey })).toMatchObject({ ok: true });
    expect(await metric(server, 'fractal_witness_lag_entries')).toBeGreaterThan(0);
    const again = run(litewitness!, ...options, '-ssh-agent', socket, '-listen', `127.0.0.1:${port}`);
    await until(async () => (await metric(server, 'fractal_witness_lag_entries')) === 0);
    expect(again.exitCode).toBeNull();
    // The cosignature is in the receipts once it is durable.
    await until(async () => verifyReceipt((await client(server).getReceipt(without.pcsId)).receipt, { policy }).ok);
  });
});

/** `fractal receipt verify --policy` says the same, by its exit code too. */
function expectVerifiedByCommand(folder: string, receipt: string, policy: string): void {
  const file = join(folder, 'receipt.tlog-proof');
  const policyFile = join(folder, 'verify.policy');
  writeFileSync(file, receipt);
  writeFileSync(policyFile, policy);
  expect(runFractal('receipt', 'verify', file, '--policy', policyFile)).toMatchObject({
    code: 0,
    output: expect.stringContaining('litewitness.example/w'),
  });
  const { output } = runFractal('receipt', 'verify', file, '--policy', policyFile, '--json');
  expect(JSON.parse(output)).toMatchObject({ ok: true, cosigned: [{ name: 'litewitness.example/w' }] });
  writeFileSync(file, receipt.slice(0, receipt.lastIndexOf('\u2014')));
  expect(runFractal('receipt', 'verify', file, '--policy', policyFile)).toMatchObject({
    code: 1,
    output: expect.stringContaining('policy_unsatisfied'),
  });
}

describe.skipIf(tesseraLog === undefined)('a Tessera log', () => {
  interface Grown {
    readonly size: number;
    readonly signers: readonly string[];
  }
  const grow = async (...args: string[]): Promise<Grown> =>
    JSON.parse((await promisify(execFile)(tesseraLog!, ['grow', ...args])).stdout);

  it('is cosigned by our witness, and a fork of it is not', { timeout: 120_000 }, async () => {
    const folder = scratchDirectory('tessera-log');
    const keyFile = join(folder, 'key');
    const vkey = execFileSync(tesseraLog!, ['keygen', keyFile], { encoding: 'utf8' }).trim();
    const options = ['--witness-log', vkey, '--witness-name', 'fractal.example/witness'];
    const server = await start(join(folder, 'data'), options);
    const policyFile = join(folder, 'policy');
    const witnessKey = readFileSync(server.ready.witness_vkey_file!, 'utf8').trim();
    writeFileSync(policyFile, `witness fractal ${witnessKey} ${server.ready.witness_url}\nquorum fractal\n`);
    const signers = expect.arrayContaining(['tessera.example/log', 'fractal.example/witness']);
    const log = [keyFile, join(folder, 'log'), policyFile];
    expect(await grow(...log, '300', 'first')).toEqual({ size: 300, signers });
    // From 300 on with a consistency proof, also after our server was killed and started again.
    await server.kill();
    servers.pop();
    const again = await startServer({
      dataDirectory: join(folder, 'data'),
      port: Number(new URL(server.ready.url).port),
      options,
    }).whenReady;
    servers.push(again);
    expect(await grow(...log, '700', 'second')).toEqual({ size: 1_000, signers });
    // Other entries under the same key, grown past what the witness holds without asking it.
    const alone = join(folder, 'nobody.policy');
    writeFileSync(alone, 'quorum none\n');
    const fork = join(folder, 'fork');
    expect(await grow(keyFile, fork, alone, '1200', 'fork')).toMatchObject({ size: 1_200 });
    // It goes on asking and is refused again and again, so that nothing more is published.
    run(tesseraLog!, 'grow', keyFile, fork, policyFile, '1', 'fork');
    await until(async () => (await refused(again)) >= 3);
    const published = readFileSync(join(fork, 'checkpoint'), 'utf8');
    expect([published.split('\n')[1], published.includes('fractal.example/witness')]).toEqual(['1200', false]);
  });
});

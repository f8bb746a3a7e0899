/**
 * A real server in a process under the fault layer, told what to do by the suite (protocol.ts): it runs the scripted requests
 * against itself over HTTP while a fault is armed, or starts over what a fault left and asks for everything again. Many cases
 * share one process, each in a data directory of its own; a case that ends its process gets one to itself.
 *
 * Everything but the judge thread (lazy-judge.ts) is what `fractal up` runs.
 * Usage: case-program.ts FOLDER, where the plan and the trace lie.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { logFsck } from '../../packages/cli/src/commands/log-fsck.ts';
import { type RunningServer, startServer } from '../../packages/server/src/index.ts';
import { verifyBody } from '../../packages/server/src/testing/records.ts';
import { FaultPlan } from '../harness/fault-plan.ts';
import { type Heard, NOT_SENT, type Order, type Report, type Step, type Told } from './protocol.ts';

const [, , planFolder] = process.argv as [string, string, string];
const plan = new FaultPlan(planFolder);

/** Times a request is sent again, and times the public checkpoint is looked at, before it is called refused. */
const TRIES_MAX = 12;
const LOOKS_MAX = 2_000;
const PAUSE_MS = 5;
const FILL_RECORDS = 260;
const ANSWER_MS_MAX = 30_000;

function say(report: Report): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

const SPELLED = [
  ['Input/output error', 'EIO'],
  ['No space left on device', 'ENOSPC'],
  ['Read-only file system', 'EROFS'],
] as const;

/** Code of an error, or what it says where it has none; never a path. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // lmdb-js tells an error of the system by its words.
  const spelled = SPELLED.find(([words]) => error.message.includes(words));
  if (spelled !== undefined) return spelled[1];
  const ofLmdb = /\bMDB_[A-Z_]+/.exec(error.message);
  if (ofLmdb !== null) return ofLmdb[0];
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error.cause !== undefined) return codeOf(error.cause);
  return error.message.replaceAll(/\/\S+\//g, '');
}

/* ---- one server ---- */

type Open = { server: RunningServer; apiKey: string; adminToken: string; failed: () => boolean };

async function open(dataDirectory: string): Promise<Open | undefined> {
  try {
    const server = await startServer({
      dataDir: dataDirectory,
      port: 0,
      workers: 1,
      workerUrl: new URL('lazy-judge.ts', import.meta.url),
      publishIntervalMs: PAUSE_MS,
      limits: { drainGraceMs: 0 },
    });
    let failed = false;
    server.failed.then(() => {
      failed = true;
    });
    const secret = (file: string): string => readFileSync(file, 'utf8').trim();
    say({ say: 'started' });
    return {
      server,
      apiKey: secret(server.apiKeyFile),
      adminToken: secret(server.adminTokenFile),
      failed: () => failed,
    };
  } catch (error) {
    say({ say: 'started', error: codeOf(error) });
    return undefined;
  }
}

async function stop({ server }: Open): Promise<void> {
  try {
    await server.close();
    say({ say: 'stopped' });
  } catch (error) {
    say({ say: 'stopped', error: codeOf(error) });
  }
}

/* ---- requests ---- */

type Answer = { status: number; text: string };

async function call(
  opened: Open,
  method: string,
  path: string,
  options: { key?: string; body?: string; type?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { key = opened.apiKey, body, type = 'application/json', headers } = options;
  try {
    const response = await fetch(opened.server.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': type }), ...headers },
      ...(body === undefined ? {} : { body }),
      // Far beyond what a loaded machine takes: a request that is never answered is a broken promise, told as status 0.
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

function heardOf({ status, text }: Answer): Heard {
  if (status < 400) return { status, code: '' };
  return { status, code: JSON.parse(text).code };
}

const pcsIds = new Map<string, string>();

/** Sends one step; the id of record a is known from its answer, or asked for by sending it again. */
async function send(opened: Open, step: Step): Promise<Answer> {
  switch (step) {
    case 'check-a':
    case 'check-b':
      return check(opened, step);
    case 'erase-a': {
      const pcsId = pcsIds.get('check-a');
      if (pcsId === undefined) return { status: NOT_SENT.status, text: '' };
      return call(opened, 'DELETE', `/v1/content/${pcsId}`);
    }
    case 'rotate':
      return call(opened, 'POST', '/admin/v1/tenants/default/content-key/rotate', { key: opened.adminToken });
    case 'fill':
      return fill(opened);
    case 'sign':
      return sign(opened);
  }
}

async function check(opened: Open, name: string): Promise<Answer> {
  const body = JSON.stringify({
    output: `Bridge ${name} opened in 1932.`,
    evidence: [{ text: `Bridge ${name} opened in 1932 and cost 3 million dollars.` }],
  });
  const answer = await call(opened, 'POST', '/v1/check', { body, headers: { 'idempotency-key': name } });
  if (answer.status === 200) pcsIds.set(name, JSON.parse(answer.text).pcs_id);
  return answer;
}

const fillKey = { alg: 'hmac-sha256', kid: 'fill', value: new Uint8Array(32).fill(5) } as const;

/** Registers the key of signed records; undefined where it is there now. */
async function keyRefused(opened: Open): Promise<Answer | undefined> {
  const secret = Buffer.from(fillKey.value).toString('base64');
  const key = JSON.stringify({ tenant: 'default', use: 'record', alg: fillKey.alg, kid: fillKey.kid, secret });
  const added = await call(opened, 'POST', '/admin/v1/keys', { key: opened.adminToken, body: key });
  return added.status === 200 || heardOf(added).code === 'key_taken' ? undefined : added;
}

/** The same record for the same number: its id follows from root, epoch and stream. */
function recordOf(epoch: number): string {
  return verifyBody(fillKey, { epoch, merkleRoot: epoch.toString(16).padStart(64, '0') }).body;
}

async function sign(opened: Open): Promise<Answer> {
  const refused = await keyRefused(opened);
  return refused ?? call(opened, 'POST', '/v1/verify', { body: recordOf(FILL_RECORDS) });
}

/** One that fails fails the step. */
async function fill(opened: Open): Promise<Answer> {
  const keyRefusal = await keyRefused(opened);
  if (keyRefusal !== undefined) return keyRefusal;
  const lines = Array.from({ length: FILL_RECORDS }, (_, epoch) => recordOf(epoch));
  const type = 'application/x-ndjson';
  const answer = await call(opened, 'POST', '/v1/verify:batch?receipt=none', { body: `${lines.join('\n')}\n`, type });
  const refused = answer.text.split('\n').find((line) => line.includes('"status":'));
  return refused === undefined ? answer : { status: JSON.parse(refused).status, text: refused };
}

function toldBy(step: Step, { text }: Answer): Told {
  if (step === 'fill' || step === 'rotate') return { receipts: [] };
  const answer = JSON.parse(text);
  if (step === 'erase-a') return { index: answer.log.index, pcsId: answer.pcs_id, receipts: [] };
  const verdict = text.slice(
    text.indexOf('"verdict":') + '"verdict":'.length,
    text.indexOf(',"effective":{"decision"'),
  );
  const receipts = answer.receipt === undefined ? [] : [answer.receipt];
  return { index: answer.log.index, pcsId: answer.pcs_id, verdict, receipts, salt: answer.salt };
}

/* ---- publication ---- */

async function readCheckpoint(opened: Open): Promise<{ size: number; root: string } | undefined> {
  const { status, text } = await call(opened, 'GET', '/log/0/checkpoint');
  if (status !== 200) return undefined;
  const [, size, root = ''] = text.split('\n');
  return { size: Number(size), root };
}

/** Waits until all that is committed is published; false where the server gave up or `giveUp` says so. */
async function settled(opened: Open, giveUp: () => boolean): Promise<boolean> {
  for (let look = 0; look < LOOKS_MAX && !opened.failed(); look++) {
    const shards = await call(opened, 'GET', '/admin/v1/shards', { key: opened.adminToken });
    if (shards.status === 200) {
      const behind = JSON.parse(shards.text).shards.some(
        (shard: { size: number; published_size: number }) => shard.size !== shard.published_size,
      );
      if (!behind) {
        const checkpoint = await readCheckpoint(opened);
        if (checkpoint !== undefined) say({ say: 'published', ...checkpoint });
        return true;
      }
    }
    if (giveUp() || shards.status === 401) return false;
    await sleep(PAUSE_MS);
  }
  return false;
}

/* ---- orders ---- */

/** There was no room, and there is again. */
let isFreed = false;
/** A server stopped itself: a process that goes on for other cases would not be what `fractal up` is. */
let isStopped = false;

async function run(order: Order & { do: 'run' }): Promise<void> {
  const { rule, steps } = order;
  isFreed = false;
  plan.clear();
  plan.forgetTrace();
  pcsIds.clear();
  let id = 0;
  const arm = (): void => {
    if (rule !== undefined) id = plan.set(rule);
  };
  const firedAt = (): number => (id === 0 ? -1 : plan.trace().findIndex((traced) => traced.rule === id));
  if (order.armed === 'before the start') arm();
  const opened = await open(order.dataDirectory);
  let servingFrom = 0;
  if (opened !== undefined) {
    if (order.armed === 'while serving') await settled(opened, () => false);
    servingFrom = plan.trace().length;
    if (order.armed === 'while serving') arm();
    for (const step of steps) await runStep(opened, step, rule?.fault, firedAt);
    isStopped ||= opened.failed();
    await stop(opened);
  }
  say({ say: 'counted', servingFrom, fired: firedAt(), isStopped });
  plan.clear();
}

type Fault = (Order & { do: 'run' })['rule'] extends infer R ? (R extends { fault: infer F } ? F : never) : never;

async function runStep(opened: Open, step: Step, fault: Fault | undefined, firedAt: () => number): Promise<void> {
  let answer = await send(opened, step);
  const first = answer.status === NOT_SENT.status ? NOT_SENT : heardOf(answer);
  const lasting = fault === 'readonly' && firedAt() >= 0;
  if (!lasting && !isFreed && fault === 'full-on' && (await firesSoon(opened, firedAt))) await probeAndFree(opened);
  for (let tries = 0; !lasting && answer.status !== 200 && tries < TRIES_MAX && !opened.failed(); tries++) {
    await sleep(PAUSE_MS);
    answer = await send(opened, step);
  }
  const last = answer.status === NOT_SENT.status ? NOT_SENT : heardOf(answer);
  const replayed = answer.text.includes('"replayed":true');
  const told = answer.status === 200 ? toldBy(step, answer) : undefined;
  say({ say: 'answered', step, first, last, replayed, ...(told === undefined ? {} : { told }) });
  await settled(opened, () => fault === 'readonly' && firedAt() >= 0);
}

/** The disk filled at a publication, say, that nobody waits for: it happened, or all is published without it. */
async function firesSoon(opened: Open, firedAt: () => number): Promise<boolean> {
  await settled(opened, () => firedAt() >= 0);
  return firedAt() >= 0;
}

/** While the disk is full a fresh request is refused (and what can be read is read); then there is room again. */
async function probeAndFree(opened: Open): Promise<void> {
  say({ say: 'probed', heard: heardOf(await check(opened, 'check-probe')) });
  plan.clear();
  isFreed = true;
}

async function recover({ dataDirectory, steps, known, fsck }: Order & { do: 'recover' }): Promise<void> {
  plan.clear();
  plan.forgetTrace();
  pcsIds.clear();
  for (const [name, pcsId] of Object.entries(known)) pcsIds.set(name, pcsId);
  const opened = await open(dataDirectory);
  if (opened !== undefined) {
    for (const step of steps) await askAgain(opened, step, known[step]);
    await settled(opened, () => false);
    await stop(opened);
  }
  if (fsck) await checkLogs(dataDirectory);
}

/** What was acknowledged is read; what was not is sent again, and then it is done. And the receipts of both. */
async function askAgain(opened: Open, step: Step, pcsId: string | undefined): Promise<void> {
  const answer = pcsId === undefined ? await send(opened, step) : await call(opened, 'GET', `/v1/verdicts/${pcsId}`);
  let heard = heardOf(answer);
  const replayed = answer.text.includes('"replayed":true');
  const told = answer.status === 200 ? toldBy(step, answer) : undefined;
  if (told?.verdict !== undefined) {
    const receipt = await call(opened, 'GET', `/v1/receipts/${told.pcsId}`);
    heard = heardOf(receipt);
    if (receipt.status === 200) {
      told.receipts.push(JSON.parse(receipt.text).receipt);
      told.salt = JSON.parse(receipt.text).salt;
    }
  }
  say({ say: 'answered', step, first: heard, last: heard, replayed, ...(told === undefined ? {} : { told }) });
}

/** `fractal log fsck --json`, in this process. */
async function checkLogs(dataDirectory: string): Promise<void> {
  const lines: string[] = [];
  const print = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    if (existsSync(join(dataDirectory, 'format.json'))) await logFsck(dataDirectory, { json: true });
  } catch (error) {
    lines.push(JSON.stringify({ log: 'all', ok: false, problem: codeOf(error) }));
  } finally {
    console.log = print;
  }
  for (const line of lines) say({ say: 'checked', ...JSON.parse(line) });
}

for await (const line of createInterface({ input: process.stdin })) {
  const order: Order = JSON.parse(line);
  if (order.do === 'run') await run(order);
  else if (order.do === 'recover') await recover(order);
  else await checkLogs(order.dataDirectory);
  say({ say: 'done' });
  if (isStopped) break;
}

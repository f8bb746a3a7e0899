/**
 * Bench `verify`: section 12's rows on verify, throughput and publication, beside a bare `node:http` server that parses
 * the same JSON and fdatasyncs it in groups. Server and load generator share the machine's cores.
 *
 * For each kind of request: the highest rate in a closed loop, then latency in an open loop at 25, 50 and 75 % of it.
 * Durable: every counted answer left after the commit was synced. Verified: signature, id, and (with content) root and
 * trust; the receipt is in each answer.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StartedServer, startBaseline, startFractal } from '../harness/fractal-server.ts';
import { closedLoop, type LoadOptions, openLoop } from '../harness/http-load.ts';
import type { BenchContext, BenchResult } from '../harness/results.ts';
import { type Latency, latencyOf, round } from '../harness/statistics.ts';
import { makeKeys, publicKeyOf, verifyBody } from './requests.ts';

interface Kind {
  readonly name: string;
  readonly key: 'hmac' | 'ed25519';
  readonly content: boolean;
  /** Records a request: more than one goes through /v1/verify:batch. */
  readonly batch: number;
}

const KINDS: readonly Kind[] = [
  { name: 'hmac, no content', key: 'hmac', content: false, batch: 1 },
  { name: 'ed25519, no content', key: 'ed25519', content: false, batch: 1 },
  { name: 'hmac, 4 KB of evidence and a 100-word answer', key: 'hmac', content: true, batch: 1 },
  { name: 'hmac, no content, batches of 100', key: 'hmac', content: false, batch: 100 },
];

const CONNECTIONS = 64;

export async function run(context: BenchContext): Promise<BenchResult> {
  const seconds = context.quick ? 1 : 10;
  const keys = makeKeys();
  const rows = [];
  for (const kind of KINDS) {
    context.say(`${kind.name}: making requests …`);
    const bodies = makeBodies(kind, keys, seconds);
    const fractal = await startFractal(context.root);
    const baseline = await startBaseline(context.root);
    try {
      await addKeys(context, fractal, keys);
      rows.push(await measure(context, kind, bodies, fractal, baseline.port, seconds));
    } finally {
      await fractal.stop();
      await baseline.stop();
    }
  }
  return {
    terms: {
      durable: 'answers leave after the commit is synced (LMDB, fdatasync); baseline: after fdatasync of its file',
      verified:
        'signature, id; with content also commitment root and trust; a complete receipt in each answer. Baseline: nothing',
      cores: 'server and load generator share all cores of the machine',
      connections: CONNECTIONS,
      secondsEach: seconds,
    },
    counterpart: 'bench/verify/baseline-server.ts: node:http, JSON.parse, group fdatasync',
    rows,
  };
}

function makeBodies(kind: Kind, keys: ReturnType<typeof makeKeys>, seconds: number): Buffer[] {
  const wanted = seconds * (kind.content ? 1_500 : kind.batch > 1 ? 12_000 : 7_000);
  const single = Array.from({ length: wanted }, (_, n) => verifyBody(keys[kind.key], n, kind.content));
  if (kind.batch === 1) return single;
  const batches: Buffer[] = [];
  for (let at = 0; at < single.length; at += kind.batch) {
    batches.push(Buffer.concat(single.slice(at, at + kind.batch).flatMap((body) => [body, Buffer.from('\n')])));
  }
  return batches;
}

async function addKeys(context: BenchContext, server: StartedServer, keys: ReturnType<typeof makeKeys>): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  const secretFile = join(server.dataFolder, 'bench-secret');
  await writeFile(secretFile, keys.hmac.value, { mode: 0o600 });
  server.cli(
    'keys',
    'add',
    '--use',
    'record',
    '--alg',
    'hmac-sha256',
    '--kid',
    keys.hmac.kid,
    '--secret-file',
    secretFile,
  );
  server.cli(
    'keys',
    'add',
    '--use',
    'record',
    '--alg',
    'ed25519',
    '--kid',
    keys.ed25519.kid,
    '--public-key',
    publicKeyOf(keys.ed25519),
  );
  context.say('  keys added');
}

async function measure(
  context: BenchContext,
  kind: Kind,
  bodies: readonly Buffer[],
  server: StartedServer,
  baselinePort: number,
  seconds: number,
): Promise<Record<string, unknown>> {
  let used = 0;
  const take = (): Buffer | undefined => bodies[used++];
  const options: LoadOptions = {
    port: server.port,
    path: kind.batch === 1 ? '/v1/verify' : '/v1/verify:batch',
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      'content-type': kind.batch === 1 ? 'application/json' : 'application/x-ndjson',
    },
    connections: kind.batch === 1 ? CONNECTIONS : 4,
    body: take,
  };
  await closedLoop(options, seconds * 300); // warm-up: compiled code, open files
  const saturated = await closedLoop(options, seconds * 400);
  const ratePerSecond = (saturated.requests * 1000) / saturated.durationMs;
  const highest = {
    recordsPerSecond: Math.round(ratePerSecond * kind.batch),
    failed: saturated.failed,
    latency: latencyOf(saturated.latenciesMs),
  };
  context.say(
    `  highest ${highest.recordsPerSecond} records/s (p99 ${highest.latency.p99Ms} ms, ${highest.failed} failed)`,
  );
  const atLoad: Record<string, Latency & { failed: number; recordsPerSecond: number }> = {};
  for (const percent of [25, 50, 75]) {
    const load = await openLoop(options, (ratePerSecond * percent) / 100, seconds * 200);
    const achieved = Math.round((load.requests * kind.batch * 1000) / load.durationMs);
    atLoad[`${percent} %`] = { ...latencyOf(load.latenciesMs), failed: load.failed, recordsPerSecond: achieved };
    context.say(
      `  ${percent} %: p50 ${atLoad[`${percent} %`]!.p50Ms} ms, p95 ${atLoad[`${percent} %`]!.p95Ms} ms, p99 ${atLoad[`${percent} %`]!.p99Ms} ms`,
    );
  }
  const publication = await measurePublication(options, kind, server, (ratePerSecond * 50) / 100, seconds * 200);
  context.say(`  published p50 ${publication.p50Ms} ms, p99 ${publication.p99Ms} ms after the answer at 50 %`);
  const unused = bodies.length - used;
  const bareOptions = { ...options, port: baselinePort, path: '/', body: (n: number) => bodies[n % bodies.length] };
  const bare = await closedLoop(bareOptions, seconds * 300);
  const bareRate = Math.round((bare.requests * kind.batch * 1000) / bare.durationMs);
  const ratio = round((ratePerSecond * kind.batch) / bareRate);
  context.say(`  baseline ${bareRate} records/s; ratio ${ratio}`);
  return {
    kind: kind.name,
    highest,
    atLoad,
    publication,
    requestsLeft: unused,
    baseline: { recordsPerSecond: bareRate, latency: latencyOf(bare.latenciesMs) },
    ratioToBaseline: ratio,
  };
}

/** From answer to the first published checkpoint that covers the entry, as seen by whoever reads the public file. */
async function measurePublication(
  options: LoadOptions,
  kind: Kind,
  server: StartedServer,
  ratePerSecond: number,
  durationMs: number,
): Promise<Latency> {
  const waiting: { readonly index: number; readonly answeredMs: number }[] = [];
  const delaysMs: number[] = [];
  const file = join(server.logFolder, 'checkpoint');
  const poll = async (): Promise<void> => {
    const size = Number((await readFile(file, 'utf8')).split('\n')[1]);
    const nowMs = performance.now();
    while (waiting[0] !== undefined && waiting[0].index < size) delaysMs.push(nowMs - waiting.shift()!.answeredMs);
  };
  let polling = true;
  const poller = (async () => {
    while (polling || waiting.length > 0) {
      await poll();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await openLoop(
    {
      ...options,
      onAnswer: (_status, body) => {
        const index = /"index":(\d+)/.exec(body.toString('latin1'))?.[1];
        if (index !== undefined) waiting.push({ index: Number(index), answeredMs: performance.now() });
      },
    },
    ratePerSecond,
    durationMs,
  );
  waiting.sort((a, b) => a.index - b.index);
  polling = false;
  await poller;
  if (kind.batch > 1 && delaysMs.length === 0) throw new Error('no index was found in the answers of a batch');
  return latencyOf(delaysMs);
}

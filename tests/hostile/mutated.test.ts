/**
 * Hostile records and requests from a printed seed against the real server: no crash, no 5xx, no accept, no lost judge
 * thread, no heap that grows. A thousand in the normal run, a million with FRACTAL_LONG=1; FRACTAL_SEED and FRACTAL_ONLY=n
 * give one request again.
 */
import { Agent, request as httpRequest } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { longRun } from '../harness/project.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, runFractal, type ServerProcess, startServer } from '../harness/server-process.ts';
import { type Base, makeBases } from './bases.ts';
import { faultOf, type HostileAnswer } from './judge-answer.ts';
import { type HostileRequest, mutateRequest } from './mutations.ts';

const seed = seedOfRun();
const total = Number(process.env.FRACTAL_REQUESTS ?? (longRun ? 1_000_000 : 1_000));
const only = process.env.FRACTAL_ONLY;
const AT_ONCE = 24;
const SAMPLES = 20;
console.log(`hostile: FRACTAL_SEED=${seed}, ${total} requests`);

const hook = join(dirname(fileURLToPath(import.meta.url)), 'collect-on-signal.mjs');
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let dataDirectory: string;
let server: ServerProcess;
let bases: Base[];

beforeAll(async () => {
  dataDirectory = join(scratchDirectory('hostile'), 'data');
  const nodeOptions = ['--expose-gc', '--import', hook];
  server = await startServer({ dataDirectory, port: await freePort(), nodeOptions }).whenReady;
  bases = await makeBases(server.ready);
});

afterAll(async () => {
  agent.destroy();
  if (server?.ended() === undefined) await server?.kill();
  removeScratch();
});

function hostileRequest(n: number): { base: Base; request: HostileRequest } {
  const random = seededRandom(seed).fork(n);
  const base = random.pick(bases);
  return { base, request: mutateRequest(base.request, random) };
}

/** Resolves undefined when the connection broke off without an answer. */
function send(request: HostileRequest): Promise<HostileAnswer | undefined> {
  return new Promise((resolve) => {
    const { method, path, headers, body } = request;
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sending = httpRequest(
      server.ready.url,
      { method, path, headers: { ...headers, ...length }, agent },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode!, contentType: response.headers['content-type'] ?? '', body: text }),
        );
        response.on('error', () => resolve(undefined));
      },
    );
    sending.on('error', () => resolve(undefined));
    sending.setTimeout(20_000, () => sending.destroy());
    sending.end(body);
  });
}

async function faultOfRequest(n: number): Promise<string | undefined> {
  const { base, request } = hostileRequest(n);
  // A refusal before the body was read may close the connection under our writing: ask again before calling it silence.
  const answer = (await send(request)) ?? (await send(request)) ?? (await send(request));
  if (answer === undefined) return `FRACTAL_ONLY=${n}: no answer to ${request.method} ${request.path}`;
  const fault = faultOf(base, request, answer);
  if (fault === undefined) return undefined;
  const body = request.body === undefined ? '' : new TextDecoder().decode(request.body).slice(0, 1_500);
  return `FRACTAL_ONLY=${n}: ${fault}\n${request.method} ${request.path} ${JSON.stringify(request.headers)}\n${body}\n→ ${answer.status} ${answer.body.slice(0, 500)}`;
}

/** Sends from..to−1, some at once; the faults found. */
async function sendAll(from: number, to: number): Promise<string[]> {
  const faults: string[] = [];
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < to && faults.length < 20) {
      const fault = await faultOfRequest(next++);
      if (fault !== undefined) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return faults;
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.ready.url}/metrics`)).text();
  const values = text.split('\n').filter((line) => line.startsWith(name) && !line.startsWith('#'));
  return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Bytes the process keeps on its heaps after full collections. */
async function keptBytes(): Promise<number> {
  for (let i = 0; i < 2; i++) {
    process.kill(server.pid, 'SIGUSR2');
    await sleep(150);
  }
  return (await metric('nodejs_heap_size_used_bytes')) + (await metric('nodejs_external_memory_bytes'));
}

/** Least squares: bytes a request. */
function slope(points: readonly { n: number; bytes: number }[]): number {
  const meanN = points.reduce((sum, { n }) => sum + n, 0) / points.length;
  const meanBytes = points.reduce((sum, { bytes }) => sum + bytes, 0) / points.length;
  const above = points.reduce((sum, { n, bytes }) => sum + (n - meanN) * (bytes - meanBytes), 0);
  return above / points.reduce((sum, { n }) => sum + (n - meanN) ** 2, 0);
}

describe('hostile records and requests', () => {
  if (only !== undefined) {
    it('the one of FRACTAL_ONLY', async () => {
      expect(await faultOfRequest(Number(only))).toBeUndefined();
    });
  }

  it.runIf(only === undefined)('does not crash, break, accept or grow', { timeout: 7_200_000 }, async () => {
    // The signed bases are good as they are: the mutants' refusals mean something.
    for (const { kind, request } of bases) {
      const answer = await send(request);
      if (kind !== 'other') expect(answer?.status, `${kind}: ${answer?.body}`).toBe(200);
    }
    const kept: { n: number; bytes: number }[] = [];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const faults = await sendAll(
        Math.floor((total * sample) / SAMPLES),
        Math.floor((total * (sample + 1)) / SAMPLES),
      );
      expect(server.ended(), server.errors()).toBeUndefined();
      expect(faults, faults.join('\n\n')).toEqual([]);
      kept.push({ n: (total * (sample + 1)) / SAMPLES, bytes: await keptBytes() });
    }
    expect(await metric('fractal_judge_workers_lost_total')).toBe(0);
    const secondHalf = kept.slice(SAMPLES / 2);
    const perHundredThousand = slope(secondHalf) * 100_000;
    console.log(
      `hostile: kept ${secondHalf.map(({ bytes }) => (bytes / 1e6).toFixed(2)).join(' ')} MB in the second half`,
    );
    // Over few requests the noise of one sample outweighs any slope: then only gross growth is caught.
    if (total >= 100_000) expect(perHundredThousand).toBeLessThanOrEqual(1_000_000);
    else expect(secondHalf.at(-1)!.bytes - secondHalf[0]!.bytes).toBeLessThan(2_000_000);
  });

  it.runIf(only === undefined)('leaves a log that fsck passes', async () => {
    expect(await server.stop(), server.errors()).toBe(0);
    const own = runFractal('log', 'fsck', dataDirectory);
    expect(own, own.output).toMatchObject({ code: 0 });
  });
});

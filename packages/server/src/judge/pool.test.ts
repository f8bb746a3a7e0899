import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { openPool, type Pool, type PoolOptions } from './pool.ts';

/** What the worker of this test does with a task: see testing/pool-worker.ts. */
type Task = { say: string } | { sleepMs: number } | { spin: true } | { crash: true } | { exit: true } | { fault: true };

const workerUrl = pathToFileURL(join(import.meta.dirname, 'testing', 'pool-worker.ts'));
let pool: Pool<Task, string> | undefined;
const lost: string[] = [];
const faults: unknown[] = [];

function open(options: Partial<PoolOptions<Task>>): Pool<Task, string> {
  lost.length = 0;
  faults.length = 0;
  pool = openPool<Task, string>({
    workerUrl,
    workerData: {},
    workers: 1,
    queueMax: 1_000,
    queueBytesMax: 1_000_000,
    timeoutMs: 5_000,
    encode: (task) => ({ message: task, transfer: [] }),
    nowMs: () => performance.now(),
    onFault: (fields) => faults.push(fields),
    onWorkerLost: (reason) => lost.push(reason),
    ...options,
  });
  return pool;
}

afterEach(() => pool?.close());

test('answers each task with its own result, many at once over two workers', async () => {
  const { run, depth } = open({ workers: 2 });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => run({ say: `${i}` }, 10)));
  expect(answers).toEqual(Array.from({ length: 200 }, (_, i) => ({ ok: true, value: `${i}` })));
  expect(depth()).toEqual({ tasks: 0, bytes: 0 });
});

test('refuses past its limits of tasks and of bytes, and takes work again afterwards', async () => {
  const { run, ready } = open({ queueMax: 3, queueBytesMax: 100 });
  await ready();
  const waiting = [run({ sleepMs: 50 }, 30), run({ say: 'b' }, 30), run({ say: 'c' }, 30)];
  expect(await run({ say: 'd' }, 1)).toEqual({ ok: false, code: 'busy' });
  await Promise.all(waiting);
  const large = run({ sleepMs: 20 }, 90);
  expect(await run({ say: 'e' }, 11)).toEqual({ ok: false, code: 'busy' });
  expect(await run({ say: 'f' }, 10)).toEqual({ ok: true, value: 'f' });
  expect(await large).toEqual({ ok: true, value: 'slept' });
});

test('a worker that crashes takes its tasks with it and is replaced', async () => {
  const { run, ready } = open({});
  await ready();
  const stranded = await Promise.all([run({ crash: true }, 1), run({ say: 'behind it' }, 1)]);
  expect(stranded).toEqual([
    { ok: false, code: 'judge_failed' },
    { ok: false, code: 'judge_failed' },
  ]);
  expect(await run({ say: 'again' }, 1)).toEqual({ ok: true, value: 'again' });
  expect(await run({ exit: true }, 1)).toEqual({ ok: false, code: 'judge_failed' });
  expect(await run({ say: 'and again' }, 1)).toEqual({ ok: true, value: 'and again' });
  expect(lost).toEqual(['crashed', 'crashed']);
});

test('a task that never ends is answered at its deadline and its worker is stopped', async () => {
  const { run, ready } = open({ timeoutMs: 300 });
  await ready();
  const startMs = performance.now();
  expect(await run({ spin: true }, 1)).toEqual({ ok: false, code: 'judge_timeout' });
  expect(performance.now() - startMs).toBeLessThan(2_000);
  expect(await run({ say: 'alive' }, 1)).toEqual({ ok: true, value: 'alive' });
  expect(lost).toEqual(['stuck']);
});

test('a task that waits too long is answered at its deadline though its worker is healthy', async () => {
  const { run, ready } = open({ timeoutMs: 400 });
  await ready();
  const busy = [run({ sleepMs: 250 }, 1), run({ sleepMs: 250 }, 1)];
  const late = await run({ say: 'late' }, 1);
  expect(late).toEqual({ ok: false, code: 'judge_timeout' });
  expect((await Promise.all(busy))[0]).toEqual({ ok: true, value: 'slept' });
  expect(await run({ say: 'fine' }, 1)).toEqual({ ok: true, value: 'fine' });
  expect(lost).toEqual([]);
});

test('a fault is reported and costs no worker', async () => {
  const { run } = open({});
  expect(await run({ fault: true }, 1)).toEqual({ ok: true, value: 'faulted' });
  expect(faults).toEqual([{ error: 'Error' }]);
  expect(lost).toEqual([]);
});

test('closing finishes what is under way and refuses the rest', async () => {
  const { run, close, ready } = open({});
  await ready();
  const underWay = [run({ sleepMs: 50 }, 1), run({ say: 'last' }, 1)];
  const closed = close();
  expect(await run({ say: 'too late' }, 1)).toEqual({ ok: false, code: 'draining' });
  expect(await Promise.all(underWay)).toEqual([
    { ok: true, value: 'slept' },
    { ok: true, value: 'last' },
  ]);
  await closed;
});

test('a worker that never becomes ready is tried again with a pause, and tasks are answered at their deadline', async () => {
  const broken = pathToFileURL(join(import.meta.dirname, 'testing', 'no-such-worker.ts'));
  const { run } = open({ workerUrl: broken, timeoutMs: 400 });
  expect(await run({ say: 'x' }, 1)).toEqual({ ok: false, code: 'judge_timeout' });
  expect(lost.length).toBeLessThanOrEqual(2);
});

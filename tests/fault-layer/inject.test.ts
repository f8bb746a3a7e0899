/** Errors at chosen writes, tested on a program that does what it is told and prints what it was answered. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { type Capacity, FaultPlan, type FaultRule } from '../harness/fault-plan.ts';
import { nodePath } from '../harness/project.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { powerCut, prepareSide } from './power-cut.ts';

const program = join(dirname(fileURLToPath(import.meta.url)), 'programs', 'steps.ts');
const library = buildFaultLayer();

afterAll(removeScratch);

type Place = { root: string; side: string; plan: FaultPlan };

function newPlace(): Place {
  const scratch = scratchDirectory('inject');
  const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
  mkdirSync(place.root);
  prepareSide(place.side);
  return { ...place, plan: new FaultPlan(scratch) };
}

type Said = { lines: string[]; end: string | number | null };

function start(place: Place, steps: readonly string[]): { child: ChildProcess; said: Promise<Said> } {
  const { root, side, plan } = place;
  const child = spawn(nodePath, [program, root, ...steps], {
    env: { ...process.env, ...faultEnvironment({ library: library!, root, side, syncUs: 0 }), ...plan.environment() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const said = new Promise<Said>((resolve) =>
    child.on('close', (code, signal) => resolve({ lines: output.split('\n').slice(0, -1), end: signal ?? code })),
  );
  return { child, said };
}

async function run(place: Place, rule: FaultRule | Capacity | undefined, ...steps: string[]): Promise<Said> {
  if (rule !== undefined) place.plan.set(rule);
  return start(place, steps).said;
}

const a = (place: Place): string => readFileSync(join(place.root, 'a'), 'latin1');

describe.skipIf(library === undefined)('counting', () => {
  it('names each write-like call with its path, in order, and no other call', async () => {
    const place = newPlace();
    const steps = ['mkdir:d', 'write:a:65:10', 'overwrite:a:66:4', 'sync:a', 'rename:a:b', 'folder', 'truncate:b:3'];
    expect((await run(place, undefined, ...steps, 'unlink:b')).lines).toEqual(Array(8).fill('ok'));
    const calls = place.plan.trace().map(({ operation, path, other, length }) => ({ operation, path, other, length }));
    expect(calls.map(({ operation, path }) => `${operation} ${path}`)).toEqual([
      'mkdir d',
      'open a',
      'write a',
      'write a',
      'sync a',
      'rename a',
      'sync .',
      'truncate b',
      'unlink b',
    ]);
    expect(calls[2]!.length).toBe(10);
    expect(calls[5]!.other).toBe('b');
  });
});

describe.skipIf(library === undefined)('a chosen call', () => {
  it.each([
    ['open', 'write:new:65:10'],
    ['mkdir', 'mkdir:new'],
  ])('%s fails and does nothing, or fails and is done', async (operation, step) => {
    for (const fault of ['fail', 'persisted'] as const) {
      const place = newPlace();
      const said = await run(place, { fault, operation, nth: 1, glob: 'new' }, step);
      expect(said.lines).toEqual(['EIO']);
      expect(existsSync(join(place.root, 'new'))).toBe(fault === 'persisted');
    }
  });

  it.each([
    ['fail', 'EIO', 'AAAAAAAA'],
    ['persisted', 'EIO', 'BBBBAAAA'],
    ['full', 'ENOSPC', 'AAAAAAAA'],
  ] as const)('the second write: %s', async (fault, code, left) => {
    const place = newPlace();
    const rule = { fault, operation: 'write', nth: 2, glob: 'a' } as const;
    const said = await run(place, rule, 'write:a:65:8', 'overwrite:a:66:4', 'overwrite:a:65:4');
    expect(said.lines).toEqual(['ok', code, 'ok']);
    expect(a(place)).toBe('AAAAAAAA');
    const again = newPlace();
    await run(again, rule, 'write:a:65:8', 'overwrite:a:66:4');
    expect(a(again)).toBe(left);
    expect(again.plan.trace().filter((call) => call.rule !== 0)).toHaveLength(1);
  });

  it('is torn, and the process is gone', async () => {
    const place = newPlace();
    const said = await run(
      place,
      { fault: 'torn', operation: 'write', nth: 1, glob: 'a' },
      'write:a:65:1000',
      'mkdir:d',
    );
    expect(said).toEqual({ lines: [], end: 'SIGKILL' });
    expect(a(place)).toBe('A'.repeat(500));
  });

  it.each(['rename:a:b', 'unlink:a', 'folder'])('%s: the process is gone before it', async (step) => {
    const place = newPlace();
    const operation = step === 'folder' ? 'sync' : step.split(':')[0]!;
    const said = await run(place, { fault: 'torn', operation, nth: 1, glob: '*' }, 'write:a:65:8', step);
    expect(said).toEqual({ lines: ['ok'], end: 'SIGKILL' });
    expect(a(place)).toBe('AAAAAAAA');
  });

  it('is not invented: a rename into a folder that is not there fails as it would without the layer', async () => {
    const place = newPlace();
    expect((await run(place, undefined, 'write:a:65:8', 'rename:a:none/b')).lines).toEqual(['ok', 'ENOENT']);
  });

  it('is chosen by offset too', async () => {
    const place = newPlace();
    const rule: FaultRule = { fault: 'fail', operation: 'truncate', nth: 1, glob: '*', from: 4, to: 8 };
    const said = await run(place, rule, 'write:a:65:8', 'truncate:a:3', 'truncate:a:8', 'truncate:a:7', 'truncate:a:7');
    expect(said.lines).toEqual(['ok', 'ok', 'ok', 'EIO', 'ok']);
  });
});

describe.skipIf(library === undefined)('a disk', () => {
  it('is full from one call on, until somebody else takes the rule out', async () => {
    const place = newPlace();
    place.plan.set({ fault: 'full-on', operation: 'mkdir', nth: 1, glob: '*', scope: 'd*' });
    const { child, said } = start(place, [
      'write:d0:65:1',
      'mkdir:d1',
      'write:e:65:1',
      'unlink:d0',
      'until-ok:write:d2:65:1',
    ]);
    let seen = '';
    child.stdout!.on('data', (chunk: string) => {
      seen += chunk;
      if (seen.split('\n').length === 6) place.plan.clear();
    });
    expect((await said).lines).toEqual(['ok', 'ENOSPC', 'ok', 'ok', 'ENOSPC']);
  });

  it('is read-only from one call on, for all that changes something', async () => {
    const place = newPlace();
    const rule: FaultRule = { fault: 'readonly', operation: 'write', nth: 2, glob: '*' };
    const steps = ['overwrite:a:66:4', 'sync:a', 'rename:a:b', 'unlink:a', 'mkdir:d', 'truncate:a:0', 'write:c:65:1'];
    const said = await run(place, rule, 'write:a:65:8', ...steps);
    expect(said.lines).toEqual(['ok', ...Array(7).fill('EROFS')]);
    expect(a(place)).toBe('AAAAAAAA');
  });

  it('has room for so many bytes: the last write is short, then nothing grows, and what is there can be overwritten', async () => {
    const place = newPlace();
    const steps = ['write:a:65:600', 'write:b:65:600', 'write:c:65:1', 'overwrite:a:66:600', 'mkdir:d', 'unlink:b'];
    const said = await run(place, { bytes: 1_000 }, ...steps);
    expect(said.lines).toEqual(['ok', 'short 400', 'ENOSPC', 'ok', 'ENOSPC', 'ok']);
    expect(a(place)).toBe('B'.repeat(600));
    expect(statSync(join(place.root, 'a')).size).toBe(600);
  });
});

describe.skipIf(library === undefined)('a sync that failed', () => {
  const rule: FaultRule = { fault: 'fail', operation: 'sync', nth: 2, glob: 'a' };
  const before = ['write:a:65:8', 'sync:a', 'folder', 'overwrite:a:66:8', 'sync:a'];

  async function afterCut(...steps: string[]): Promise<string> {
    const place = newPlace();
    const said = await run(place, rule, ...before, ...steps);
    expect(said.lines[4]).toBe('EIO');
    powerCut({ ...place, seed: 1, mode: 'all' });
    return a(place);
  }

  it('loses what it was to keep, and the next sync does not bring it back', async () => {
    expect(await afterCut()).toBe('AAAAAAAA');
    expect(await afterCut('sync:a')).toBe('AAAAAAAA');
  });

  it('loses nothing that is written again and synced', async () => {
    expect(await afterCut('overwrite:a:66:8', 'sync:a')).toBe('BBBBBBBB');
  });

  it('keeps what it was to keep where it failed but persisted', async () => {
    const place = newPlace();
    const said = await run(place, { ...rule, fault: 'persisted' }, ...before);
    expect(said.lines[4]).toBe('EIO');
    powerCut({ ...place, seed: 1, mode: 'all' });
    expect(a(place)).toBe('BBBBBBBB');
  });
});

/**
 * The layer tested on itself: programs that sync rightly never lose what they acknowledged, programs that do not are
 * caught. A layer that never bites would make every suite built on it worthless.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { nodePath } from '../harness/project.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { type CutMode, type CutReport, powerCut, prepareSide } from './power-cut.ts';
import { DurableModel, describe as describeBytes } from './programs/durable-model.ts';
import { type Operation, operations } from './programs/random-operations.ts';

const here = dirname(fileURLToPath(import.meta.url));
const library = buildFaultLayer();
const seed = seedOfRun();
const random = seededRandom(seed);
console.log(`fault-layer: FRACTAL_SEED=${seed}`);

afterAll(removeScratch);

type Round = { root: string; acknowledged: string[]; cut: CutReport };
type Place = { root: string; side: string };

function newPlace(): Place {
  const scratch = scratchDirectory('fault-layer');
  const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
  mkdirSync(place.root);
  prepareSide(place.side);
  return place;
}

/** Starts a program under the layer, kills it after it acknowledged a while, cuts the power. */
async function killAndCut(program: string, name: string, mode: CutMode, place = newPlace()): Promise<Round> {
  const child = spawn(nodePath, [join(here, 'programs', program), name, place.root], {
    env: { ...process.env, ...faultEnvironment({ library: library!, ...place, syncUs: 300 }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = await linesUntilKilled(child, 20 + random.below(200));
  const cut = powerCut({ ...place, seed: random.below(2 ** 31), mode });
  return { root: place.root, acknowledged: output, cut };
}

async function linesUntilKilled(child: ChildProcess, lines: number): Promise<string[]> {
  let text = '';
  let errors = '';
  child.stderr!.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdout!.on('data', (chunk) => {
    text += chunk;
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  });
  const code = await new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status)));
  if (code !== 'SIGKILL') throw new Error(`the program ended by itself (${code}): ${errors}`);
  return text.split('\n').slice(0, -1);
}

function lastNumber(acknowledged: string[]): number {
  return Number(acknowledged.at(-1));
}

/** How many whole numbered lines, in order, the file begins with. */
function goodLines(path: string): number {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, 'latin1');
  let n = 0;
  while (text.slice(n * 16, (n + 1) * 16) === `${String(n).padStart(15, '0')}\n`) n++;
  return n;
}

const modes: CutMode[] = ['all', 'reorder', 'torn'];

describe.skipIf(library === undefined)('appending', () => {
  it.each(modes)('loses nothing that was acknowledged after its sync (%s)', async (mode) => {
    const round = await killAndCut('files.ts', 'append-ack-after', mode);
    expect(goodLines(join(round.root, 'lines'))).toBeGreaterThan(lastNumber(round.acknowledged));
  });

  it('loses nothing written through an O_SYNC descriptor', async () => {
    const round = await killAndCut('files.ts', 'append-o-sync', 'all');
    expect(goodLines(join(round.root, 'lines'))).toBeGreaterThan(lastNumber(round.acknowledged));
  });

  it('loses everything that was never synced', async () => {
    const round = await killAndCut('files.ts', 'append-never-synced', 'all');
    expect(round.cut.unsyncedChanges).toBeGreaterThan(10);
    expect(readFileSync(join(round.root, 'lines')).length).toBe(0);
  });

  it('catches an acknowledgement before the sync', async () => {
    let lost = 0;
    for (let i = 0; i < 6; i++) {
      const round = await killAndCut('files.ts', 'append-ack-first', 'all');
      if (goodLines(join(round.root, 'lines')) <= lastNumber(round.acknowledged)) lost++;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('tears unsynced writes within a page', async () => {
    // Now and then a cut loses nothing: nine sectors in ten may be on the disk already.
    let torn = 0;
    for (let i = 0; i < 6; i++) {
      const round = await killAndCut('files.ts', 'append-never-synced', 'torn');
      if (goodLines(join(round.root, 'lines')) < round.acknowledged.length) torn++;
    }
    expect(torn).toBeGreaterThan(0);
  });
});

describe.skipIf(library === undefined)('replacing and creating', () => {
  it.each(modes)('keeps a file replaced by temp, sync, rename, sync (%s)', async (mode) => {
    const round = await killAndCut('files.ts', 'replace-well', mode);
    const text = readFileSync(join(round.root, 'current'), 'latin1');
    const n = Number(text.slice(0, 15));
    expect(n).toBeGreaterThanOrEqual(lastNumber(round.acknowledged));
    expect(text).toBe(text.slice(0, 16).repeat(512));
  });

  it('empties a file that was renamed before its content was synced', async () => {
    const round = await killAndCut('files.ts', 'replace-no-content-sync', 'all');
    expect(readFileSync(join(round.root, 'current')).length).toBe(0);
  });

  it('takes a rename back when the directory was not synced', async () => {
    const round = await killAndCut('files.ts', 'replace-no-name-sync', 'all');
    expect(readdirSync(round.root)).toEqual([]);
  });

  it('keeps files whose names were synced, and loses those whose names were not', async () => {
    const well = await killAndCut('files.ts', 'create-well', 'all');
    for (const n of well.acknowledged) {
      expect(readFileSync(join(well.root, `folder-${n}`, 'file'), 'latin1')).toBe(`${n.padStart(15, '0')}\n`);
    }
    const badly = await killAndCut('files.ts', 'create-no-name-sync', 'all');
    expect(badly.acknowledged.length).toBeGreaterThan(10);
    expect(readdirSync(badly.root)).toEqual([]);
  });

  it('keeps apart what sixteen files synced from several threads', async () => {
    for (const mode of modes) {
      const round = await killAndCut('files.ts', 'many-threads', mode);
      for (let i = 0; i < 16; i++) {
        const mine = round.acknowledged.filter((line) => line.startsWith(`${i} `));
        expect(goodLines(join(round.root, `file-${i}`))).toBeGreaterThanOrEqual(mine.length);
      }
    }
  });
});

describe.skipIf(library === undefined)('any order of changes and syncs', () => {
  it('leaves exactly what POSIX promises', async () => {
    for (let i = 0; i < 12; i++) {
      const operationSeed = random.below(2 ** 31);
      const round = await killAndCut('random-writer.ts', String(operationSeed), 'all');
      const model = new DurableModel();
      const sequence = operations(operationSeed);
      for (let n = 0; n < lastNumber(round.acknowledged); n++) model.apply(sequence.next().value as Operation);
      const acknowledged = model.afterLoss();
      // One more may have been complete when the process was killed.
      model.apply(sequence.next().value as Operation);
      const found = Object.fromEntries(
        readdirSync(round.root).map((name) => [name, describeBytes(readFileSync(join(round.root, name)))]),
      );
      expect([acknowledged, model.afterLoss()], `operations of seed ${operationSeed}`).toContainEqual(found);
    }
  });
});

describe.skipIf(library === undefined)('lmdb-js', () => {
  /** Values there and whole after the cut, counted in a process of its own: a torn database may take its reader down. */
  function intact(mode: string, place: Place): number {
    const script = join(here, 'programs', 'lmdb-count.ts');
    const result = spawnSync(nodePath, [script, mode, place.root], { encoding: 'utf8' });
    return result.status === 0 ? Number(result.stdout) : 0;
  }

  /** Kills and cuts one database again and again; in how many rounds an acknowledged value was gone afterwards. */
  async function roundsWithLoss(mode: string, rounds: number): Promise<number> {
    let lost = 0;
    let place = newPlace();
    for (let i = 0; i < rounds; i++) {
      const round = await killAndCut('lmdb.ts', mode, modes[i % modes.length]!, place);
      if (intact(mode, place) > lastNumber(round.acknowledged)) continue;
      lost++;
      place = newPlace();
    }
    return lost;
  }

  it('with overlappingSync loses what could be read already', async () => {
    expect(await roundsWithLoss('visible', 8)).toBeGreaterThan(0);
  });

  it('with overlappingSync: false loses nothing', async () => {
    expect(await roundsWithLoss('strict', 8)).toBe(0);
  });
});

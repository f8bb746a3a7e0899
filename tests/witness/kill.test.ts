/**
 * kill -9 on a witness that is asked to cosign three branches of each log at once, with and without the power cut after it:
 * whatever left before or after, no two heads of one log are inconsistent, and what left is still held.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDataDirectory, witnessRows } from '@fractal/store-embedded';
import { makeVerifierKey, nobleEd25519, toHex } from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { type CutMode, powerCut, prepareSide } from '../fault-layer/power-cut.ts';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { longRun, nodePath, projectRoot } from '../harness/project.ts';
import { seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';

const program = join(projectRoot, 'tests', 'witness', 'asked-witness.ts');
const library = buildFaultLayer();
const rounds = longRun ? 200 : 3;
const timeout = longRun ? 1_800_000 : 60_000;
const seed = seedOfRun();
const random = seededRandom(seed);
console.log(`witness kill: FRACTAL_SEED=${seed}`);

afterAll(removeScratch);

/** Runs the witness until it printed so many lines, kills it, and returns all that it printed. */
function runAndKill(path: string, firstLog: number, lines: number, environment = {}): Promise<string[]> {
  const env = { ...process.env, ...environment };
  const child = spawn(nodePath, [program, path, String(firstLog)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error('the witness ended by itself'));
      resolve(output.split('\n').slice(0, -1));
    });
  });
}

interface Round {
  readonly path: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What befalls the directory after each kill. */
  readonly afterKill?: () => void;
}

async function killAgainAndAgain({ path, environment, afterKill }: Round): Promise<void> {
  const signed = new Map<string, Map<number, string>>();
  let next = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const line of await runAndKill(path, next, 5 + random.below(40), environment)) {
      const [origin, branch, sizeText, root] = line.split(' ') as [string, string, string, string];
      const heads = signed.get(origin) ?? new Map<number, string>();
      signed.set(origin, heads);
      const size = Number(sizeText);
      expect(heads.get(size) ?? root, `${origin}, branch ${branch}: two roots of size ${size} were signed`).toBe(root);
      heads.set(size, root);
      next = Math.max(next, Number(origin.split('/')[1]));
    }
    afterKill?.();
  }
  expect(signed.size).toBeGreaterThan(rounds);
  await expectHeld(path, signed);
}

describe('a witness that is killed', () => {
  it('signs no two heads that are inconsistent', { timeout }, () =>
    killAgainAndAgain({ path: scratchDirectory('witness-kill') }),
  );
});

describe.skipIf(library === undefined)('a witness that loses power', () => {
  it.each<CutMode>(longRun ? ['all', 'reorder', 'torn'] : ['torn'])(
    'signs no two heads that are inconsistent (%s)',
    { timeout },
    (mode) => {
      const scratch = scratchDirectory('witness-cut');
      const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
      mkdirSync(place.root);
      prepareSide(place.side);
      return killAgainAndAgain({
        path: join(place.root, 'data'),
        environment: faultEnvironment({ library: library!, ...place, syncUs: 1_000 }),
        afterKill: () => powerCut({ ...place, seed: random.below(2 ** 31), mode }),
      });
    },
  );
});

async function expectHeld(path: string, signed: ReadonlyMap<string, ReadonlyMap<number, string>>): Promise<void> {
  const publicKey = nobleEd25519.publicKey(new Uint8Array(32).fill(3));
  const key = makeVerifierKey({ name: 'witness.example/killed', type: 4, publicKey });
  if (!key.ok) throw new Error(key.code);
  const directory = await openDataDirectory(path, randomBytes(16));
  const { keyValue, checkSession } = directory;
  const store = witnessRows({ keyValue, checkSession, verifierKey: key.value });
  for (const [origin, heads] of signed) {
    const held = await store.read(origin);
    const largest = Math.max(...heads.keys());
    expect(Number(held?.size), origin).toBeGreaterThanOrEqual(largest);
    if (Number(held?.size) === largest) expect(toHex(held!.root), origin).toBe(heads.get(largest));
  }
  await directory.close();
}

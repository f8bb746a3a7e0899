/**
 * The ledger over the embedded store under power cuts (I2, I3, I5), without a server: a writer is killed and the power cut
 * again and again; afterwards each acknowledged entry is there once, at the index it was told, and every receipt ever
 * handed out agrees with the log that is published in the end.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import { afterAll, describe, expect, it } from 'vitest';
import { type CutMode, powerCut, prepareSide } from '../fault-layer/power-cut.ts';
import { embeddedVerifierKey, openEmbeddedLog } from '../harness/embedded-log.ts';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { longRun, nodePath } from '../harness/project.ts';
import { leafHashOf, readPublishedLog, rootsAt } from '../harness/published-log.ts';
import { type Random, seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';

const library = buildFaultLayer();
const seed = seedOfRun();
console.log(`ledger-power-cut: FRACTAL_SEED=${seed}`);
const writer = join(dirname(fileURLToPath(import.meta.url)), 'ledger-writer.ts');
const roundsOfMode = longRun ? 60 : 5;

type Acknowledged = { n: number; status: string; index: number; receipt: string };

afterAll(removeScratch);

describe.skipIf(library === undefined)('the embedded ledger under power cuts', () => {
  it.each<CutMode>(['all', 'reorder', 'torn'])(
    'keeps what it acknowledged (%s)',
    { timeout: 600_000 },
    async (mode) => {
      const random = seededRandom(seed).fork(mode.length);
      const scratch = scratchDirectory('ledger-cut');
      const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
      mkdirSync(place.root);
      prepareSide(place.side);
      const acknowledged: Acknowledged[] = [];
      let lost = 0;
      for (let round = 0; round < roundsOfMode; round++) {
        acknowledged.push(...(await writeUntilKilled(place, random)));
        const cut = powerCut({ ...place, seed: random.below(2 ** 31), mode });
        lost += cut.lostChanges + cut.lostNames;
      }
      await expectKept(join(place.root, 'data'), acknowledged);
      expect(lost).toBeGreaterThan(0);
    },
  );
});

/** Runs the writer under the layer and kills it, some time after its start or after its first acknowledgements. */
async function writeUntilKilled(place: { root: string; side: string }, random: Random): Promise<Acknowledged[]> {
  const child = spawn(nodePath, [writer, join(place.root, 'data')], {
    env: { ...process.env, ...faultEnvironment({ library: library!, ...place, syncUs: 1_000 }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  const lines = random.chance(0.2) ? 1 : 50 + random.below(800);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.split('\n').length > lines) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const end = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
  if (end !== 'SIGKILL') throw new Error(`the writer ended by itself (${end}): ${errors}`);
  const whole = output.split('\n').slice(0, -1);
  return whole.map((line): Acknowledged => JSON.parse(line));
}

/** Opens the log once more, without the layer, and holds all acknowledgements against what it then publishes. */
async function expectKept(directory: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  expect(acknowledged.length).toBeGreaterThan(100);
  const log = await openEmbeddedLog(directory);
  const { publicFolder } = log;
  await log.close();
  const published = readPublishedLog(publicFolder);
  const leaves = new Set(published.entries.map((entry) => leafHashOf(entry).toString('hex')));
  expect(leaves.size).toBe(published.size);

  const indices = new Map<number, number>();
  for (const { n, index } of acknowledged) {
    expect(indices.get(n) ?? index, `entry ${n} was told two places`).toBe(index);
    indices.set(n, index);
    expect(index).toBeLessThan(published.size);
  }
  const key = parseVerifierKey(embeddedVerifierKey());
  if (!key.ok) throw new Error(key.code);
  const checkpoints = new Map<number, string>();
  for (const { n, index, receipt } of acknowledged) {
    const verified = verifyReceipt({ receipt, verifierKey: key.value });
    if (!verified.ok) throw new Error(`the receipt of entry ${n} does not verify: ${verified.code}`);
    expect(JSON.parse(new TextDecoder().decode(verified.value.body))).toMatchObject({ n });
    expect(Number(verified.value.index)).toBe(index);
    const [, size, root] = receipt.slice(receipt.indexOf('\n\n') + 2).split('\n');
    expect(checkpoints.get(Number(size)) ?? root, `two roots were signed for size ${size}`).toBe(root);
    checkpoints.set(Number(size), root!);
  }
  expect([...rootsAt(published.entries, checkpoints.keys())].sort()).toEqual([...checkpoints].sort());
}

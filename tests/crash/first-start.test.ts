/**
 * The first start of a data directory, cut off: the server is killed and the power cut at any moment between mkdir and the
 * first answer, some times in a row. Whatever that leaves, the next start must come up, with keys that work (I2).
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fractal } from '@fractal/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import { type CutMode, powerCut, prepareSide } from '../fault-layer/power-cut.ts';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { longRun } from '../harness/project.ts';
import { type Random, seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, readSecret, runFractal, startServer } from '../harness/server-process.ts';

const library = buildFaultLayer();
const seed = seedOfRun();
console.log(`first-start: FRACTAL_SEED=${seed}`);
const directoriesOfMode = longRun ? 60 : 2;

afterAll(removeScratch);

describe.skipIf(library === undefined)('a first start that is cut off', () => {
  it.each<CutMode>(['all', 'reorder', 'torn'])(
    'is made good by the next (%s)',
    { timeout: 1_800_000 },
    async (mode) => {
      for (let i = 0; i < directoriesOfMode; i++)
        await cutOffAndStart(mode, seededRandom(seed).fork(i * 8 + mode.length));
    },
  );
});

async function cutOffAndStart(mode: CutMode, random: Random): Promise<void> {
  const scratch = scratchDirectory('first-start');
  const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
  mkdirSync(place.root);
  prepareSide(place.side);
  const dataDirectory = join(place.root, 'data');
  const environment = faultEnvironment({ library: library!, ...place, syncUs: 2_000 });
  const options = { dataDirectory, port: await freePort(), environment };
  const story: string[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const starting = startServer(options);
    // Most of the writing happens late: half of the kills fall into the moments after the first line of the journal.
    const waitMs = 100 + random.below(random.chance(0.5) ? 400 : 1_400);
    await sleep(waitMs);
    await starting.kill();
    story.push(
      `killed after ${waitMs} ms: ${JSON.stringify(powerCut({ ...place, seed: random.below(2 ** 31), mode }))}`,
    );
  }
  const server = await startServer(options).whenReady.catch((error: Error) => {
    throw new Error(`${error.message}\n${story.join('\n')}`);
  });
  const client = new Fractal({ url: server.ready.url, apiKey: readSecret(server.ready.api_key_file) });
  const answer = await client.check({ output: 'It opened in 1932.', evidence: ['It opened in 1932.'] });
  expect(answer.log.index).toBe(0n);
  expect(await server.stop(), server.errors()).toBe(0);
  const own = runFractal('log', 'fsck', dataDirectory);
  expect(own, own.output).toMatchObject({ code: 0 });
}

/**
 * Exactly once (I3, I4): 64 clients race the same records with retries while the server is killed with -9 again and again and
 * started on the same port; then the same under power cuts. FRACTAL_LONG=1 does more rounds and seeds.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { type CutMode, type CutReport, powerCut, prepareSide } from '../fault-layer/power-cut.ts';
import { buildFaultLayer, faultEnvironment } from '../harness/fault-layer.ts';
import { longRun } from '../harness/project.ts';
import { type Random, seededRandom, seedOfRun } from '../harness/random.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, type ServerOptions, type ServerProcess, startServer } from '../harness/server-process.ts';
import { buildTesseraFsck } from '../harness/tessera.ts';
import {
  expectBothFscksPass,
  expectOneLeafEach,
  expectSameAnswers,
  expectStoredVerdicts,
} from './expect-exactly-once.ts';
import { makeRecords, newResult, race, registerKey } from './race.ts';

const library = buildFaultLayer();
const tessera = buildTesseraFsck();
const seed = seedOfRun();
console.log(`exactly-once: FRACTAL_SEED=${seed}`);

/** Each record is raced by sixteen of the 64 clients; under --long by all. */
const SHARE = longRun ? 1 : 0.25;
const KILLS = longRun ? 300 : 30;
const CUT_ROUNDS = longRun ? 40 : 5;
const CUT_SEEDS = longRun ? 12 : 1;

afterAll(removeScratch);

describe('exactly once', () => {
  it(`64 clients, 1,000 records, ${KILLS} times kill -9`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(seed);
    const options = { dataDirectory: join(scratchDirectory('exactly-once'), 'data'), port: await freePort() };
    await raceAndKill(options, {
      clients: 64,
      records: 1_000,
      share: SHARE,
      kills: KILLS,
      random,
      afterKill: () => {},
    });
  });

  const modes: CutMode[] = ['all', 'reorder', 'torn'];
  const cases = modes.flatMap((mode) => Array.from({ length: CUT_SEEDS }, (_, i) => [mode, i] as const));
  it.skipIf(library === undefined).each(cases)(
    'under power cuts (%s, %d)',
    { timeout: 3_600_000 },
    async (mode, number) => {
      const random = seededRandom(seed).fork(1 + number * 3 + modes.indexOf(mode));
      const scratch = scratchDirectory('power-cut');
      const place = { root: join(scratch, 'root'), side: join(scratch, 'side') };
      mkdirSync(place.root);
      prepareSide(place.side);
      const environment = faultEnvironment({ library: library!, ...place, syncUs: 1_000 });
      const options = { dataDirectory: join(place.root, 'data'), port: await freePort(), environment };
      const cuts: CutReport[] = [];
      const afterKill = (): void => {
        cuts.push(powerCut({ ...place, seed: random.below(2 ** 31), mode }));
      };
      await raceAndKill(options, { clients: 16, records: 100, share: 1, kills: CUT_ROUNDS, random, afterKill });
      // A run in which no cut took anything would prove nothing.
      expect(cuts.reduce((sum, cut) => sum + cut.lostChanges + cut.lostNames, 0)).toBeGreaterThan(0);
    },
  );
});

type Plan = {
  clients: number;
  records: number;
  /** Of the records, how many each client sends. */
  share: number;
  kills: number;
  random: Random;
  afterKill: () => void;
};

async function raceAndKill(options: ServerOptions, plan: Plan): Promise<void> {
  let server = await startServer(options).whenReady;
  const { ready } = server;
  await registerKey(ready);
  const result = newResult();
  const stop = new AbortController();
  const records = makeRecords(plan.records);
  const racing = race({ ...plan, ready, records, signal: stop.signal, result });
  let over = false;
  racing.then(() => {
    over = true;
  });
  try {
    const goal = plan.clients * plan.records * plan.share;
    for (let kill = 0; kill < plan.kills && !over; kill++) {
      const count = (goal * (kill + plan.random.below(100) / 100)) / plan.kills;
      while (result.total() < count && !over) {
        expect(server.ended(), server.errors()).toBeUndefined();
        await sleep(5);
      }
      await server.kill();
      plan.afterKill();
      server = await startAgain(options, plan);
    }
    await racing;
    expectSameAnswers(result, plan.records);
    await expectStoredVerdicts(result, ready);
    expect(await server.stop(), server.errors()).toBe(0);
    expectOneLeafEach(result, ready);
    expectBothFscksPass(options.dataDirectory, ready, tessera);
  } finally {
    stop.abort();
    if (server.ended() === undefined) await server.kill();
  }
}

/** One start in five is killed too, somewhere between the first instruction and the first answers. */
async function startAgain(options: ServerOptions, plan: Plan): Promise<ServerProcess> {
  while (plan.random.chance(0.2)) {
    const starting = startServer(options);
    await sleep(50 + plan.random.below(1_200));
    await starting.kill();
    plan.afterKill();
  }
  return startServer(options).whenReady;
}

/**
 * Exactly once (I3, I4): 64 clients race the same records with retries while the server is killed with -9 again and again, in
 * every phase (under load, as a publication appears, while it closes, while it starts and makes good what the last kill
 * left), and started on the same port; then the same under power cuts. FRACTAL_LONG=1 does more rounds and seeds.
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
import { CheckpointsSeen } from './checkpoints-seen.ts';
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
/** Looks at the public checkpoint, 2 ms apart, before a kill stops waiting for the next one. */
const PUBLICATION_LOOKS_MAX = 500;
const KILLS = longRun ? 200 : 60;
const RECORDS = longRun ? 1_000 : 600;
const CUT_ROUNDS = longRun ? 40 : 5;
const CUT_SEEDS = longRun ? 12 : 1;

afterAll(removeScratch);

describe('exactly once', () => {
  it(`64 clients, ${RECORDS} records, ${KILLS} times kill -9 in every phase`, { timeout: 3_600_000 }, async () => {
    const random = seededRandom(seed);
    const options = { dataDirectory: join(scratchDirectory('exactly-once'), 'data'), port: await freePort() };
    await raceAndKill(options, {
      clients: 64,
      records: RECORDS,
      share: SHARE,
      kills: KILLS,
      phases: ['under load', 'under load', 'publication', 'closing'],
      startKillsShare: 0.6,
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
      const afterKill = (checkpoints: CheckpointsSeen): void => {
        cuts.push(powerCut({ ...place, seed: random.below(2 ** 31), mode }));
        checkpoints.cut();
      };
      await raceAndKill(options, {
        clients: 16,
        records: 100,
        share: 1,
        kills: CUT_ROUNDS,
        phases: ['under load'],
        startKillsShare: 0.2,
        random,
        afterKill,
      });
      // A run in which no cut took anything would prove nothing.
      expect(cuts.reduce((sum, cut) => sum + cut.lostChanges + cut.lostNames, 0)).toBeGreaterThan(0);
    },
  );
});

type Phase = 'under load' | 'publication' | 'closing' | 'starting';

type Plan = {
  clients: number;
  records: number;
  /** Of the records, how many each client sends. */
  share: number;
  /** Kills altogether, those of starts included. */
  kills: number;
  /** Where a serving server is killed: in turn. */
  phases: readonly Phase[];
  /** Chance that a start is killed too, and the next one again. */
  startKillsShare: number;
  random: Random;
  afterKill: (checkpoints: CheckpointsSeen) => void;
};

/** What one run did, and what its kills need to know. */
type Run = Plan & {
  options: ServerOptions;
  done: Map<Phase, number>;
  startMs: number;
  servingKills: number;
  checkpoints: CheckpointsSeen;
};

async function raceAndKill(options: ServerOptions, plan: Plan): Promise<void> {
  const before = performance.now();
  let server = await startServer(options).whenReady;
  const startMs = performance.now() - before;
  const { ready } = server;
  await registerKey(ready);
  const result = newResult();
  const stop = new AbortController();
  const records = makeRecords(plan.records);
  const checkpoints = new CheckpointsSeen(ready.log_dir);
  const run: Run = { ...plan, options, done: new Map(), startMs, servingKills: 0, checkpoints };
  const racing = race({ ...plan, ready, records, signal: stop.signal, result });
  let over = false;
  racing.then(() => {
    over = true;
  });
  try {
    const goal = plan.clients * plan.records * plan.share;
    while (killsOf(run) < plan.kills) {
      const count = (goal * (killsOf(run) + plan.random.below(100) / 100)) / plan.kills;
      while (result.total() < count && !over) {
        expect(server.ended(), server.errors()).toBeUndefined();
        await sleep(5);
      }
      await killServing(server, run);
      server = await startAgain(run);
    }
    await racing;
    console.log(`kills: ${JSON.stringify(Object.fromEntries(run.done))}, answers: ${result.total()}`);
    for (const phase of plan.phases) expect(run.done.get(phase), phase).toBeGreaterThan(0);
    expectSameAnswers(result, plan.records);
    await expectStoredVerdicts(result, ready);
    expect(await server.stop(), server.errors()).toBe(0);
    checkpoints.look();
    expectOneLeafEach(result, ready, { checkpoints: checkpoints.seen });
    expectBothFscksPass(options.dataDirectory, ready, tessera);
  } finally {
    stop.abort();
    if (server.ended() === undefined) await server.kill();
  }
}

function killsOf({ done }: Run): number {
  return [...done.values()].reduce((sum, count) => sum + count, 0);
}

function count(run: Run, phase: Phase): void {
  run.done.set(phase, (run.done.get(phase) ?? 0) + 1);
  run.checkpoints.look();
  run.afterKill(run.checkpoints);
}

/** Kills a server that serves: at once, the moment its next publication appears, or some way into its closing. */
async function killServing(server: ServerProcess, run: Run): Promise<void> {
  const phase = run.phases[run.servingKills++ % run.phases.length]!;
  // A race that is over publishes no more: then there is nothing to wait for.
  if (phase === 'publication') await run.checkpoints.next(PUBLICATION_LOOKS_MAX);
  if (phase === 'closing') {
    // Closing takes a fixed grace, then some moments in which the last of all is published.
    const closed = server.stop();
    await Promise.race([closed, sleep(run.random.below(250))]);
  }
  await server.kill();
  count(run, phase);
}

/** Some of the starts are killed too, somewhere between the first instruction and the first answers. */
async function startAgain(run: Run): Promise<ServerProcess> {
  while (killsOf(run) < run.kills && run.random.chance(run.startKillsShare)) {
    const starting = startServer(run.options);
    // One in four in its first moments; the rest over the time that a start took, so that a slow machine is met as well.
    const upToMs = run.random.chance(0.25) ? 10 : run.startMs * 1.2;
    await sleep(run.random.below(Math.ceil(upToMs)));
    await starting.kill();
    count(run, 'starting');
  }
  const server = await startServer(run.options).whenReady;
  run.checkpoints.ready();
  return server;
}

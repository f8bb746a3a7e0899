/** What the tests of control share: fixed randomness and time, a keyring in memory. */
import { equalBytes, sha256, uint64ToBytes } from '@fractal/tlog';
import type { TaskPolicy } from '@fractal/trust';
import { openControl } from '../engine/open-control.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring, KeyringKey } from '../ports/keyring.ts';
import { type MemoryControlLog, memoryControlLog } from './memory-control-log.ts';

export const DEFAULT_POLICY: TaskPolicy = { version: 1, mode: 'observe', acceptRiskMax: 0.3, retryAttemptsMax: 3 };

export interface World {
  readonly log: MemoryControlLog;
  readonly keyring: Keyring;
  readonly clock: Clock & { nowMs: () => number; advance(ms: number): void };
  readonly rng: Rng;
}

export function newWorld(): World {
  let nowMs = 1_700_000_000_000;
  let counter = 0n;
  return {
    log: memoryControlLog(),
    keyring: smallKeyring(),
    clock: {
      nowMs: () => nowMs,
      advance(ms) {
        nowMs += ms;
      },
    },
    rng: { bytes: (length) => sha256(uint64ToBytes(counter++)).slice(0, length) },
  };
}

export const openIn = (world: World) => openControl({ ...world, defaultPolicy: DEFAULT_POLICY });

/** As the port says, and no more. */
function smallKeyring(): Keyring {
  const keys = new Map<string, KeyringKey>();
  const idOf = (name: string, generation: number): string => `${name}\0${generation}`;
  const generations = (name: string): number[] =>
    [...keys.values()]
      .filter((key) => key.name === name)
      .map((key) => key.generation)
      .sort((a, b) => a - b);
  const get = (name: string, generation: number): KeyringKey | undefined => keys.get(idOf(name, generation));
  return {
    get,
    generations,
    latest: (name) => get(name, generations(name).at(-1) ?? 0),
    names: (prefix) =>
      [...new Set([...keys.values()].map((key) => key.name))].filter((name) => name.startsWith(prefix)).sort(),
    async add(key) {
      const held = get(key.name, key.generation);
      if (held !== undefined && !equalBytes(held.secret, key.secret)) throw new Error('held with another secret');
      if (held === undefined) keys.set(idOf(key.name, key.generation), { ...key, secret: key.secret.slice() });
    },
    async remove(name, generation) {
      keys.delete(idOf(name, generation));
    },
  };
}

export type Fault = 'failed' | 'persisted';

export interface FaultPlan {
  seen: number;
  at?: number;
  fault: Fault;
}

/** The n-th change (of the keyring or of the log) fails, kept or not; all after it fail too, as after the loss of a process. */
export function withFaults(world: World, plan: FaultPlan): World {
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    plan.seen++;
    if (plan.at !== undefined && plan.seen > plan.at) throw new Error('injected: the process is gone');
    if (plan.at === plan.seen) {
      if (plan.fault === 'persisted') await work();
      throw new Error('injected: one change');
    }
    return work();
  };
  return {
    ...world,
    log: { ...world.log, append: (entry) => change(() => world.log.append(entry)) },
    keyring: {
      ...world.keyring,
      add: (key) => change(() => world.keyring.add(key)),
      remove: (name, generation) => change(() => world.keyring.remove(name, generation)),
    },
  };
}

/**
 * Opens one log of a data directory: its closed generations for reading, and the one that goes on: rows, public files,
 * identity, ledger. Where that one may not go on (its guard says no, or the directory was restored), it is closed and the
 * next generation is opened, again and again until one may (generations.ts).
 */

import {
  type CheckpointGuard,
  type Clock,
  type ClosedLog,
  type Ledger,
  type LedgerEvents,
  type LogStore,
  MustClose,
  openClosedLog,
  openLedger,
  type PublicFiles,
  type Rng,
  recordedSize,
  type Witnessing,
} from '@fractal/ledger';
import type { DataDirectory } from '@fractal/store-embedded';
import type { Ed25519 } from '@fractal/tlog';
import { type ClosedFacts, GENERATIONS_MAX, generationName, readClosed, writeClosed } from './generations.ts';
import { hasVerifierKey, type LogIdentity, logIdentity, verifierKeyOf } from './log-identity.ts';
import type { Restored } from './restored.ts';
import type { SecretTools } from './secrets.ts';

/** A generation as it lies there. */
export interface Generation {
  /** `0`, `0-2`, …: of its rows, its keys and its public folder. */
  readonly name: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** Folder of the public files. */
  readonly publicFolder: string;
}

export interface ClosedGeneration extends Generation {
  readonly log: ClosedLog;
  readonly facts: ClosedFacts;
}

export interface OpenedLog {
  /** The name of the log, whatever the generation. */
  readonly name: string;
  readonly current: Generation;
  /** The oldest first. */
  readonly closed: readonly ClosedGeneration[];
  readonly identity: LogIdentity;
  readonly ledger: Ledger;
}

/** All of a log, the oldest first. */
export function generationsOf({ closed, current }: OpenedLog): readonly Generation[] {
  return [...closed, current];
}

export interface OpenLogOptions {
  readonly directory: DataDirectory;
  readonly name: string;
  readonly keysFolder: string;
  /** Origin of a log that is made now; an existing one keeps its own. */
  readonly newOrigin: string;
  readonly tagKeyOf: (tenant: string) => Uint8Array;
  readonly publishIntervalMs: number;
  /** Who cosigns the checkpoints of the generation that is written; undefined: nobody. */
  readonly witnessing: Witnessing | undefined;
  readonly guard: CheckpointGuard;
  readonly restored: Pick<Restored, 'has'>;
  /** A generation was closed just now, for good. */
  readonly onClosed: (closed: { readonly name: string; readonly origin: string; readonly facts: ClosedFacts }) => void;
  readonly events: LedgerEvents;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** @throws LogIdentityError, and what openLedger throws but MustClose */
export async function openLog(options: OpenLogOptions): Promise<OpenedLog> {
  const { directory, name: log, keysFolder, clock } = options;
  const closed: ClosedGeneration[] = [];
  for (let number = 1; number <= GENERATIONS_MAX; number += 1) {
    const name = generationName(log, number);
    const generation = { name, ...(await directory.openLog(name)) };
    const known = await readClosed(keysFolder, name);
    if (known === undefined) {
      const opened = await openOrClose(options, generation, closed);
      if (!(opened instanceof MustClose)) return { name: log, current: generation, closed, ...opened };
      const { reason, ownSize, knownSize } = opened;
      const facts = { reason, closedMs: clock.nowMs(), ownSize, knownSize };
      await writeClosed(keysFolder, name, facts);
      closed.push(await openClosed(keysFolder, generation, facts));
      options.onClosed({ name, origin: closed.at(-1)!.log.origin, facts });
    } else {
      closed.push(await openClosed(keysFolder, generation, known));
    }
  }
  throw new Error(`log ${log} has ${GENERATIONS_MAX} closed generations: start a new data directory`);
}

async function openClosed(keysFolder: string, generation: Generation, facts: ClosedFacts): Promise<ClosedGeneration> {
  const { store, files, name } = generation;
  const { origin, verifierKey, olderKeys } = await verifierKeyOf(keysFolder, name);
  return { ...generation, facts, log: await openClosedLog({ origin, verifierKey, olderKeys, store, files }) };
}

type Opened = Pick<OpenedLog, 'identity' | 'ledger'>;

/** The ledger of a generation that is not closed, or why it must be. */
async function openOrClose(
  options: OpenLogOptions,
  { name, store, files }: Generation,
  closed: readonly ClosedGeneration[],
): Promise<Opened | MustClose> {
  const { keysFolder, secrets, ed25519, guard, tagKeyOf, clock, rng, publishIntervalMs, witnessing, events } = options;
  const first = closed[0];
  const newOrigin = first === undefined ? options.newOrigin : `${first.log.origin}-${closed.length + 1}`;
  const size = (await store.readHead())?.size ?? 0;
  const isNew = !(await hasVerifierKey(keysFolder, name));
  const identity = await logIdentity({ keysFolder, log: name, newOrigin, isEmpty: size === 0, secrets, ed25519 });
  const { origin, verifierKey, olderKeys, signers } = identity;
  if (!isNew && options.restored.has(origin)) {
    const known = await recordedSize({ guard, origin, verifierKey, olderKeys });
    const message = `${origin} was restored from a backup: it is not signed under this origin again`;
    return new MustClose('restored', message, known === undefined ? { own: size } : { own: size, known });
  }
  try {
    const past = closed.map(({ log }) => log).reverse();
    const log = { origin, store, files, verifierKey, olderKeys, signers, guard, past };
    const ledger = await openLedger({ ...log, tagKeyOf, clock, rng, publishIntervalMs, witnessing, events });
    return { identity, ledger };
  } catch (error) {
    if (error instanceof MustClose) return error;
    throw error;
  }
}

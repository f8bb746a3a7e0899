/**
 * One process of the system: the real data directory, rows, public files, guard, ledger, followers, judge and committer, on
 * ports of the simulation. What is not the product's own here: HTTP (messages.ts), the vault (`simVault`), and control
 * (one fixed snapshot a tenant).
 */
import {
  type CheckpointGuard,
  type ClosedLog,
  type Ledger,
  type LedgerEvents,
  type LogStore,
  MustClose,
  openClosedLog,
  openLedger,
  type PublicFiles,
  type RunningFollower,
  startFollower,
} from '@fractal/ledger';
import {
  type DataDirectory,
  type FollowerStore,
  followerStore,
  guardFolder,
  openDataDirectory,
} from '@fractal/store-embedded';
import { type Ed25519, formatVerifierKey, makeVerifierKey, noteSigner, sha256, utf8Encode } from '@fractal/tlog';
import { defaultPolicy } from '@fractal/trust';
import { VaultError } from '@fractal/vault';
import { type CommitterOptions, committer } from '../../packages/server/src/commit/commit.ts';
import { refusalOfEngine } from '../../packages/server/src/commit/failure.ts';
import { keyedQueue } from '../../packages/server/src/commit/in-flight.ts';
import { judge } from '../../packages/server/src/judge/judge.ts';
import { nodeEd25519 } from '../../packages/server/src/judge/node-ed25519.ts';
import { refused } from '../../packages/server/src/judge/refusal.ts';
import type { Judgement, TenantSnapshot } from '../../packages/server/src/judge/task.ts';
import type { SimDisk } from '../disk/sim-disk.ts';
import type { Process } from '../kernel/process.ts';
import { countingFollower, type WorldDecisions } from './followers.ts';
import type { Answer, Request, Verdict } from './messages.ts';
import type { Plan } from './plan.ts';
import { forgersKey, hmacKey } from './records.ts';

export const DATA = '/data';
const PREFIX = 'example.com/sim';
const SECRET_KEY = new Uint8Array(32).fill(11);
const ED25519 = nodeEd25519();

/** Name and origin of a generation of the log, from 1. */
export function generation(number: number): { readonly name: string; readonly origin: string } {
  const name = number === 1 ? '0' : `0-${number}`;
  return { name, origin: `${PREFIX}/${name}` };
}

const verifierKeys = new Map<string, string>();

export function verifierKeyOf(origin: string): string {
  const known = verifierKeys.get(origin);
  if (known !== undefined) return known;
  const key = makeVerifierKey({ name: origin, type: 0x01, publicKey: ED25519.publicKey(SECRET_KEY) });
  if (!key.ok) throw new Error(key.code);
  const text = formatVerifierKey(key.value);
  verifierKeys.set(origin, text);
  return text;
}

/** Breaks a port between two parts of the product on purpose. */
export interface NodeSabotage {
  readonly store?: (store: LogStore) => LogStore;
  readonly files?: (files: PublicFiles) => PublicFiles;
  readonly followerStore?: (store: FollowerStore) => FollowerStore;
  /** Whatever is signed by the forgers' key is taken for the tenant's own. */
  readonly trustsForgeries?: boolean;
  /** The guard keeps what it is told first, and nothing after it. */
  readonly forgetsGuard?: boolean;
}

export interface NodeOptions {
  readonly process: Process;
  readonly disk: SimDisk;
  /** Where the guard keeps its entries: another disk, another failure domain. */
  readonly guardDisk: SimDisk;
  readonly plan: Plan;
  readonly decisions: WorldDecisions;
  readonly sabotage: NodeSabotage;
  /** Names of generations that were closed: for good, as the server keeps it beside its keys. */
  readonly closed: Set<string>;
  /** Told of every text that is signed, before the signature exists. */
  readonly onSign: (process: Process, text: string) => void;
  /** Told what clients are told to be published. */
  readonly onPublished: (log: string, size: number) => void;
  /** Told when the log can no longer be written by this process. */
  readonly onFailed: (process: Process, error: unknown) => void;
}

export interface SimNode {
  readonly process: Process;
  readonly ledger: Ledger;
  readonly directory: DataDirectory;
  /** Name of the generation that is written. */
  readonly logName: string;
  readonly follower: RunningFollower | undefined;
  answer(request: Request): Promise<Answer>;
  /** Ends in order: what waits is committed and published. */
  close(): Promise<void>;
}

export async function startNode(options: NodeOptions): Promise<SimNode> {
  const { process, disk, plan } = options;
  const ports = disk.bind(process);
  const directory = await openDataDirectory(DATA, process.random.bytes(16), ports);
  const events: LedgerEvents = {
    onError: (error) => {
      const { code } = error as { code?: unknown };
      if (code === 'ledger_stopped') options.onFailed(process, error);
    },
  };
  const { ledger, logName } = await openGenerations(options, directory, events);
  const commits = committer({
    ledger,
    vault: simVault(process, disk),
    queue: keyedQueue(),
    security: { report: () => undefined },
    onVerdict: () => undefined,
  });
  const rows = followerStore({ directory: DATA, checkSession: directory.checkSession, disk: ports });
  const store = options.sabotage.followerStore?.(rows) ?? rows;
  const follower = !plan.followed
    ? undefined
    : startFollower({
        follower: countingFollower(),
        logs: [{ name: logName, size: () => ledger.checkpoint.size, entries: (from, to) => ledger.entries(from, to) }],
        store,
        decisions: options.decisions.of(process),
        clock: process.clock,
        rng: process.random,
      });
  return {
    process,
    ledger,
    directory,
    logName,
    follower,
    answer: (request) => answer(options, ledger, commits, request),
    async close() {
      await follower?.close();
      await store.close();
      await ledger.close();
      await directory.close();
    },
  };
}

/** The first generation that may be written; those before it are closed and go on being found. */
async function openGenerations(
  options: NodeOptions,
  directory: DataDirectory,
  events: LedgerEvents,
): Promise<{ ledger: Ledger; logName: string }> {
  const { process, plan, sabotage } = options;
  const guard = plan.guarded ? guardOf(options) : undefined;
  const past: ClosedLog[] = [];
  for (let number = 1; ; number += 1) {
    const { name, origin } = generation(number);
    const opened = await directory.openLog(name);
    const store = sabotage.store?.(opened.store) ?? opened.store;
    const files = sabotage.files?.(opened.files) ?? opened.files;
    const parts = { origin, store, files, verifierKey: verifierKeyOf(origin) };
    if (options.closed.has(name)) {
      past.push(await openClosedLog(parts));
      continue;
    }
    try {
      const ledger = await openLedger({
        ...parts,
        signers: [noteSigner({ name: origin, secretKey: SECRET_KEY, ed25519: watched(options) })],
        tagKeyOf: (tenant) => sha256(utf8Encode(`tag key of ${tenant}`)),
        clock: process.clock,
        rng: process.random,
        limits: { groupEntriesMax: plan.groupEntriesMax, waitingEntriesMax: plan.waitingEntriesMax },
        publishIntervalMs: plan.publishIntervalMs,
        guard,
        past: [...past].reverse(),
        events: { ...events, onPublish: ({ size }) => options.onPublished(name, size) },
      });
      return { ledger, logName: name };
    } catch (error) {
      if (!(error instanceof MustClose)) throw error;
      options.closed.add(name);
      past.push(await openClosedLog(parts));
    }
  }
}

function guardOf({ process, guardDisk, sabotage }: NodeOptions): CheckpointGuard {
  const guard = guardFolder('/guard', guardDisk.bind(process).fileSystem);
  if (sabotage.forgetsGuard !== true) return guard;
  return {
    read: (origin) => guard.read(origin),
    async record(origin, text, replaces) {
      if ((await guard.read(origin)) === undefined) return guard.record(origin, text, replaces);
      return { text, version: 'not kept' };
    },
  };
}

function watched({ process, onSign }: NodeOptions): Ed25519 {
  return {
    ...ED25519,
    sign: (secretKey, message) => {
      onSign(process, new TextDecoder().decode(message));
      return ED25519.sign(secretKey, message);
    },
  };
}

async function answer(
  { process, plan, sabotage }: NodeOptions,
  ledger: Ledger,
  commits: ReturnType<typeof committer>,
  request: Request,
): Promise<Answer> {
  try {
    if (request.kind === 'find') {
      const found = await commits.find(request.tenant, request.pcsId);
      return found === undefined ? { kind: 'refused', code: 'verdict_unknown' } : verdict(found, undefined);
    }
    const nowMs = process.clock.nowMs();
    const judgement = await judged(process, plan, sabotage, { ...request, nowMs });
    if (judgement.kind === 'refused') return { kind: 'refused', code: judgement.refusal.code };
    const outcome = await commits.commit({ tenant: request.tenant, judgement, nowMs });
    if (!outcome.ok) return { kind: 'refused', code: outcome.refusal.code };
    return verdict(outcome.value, await outcome.value.receipt());
  } catch (error) {
    return failed(error);
  }

  function failed(error: unknown): Answer {
    try {
      return { kind: 'refused', code: refusalOfEngine(error).code };
    } catch (unknown) {
      return { kind: 'failed', message: String(unknown) };
    }
  }

  function verdict(committed: CommittedLike, receipt: string | undefined): Verdict {
    const { pcsId, entry, verdictText, effective, replayed } = committed;
    const { origin = ledger.origin, index, body } = entry;
    return {
      kind: 'verdict',
      pcsId,
      verdictText,
      decision: effective.decision,
      origin,
      index,
      body,
      replayed,
      receipt,
    };
  }
}

interface CommittedLike {
  readonly pcsId: string;
  readonly entry: { readonly origin?: string; readonly index: number; readonly body: Uint8Array };
  readonly verdictText: string;
  readonly effective: { readonly decision: string };
  readonly replayed: boolean;
}

/** The judge in its own time; one that breaks is a refusal, as `openJudges` makes it (I10). */
function judged(
  process: Process,
  plan: Plan,
  { trustsForgeries = false }: NodeSabotage,
  task: { readonly tenant: string; readonly bytes: Uint8Array; readonly nowMs: number },
): Promise<Judgement> {
  return process.call({
    kind: 'judge',
    label: 'judge',
    delayUs: process.random.below(800),
    effect: () => {
      if (process.random.chance(plan.judgeFaults)) return refused({ code: 'judge_failed' });
      return judge({ kind: 'verify', ...task }, snapshotOf(task.tenant, trustsForgeries), {
        rng: process.random,
        ed25519: ED25519,
        edgeKey: { alg: 'ed25519', kid: 'edge', value: SECRET_KEY },
      });
    },
  });
}

const snapshots = new Map<string, TenantSnapshot>();

function snapshotOf(tenant: string, trustsForgeries: boolean): TenantSnapshot {
  const name = `${tenant} ${trustsForgeries}`;
  let snapshot = snapshots.get(name);
  if (snapshot === undefined) {
    snapshot = {
      tenant,
      revision: '1',
      keys: trustsForgeries ? [hmacKey(tenant), forgersKey(tenant)] : [hmacKey(tenant)],
      policies: {},
      defaultPolicy: { ...defaultPolicy, version: 0, mode: 'enforce' },
      tenantKey: { generation: 1, secret: sha256(utf8Encode(`tenant key of ${tenant}`)) },
    };
    snapshots.set(name, snapshot);
  }
  return snapshot;
}

/** Stands for the vault: durable after a while, or a retryable failure. */
function simVault(process: Process, disk: SimDisk): CommitterOptions['vault'] {
  return {
    putSealed: () =>
      process.call({
        kind: 'rows',
        label: 'vault',
        delayUs: process.random.below(1_000),
        effect: () => {
          if (disk.faults.writesFail === undefined && !process.random.chance(disk.faults.commitError)) return 'stored';
          throw new VaultError('vault_write_failed', 'simulated');
        },
      }),
  };
}

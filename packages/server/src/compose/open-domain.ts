/**
 * Opens everything behind the HTTP edge, in the order of start-server.ts, and closes it again in the other. Where opening
 * one room fails, those already open are closed.
 */

import { join } from 'node:path';
import { type Control, openControl } from '@fractal/control';
import {
  type CheckpointGuard,
  type Clock,
  CorruptRow,
  type Follower,
  type Ledger,
  type LedgerEvents,
  type PublicFiles,
} from '@fractal/ledger';
import {
  type DataDirectory,
  isStoreLost,
  openDataDirectory,
  openKeyring,
  openVaultStore,
} from '@fractal/store-embedded';
import { nodeSha256 } from '@fractal/store-embedded/node-sha256';
import { type Ed25519, toHex, useSha256 } from '@fractal/tlog';
import { defaultPolicy } from '@fractal/trust';
import { openVault, type Rng, type Vault } from '@fractal/vault';
import { type Committer, committer } from '../commit/commit.ts';
import { type Erasures, erasures } from '../commit/erasures.ts';
import { keyedQueue } from '../commit/in-flight.ts';
import { verdictKey } from '../commit/keys.ts';
import { type Statements, statements } from '../commit/statements.ts';
import type { Limits } from '../edge/limits.ts';
import { errorFields, type Logger } from '../edge/logger.ts';
import { type EdgeMetrics, edgeMetrics, type LogSizes, type WitnessSizes } from '../edge/metrics.ts';
import { type SecurityEvents, securityEvents } from '../edge/security-events.ts';
import { type Judges, openJudges } from '../judge/judges.ts';
import { nodeEd25519 } from '../judge/node-ed25519.ts';
import { readVerdictBody } from '../judge/verdict-body.ts';
import { controlLog } from './control-log.ts';
import { damageReports } from './damage-reports.ts';
import { firstStart } from './first-start.ts';
import { lostEntries } from './generations.ts';
import { type Maintenance, startMaintenance } from './maintenance.ts';
import { type Followers, openFollowers, type ScrubPace } from './open-followers.ts';
import { generationsOf, type OpenedLog, openLog } from './open-log.ts';
import { publishLag } from './publish-lag.ts';
import { recordClosed, reportClosed, reportGuard } from './report-guard.ts';
import { readRestored, requireKeyring } from './restored.ts';
import { type LogKeyChanger, logKeyChanger } from './rotate-log-key.ts';
import { type SecretTools, secretOf } from './secrets.ts';
import { type Tenants, tenants } from './tenants.ts';
import {
  type OwnWitness,
  ownIdentity,
  ownWitness,
  type WitnessSettings,
  witnessingOf,
  witnessLag,
} from './witnesses.ts';

export interface DomainOptions {
  readonly dataDir: string;
  readonly keysFolder: string;
  readonly shard: string;
  readonly originPrefix: string | undefined;
  readonly guard: CheckpointGuard;
  readonly publishIntervalMs: number;
  readonly witness: WitnessSettings;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly workers: number;
  readonly workerUrl: URL | undefined;
  readonly maintenanceIntervalMs: number;
  readonly rotateAfterMs: number;
  readonly scrub: ScrubPace;
  /** Beside those of every server. */
  readonly followers: readonly Follower[];
  readonly monotonicMs: () => number;
}

export interface Domain {
  readonly control: Control;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly tenants: Tenants;
  readonly judges: Judges;
  readonly committer: Committer;
  readonly erasures: Erasures;
  readonly statements: Statements;
  readonly security: SecurityEvents;
  readonly metrics: EdgeMetrics;
  readonly maintenance: Maintenance;
  readonly followers: Followers;
  /** This server as a witness for others' logs; undefined where it cosigns none. */
  readonly ownWitness: OwnWitness | undefined;
  /** The shard's log first, then the control log. */
  readonly logs: readonly OpenedLog[];
  /** By the name of a log or of its generation that is written. */
  readonly keyChangers: ReadonlyMap<string, LogKeyChanger>;
  readonly keysFolder: string;
  readonly publicLogs: ReadonlyMap<string, Pick<PublicFiles, 'read'>>;
  readonly files: { adminTokenFile: string; apiKeyFile: string; vkeyFile: string; logDir: string };
  /** Resolves when a log can no longer be written. */
  readonly failed: Promise<Error>;
  /** How many requests are under way: set by the edge, read by the metrics. */
  readonly inFlight: { read: () => number };
  close(): Promise<void>;
}

/** Closes what was opened, the last first. */
type Undo = (close: () => Promise<void>) => void;

export async function openDomain(options: DomainOptions): Promise<Domain> {
  useSha256(nodeSha256);
  const failure = failures(options.logger);
  const opened: (() => Promise<void>)[] = [];
  /** Each is closed, whatever happens to those before. A log that had failed already can only fail again: that was told. */
  const closeAll = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (const close of opened.splice(0).reverse()) await close().catch((error: unknown) => errors.push(error));
    for (const error of errors) options.logger.error('close_failed', errorFields(error));
    if (errors.length > 0 && !failure.happened()) throw errors[0];
  };
  try {
    return { ...(await open(options, failure, (close) => opened.push(close))), close: closeAll };
  } catch (error) {
    await closeAll().catch(() => undefined); // logged; why it did not open is what the caller is told
    throw error;
  }
}

async function open(options: DomainOptions, failure: Failures, undo: Undo): Promise<Omit<Domain, 'close'>> {
  const { clock, rng, logger, shard, keysFolder } = options;
  const directory = await openDataDirectory(options.dataDir, rng.bytes(16));
  undo(() => directory.close());
  undo(watchSession(directory, failure));
  const warn = (message: string) => logger.warn('keyring', { message });
  const keyring = await openKeyring({ file: join(keysFolder, 'keyring'), warn });
  const secrets: SecretTools = { keyring, rng, clock };
  let guardFailed: (log: string) => void = () => {};
  const restored = await readRestored(options.dataDir);
  if (restored.isMarked) requireKeyring(keyring, keysFolder);
  const damage = damageReports(logger, clock.nowMs);
  const prefix = options.originPrefix ?? `localhost/${toHex(rng.bytes(8))}`;
  const ed25519 = nodeEd25519();
  const witnessing = witnessingOf({ policy: options.witness.policy, ed25519, logger });
  const logOf = async (name: string, tagKeyOf: (tenant: string) => Uint8Array, events: LedgerEvents) => {
    const { publishIntervalMs, guard } = options;
    const tools = { secrets, ed25519, clock, rng, witnessing: name === shard ? witnessing : undefined };
    const shared = { ...tools, directory: damage.watched(directory), keysFolder, publishIntervalMs, guard, restored };
    const guardReports = reportGuard({ logger, log: name, countFailure: () => guardFailed(name) });
    const log = await openLog({
      ...shared,
      name,
      newOrigin: `${prefix}/${name}`,
      tagKeyOf,
      onClosed: (closed) => reportClosed(logger, closed),
      events: { ...events, onGuard: guardReports },
    });
    undo(() => log.ledger.close());
    return log;
  };

  const regionTag = await secretOf(secrets, 'log-tag/control');
  const region = await logOf('control', () => regionTag, { onError: failure.reportTo('control') });
  const control = await openControl({
    log: controlLog(region.ledger),
    keyring,
    rng,
    clock,
    defaultPolicy: serverPolicy,
  });
  undo(() => control.close());
  const vault = damage.contents(
    openVault({
      store: await openVaultStore({ folder: join(options.dataDir, 'vault'), onLost: failure.reportTo('vault') }),
      keyring,
      rng,
      clock,
      retentionMsOf: (tenant) => control.tenant(tenant)?.retentionMs,
    }),
  );
  undo(() => vault.close());
  const known = tenants({ control, vault, secrets, rng, defaultPolicy: { ...serverPolicy, version: 0 } });

  const inFlight = { read: () => 0 };
  const lag = publishLag(clock.nowMs);
  const logs: OpenedLog[] = [region];
  const metrics: EdgeMetrics = edgeMetrics({
    judgeDepth: () => judges.depth(),
    workersReady: () => judges.workersReady(),
    inFlight: () => inFlight.read(),
    logs: () => logs.map(shardSizes),
    publishLagSeconds: lag.seconds,
    followers: () => followers.statuses(),
    damages: () => followers.damagesNow(),
    witnesses: () => logs.flatMap(witnessSizes),
  });
  guardFailed = metrics.guardFailed;
  damage.countBy(metrics.security);
  // Threads take a while to load: they start before the rest is opened, and get no task before all of it is.
  const judges = judgesOf(options, control, known, metrics);
  undo(() => judges.close());

  const log = await logOf(shard, (tenant) => control.tagKey(tenant), {
    onCommit: ({ entries, size, durationMs }) => {
      metrics.group(entries);
      metrics.committed(durationMs / 1000);
      lag.committed(size);
    },
    onPublish: ({ size }) => lag.published(size),
    onError: failure.reportTo(shard),
  });
  logs.unshift(log);
  for (const each of logs) await recordClosed(control, each, logger);
  const identity = await ownIdentity({
    settings: options.witness,
    directory,
    keysFolder,
    newName: `${prefix}/witness`,
    secrets,
    ed25519,
    ownLogs: logs,
    logger,
  });
  await restored.remove();
  for (const { name } of control.tenants()) await known.prepare(name);
  const files = await firstStart({ control, keysFolder, prepareTenant: known.prepare, logger });
  await atMost(JUDGES_START_MS, judges.ready(), 'the judge threads did not start');

  const { ledger } = log;
  const security = securityEvents({ logger, count: metrics.security, nowMs: clock.nowMs });
  const own = await ownWitness({
    settings: options.witness,
    identity,
    directory,
    keysFolder,
    ownLogs: logs,
    witnessing,
    clock,
    monotonicMs: options.monotonicMs,
    limits: options.limits,
    ed25519,
    security,
  });
  const queue = keyedQueue();
  const onVerdict = (decision: string, replayed: boolean) =>
    metrics.verdict(decision, replayed ? 'replayed' : 'committed');
  const commits = committer({ ledger: damage.answering(ledger), vault, queue, security, onVerdict });
  const erasing = erasures({ ledger, stores: generationsOf(log).map(({ store }) => store), vault, queue });
  const maintenance = startMaintenance({
    vault,
    erasures: erasing,
    isKnown: (address) => hasContent(ledger, address),
    logger,
    nowMs: clock.nowMs,
    intervalMs: options.maintenanceIntervalMs,
    rotateAfterMs: options.rotateAfterMs,
  });
  undo(() => maintenance.close());
  const followers = openFollowers({
    dataDir: options.dataDir,
    checkSession: directory.checkSession,
    shard: log,
    logs,
    control,
    scrub: options.scrub,
    more: options.followers,
    logger,
    clock,
    rng,
  });
  undo(() => followers.close());
  const keyChangers = await changersOf({ logs, control, keysFolder, secrets, ed25519, logger });
  undo(finishRegularly(keyChangers, options.maintenanceIntervalMs, logger));
  return {
    control,
    ledger,
    vault,
    tenants: known,
    judges,
    committer: commits,
    erasures: erasing,
    statements: statements({ ledger, committer: commits, queue }),
    security,
    metrics,
    maintenance,
    followers,
    ownWitness: own,
    logs,
    publicLogs: new Map(logs.flatMap(generationsOf).map(({ name, files }) => [name, files])),
    keyChangers,
    keysFolder,
    files: { ...files, vkeyFile: log.identity.verifierKeyFile, logDir: log.current.publicFolder },
    failed: failure.failed,
    inFlight,
  };
}

/**
 * A task nobody has set a policy for: the default terms, enforced. Whoever calls this API asks for a verdict to act by;
 * `observe` is for putting the gateway in front of traffic that nobody wants stopped yet.
 */
const serverPolicy = { ...defaultPolicy, mode: 'enforce' as const };

/** Changes that a crash left unfinished are finished before anything is served; what fails is tried again later. */
async function changersOf(options: {
  readonly logs: readonly OpenedLog[];
  readonly control: Control;
  readonly keysFolder: string;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  readonly logger: Logger;
}): Promise<ReadonlyMap<string, LogKeyChanger>> {
  const { logs, logger, ...shared } = options;
  const onError = (error: unknown): void => logger.error('log_key_publication_failed', errorFields(error));
  const changers = new Map<string, LogKeyChanger>();
  for (const { name, current, ledger } of logs) {
    const changer = logKeyChanger({ ...shared, log: current.name, ledger, onError });
    await changer.finish().catch((error: unknown) => logger.error('log_key_change_failed', errorFields(error)));
    changers.set(name, changer).set(current.name, changer);
  }
  return changers;
}

/** Ends overlaps as they are over. */
function finishRegularly(
  changers: ReadonlyMap<string, LogKeyChanger>,
  intervalMs: number,
  logger: Logger,
): () => Promise<void> {
  const all = new Set(changers.values());
  const finish = (): void => {
    for (const changer of all) {
      changer.finish().catch((error: unknown) => logger.error('log_key_change_failed', errorFields(error)));
    }
  };
  const timer = setInterval(finish, intervalMs);
  timer.unref();
  return async () => clearInterval(timer);
}

interface Failures {
  /** Resolves when a log has stopped for good. */
  readonly failed: Promise<Error>;
  readonly happened: () => boolean;
  readonly reportTo: (log: string) => (error: unknown) => void;
}

/** How soon a process notices that another one took its data directory, though it commits nothing itself. */
const SESSION_WATCH_MS = 1_000;

/** Keyring and vault have no transaction that refuses a fenced process: it stops itself instead of answering on. */
function watchSession(directory: DataDirectory, failure: Failures): () => Promise<void> {
  const report = failure.reportTo('session');
  const timer = setInterval(() => {
    try {
      directory.checkSession();
    } catch (error) {
      clearInterval(timer);
      report(error);
    }
  }, SESSION_WATCH_MS);
  timer.unref();
  return async () => clearInterval(timer);
}

function failures(logger: Logger): Failures {
  let happened = false;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  const reportTo = (log: string) => (error: unknown) => {
    logger.error('ledger_error', { log, ...errorFields(error) });
    const { code, refusal } = error as { code?: unknown; refusal?: unknown };
    if (code !== 'ledger_stopped' && refusal !== 'session_lost' && !isStoreLost(error)) return;
    happened = true;
    fail(error as Error);
  };
  return { failed, happened: () => happened, reportTo };
}

function judgesOf(options: DomainOptions, control: Control, known: Tenants, metrics: EdgeMetrics): Judges {
  const { limits, logger, monotonicMs, workers, workerUrl } = options;
  const { kid, secret } = control.edgeKey();
  return openJudges({
    snapshotOf: known.snapshotOf,
    edgeKey: { alg: 'ed25519', kid, value: secret },
    workers,
    workerUrl,
    queueMax: limits.judgeQueueMax,
    queueBytesMax: limits.judgeQueueBytesMax,
    timeoutMs: limits.judgeTimeoutMs,
    inlineBytesMax: limits.inlineBytesMax,
    metrics,
    logger,
    monotonicMs,
  });
}

/** Whether a verdict whose content belongs into the vault is committed. */
async function hasContent(ledger: Ledger, { tenant, pcsId }: { tenant: string; pcsId: string }): Promise<boolean> {
  try {
    const entry = await ledger.lookup(verdictKey(tenant, pcsId));
    return entry !== undefined && readVerdictBody(entry.body).content === 'vault';
  } catch (error) {
    if (error instanceof CorruptRow) return true; // told to the operator already; what may be needed is kept
    throw error;
  }
}

const JUDGES_START_MS = 30_000;

async function atMost(limitMs: number, work: Promise<void>, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function witnessSizes({ ledger }: OpenedLog): WitnessSizes[] {
  return ledger.witnesses.map((witness) => ({
    witness: witness.name,
    lagEntries: witnessLag(witness, ledger.published?.size ?? 0),
    failures: witness.failures,
    cosignedSeconds: witness.cosignedSeconds,
  }));
}

function shardSizes(log: OpenedLog): LogSizes {
  const { name, ledger, closed } = log;
  return {
    shard: name,
    size: ledger.size,
    publishedSize: ledger.published?.size ?? 0,
    witnessedSize: ledger.witnesses.length === 0 ? undefined : (ledger.witnessed?.size ?? 0),
    generation: closed.length + 1,
    lost: closed.reduce((sum, { facts }) => sum + (lostEntries(facts) ?? 0), 0),
    guardFails: ledger.guardFailure !== undefined,
  };
}

/** Opens everything behind the HTTP edge and knows how to close it again: see start-server.ts for the order. */

import { join } from 'node:path';
import { type Control, openControl } from '@fractal/control';
import {
  type Clock,
  type Ledger,
  type LedgerEvents,
  type LogStore,
  openLedger,
  type PublicFiles,
} from '@fractal/ledger';
import { openDataDirectory, openKeyring, openVaultStore } from '@fractal/store-embedded';
import { toHex } from '@fractal/tlog';
import { defaultPolicy } from '@fractal/trust';
import { openVault, type Rng, type Vault } from '@fractal/vault';
import { type Committer, committer } from '../commit/commit.ts';
import { type Erasures, erasures } from '../commit/erasures.ts';
import { keyedQueue } from '../commit/in-flight.ts';
import { verdictKey } from '../commit/keys.ts';
import { type Statements, statements } from '../commit/statements.ts';
import type { Limits } from '../edge/limits.ts';
import { errorFields, type Logger } from '../edge/logger.ts';
import { type EdgeMetrics, edgeMetrics } from '../edge/metrics.ts';
import { type SecurityEvents, securityEvents } from '../edge/security-events.ts';
import { type Judges, openJudges } from '../judge/judges.ts';
import { nodeEd25519 } from '../judge/node-ed25519.ts';
import { readVerdictBody } from '../judge/verdict-body.ts';
import { controlLog } from './control-log.ts';
import { firstStart } from './first-start.ts';
import { type LogIdentity, logIdentity } from './log-identity.ts';
import { type Maintenance, startMaintenance } from './maintenance.ts';
import { publishLag } from './publish-lag.ts';
import { type SecretTools, secretOf } from './secrets.ts';
import { type Tenants, tenants } from './tenants.ts';

export interface DomainOptions {
  readonly dataDir: string;
  readonly keysFolder: string;
  readonly shard: string;
  readonly originPrefix: string | undefined;
  readonly publishIntervalMs: number;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  readonly limits: Limits;
  readonly workers: number;
  readonly workerUrl: URL | undefined;
  readonly maintenanceIntervalMs: number;
  readonly rotateAfterMs: number;
  readonly monotonicMs: () => number;
}

export interface Domain {
  readonly control: Control;
  readonly ledger: Ledger;
  readonly controlLedger: Ledger;
  readonly vault: Vault;
  readonly tenants: Tenants;
  readonly judges: Judges;
  readonly committer: Committer;
  readonly erasures: Erasures;
  readonly statements: Statements;
  readonly security: SecurityEvents;
  readonly metrics: EdgeMetrics;
  readonly maintenance: Maintenance;
  readonly publicLogs: ReadonlyMap<string, Pick<PublicFiles, 'read'>>;
  readonly files: { adminTokenFile: string; apiKeyFile: string; vkeyFile: string; logDir: string };
  readonly failed: Promise<Error>;
  /** Set by the edge, read by the metrics. */
  inFlight: () => number;
  close(): Promise<void>;
}

export async function openDomain(options: DomainOptions): Promise<Domain> {
  const { clock, rng, logger, limits, shard, keysFolder } = options;
  const undo: (() => Promise<void>)[] = [];
  try {
    return await open();
  } catch (error) {
    for (const close of undo.reverse()) await close();
    throw error;
  }

  async function open(): Promise<Domain> {
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<Error>((resolve) => {
      fail = resolve;
    });
    const directory = await openDataDirectory(options.dataDir, rng.bytes(16));
    undo.push(() => directory.close());
    const warn = (message: string) => logger.warn('keyring', { message });
    const keyring = await openKeyring({ file: join(keysFolder, 'keyring'), warn });
    const secrets: SecretTools = { keyring, rng, clock };
    const ed25519 = nodeEd25519();
    const prefix = options.originPrefix ?? `localhost/${toHex(rng.bytes(8))}`;
    const lag = publishLag(options.clock.nowMs);

    const controlTag = await secretOf(secrets, 'log-tag/control');
    const region = await openLog(
      'control',
      () => controlTag,
      () => ({ onError: reportTo('control') }),
    );
    const control = await openControl({
      log: controlLog(region.ledger),
      keyring,
      rng,
      clock,
      defaultPolicy: serverPolicy,
    });
    const vault = openVault({
      store: await openVaultStore({ folder: join(options.dataDir, 'vault') }),
      keyring,
      rng,
      clock,
      retentionMsOf: (tenant) => control.tenant(tenant)?.retentionMs,
    });
    undo.push(() => vault.close());

    let inFlight = () => 0;
    const metrics = edgeMetrics({
      judgeDepth: () => judges.depth(),
      workersReady: () => judges.workersReady(),
      inFlight: () => inFlight(),
      logs: () => [log, region].map((each) => shardSizes(each)),
      publishLagSeconds: lag.seconds,
    });
    // Threads take a while to load: they start before the rest is opened, and get no task before all of it is.
    const edgeKey = control.edgeKey();
    const judges = openJudges({
      snapshotOf: (tenant) => known.snapshotOf(tenant),
      edgeKey: { alg: 'ed25519', kid: edgeKey.kid, value: edgeKey.secret },
      workers: options.workers,
      workerUrl: options.workerUrl,
      queueMax: limits.judgeQueueMax,
      queueBytesMax: limits.judgeQueueBytesMax,
      timeoutMs: limits.judgeTimeoutMs,
      inlineBytesMax: limits.inlineBytesMax,
      metrics,
      logger,
      monotonicMs: options.monotonicMs,
    });
    undo.push(() => judges.close());
    const log = await openLog(
      shard,
      (tenant) => control.tagKey(tenant),
      () => ({
        onCommit: ({ entries, size, durationMs }) => {
          metrics.group(entries);
          metrics.committed(durationMs / 1000);
          lag.committed(size);
        },
        onPublish: ({ size }) => lag.published(size),
        onError: reportTo(shard),
      }),
    );
    const security = securityEvents({ logger, count: metrics.security, nowMs: clock.nowMs });
    const known = tenants({ control, vault, secrets, rng, defaultPolicy: { ...serverPolicy, version: 0 } });
    for (const { name } of control.tenants()) await known.prepare(name);
    const { adminTokenFile, apiKeyFile } = await firstStart({
      control,
      keysFolder,
      prepareTenant: known.prepare,
      logger,
    });

    await atMost(JUDGES_START_MS, judges.ready(), 'the judge threads did not start');

    const queue = keyedQueue();
    const { ledger } = log;
    const onVerdict = (decision: string, replayed: boolean) =>
      metrics.verdict(decision, replayed ? 'replayed' : 'committed');
    const commits = committer({ ledger, vault, queue, security, onVerdict });
    const erasing = erasures({ ledger, store: log.store, vault, queue });
    const maintenance = startMaintenance({
      vault,
      erasures: erasing,
      isKnown: async ({ tenant, pcsId }) => {
        const entry = await ledger.lookup(verdictKey(tenant, pcsId));
        return entry !== undefined && readVerdictBody(entry.body).content === 'vault';
      },
      logger,
      nowMs: clock.nowMs,
      intervalMs: options.maintenanceIntervalMs,
      rotateAfterMs: options.rotateAfterMs,
    });
    return {
      control,
      ledger,
      controlLedger: region.ledger,
      vault,
      tenants: known,
      judges,
      committer: commits,
      erasures: erasing,
      statements: statements({ ledger, committer: commits, queue }),
      security,
      metrics,
      maintenance,
      publicLogs: new Map([
        [shard, log.files],
        ['control', region.files],
      ]),
      files: { adminTokenFile, apiKeyFile, vkeyFile: log.identity.verifierKeyFile, logDir: log.publicFolder },
      failed,
      set inFlight(read: () => number) {
        inFlight = read;
      },
      get inFlight() {
        return inFlight;
      },
      async close() {
        await judges.close();
        await maintenance.close();
        await control.close();
        await ledger.close();
        await region.ledger.close();
        await vault.close();
        await directory.close();
      },
    };

    function reportTo(name: string): (error: unknown) => void {
      return (error) => {
        logger.error('ledger_error', { log: name, ...errorFields(error) });
        if ((error as { code?: unknown }).code === 'ledger_stopped') fail(error as Error);
      };
    }

    async function openLog(
      name: string,
      tagKeyOf: (tenant: string) => Uint8Array,
      events: () => LedgerEvents,
    ): Promise<OpenedLog> {
      const { store, files, publicFolder } = await directory.openLog(name);
      const head = await store.readHead();
      const identity = await logIdentity({
        keysFolder,
        log: name,
        newOrigin: `${prefix}/${name}`,
        isEmpty: head === undefined || head.size === 0,
        secrets,
        ed25519,
      });
      const opened = await openLedger({
        origin: identity.origin,
        store,
        files,
        signers: [identity.signer],
        verifierKey: identity.verifierKey,
        tagKeyOf,
        clock,
        rng,
        publishIntervalMs: options.publishIntervalMs,
        events: events(),
      });
      undo.push(() => opened.close());
      return { name, store, files, publicFolder, identity, ledger: opened };
    }
  }
}

interface OpenedLog {
  readonly name: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  readonly publicFolder: string;
  readonly identity: LogIdentity;
  readonly ledger: Ledger;
}

/**
 * A task nobody has set a policy for: the default terms, enforced. Whoever calls this API asks for a verdict to act by;
 * `observe` is for putting the gateway in front of traffic that nobody wants stopped yet.
 */
const serverPolicy = { ...defaultPolicy, mode: 'enforce' as const };

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

function shardSizes({ name, ledger }: OpenedLog): { shard: string; size: number; publishedSize: number } {
  return { shard: name, size: ledger.size, publishedSize: ledger.published?.size ?? 0 };
}

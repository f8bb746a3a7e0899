/**
 * The composition root: opens the rooms in order, wires them, listens. The only place (with the judge threads) that reads
 * clock and randomness; the environment is read by nobody: all settings come in as options.
 *
 *     data directory ► keyring ► control log ► control ► vault ► shard log ► first start ► judges ► routes ► listening
 *
 * Closing goes the other way: no new requests, those in flight end, followers, judges, maintenance, ledgers (which publish what is
 * left), vault, rows.
 */

import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Follower } from '@fractal/ledger';
import { makeFolder } from '@fractal/store-embedded';
import { defaultLimits, type Limits } from '../edge/limits.ts';
import { type Logger, silentLogger } from '../edge/logger.ts';
import { WITNESS_PREFIX } from '../routes/witness.ts';
import { openDomain } from './open-domain.ts';
import { openEdge } from './open-edge.ts';
import { openGuard } from './open-guard.ts';
import { systemClock } from './system-clock.ts';
import type { OwnWitness } from './witnesses.ts';

export interface ServerOptions {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Shortest time between two publications of a log. Default 250. */
  readonly publishIntervalMs?: number;
  readonly limits?: Partial<Limits>;
  readonly logger?: Logger;
  /** Origin prefix of logs that are made at this start, such as `log.example.org`; default `localhost/<16 hex digits>`. */
  readonly originPrefix?: string;
  /**
   * Where each checkpoint is recorded before it is signed (DESIGN I5): a folder or an http(s) URL, in another failure domain
   * than `dataDir` at best. Default: `<dataDir>.guard`.
   */
  readonly checkpointGuard?: string;
  /** Text of the tlog-policy (C2SP) by which the log is cosigned; each witness that is asked carries its submission prefix. */
  readonly witnessPolicy?: string;
  /** Verifier keys of the logs of others that this server cosigns as a witness. */
  readonly witnessLogs?: readonly string[];
  /** Key name of this server's witness, where it has none yet; default `<origin prefix>/witness`. */
  readonly witnessName?: string;
  /** Judge threads. Default: one less than there are cores, at least one. */
  readonly workers?: number;
  /** Another judge thread module: for tests. */
  readonly workerUrl?: URL;
  readonly maintenanceIntervalMs?: number;
  /** How long after an erasure the tenant's content key is rotated, at most one maintenance interval later. Default 1 h. */
  readonly rotateAfterMs?: number;
  /** How fast the scrubber goes over the logs, and how long it rests after a lap. Default 2,000 entries a second, 60 s. */
  readonly scrub?: { readonly entriesPerSecondMax?: number; readonly lapRestMs?: number };
  /** Followers of the shard's log beside those of every server. */
  readonly followers?: readonly Follower[];
  readonly clock?: { nowMs(): number };
}

export interface RunningServer {
  readonly url: string;
  readonly adminTokenFile: string;
  readonly apiKeyFile: string;
  /** Verifier key of the shard's log. */
  readonly vkeyFile: string;
  /** Public folder of the shard's log. */
  readonly logDir: string;
  readonly origin: string;
  /** This server as a witness: its submission prefix, key and key file; undefined where it cosigns no log. */
  readonly witness: { readonly url: string; readonly vkey: string; readonly vkeyFile: string } | undefined;
  /** Resolves when the server can write no more (another process took the directory, say) and should be closed. */
  readonly failed: Promise<Error>;
  /** Drains and closes; calling it again gives the same promise. */
  close(): Promise<void>;
}

/** The one shard of this version. */
export const SHARD = '0';

const PUBLISH_INTERVAL_MS = 250;
const MAINTENANCE_INTERVAL_MS = 10 * 60_000;
const ROTATE_AFTER_MS = 60 * 60_000;
const SCRUB_PACE = { entriesPerSecondMax: 2_000, lapRestMs: 60_000 };

/** @throws what the rooms throw when they cannot open: LedgerError, LogIdentityError, DataDirectoryError, KeyringError … */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const logger = options.logger ?? silentLogger;
  const clock = { ...systemClock, nowMs: options.clock?.nowMs ?? systemClock.nowMs };
  const rng = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const keysFolder = join(options.dataDir, 'keys');
  await makeFolder(keysFolder, 0o700);
  const domain = await openDomain({
    dataDir: options.dataDir,
    keysFolder,
    shard: SHARD,
    originPrefix: options.originPrefix,
    guard: openGuard({ dataDir: options.dataDir, place: options.checkpointGuard, logger }),
    publishIntervalMs: options.publishIntervalMs ?? PUBLISH_INTERVAL_MS,
    witness: { policy: options.witnessPolicy, logs: options.witnessLogs, name: options.witnessName },
    clock,
    rng,
    logger,
    limits,
    workers: options.workers ?? Math.max(1, availableParallelism() - 1),
    workerUrl: options.workerUrl,
    maintenanceIntervalMs: options.maintenanceIntervalMs ?? MAINTENANCE_INTERVAL_MS,
    rotateAfterMs: options.rotateAfterMs ?? ROTATE_AFTER_MS,
    scrub: { ...SCRUB_PACE, ...options.scrub },
    followers: options.followers ?? [],
    monotonicMs: () => performance.now(),
  });
  const edge = openEdge({ domain, limits, logger, nowMs: clock.nowMs, monotonicMs: () => performance.now() });
  try {
    await edge.fastify.listen({ host: options.host ?? '127.0.0.1', port: options.port });
  } catch (error) {
    await domain.close();
    throw error;
  }
  const url = urlOf(edge.fastify.server.address() as AddressInfo);
  logger.info('listening', { url, origin: domain.ledger.origin, entries: domain.ledger.size });
  let closing: Promise<void> | undefined;
  return {
    url,
    ...domain.files,
    origin: domain.ledger.origin,
    witness: witnessAt(url, domain.ownWitness),
    failed: domain.failed,
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };

  async function closeAll(): Promise<void> {
    logger.info('draining', { in_flight: edge.inFlight() });
    await edge.drain();
    await domain.close();
    logger.info('closed');
  }
}

function witnessAt(url: string, own: OwnWitness | undefined): RunningServer['witness'] {
  if (own === undefined) return undefined;
  const { vkey, vkeyFile } = own.identity;
  return { url: `${url}${WITNESS_PREFIX}`, vkey, vkeyFile };
}

function urlOf({ address, port, family }: AddressInfo): string {
  const open = address === '0.0.0.0' || address === '::';
  const host = open ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

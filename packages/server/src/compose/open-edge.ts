/** Puts the routes over a domain and the HTTP app over the routes. */

import { readVerifierKeys } from '@fractal/store-embedded';
import { knownRefusal } from '../commit/failure.ts';
import { type App, buildApp } from '../edge/app.ts';
import { authenticator } from '../edge/credential.ts';
import type { Limits } from '../edge/limits.ts';
import { errorFields, type Logger } from '../edge/logger.ts';
import { buildOpenApi, type OpenApiDocument } from '../edge/openapi.ts';
import { rateLimiter } from '../edge/rate-limit.ts';
import type { AdminServices, ShardStatus, WitnessesStatus } from '../routes/admin-services.ts';
import { personOf } from '../routes/admin-status.ts';
import { allRoutes } from '../routes/all-routes.ts';
import type { FollowerServices } from '../routes/follower-services.ts';
import type { Services } from '../routes/services.ts';
import { accessLog } from './access-log.ts';
import { lostEntries } from './generations.ts';
import type { Domain } from './open-domain.ts';
import type { OpenedLog } from './open-log.ts';
import { witnessLag } from './witnesses.ts';

export interface Edge extends App {
  /** Refuses new requests, stops listening, waits for those in flight, and ends what is left at the time-out. */
  drain(): Promise<void>;
}

export function openEdge(options: {
  domain: Domain;
  limits: Limits;
  logger: Logger;
  nowMs: () => number;
  monotonicMs: () => number;
}): Edge {
  const { domain, limits, logger, nowMs, monotonicMs } = options;
  const { control, metrics, judges, security } = domain;
  let draining = false;
  const limiter = rateLimiter({
    ratePerSecond: limits.tenantRatePerSecond,
    burst: limits.tenantBurst,
    nowMs: monotonicMs,
  });
  const services: Services = {
    ...pick(domain),
    limits,
    rateLimiter: limiter,
    nowMs,
    pseudonymOf: (tenant, person) => control.pseudonymOf(personOf(tenant, person)),
    saltSeed: domain.tenants.saltSeed,
    onFault: (requestId, error) => logger.error('request_failed', { id: requestId, ...errorFields(error) }),
  };
  const admin: AdminServices = {
    control,
    limits,
    prepareTenant: domain.tenants.prepare,
    recordAccess: accessLog({ control, nowMs: monotonicMs }),
    shards: () => domain.logs.map(shardStatus),
    judges: () => {
      const { tasks, bytes } = judges.depth();
      return { workers_ready: judges.workersReady(), queue_tasks: tasks, queue_bytes: bytes };
    },
    witnesses: () => witnessesStatus(domain),
    startedMs: nowMs(),
    nowMs,
    rotateContentKey: (tenant) => domain.vault.rotateTenantKey(tenant),
  };
  const followers: FollowerServices = {
    running: () => domain.followers.running,
    kpis: domain.followers.kpis,
    kpiStatus: domain.followers.kpiStatus,
    damages: domain.followers.damages,
    limits,
    onFault: services.onFault,
    nowMs,
  };
  const routes = allRoutes({
    services,
    admin,
    followers,
    publicLogs: domain.publicLogs,
    logKeys: {
      limits,
      verifierKeys: async (log) => (domain.publicLogs.has(log) ? readVerifierKeys(domain.keysFolder, log) : undefined),
      rotate: async (log, input) => domain.keyChangers.get(log)?.rotate(input),
    },
    witness: {
      cosigner: domain.ownWitness?.cosigner,
      rateLimiter: rateLimiter({
        ratePerSecond: limits.witnessAddressRatePerSecond,
        burst: limits.witnessAddressBurst,
        namesMax: limits.witnessAddressesMax,
        nowMs: monotonicMs,
      }),
      onAnswer: metrics.witnessAnswered,
      onFault: services.onFault,
    },
    service: {
      metrics,
      notReady: () => {
        if (draining) return 'draining';
        const ledgers = domain.logs.map((log) => log.ledger);
        if (ledgers.some(({ stopped }) => stopped !== undefined)) return 'store_unavailable';
        if (ledgers.some(({ guardFailure }) => guardFailure !== undefined)) return 'checkpoint_guard_unavailable';
        return judges.workersReady() === 0 ? 'judge_failed' : undefined;
      },
      document: (): OpenApiDocument => buildOpenApi(routes),
    },
  });
  const app = buildApp({
    routes,
    limits,
    authenticator: authenticator(control),
    rateLimiter: limiter,
    metrics,
    logger,
    onCredentialRefused: (auth) =>
      security.report(auth === 'admin' ? 'admin_credential_refused' : 'credential_refused', {}),
    nowMs,
    monotonicMs,
    refusalOf: knownRefusal,
  });
  domain.inFlight.read = app.inFlight;
  return {
    ...app,
    async drain() {
      draining = true;
      app.startDraining();
      await new Promise((resolve) => setTimeout(resolve, limits.drainGraceMs));
      const closed = app.fastify.close();
      const timer = setTimeout(() => {
        logger.warn('drain_timeout', { in_flight: app.inFlight() });
        app.fastify.server.closeAllConnections();
      }, limits.drainTimeoutMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function pick({ ledger, vault, judges, committer, statements, erasures, security, metrics, control }: Domain) {
  return { ledger, vault, judges, committer, statements, erasures, security, metrics, control };
}

function witnessesStatus({ ledger, ownWitness }: Domain): WitnessesStatus {
  const publishedSize = ledger.published?.size ?? 0;
  return {
    witnessed_size: ledger.witnessed?.size ?? 0,
    published_size: publishedSize,
    witnesses: ledger.witnesses.map((witness) => ({
      name: witness.name,
      cosigned_size: witness.cosignedSize,
      lag_entries: witnessLag(witness, publishedSize),
      cosigned_seconds: witness.cosignedSeconds ?? null,
      failures: witness.failures,
      fault: witness.fault ?? null,
    })),
    cosigns: ownWitness === undefined ? null : { vkey: ownWitness.identity.vkey, origins: ownWitness.origins },
  };
}

function shardStatus({ name, ledger, closed, current }: OpenedLog): ShardStatus {
  return {
    shard: name,
    log: current.name,
    origin: ledger.origin,
    size: ledger.size,
    published_size: ledger.published?.size ?? 0,
    waiting: ledger.waitingEntries,
    stopped: ledger.stopped?.code ?? null,
    guard: ledger.guardFailure?.code ?? 'ok',
    closed: closed.map(({ name: closedName, log, facts }) => ({
      log: closedName,
      origin: log.origin,
      reason: facts.reason,
      closed_ms: facts.closedMs,
      size: log.size,
      shown_size: log.shownSize,
      known_size: facts.knownSize ?? null,
      lost: lostEntries(facts) ?? null,
    })),
  };
}

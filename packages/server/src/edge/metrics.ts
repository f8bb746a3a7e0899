/**
 * The metrics of one server, in a registry of its own (two servers in one process do not mix). No label carries a
 * tenant, an id or a text (I6, I13): routes, methods, statuses, codes and decisions only, all from closed lists.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type FollowerSources, followerMetrics } from './follower-metrics.ts';

export interface EdgeMetrics {
  /** `seconds` from arrival to the last byte handed to the socket. */
  request(route: string, method: string, status: number, code: string, seconds: number): void;
  clientError(code: string): void;
  security(event: string): void;
  verdict(decision: string, outcome: 'committed' | 'replayed'): void;
  judged(place: 'inline' | 'worker', seconds: number): void;
  committed(seconds: number): void;
  group(entries: number): void;
  workerLost(reason: string): void;
  guardFailed(log: string): void;
  /** A request for our cosignature, by outcome. */
  witnessAnswered(outcome: string): void;
  /** Prometheus text, version 0.0.4. */
  text(): Promise<string>;
}

/** A log as the metrics show it. */
export interface LogSizes {
  readonly shard: string;
  readonly size: number;
  readonly publishedSize: number;
  /** Covered by a checkpoint that met the quorum; undefined where nobody is asked. */
  readonly witnessedSize: number | undefined;
  /** Which generation is written; 1 where the log was never closed. */
  readonly generation: number;
  /** Entries of closed generations that were acknowledged and are not here. */
  readonly lost: number;
  readonly guardFails: boolean;
}

/** A witness of our log as the metrics show it; its name is the operator's own configuration. */
export interface WitnessSizes {
  readonly witness: string;
  /** Entries published that it has not cosigned. */
  readonly lagEntries: number;
  readonly failures: number;
  readonly cosignedSeconds: number | undefined;
}

/** Values read when somebody asks for the metrics. */
export interface GaugeSources extends FollowerSources {
  readonly judgeDepth: () => { tasks: number; bytes: number };
  readonly workersReady: () => number;
  readonly inFlight: () => number;
  readonly logs: () => readonly LogSizes[];
  readonly publishLagSeconds: () => number;
  readonly witnesses: () => readonly WitnessSizes[];
}

const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];
const GROUP_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export function edgeMetrics(sources: GaugeSources): EdgeMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  followerMetrics(registry, sources);
  const requests = new Counter({
    name: 'fractal_http_requests_total',
    help: 'Requests answered, by route, method, status and code.',
    labelNames: ['route', 'method', 'status', 'code'],
    registers,
  });
  const latency = new Histogram({
    name: 'fractal_http_request_duration_seconds',
    help: 'Time from arrival to answer.',
    labelNames: ['route'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const clientErrors = counter('fractal_http_client_errors_total', 'Connections ended before a request.', 'code');
  const security = counter(
    'fractal_security_events_total',
    'Refused signatures and credentials, damaged rows and the like.',
    'kind',
  );
  const workers = counter('fractal_judge_workers_lost_total', 'Judge threads replaced.', 'reason');
  const guard = counter('fractal_checkpoint_guard_failures_total', 'Checkpoints that could not be recorded.', 'shard');
  const witnessAnswers = counter(
    'fractal_witness_answers_total',
    'Requests for our cosignature, by outcome.',
    'outcome',
  );
  const verdicts = new Counter({
    name: 'fractal_verdicts_total',
    help: 'Verdicts answered, by decision and whether they were new.',
    labelNames: ['decision', 'outcome'],
    registers,
  });
  const judged = new Histogram({
    name: 'fractal_judge_duration_seconds',
    help: 'Time to judge a record, waiting included.',
    labelNames: ['place'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const committed = new Histogram({
    name: 'fractal_commit_duration_seconds',
    help: 'Time from a verdict until it was durable and signed.',
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const groups = new Histogram({
    name: 'fractal_commit_group_entries',
    help: 'Entries in one durable commit.',
    buckets: GROUP_BUCKETS,
    registers,
  });
  gauge('fractal_judge_queue_tasks', 'Tasks waiting or being judged.', () => sources.judgeDepth().tasks);
  gauge('fractal_judge_queue_bytes', 'Bytes of those tasks.', () => sources.judgeDepth().bytes);
  gauge('fractal_judge_workers_ready', 'Judge threads ready.', sources.workersReady);
  gauge('fractal_http_requests_in_flight', 'Requests being answered.', sources.inFlight);
  gauge(
    'fractal_log_publish_lag_seconds',
    'Age of the oldest committed, unpublished entry.',
    sources.publishLagSeconds,
  );
  new Gauge({
    name: 'fractal_log_entries',
    help: 'Entries of a log, committed, published and (where witnesses are asked) witnessed.',
    labelNames: ['shard', 'state'],
    registers,
    collect() {
      for (const log of sources.logs()) {
        this.set({ shard: log.shard, state: 'committed' }, log.size);
        this.set({ shard: log.shard, state: 'published' }, log.publishedSize);
        if (log.witnessedSize !== undefined) this.set({ shard: log.shard, state: 'witnessed' }, log.witnessedSize);
      }
    },
  });
  logGauge('fractal_checkpoint_guard_up', 'Whether checkpoints can be recorded, and so signed.', ({ guardFails }) =>
    guardFails ? 0 : 1,
  );
  logGauge('fractal_log_generation', 'Generation of a log that is written.', ({ generation }) => generation);
  logGauge('fractal_log_lost_entries', 'Entries of closed generations that are not here.', ({ lost }) => lost);
  new Gauge({
    name: 'fractal_witness_lag_entries',
    help: 'Entries published that a witness has not cosigned.',
    labelNames: ['witness'],
    registers,
    collect() {
      for (const { witness, lagEntries } of sources.witnesses()) this.set({ witness }, lagEntries);
    },
  });
  new Gauge({
    name: 'fractal_witness_last_cosigned_timestamp_seconds',
    help: 'Time in the last cosignature of a witness; absent before its first.',
    labelNames: ['witness'],
    registers,
    collect() {
      for (const { witness, cosignedSeconds } of sources.witnesses()) {
        if (cosignedSeconds !== undefined) this.set({ witness }, cosignedSeconds);
      }
    },
  });
  new Counter({
    name: 'fractal_witness_failures_total',
    help: 'Attempts to have a checkpoint cosigned that failed, by witness.',
    labelNames: ['witness'],
    registers,
    collect() {
      this.reset(); // counted by the log itself
      for (const { witness, failures } of sources.witnesses()) this.inc({ witness }, failures);
    },
  });

  function counter(name: string, help: string, label: string) {
    return new Counter({ name, help, labelNames: [label], registers });
  }
  function logGauge(name: string, help: string, read: (log: LogSizes) => number) {
    new Gauge({
      name,
      help,
      labelNames: ['shard'],
      registers,
      collect() {
        for (const log of sources.logs()) this.set({ shard: log.shard }, read(log));
      },
    });
  }
  function gauge(name: string, help: string, read: () => number) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }

  return {
    request(route, method, status, code, seconds) {
      requests.inc({ route, method, status: String(status), code });
      latency.observe({ route }, seconds);
    },
    clientError: (code) => clientErrors.inc({ code }),
    security: (kind) => security.inc({ kind }),
    verdict: (decision, outcome) => verdicts.inc({ decision, outcome }),
    judged: (place, seconds) => judged.observe({ place }, seconds),
    committed: (seconds) => committed.observe(seconds),
    group: (entries) => groups.observe(entries),
    guardFailed: (shard) => guard.inc({ shard }),
    workerLost: (reason) => workers.inc({ reason }),
    witnessAnswered: (outcome) => witnessAnswers.inc({ outcome }),
    text: () => registry.metrics(),
  };
}

/**
 * Both sides of witnessing: who cosigns our log (a tlog-policy), and the logs of others that this server cosigns with a key
 * of its own. A log never witnesses itself: neither its key nor that of this server's witness may stand in the policy, and
 * none of this server's logs among those it cosigns.
 */

import { type Cosigner, cosigner, type Witnessing, type WitnessStatus } from '@fractal/ledger';
import { type DataDirectory, witnessRows } from '@fractal/store-embedded';
import { type Ed25519, equalBytes, parseVerifierKey, type VerifierKey } from '@fractal/tlog';
import type { Limits } from '../edge/limits.ts';
import type { Logger } from '../edge/logger.ts';
import { rateLimiter } from '../edge/rate-limit.ts';
import type { SecurityEvents } from '../edge/security-events.ts';
import { requireOthers, type WitnessPolicy, witnessPolicy } from '../witness/policy.ts';
import { WITNESS_SECRET, type WitnessIdentity, witnessIdentity } from '../witness/witness-identity.ts';
import { verifierKeyOf } from './log-identity.ts';
import { generationsOf, type OpenedLog } from './open-log.ts';
import type { SecretTools } from './secrets.ts';

export interface WitnessSettings {
  /** Text of the tlog-policy by which our log is cosigned. */
  readonly policy?: string | undefined;
  /** Verifier keys of the logs of others that this server cosigns. */
  readonly logs?: readonly string[] | undefined;
  /** Key name of this server's witness; only where it has none yet. */
  readonly name?: string | undefined;
}

export class WitnessLogError extends Error {
  readonly code = 'vkey_malformed';
  constructor(message: string) {
    super(message);
    this.name = 'WitnessLogError';
  }
}

/** Who cosigns us; undefined where nobody is asked. @throws WitnessPolicyError */
export function witnessingOf(options: {
  readonly policy: string | undefined;
  readonly ed25519: Ed25519;
  readonly logger: Logger;
}): (Witnessing & WitnessPolicy) | undefined {
  const { policy, ed25519, logger } = options;
  if (policy === undefined) return undefined;
  return {
    ...witnessPolicy(policy),
    ed25519,
    onAttempt({ witness, fault, changed }) {
      if (!changed) return;
      if (fault === undefined) logger.info('witness_cosigns', { witness });
      else logger.warn('witness_failing', { witness, fault });
    },
  };
}

export interface OwnWitness {
  readonly cosigner: Cosigner;
  readonly identity: WitnessIdentity;
  /** Origins of the logs it cosigns. */
  readonly origins: readonly string[];
}

export interface OwnWitnessOptions {
  readonly settings: WitnessSettings;
  readonly directory: Pick<DataDirectory, 'keyValue' | 'checkSession'>;
  readonly keysFolder: string;
  readonly newName: string;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  readonly ownLogs: readonly OpenedLog[];
  readonly logger: Logger;
}

/**
 * The key this server cosigns others by; undefined where it has none and is not asked to. A key that is there is looked at
 * at every start, also while no log is cosigned: a start after a restore must not pass it by.
 */
export async function ownIdentity(options: OwnWitnessOptions): Promise<WitnessIdentity | undefined> {
  const { settings, secrets, logger } = options;
  const isAsked = settings.logs !== undefined && settings.logs.length > 0;
  if (!isAsked && secrets.keyring.latest(WITNESS_SECRET) === undefined) return undefined;
  const closedGenerations = options.ownLogs.reduce((sum, { closed }) => sum + closed.length, 0);
  const identity = await witnessIdentity({ ...options, name: settings.name, closedGenerations });
  if (identity.isReplaced) logger.warn('witness_key_replaced', { name: identity.name, vkey: identity.vkey });
  return identity;
}

/** This server as a witness; undefined where it cosigns no log. @throws WitnessLogError, WitnessPolicyError */
export async function ownWitness(options: {
  readonly settings: WitnessSettings;
  readonly identity: WitnessIdentity | undefined;
  readonly directory: Pick<DataDirectory, 'keyValue' | 'checkSession'>;
  readonly keysFolder: string;
  readonly ownLogs: readonly OpenedLog[];
  readonly witnessing: WitnessPolicy | undefined;
  readonly clock: { nowMs(): number };
  readonly monotonicMs: () => number;
  readonly limits: Limits;
  readonly ed25519: Ed25519;
  readonly security: SecurityEvents;
}): Promise<OwnWitness | undefined> {
  const { settings, identity, directory, limits } = options;
  const ownKeys: VerifierKey[] = [];
  for (const { name } of options.ownLogs.flatMap(generationsOf)) {
    ownKeys.push(parsed((await verifierKeyOf(options.keysFolder, name)).verifierKey));
  }
  const named = identity === undefined ? ownKeys : [...ownKeys, identity.verifierKey];
  if (options.witnessing !== undefined) requireOthers(options.witnessing, named);
  if (identity === undefined || settings.logs === undefined || settings.logs.length === 0) return undefined;
  const logKeys = settings.logs.map(parsed);
  for (const { name, publicKey } of logKeys) {
    if (named.some((own) => own.name === name || equalBytes(own.publicKey, publicKey))) {
      throw new WitnessLogError(`${name} is of this server: a log does not witness itself`);
    }
  }
  const perLog = rateLimiter({
    ratePerSecond: limits.witnessLogRatePerSecond,
    burst: limits.witnessLogBurst,
    nowMs: options.monotonicMs,
  });
  return {
    identity,
    origins: [...new Set(logKeys.map(({ name }) => name))],
    cosigner: cosigner({
      name: identity.name,
      secretKey: identity.secretKey,
      logKeys,
      store: witnessRows({ ...pick(directory), verifierKey: identity.verifierKey }),
      clock: options.clock,
      ed25519: options.ed25519,
      admit: (origin) => perLog.take(origin, 1).ok,
      onEvidence: ({ origin, note }) =>
        options.security.report('witnessed_log_forked', { origin, note: note.slice(0, NOTE_SHOWN_MAX) }),
    }),
  };
}

/** Of a note in a log line; the text and the log's signature are at its start. */
const NOTE_SHOWN_MAX = 4_096;

function pick({ keyValue, checkSession }: Pick<DataDirectory, 'keyValue' | 'checkSession'>) {
  return { keyValue, checkSession };
}

function parsed(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey.trim());
  if (!key.ok || key.value.type !== 1) throw new WitnessLogError(`${vkey.slice(0, 200)} is no verifier key of a log`);
  return key.value;
}

/** Entries published that the witness has not cosigned yet. */
export function witnessLag({ cosignedSize }: WitnessStatus, publishedSize: number): number {
  return Math.max(0, publishedSize - cosignedSize);
}

/**
 * The witness policy of a server: a tlog-policy file (C2SP) whose witnesses carry the URL to ask them at.
 *
 *     witness <name> <vkey> <submission prefix>       asked at <submission prefix>/add-checkpoint
 *
 * That is what tlog-policy recommends the URL to be. A witness without one is never asked; the quorum must be within reach
 * of those that are. Logs may be listed, since the same file, with our log's key added, is what verifiers use; they change
 * nothing here.
 */

import { WITNESSES_MAX, type Witness } from '@fractal/ledger';
import { parsePolicy, satisfies, type TlogPolicy, type VerifierKey } from '@fractal/tlog';
import { httpWitness } from './http-witness.ts';

export class WitnessPolicyError extends Error {
  readonly code = 'policy_malformed';
  constructor(message: string) {
    super(`witness policy: ${message}`);
    this.name = 'WitnessPolicyError';
  }
}

export interface WitnessPolicy {
  readonly policy: TlogPolicy;
  readonly witnesses: readonly Witness[];
}

/** @throws WitnessPolicyError */
export function witnessPolicy(text: string | Uint8Array): WitnessPolicy {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new WitnessPolicyError(parsed.detail ?? parsed.code);
  const policy = parsed.value;
  const asked = policy.witnesses.filter(({ url }) => url !== undefined);
  if (asked.length > WITNESSES_MAX) throw new WitnessPolicyError(`at most ${WITNESSES_MAX} witnesses can be asked`);
  const reachable = asked.map(({ key }) => ({ ...key, timestamp: 0n }));
  if (!satisfies({ ...policy, logs: [] }, reachable)) {
    throw new WitnessPolicyError('the quorum needs witnesses that have no URL: give each its submission prefix');
  }
  const names = asked.map(({ key }) => key.name);
  const witnesses = asked.map(({ key, url }) =>
    httpWitness({ name: labelOf(key, names), verifierKey: key, url: submissionPrefix(key, url!) }),
  );
  return { policy, witnesses };
}

/** Refuses a policy by which a log would be its own witness: another's word is what a witness is for. */
export function requireOthers({ policy }: WitnessPolicy, ownKeys: readonly VerifierKey[]): void {
  for (const { key } of policy.witnesses) {
    if (ownKeys.some(({ publicKey }) => Buffer.from(publicKey).equals(key.publicKey))) {
      throw new WitnessPolicyError(`${key.name} is a key of this server: it cannot witness itself`);
    }
  }
}

function labelOf({ name, keyId }: VerifierKey, names: readonly string[]): string {
  const isUnique = names.filter((other) => other === name).length === 1;
  return isUnique ? name : `${name}+${keyId.toString(16).padStart(8, '0')}`;
}

function submissionPrefix({ name }: VerifierKey, url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isPlain = parsed?.username === '' && parsed.password === '' && parsed.search === '' && parsed.hash === '';
  if (parsed === undefined || !isPlain || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new WitnessPolicyError(`the URL of ${name} is no http(s) URL without credentials, query and fragment`);
  }
  return parsed.href;
}

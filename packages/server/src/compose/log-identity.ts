/**
 * Who a log is: its origin, the key it signs by and the verifier key strangers use. The seed is in the keyring, the
 * verifier key (whose name is the origin) in `keys/<log>.vkey`; both are durable before the log has an entry.
 *
 * A log never signs under an origin with another key, and never under a new origin over old rows: where one of the two
 * is missing and the log is not empty, opening fails and says what to bring back.
 */

import { join } from 'node:path';
import { type Ed25519, formatVerifierKey, type NoteSigner, noteSigner, parseVerifierKey } from '@fractal/tlog';
import type { Keyring } from '@fractal/vault';
import { readLine, writeLine } from './private-file.ts';
import { type SecretTools, secretOf } from './secrets.ts';

export interface LogIdentity {
  readonly origin: string;
  readonly signer: NoteSigner;
  readonly verifierKey: string;
  readonly verifierKeyFile: string;
}

export interface LogIdentityOptions {
  readonly keysFolder: string;
  readonly log: string;
  /** Origin of a log that is made now; an existing one keeps its own. */
  readonly newOrigin: string;
  /** Whether the rows of the log hold anything. */
  readonly isEmpty: boolean;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
}

export class LogIdentityError extends Error {
  readonly code = 'log_identity_lost';
}

export async function logIdentity(options: LogIdentityOptions): Promise<LogIdentity> {
  const { log, secrets, ed25519 } = options;
  const name = `log-signer/${log}`;
  const verifierKeyFile = join(options.keysFolder, `${log}.vkey`);
  const stored = await readLine(verifierKeyFile);
  requirePresent(options, stored !== undefined, `the verifier key file ${verifierKeyFile}`);
  requirePresent(options, hasSecret(secrets.keyring, name), `the signing key ${name} in the keyring`);
  const secretKey = await secretOf(secrets, name);
  const origin = stored === undefined ? options.newOrigin : originOf(stored, verifierKeyFile);
  const signer = noteSigner({ name: origin, secretKey, ed25519 });
  const verifierKey = formatVerifierKey(signer.verifierKey);
  if (stored !== undefined && stored !== verifierKey) {
    throw new LogIdentityError(
      `${verifierKeyFile} is not the key of ${name}: bring back the keyring that made this log`,
    );
  }
  if (stored === undefined) await writeLine(verifierKeyFile, verifierKey, 0o644);
  return { origin, signer, verifierKey, verifierKeyFile };
}

/**
 * Origin and verifier key of a log that is only read.
 * @throws LogIdentityError where its file is missing or holds none
 */
export async function verifierKeyOf(
  keysFolder: string,
  log: string,
): Promise<Pick<LogIdentity, 'origin' | 'verifierKey' | 'verifierKeyFile'>> {
  const verifierKeyFile = join(keysFolder, `${log}.vkey`);
  const verifierKey = await readLine(verifierKeyFile);
  if (verifierKey === undefined) {
    throw new LogIdentityError(`log ${log} is closed, and ${verifierKeyFile} is missing: bring it back from a copy`);
  }
  return { origin: originOf(verifierKey, verifierKeyFile), verifierKey, verifierKeyFile };
}

function requirePresent({ isEmpty, log }: LogIdentityOptions, present: boolean, what: string): void {
  if (present || isEmpty) return;
  throw new LogIdentityError(`log ${log} has entries, but ${what} is missing: bring it back from a copy`);
}

function hasSecret(keyring: Keyring, name: string): boolean {
  return keyring.latest(name) !== undefined;
}

function originOf(verifierKey: string, file: string): string {
  const parsed = parseVerifierKey(verifierKey);
  if (!parsed.ok) throw new LogIdentityError(`${file} holds no verifier key`);
  return parsed.value.name;
}

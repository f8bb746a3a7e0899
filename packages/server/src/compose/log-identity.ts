/**
 * Who a log is: its origin, the keys it signs by and the verifier keys strangers use. The seeds are in the keyring, one a
 * generation; the verifier keys (whose name is the origin) in the files of log-keys.ts. Both are durable before the log has an
 * entry.
 *
 * A log never signs under an origin with a key that its files do not name, and never under a new origin over old rows: where
 * one of the two is missing and the log is not empty, opening fails and says what to bring back.
 */

import { readVerifierKeys } from '@fractal/store-embedded';
import { type Ed25519, formatVerifierKey, type NoteSigner, noteSigner, parseVerifierKey } from '@fractal/tlog';
import type { Keyring } from '@fractal/vault';
import { readRotation, verifierKeyFileOf, writeVerifierKeys } from './log-keys.ts';
import { readLine, writeLine } from './private-file.ts';
import { type SecretTools, secretOf } from './secrets.ts';

export interface LogIdentity extends LogVerifierKeys {
  /** Those it signs by: its own first, and while a change of it is not over, the one before. */
  readonly signers: readonly NoteSigner[];
}

export interface LogVerifierKeys {
  readonly origin: string;
  readonly verifierKey: string;
  /** Of the keys it signed by before, newest first. */
  readonly olderKeys: readonly string[];
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
  const { log, secrets, ed25519, keysFolder } = options;
  const name = signerName(log);
  const rotation = await readRotation(keysFolder, log);
  if (rotation !== undefined) await writeVerifierKeys(keysFolder, log, rotation); // a crash may have come before
  const verifierKeyFile = verifierKeyFileOf(keysFolder, log);
  const stored = await readLine(verifierKeyFile);
  requirePresent(options, stored !== undefined, `the verifier key file ${verifierKeyFile}`);
  requirePresent(options, secrets.keyring.latest(name) !== undefined, `the signing key ${name} in the keyring`);
  if (stored === undefined) {
    const secretKey = await secretOf(secrets, name);
    const signer = noteSigner({ name: options.newOrigin, secretKey, ed25519 });
    const verifierKey = formatVerifierKey(signer.verifierKey);
    await writeLine(verifierKeyFile, verifierKey, 0o644);
    return { origin: options.newOrigin, signers: [signer], verifierKey, olderKeys: [], verifierKeyFile };
  }
  const keys = await verifierKeyOf(keysFolder, log);
  const signerOf = (key: string) => heldSigner({ keyring: secrets.keyring, log, verifierKey: key, ed25519 })?.signer;
  const signer = signerOf(stored);
  if (signer === undefined) {
    throw new LogIdentityError(
      `${verifierKeyFile} is not the key of ${name}: bring back the keyring that made this log`,
    );
  }
  const isOverlapping = rotation !== undefined && secrets.clock.nowMs() < rotation.overlapUntilMs;
  const older = isOverlapping ? signerOf(rotation.oldKey) : undefined;
  return { ...keys, signers: older === undefined ? [signer] : [signer, older] };
}

export const signerName = (log: string): string => `log-signer/${log}`;

/** The signing key in the keyring whose verifier key this is, and its generation; undefined where it is not held. */
export function heldSigner(options: {
  readonly keyring: Keyring;
  readonly log: string;
  readonly verifierKey: string;
  readonly ed25519: Ed25519;
}): { readonly signer: NoteSigner; readonly generation: number } | undefined {
  const { keyring, log, verifierKey, ed25519 } = options;
  const parsed = parseVerifierKey(verifierKey);
  if (!parsed.ok) return undefined;
  for (const generation of [...keyring.generations(signerName(log))].reverse()) {
    const held = keyring.get(signerName(log), generation);
    if (held === undefined) continue;
    const signer = noteSigner({ name: parsed.value.name, secretKey: held.secret, ed25519 });
    if (formatVerifierKey(signer.verifierKey) === verifierKey) return { signer, generation };
  }
  return undefined;
}

/**
 * Origin and verifier keys of a log that is there.
 * @throws LogIdentityError where its file is missing or holds none
 */
export async function verifierKeyOf(keysFolder: string, log: string): Promise<LogVerifierKeys> {
  const verifierKeyFile = verifierKeyFileOf(keysFolder, log);
  const verifierKey = await readLine(verifierKeyFile);
  if (verifierKey === undefined) {
    throw new LogIdentityError(`log ${log} is closed, and ${verifierKeyFile} is missing: bring it back from a copy`);
  }
  const known = await readVerifierKeys(keysFolder, log);
  const origin = originOf(verifierKey, verifierKeyFile);
  return { origin, verifierKey, olderKeys: known.filter((key) => key !== verifierKey), verifierKeyFile };
}

/** Whether the log was ever opened. */
export async function hasVerifierKey(keysFolder: string, log: string): Promise<boolean> {
  return (await readLine(verifierKeyFileOf(keysFolder, log))) !== undefined;
}

function requirePresent({ isEmpty, log }: LogIdentityOptions, present: boolean, what: string): void {
  if (present || isEmpty) return;
  throw new LogIdentityError(`log ${log} has entries, but ${what} is missing: bring it back from a copy`);
}

function originOf(verifierKey: string, file: string): string {
  const parsed = parseVerifierKey(verifierKey);
  if (!parsed.ok) throw new LogIdentityError(`${file} holds no verifier key`);
  return parsed.value.name;
}

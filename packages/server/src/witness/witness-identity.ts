/**
 * Who this server is as a witness: a key of its own in the keyring (`witness-signer`), never that of a log, and its
 * verifier key in `keys/witness.vkey`. Both are durable before the first cosignature.
 *
 * What a witness signed lies in its rows, bound to its key. Where the rows are lost, or were put back from a copy (a log of
 * the directory had to be closed for it), the key must not sign again, since what it signed after the copy is forgotten: a
 * new generation of the key is made, which is another witness to everyone. Logs that want its word again need the new
 * verifier key. Not noticed: rows put back from a copy since which none of the directory's own logs published anything;
 * whoever does that removes `keys/witness.vkey`, and the next start makes a new key.
 */

import { join } from 'node:path';
import { type DataDirectory, markWitnessKey } from '@fractal/store-embedded';
import { type Ed25519, formatVerifierKey, noteCosigner, parseVerifierKey, type VerifierKey } from '@fractal/tlog';
import { readLine, writeLine } from '../compose/private-file.ts';
import { type SecretTools, secretOf } from '../compose/secrets.ts';

export interface WitnessIdentity {
  readonly name: string;
  readonly secretKey: Uint8Array;
  readonly verifierKey: VerifierKey;
  /** Text of the verifier key. */
  readonly vkey: string;
  readonly vkeyFile: string;
  /** Whether an older key was given up at this start. */
  readonly isReplaced: boolean;
}

export interface WitnessIdentityOptions {
  readonly directory: Pick<DataDirectory, 'keyValue' | 'checkSession'>;
  readonly keysFolder: string;
  /** Key name asked for; undefined: the one it has, else `newName`. */
  readonly name: string | undefined;
  readonly newName: string;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  /** Of all logs of the directory, together: one more than before says that rows were put back from the past. */
  readonly closedGenerations: number;
}

export class WitnessIdentityError extends Error {
  readonly code = 'witness_name_taken';
}

export const WITNESS_SECRET = 'witness-signer';

export async function witnessIdentity(options: WitnessIdentityOptions): Promise<WitnessIdentity> {
  const { keysFolder, secrets } = options;
  const vkeyFile = join(keysFolder, 'witness.vkey');
  const stored = await readLine(vkeyFile);
  const name = nameOf(options, stored, vkeyFile);
  const isOld = secrets.keyring.latest(WITNESS_SECRET) !== undefined;
  let secretKey = await secretOf(secrets, WITNESS_SECRET);
  const mark = await markOf(options, name, secretKey);
  const isReplaced = isOld && (mark !== 'known' || stored === undefined);
  if (isReplaced) {
    const generation = secrets.keyring.latest(WITNESS_SECRET)!.generation + 1;
    secretKey = secrets.rng.bytes(secretKey.length);
    await secrets.keyring.add({
      name: WITNESS_SECRET,
      generation,
      createdMs: secrets.clock.nowMs(),
      secret: secretKey,
    });
    await markOf(options, name, secretKey);
  }
  const verifierKey = keyOf(options, name, secretKey);
  const vkey = formatVerifierKey(verifierKey);
  if (stored !== vkey) await writeLine(vkeyFile, vkey, 0o644);
  return { name, secretKey, verifierKey, vkey, vkeyFile, isReplaced };
}

function markOf(options: WitnessIdentityOptions, name: string, secretKey: Uint8Array) {
  const { keyValue, checkSession } = options.directory;
  const rows = { keyValue, checkSession, verifierKey: keyOf(options, name, secretKey) };
  return markWitnessKey(rows, options.closedGenerations);
}

function keyOf({ ed25519 }: WitnessIdentityOptions, name: string, secretKey: Uint8Array): VerifierKey {
  return noteCosigner({ name, secretKey, ed25519, timeSeconds: 0n }).verifierKey;
}

/** A name stays: one key under two names would be two witnesses that sign the same bytes. */
function nameOf({ name, newName }: WitnessIdentityOptions, stored: string | undefined, file: string): string {
  if (stored === undefined) return name ?? newName;
  const parsed = parseVerifierKey(stored);
  if (!parsed.ok) throw new WitnessIdentityError(`${file} holds no verifier key: bring it back from a copy`);
  if (name !== undefined && name !== parsed.value.name) {
    throw new WitnessIdentityError(
      `the witness of this directory is named ${parsed.value.name} and stays so, not ${name}`,
    );
  }
  return parsed.value.name;
}

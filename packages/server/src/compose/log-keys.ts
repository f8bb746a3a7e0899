/**
 * The files that say by which keys a log signs and has signed (spec/log.md, "A new key"):
 *
 *     keys/<log>.vkey            the verifier key of now; its name is the origin
 *     keys/<log>.vkeys           all of them, newest first, one a line; only where the key was ever changed
 *     keys/<log>.rotation.json   a change that is not over: both keys, until when both sign, whether it is logged
 *
 * The last one is durable before the others change, and a start brings them after it: a crash anywhere leaves a log that knows
 * its old key and, once the new one could have signed anything, that one too.
 */

import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readVerifierKeys, syncFolder } from '@fractal/store-embedded';
import { jsonObject } from './generations.ts';
import { readLine, writeLine } from './private-file.ts';

/** Verifier keys as text. */
export interface LogRotation {
  readonly oldKey: string;
  readonly newKey: string;
  /** Checkpoints carry both signatures until then. */
  readonly overlapUntilMs: number;
  /** Whether the control log says so. */
  readonly isLogged: boolean;
}

const rotationFile = (keysFolder: string, log: string): string => join(keysFolder, `${log}.rotation.json`);
export const verifierKeyFileOf = (keysFolder: string, log: string): string => join(keysFolder, `${log}.vkey`);
const verifierKeysFile = (keysFolder: string, log: string): string => join(keysFolder, `${log}.vkeys`);

/** The change that is not over; undefined where there is none. Throws where the file holds something else. */
export async function readRotation(keysFolder: string, log: string): Promise<LogRotation | undefined> {
  const file = rotationFile(keysFolder, log);
  const text = await readLine(file);
  if (text === undefined) return undefined;
  const rotation = parseRotation(text);
  if (rotation === undefined) throw new Error(`${file} is damaged: bring it back from a copy`);
  return rotation;
}

/** Never throws. */
export function parseRotation(text: string): LogRotation | undefined {
  const { old_key: oldKey, new_key: newKey, overlap_until_ms: overlapUntilMs, logged: isLogged } = jsonObject(text);
  if (typeof oldKey !== 'string' || typeof newKey !== 'string' || typeof isLogged !== 'boolean') return undefined;
  if (!Number.isSafeInteger(overlapUntilMs) || (overlapUntilMs as number) < 0) return undefined;
  return { oldKey, newKey, overlapUntilMs: overlapUntilMs as number, isLogged };
}

/** Durable when it resolves. */
export function writeRotation(keysFolder: string, log: string, rotation: LogRotation): Promise<void> {
  return writeLine(rotationFile(keysFolder, log), formatRotation(rotation), 0o600);
}

export function formatRotation({ oldKey, newKey, overlapUntilMs, isLogged }: LogRotation): string {
  return JSON.stringify({ old_key: oldKey, new_key: newKey, overlap_until_ms: overlapUntilMs, logged: isLogged });
}

export async function removeRotation(keysFolder: string, log: string): Promise<void> {
  const file = rotationFile(keysFolder, log);
  await rm(file, { force: true });
  await syncFolder(dirname(file));
}

/** Brings the key files after a change: all keys first, then the one of now. Again is no change. */
export async function writeVerifierKeys(keysFolder: string, log: string, { newKey }: LogRotation): Promise<void> {
  const known = await readVerifierKeys(keysFolder, log);
  if (!known.includes(newKey)) await writeLine(verifierKeysFile(keysFolder, log), [newKey, ...known].join('\n'), 0o644);
  await writeLine(verifierKeyFileOf(keysFolder, log), newKey, 0o644);
}

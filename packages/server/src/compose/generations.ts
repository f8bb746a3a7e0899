/**
 * Generations of a log (DESIGN I5; spec/guard.md). A log that may not go on under its origin is closed for good and followed by
 * the next generation, with rows, public folder, key and origin of its own:
 *
 *     0     keys/0.vkey     keys/0.closed.json     log/0/       <origin>
 *     0-2   keys/0-2.vkey                          log/0-2/     <origin>-2
 *
 * `<name>.closed.json` is durable before anything of the next generation is made, and is never taken back: what it names
 * is not signed again, whatever its guard says later.
 */

import { join } from 'node:path';
import type { ClosedReason } from '@fractal/ledger';
import { readLine, writeLine } from './private-file.ts';

/** More than this many restores of one directory are a mistake, not a history. */
export const GENERATIONS_MAX = 24;

/** Why and when a log was closed. */
export interface ClosedFacts {
  readonly reason: ClosedReason;
  readonly closedMs: number;
  /** Entries its rows held. */
  readonly ownSize: number;
  /** Entries that were published or recorded; undefined where that is not known. */
  readonly knownSize: number | undefined;
}

/** Name of generation n of a log; generations count from 1. */
export function generationName(log: string, generation: number): string {
  return generation === 1 ? log : `${log}-${generation}`;
}

/** Entries that were acknowledged, or recorded and about to be, and are not in the rows; undefined where it is not known. */
export function lostEntries({ ownSize, knownSize }: ClosedFacts): number | undefined {
  return knownSize === undefined || knownSize < ownSize ? undefined : knownSize - ownSize;
}

const closedFile = (keysFolder: string, name: string): string => join(keysFolder, `${name}.closed.json`);

/** Undefined where the log is not closed. A file that can't be read says that it is, and no more. */
export async function readClosed(keysFolder: string, name: string): Promise<ClosedFacts | undefined> {
  const line = await readLine(closedFile(keysFolder, name));
  return line === undefined ? undefined : parseClosed(line);
}

/** Durable when it resolves. */
export function writeClosed(keysFolder: string, name: string, facts: ClosedFacts): Promise<void> {
  const { reason, closedMs, ownSize, knownSize } = facts;
  const value = { reason, closed_ms: closedMs, own_size: ownSize, known_size: knownSize ?? null };
  return writeLine(closedFile(keysFolder, name), JSON.stringify(value), 0o644);
}

const REASONS: readonly string[] = ['behind', 'unlike', 'forged', 'guard_lost', 'restored'] satisfies ClosedReason[];

/** Never throws: a damaged file must not open a log again. */
export function parseClosed(text: string): ClosedFacts {
  const value = jsonObject(text);
  const { reason } = value;
  return {
    reason: typeof reason === 'string' && REASONS.includes(reason) ? (reason as ClosedReason) : 'restored',
    closedMs: count(value.closed_ms) ?? 0,
    ownSize: count(value.own_size) ?? 0,
    knownSize: count(value.known_size),
  };
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** An object's members; none for anything else. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // no JSON: the caller takes what is missing as it does any missing member
  }
}

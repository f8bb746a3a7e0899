/** The answers of `GET /v1/tag-key` and `GET /v1/entries` as values. */
import { fromBase64 } from '@fractal/tlog';
import type { HeldEntry } from '../completeness/held-entry.ts';
import { isCount, isObject } from '../json/shape.ts';
import { integerOf, optionInvalid } from './options.ts';

/** 32 bytes; undefined when misshapen. */
export function parseTagKey(value: unknown): Uint8Array | undefined {
  if (!isObject(value) || typeof value.tag_key !== 'string') return undefined;
  const key = fromBase64(value.tag_key);
  return key?.length === 32 ? key : undefined;
}

export interface EntriesPage {
  readonly origin: string;
  readonly entries: readonly HeldEntry[];
  /** Where to go on; undefined when everything before `to`, or the end of the log, was looked at. */
  readonly next: bigint | undefined;
}

export function parseEntriesPage(value: unknown): EntriesPage | undefined {
  if (!isObject(value) || typeof value.origin !== 'string' || !Array.isArray(value.entries)) return undefined;
  const { origin, next } = value;
  const entries = value.entries.map(parseEntry);
  if (entries.includes(undefined) || (next !== null && !isCount(next))) return undefined;
  return { origin, entries: entries as HeldEntry[], next: next === null ? undefined : BigInt(next) };
}

function parseEntry(value: unknown): HeldEntry | undefined {
  if (!isObject(value) || !isCount(value.index)) return undefined;
  const [tag, salt, body] = [value.tag, value.salt, value.body].map((part) =>
    typeof part === 'string' ? fromBase64(part) : undefined,
  );
  if (tag?.length !== 16 || salt?.length !== 16 || body === undefined) return undefined;
  return { index: BigInt(value.index), tag, salt, body };
}

export interface EntriesQuery {
  readonly from: bigint | number;
  /** Not included. */
  readonly to: bigint | number;
  /** Default: the log that is written now. */
  readonly origin?: string;
}

export function entriesQuery({ from, to, origin }: EntriesQuery): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ from, to })) {
    query.set(name, String(integerOf(name, Number(value), 0, Number.MAX_SAFE_INTEGER)));
  }
  if (origin !== undefined) {
    if (typeof origin !== 'string' || origin === '') throw optionInvalid('origin: of a log');
    query.set('origin', origin);
  }
  return `?${query}`;
}

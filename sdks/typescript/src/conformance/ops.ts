/**
 * The conformance runner without its input and output: one line of NDJSON in, one line out. Speaks the ops of
 * conformance.md, so that every SDK can be held against the same cases (vectors/).
 *
 * A line is one JSON object `{"id", "op", …}` and the answer `{"id", "ok": true, …}` or `{"id", "ok": false, "code"}`.
 * `id` is a string or an exact integer and comes back as it was; a line that is no such object is answered with
 * `"id": null` and `bad_request`, an op that is not in the table with `unknown_op`. Nothing throws.
 */
import type { ErrorCode } from '../errors/codes.ts';
import { isObject, type JsonObject, parseJsonText } from '../json/shape.ts';
import { Case, CaseFault } from './case.ts';
import { logOps } from './log-ops.ts';
import type { Op } from './op.ts';
import { recordOps } from './record-ops.ts';

/** Bytes of one line, newline excluded. A longer one is `line_too_large`: room for a document of 1 MiB in base64, and more. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;

type CaseId = string | number | null;

export type CaseAnswer =
  | { readonly id: CaseId; readonly ok: true; readonly [name: string]: unknown }
  | { readonly id: CaseId; readonly ok: false; readonly code: ErrorCode };

const ops: ReadonlyMap<string, Op> = new Map(Object.entries({ ...recordOps, ...logOps }));

/** Names of all ops, sorted. */
export const OP_NAMES: readonly string[] = [...ops.keys()].sort();

/** Answers one case that is JSON already. */
export function runCase(value: unknown): CaseAnswer {
  if (!isObject(value)) return { id: null, ok: false, code: 'bad_request' };
  const id = idOf(value);
  const name = value.op;
  if (id === null || typeof name !== 'string') return { id, ok: false, code: 'bad_request' };
  const op = ops.get(name);
  if (op === undefined) return { id, ok: false, code: 'unknown_op' };
  try {
    return { id, ok: true, ...op(new Case(value)) };
  } catch (error) {
    if (error instanceof CaseFault) return { id, ok: false, code: error.code };
    throw error;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Answers one line, without its newline, by one line, without a newline. */
export function runLine(line: Uint8Array): string {
  return JSON.stringify(runCase(parseLine(line)));
}

/** The answer to a line that was longer than `LINE_BYTES_MAX` and was not kept. */
export function refuseLine(): string {
  return JSON.stringify({ id: null, ok: false, code: 'line_too_large' } satisfies CaseAnswer);
}

function parseLine(line: Uint8Array): unknown {
  try {
    return parseJsonText(decoder.decode(line));
  } catch {
    // Not UTF-8: no JSON either.
    return undefined;
  }
}

function idOf(value: JsonObject): CaseId {
  const { id } = value;
  return typeof id === 'string' || Number.isSafeInteger(id) ? (id as CaseId) : null;
}

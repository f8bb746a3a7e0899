/**
 * The server's JSON answers as values, checked member by member (DESIGN section 13). Unknown members are ignored, a
 * missing or misshapen one makes the answer `response_malformed` (the client's work; here: undefined). Not checked here:
 * whether the receipt proves the verdict. That is `verifyReceipt` and `requireAccepted`, which trust no server.
 */
import { fromBase64, parseUint64 } from '@fractal/tlog';
import { isCount, isHash, isObject, isOneOf } from '../json/shape.ts';
import { DECISIONS, type Decision, MODES, type Mode, parseVerdict, type Verdict } from '../receipt/verdict.ts';

/** The strictest verdict for the key, or a resolution with a higher revision. */
export interface Effective {
  readonly decision: Decision;
  /** 0 = no resolution yet. */
  readonly revision: number;
}

export interface LogPosition {
  readonly origin: string;
  readonly index: bigint;
}

export const REACHED = ['committed', 'published', 'witnessed'] as const;
/** How far the entry had come when the server answered a call with `wait`. */
export type Reached = (typeof REACHED)[number];

export interface VerdictAnswer {
  readonly pcsId: string;
  readonly verdict: Verdict;
  readonly effective: Effective;
  readonly log: LogPosition;
  /** A tlog-proof; absent when the call said `receipt: false`. */
  readonly receipt?: string;
  /** Of the output's commitment, 16 bytes, when the server drew it (check). Needed to verify the receipt for the text. */
  readonly salt?: Uint8Array;
  /** The record was known already and this is its stored verdict. */
  readonly replayed?: boolean;
  readonly reached?: Reached;
}

export function parseVerdictAnswer(value: unknown): VerdictAnswer | undefined {
  if (!isObject(value)) return undefined;
  const { pcs_id: pcsId, receipt, replayed, reached } = value;
  const verdict = parseVerdict(value.verdict);
  const effective = parseEffective(value.effective);
  const log = parseLogPosition(value.log);
  const salt = parseSalt(value.salt);
  if (!isHash(pcsId) || verdict === undefined || effective === undefined || log === undefined) return undefined;
  if (salt === undefined || (receipt !== undefined && typeof receipt !== 'string')) return undefined;
  if (replayed !== undefined && typeof replayed !== 'boolean') return undefined;
  if (reached !== undefined && !isOneOf(REACHED, reached)) return undefined;
  return {
    pcsId,
    verdict,
    effective,
    log,
    ...(receipt === undefined ? {} : { receipt }),
    ...(salt === null ? {} : { salt }),
    ...(replayed === undefined ? {} : { replayed }),
    ...(reached === undefined ? {} : { reached }),
  };
}

export function parseEffective(value: unknown): Effective | undefined {
  if (!isObject(value)) return undefined;
  const { decision, revision } = value;
  return isOneOf(DECISIONS, decision) && isCount(revision) ? { decision, revision } : undefined;
}

/** `index` may be a decimal string (any 64-bit number) or a JSON number that is exact. */
export function parseLogPosition(value: unknown): LogPosition | undefined {
  if (!isObject(value)) return undefined;
  const { origin, index } = value;
  const position = isCount(index) ? BigInt(index) : typeof index === 'string' ? parseUint64(index) : undefined;
  return typeof origin === 'string' && origin !== '' && position !== undefined
    ? { origin, index: position }
    : undefined;
}

/** 16 bytes; null when there is none; undefined when misshapen. */
export function parseSalt(value: unknown): Uint8Array | null | undefined {
  if (value === undefined || value === null) return null;
  const salt = typeof value === 'string' ? fromBase64(value) : undefined;
  return salt?.length === 16 ? salt : undefined;
}

export interface ReceiptAnswer {
  readonly pcsId: string;
  readonly log: LogPosition;
  /** A tlog-proof under the newest published checkpoint. */
  readonly receipt: string;
  /** Of the output, where the edge drew it and the content is still there. */
  readonly salt?: Uint8Array;
}

export function parseReceiptAnswer(value: unknown): ReceiptAnswer | undefined {
  const appended = parseAppended(value);
  const { receipt, salt: saltText } = isObject(value) ? value : {};
  const salt = parseSalt(saltText);
  if (appended === undefined || typeof receipt !== 'string' || salt === undefined) return undefined;
  return { ...appended, receipt, ...(salt === null ? {} : { salt }) };
}

/** What was appended beside a verdict (a label, an erasure), and where. */
export interface Appended {
  readonly pcsId: string;
  readonly log: LogPosition;
}

export function parseAppended(value: unknown): Appended | undefined {
  if (!isObject(value)) return undefined;
  const log = parseLogPosition(value.log);
  const pcsId = value.pcs_id;
  return isHash(pcsId) && log !== undefined ? { pcsId, log } : undefined;
}

export interface Resolved extends Appended {
  readonly effective: Effective;
}

export function parseResolved(value: unknown): Resolved | undefined {
  const appended = parseAppended(value);
  const effective = isObject(value) ? parseEffective(value.effective) : undefined;
  return appended === undefined || effective === undefined ? undefined : { ...appended, effective };
}

/** A task's policy as it is in force. */
export interface Policy {
  readonly version: number;
  readonly mode: Mode;
  readonly acceptRiskMax: number;
  readonly retryAttemptsMax: number;
  readonly forbid: readonly string[];
  readonly requireSignals: readonly string[];
}

export function parsePolicyAnswer(value: unknown): Policy | undefined {
  if (!isObject(value)) return undefined;
  const { version, mode, accept_risk_max: acceptRiskMax, retry_attempts_max: retryAttemptsMax } = value;
  const { forbid = [], require_signals: requireSignals = [] } = value;
  if (!isCount(version) || !isOneOf(MODES, mode) || !isCount(retryAttemptsMax)) return undefined;
  if (typeof acceptRiskMax !== 'number' || !(acceptRiskMax >= 0 && acceptRiskMax <= 1)) return undefined;
  if (!isTextList(forbid) || !isTextList(requireSignals)) return undefined;
  return { version, mode, acceptRiskMax, retryAttemptsMax, forbid, requireSignals };
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

/**
 * The body of a verdict as a typed value (spec, "Bodies"): what the leaf commits to and the receipt carries.
 *
 *     {"type":"verdict","version":1,"tenant","namespace","stream","epoch","task","run"?,"attempt","parent"?,"pcs_id",
 *      "digest","profile","signer","kid","merkle_root","output","content","usage"?,"time","verdict":{…}}
 *
 * The bytes must be canonical JSON: one spelling, no name twice, so that no two readers can see two decisions in one
 * body. Members beyond these are ignored. Not checked: whether the log told the truth; a receipt shows what the log
 * committed to, by whose signature.
 */
import { isCanonical } from '@fractal/record';
import { utf8Decode } from '@fractal/tlog';
import { isCount, isHash, isObject, isOneOf, parseJsonText } from '../json/shape.ts';
import { parseVerdict, type Verdict } from './verdict.ts';

export const SIGNERS = ['tenant', 'agent', 'edge'] as const;
export const PROFILES = ['fractal-pcs', 'fractal-lba-kakeya'] as const;

export interface VerdictBody {
  readonly tenant: string;
  readonly namespace: string;
  readonly stream: string;
  readonly task: string;
  readonly run: string | undefined;
  readonly attempt: number;
  readonly pcsId: string;
  /** SHA-256 of the signed payload of the record, hex. */
  readonly digest: string;
  readonly profile: (typeof PROFILES)[number];
  /** Who signed the record. */
  readonly signer: (typeof SIGNERS)[number];
  readonly kid: string;
  readonly merkleRoot: string;
  /** Commitment of the output, hex; null when the record brought no content. */
  readonly output: string | null;
  /** When the verdict was reached, ms since 1970, by the server's clock. */
  readonly timeMs: number;
  readonly verdict: Verdict;
}

/** Undefined unless the bytes are the canonical body of a verdict. */
export function parseVerdictBody(bytes: Uint8Array): VerdictBody | undefined {
  if (!isCanonical(bytes)) return undefined;
  const value = parseJsonText(utf8Decode(bytes) ?? '');
  if (!isObject(value) || value.type !== 'verdict' || value.version !== 1) return undefined;
  const { tenant, namespace, stream, task, run, attempt, pcs_id: pcsId, digest, profile, signer, kid } = value;
  const { merkle_root: merkleRoot, output, time: timeMs } = value;
  const verdict = parseVerdict(value.verdict);
  if (!isText(tenant) || !isText(namespace) || !isText(stream) || !isText(task) || !isText(kid)) return undefined;
  if (run !== undefined && !isText(run)) return undefined;
  if (!isCount(attempt) || !isCount(timeMs)) return undefined;
  if (!isHash(pcsId) || !isHash(digest) || !isHash(merkleRoot)) return undefined;
  if (output !== null && !isHash(output)) return undefined;
  if (!isOneOf(PROFILES, profile) || !isOneOf(SIGNERS, signer) || verdict === undefined) return undefined;
  return {
    tenant,
    namespace,
    stream,
    task,
    run,
    attempt,
    pcsId,
    digest,
    profile,
    signer,
    kid,
    merkleRoot,
    output,
    timeMs,
    verdict,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/**
 * The body of a verdict: what is logged, as canonical JSON (DESIGN section 4, "Body"). It holds commitments, numbers,
 * codes and offsets, never text of the content (I6).
 *
 * `verdict` is its second last member, `version` its last: that is how `verdictTextOf` cuts the verdict out of stored
 * bytes without writing it again, so that every answer carries it byte for byte (I4).
 */

import { canonicalJson, type PlainJson } from '@fractal/record';
import { toHex, utf8Decode } from '@fractal/tlog';
import type { Assessment, TaskPolicy } from '@fractal/trust';

export type Signer = 'tenant' | 'agent' | 'edge';

export interface VerdictFacts {
  readonly tenant: string;
  readonly namespace: string;
  readonly stream: string;
  /** A decimal string beyond 2^53 − 1: epochs of deployed agents go up to 2^63 − 1. */
  readonly epoch: number | string;
  readonly task: string;
  readonly run?: string | undefined;
  /** As epoch. */
  readonly attempt: number | string;
  readonly parent?: string | undefined;
  readonly pcsId: string;
  readonly digest: Uint8Array;
  readonly profile: 'fractal-pcs' | 'fractal-lba-kakeya';
  readonly signer: Signer;
  readonly kid: string;
  readonly merkleRoot: string;
  /** Hash of the output item; null where there is no content. */
  readonly output: Uint8Array | null;
  readonly content: 'vault' | 'none';
  readonly usage?: { readonly [name: string]: PlainJson | undefined } | undefined;
  readonly timeMs: number;
  /** The record's own signals, logged beside the assessment's, which win where both have a name. */
  readonly recordSignals: Readonly<Record<string, number>>;
  readonly policy: TaskPolicy;
  readonly assessment: Assessment;
}

export function verdictBody(facts: VerdictFacts): Uint8Array {
  return canonicalJson({
    type: 'verdict',
    version: 1,
    tenant: facts.tenant,
    namespace: facts.namespace,
    stream: facts.stream,
    epoch: facts.epoch,
    task: facts.task,
    run: facts.run,
    attempt: facts.attempt,
    parent: facts.parent,
    pcs_id: facts.pcsId,
    digest: toHex(facts.digest),
    profile: facts.profile,
    signer: facts.signer,
    kid: facts.kid,
    merkle_root: facts.merkleRoot,
    output: facts.output === null ? null : toHex(facts.output),
    content: facts.content,
    usage: facts.usage,
    time: facts.timeMs,
    verdict: verdictOf(facts),
  });
}

function verdictOf({ assessment, policy, recordSignals }: VerdictFacts): PlainJson {
  return {
    decision: assessment.decision,
    risk: assessment.risk,
    bound: null,
    certificate: null,
    mode: policy.mode,
    policy: { version: policy.version },
    reasons: assessment.reasons as readonly PlainJson[],
    signals: { ...recordSignals, ...assessment.signals },
    versions: assessment.versions,
  };
}

const OPENING = ',"verdict":{';
const CLOSING = ',"version":1}';

/** The `verdict` member of a verdict body, as text, or undefined for a body that is none. */
export function verdictTextOf(body: Uint8Array): string | undefined {
  const text = utf8Decode(body);
  if (text === undefined || !text.endsWith(CLOSING)) return undefined;
  // No string of canonical JSON can hold this sequence (its quotes would be escaped), and no member before `verdict` has
  // an object with a member of that name.
  const at = text.indexOf(OPENING);
  return at < 0 ? undefined : text.slice(at + OPENING.length - 1, -CLOSING.length);
}

/** What the server reads back from a stored body. */
export interface StoredVerdict {
  readonly decision: string;
  readonly signer: Signer;
  readonly content: 'vault' | 'none';
}

/** For bodies this server wrote; throws for anything else, since the store checks its rows. */
export function readVerdictBody(body: Uint8Array): StoredVerdict {
  const parsed = JSON.parse(utf8Decode(body) ?? '') as {
    type: unknown;
    verdict: { decision: string };
    signer: Signer;
    content: 'vault' | 'none';
  };
  if (parsed.type !== 'verdict') throw new Error('an entry under a verdict key is no verdict');
  return { decision: parsed.verdict.decision, signer: parsed.signer, content: parsed.content };
}

/** The task of a stored verdict; for bodies this server wrote, as above. */
export function taskOfBody(body: Uint8Array): string {
  return (JSON.parse(utf8Decode(body) ?? '') as { task: string }).task;
}

/** How many structural checks the record of a deployed agent failed, from its stored body: a repeat is answered alike. */
export function structuralChecksFailed(body: Uint8Array): number {
  const parsed = JSON.parse(utf8Decode(body) ?? '') as { verdict: { signals: Record<string, number> } };
  return parsed.verdict.signals.structural_checks_failed ?? Number.POSITIVE_INFINITY;
}

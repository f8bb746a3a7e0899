/**
 * The effective decision of a record: the strictest of its verdicts, unless a resolution with a higher revision says
 * otherwise (DESIGN section 2). A verdict has revision 0. One verdict exists for a key here (I3); the row holds the
 * resolution with the highest revision and is written in that resolution's own commit.
 */

import { canonicalJson } from '@fractal/record';
import { utf8Decode } from '@fractal/tlog';
import { DECISIONS, type Decision } from '../routes/schemas.ts';

export interface Effective {
  readonly decision: Decision;
  /** 0: the verdict's own. */
  readonly revision: number;
}

export const EFFECTIVE_TABLE = 'effective';

/** Strictness, mildest first. */
const STRICTNESS: readonly Decision[] = ['accept', 'retry', 'retrieve', 'escalate', 'block'];

export function isDecision(text: string): text is Decision {
  return (DECISIONS as readonly string[]).includes(text);
}

/** The strictest of at least one decision; a text that is no decision counts as `block` (I10). */
export function strictest(decisions: readonly string[]): Decision {
  let most: Decision = 'accept';
  for (const decision of decisions) {
    const known = isDecision(decision) ? decision : 'block';
    if (STRICTNESS.indexOf(known) > STRICTNESS.indexOf(most)) most = known;
  }
  return decisions.length === 0 ? 'block' : most;
}

/** In whatever order resolutions come, the one with the highest revision stands (I9). */
export function effectiveOf(verdicts: readonly string[], resolution: Effective | undefined): Effective {
  if (resolution !== undefined && resolution.revision > 0) return resolution;
  return { decision: strictest(verdicts), revision: 0 };
}

export function encodeEffective({ decision, revision }: Effective): Uint8Array {
  return canonicalJson({ decision, revision });
}

/** For rows this server wrote; throws for anything else. */
export function decodeEffective(row: Uint8Array): Effective {
  const value = JSON.parse(utf8Decode(row) ?? '') as { decision: string; revision: number };
  if (!isDecision(value.decision) || !Number.isSafeInteger(value.revision))
    throw new Error('an effective row is broken');
  return { decision: value.decision, revision: value.revision };
}

/**
 * Every figure, amount and date of a claim has to be in the window, with its unit, and beside the words the claim puts it beside.
 * What is not there is reported with the figure the evidence has in its place, where one stands there.
 */

import { PREPOSITION } from '../lexicon/words.ts';
import type { Quantity } from '../text/quantity.ts';
import type { Tokens } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import { binding } from './binding.ts';
import type { Claim } from './claims.ts';
import { type Comparison, compareQuantities } from './compare.ts';
import { type Finding, finding } from './finding.ts';
import { type Passages, quantitiesIn } from './passages.ts';

const RISK_DIFFERS = 0.92;
const RISK_MISSING = 0.85;
const RISK_WEAK_MISSING = 0.4;
/** The same figure near by, none in its place: a dateline, a heading. */
const RISK_ELSEWHERE = 0.22;
/** The same figure near by, another in its place. */
const RISK_CONTESTED = 0.65;
/** The evidence has the year but not the day. */
const RISK_DATE_PARTIAL = 0.5;
const RISK_MISPLACED = 0.6;
const RISK_PARTIAL = 0.16;
const RISK_CLOSE = 0.08;
/** Another value sits this much better among the claim's words than the claim's own. */
const MISPLACED_RATIO = 1.35;
const MISPLACED_GAIN = 0.1;
const BOUND_MIN = 0.12;
/** A claim with more figures is not checked at all (ground.ts); of a sentence of the window so many are compared. */
export const QUANTITIES_MAX = 64;

const RANK: Record<Comparison, number> = { same: 5, close: 4, partial: 3, bound: 2, unit: 1, differs: 0, unlike: -1 };

type Match = { quantity: Quantity; comparison: Comparison; bound: number };

export function checkNumbers(claim: Claim, alignment: Alignment, output: Tokens, passages: Passages): Finding[] {
  if (claim.quantities.length === 0) return [];
  const here: Quantity[] = [];
  for (let at = alignment.window.first; at <= alignment.window.last; at += 1)
    here.push(...quantitiesIn(passages, at).slice(0, QUANTITIES_MAX));
  const found: Finding[] = [];
  for (const quantity of claim.quantities) {
    const result = checkOne(quantity, claim, alignment, here, output, passages);
    if (result !== undefined) found.push(result);
  }
  return found;
}

function checkOne(
  quantity: Quantity,
  claim: Claim,
  alignment: Alignment,
  here: readonly Quantity[],
  output: Tokens,
  passages: Passages,
): Finding | undefined {
  const matches = here
    .map((other): Match => {
      const comparison = compareQuantities(quantity, other);
      const bound =
        comparison === 'unlike' ? 0 : binding(claim, alignment, quantity.from, quantity.to, other.from, other.to);
      return { quantity: other, comparison, bound };
    })
    .filter((match) => match.comparison !== 'unlike');
  const solid =
    pick(matches.filter((match) => match.comparison === 'same')) ??
    pick(matches.filter((match) => match.comparison === 'close'));
  const partial = pick(matches.filter((match) => match.comparison === 'partial'));
  const rival = pick(matches.filter((match) => RANK[match.comparison] < 3));
  const own = solid ?? (partial !== undefined && partial.bound >= (rival?.bound ?? 0) ? partial : undefined);
  if (own === undefined) return missing(quantity, rival, alignment, passages);
  const span = [quantity.from, quantity.to] as const;
  const place = [own.quantity.from, own.quantity.to] as const;
  if (rival !== undefined && !quantity.weak && isMisplaced(quantity, own, rival, output, passages.tokens)) {
    const there = [rival.quantity.from, rival.quantity.to] as const;
    return finding(differCode(quantity, rival.comparison), RISK_MISPLACED, false, span, there);
  }
  if (own.comparison === 'partial') {
    const dated = quantity.dimension === 'date';
    return finding(
      dated ? 'date_unsupported' : 'unit_differs',
      dated ? RISK_DATE_PARTIAL : RISK_PARTIAL,
      false,
      span,
      place,
    );
  }
  return own.comparison === 'close' ? finding('number_differs', RISK_CLOSE, false, span, place) : undefined;
}

/** Another value sits clearly better among the claim's words; the word right before ("from", "to") tips the scale. */
function isMisplaced(quantity: Quantity, own: Match, rival: Match, output: Tokens, evidence: Tokens): boolean {
  if (rival.bound < BOUND_MIN || rival.bound <= own.bound * MISPLACED_RATIO || rival.bound - own.bound < MISPLACED_GAIN)
    return false;
  const said = leadOf(output, quantity.from);
  return said === '' || said !== leadOf(evidence, own.quantity.from) || said === leadOf(evidence, rival.quantity.from);
}

function leadOf(tokens: Tokens, at: number): string {
  const word = tokens.word[at - 1];
  return word !== undefined && (word.bits & PREPOSITION) !== 0 && word.text !== 'of' ? word.text : '';
}

function pick(matches: readonly Match[]): Match | undefined {
  let best: Match | undefined;
  for (const match of matches) {
    if (
      best === undefined ||
      match.bound > best.bound ||
      (match.bound === best.bound && RANK[match.comparison] > RANK[best.comparison])
    ) {
      best = match;
    }
  }
  return best;
}

function differCode(
  quantity: Quantity,
  comparison: Comparison,
): 'unit_differs' | 'comparison_differs' | 'date_differs' | 'number_differs' {
  if (comparison === 'unit') return 'unit_differs';
  if (comparison === 'bound') return 'comparison_differs';
  return quantity.dimension === 'date' || quantity.year !== 0 || quantity.dimension === 'decade'
    ? 'date_differs'
    : 'number_differs';
}

function missing(
  quantity: Quantity,
  rival: Match | undefined,
  alignment: Alignment,
  passages: Passages,
): Finding | undefined {
  const span = [quantity.from, quantity.to] as const;
  const dated = quantity.dimension === 'date' || quantity.year !== 0 || quantity.dimension === 'decade';
  const nearby = elsewhere(quantity, alignment, passages);
  const contested = rival !== undefined && rival.bound >= BOUND_MIN;
  if (quantity.weak) {
    return contested && rival.bound >= BOUND_MIN * 2 && nearby === undefined
      ? finding(differCode(quantity, rival.comparison), RISK_WEAK_MISSING, false, span, [
          rival.quantity.from,
          rival.quantity.to,
        ])
      : undefined;
  }
  if (contested) {
    const risk = nearby === undefined ? RISK_DIFFERS : RISK_CONTESTED;
    return finding(differCode(quantity, rival.comparison), risk, nearby === undefined, span, [
      rival.quantity.from,
      rival.quantity.to,
    ]);
  }
  if (nearby !== undefined) {
    return finding(dated ? 'date_unsupported' : 'number_unsupported', RISK_ELSEWHERE, false, span, [
      nearby.from,
      nearby.to,
    ]);
  }
  return finding(dated ? 'date_unsupported' : 'number_unsupported', RISK_MISSING, false, span);
}

/** The same figure in the few sentences around the window. */
function elsewhere(quantity: Quantity, alignment: Alignment, passages: Passages): Quantity | undefined {
  const passage = passages.passage[alignment.window.first] as number;
  const first = Math.max(passages.firstOf[passage] as number, alignment.window.first - 4);
  const last = Math.min((passages.firstOf[passage + 1] as number) - 1, alignment.window.last + 3);
  for (let at = first; at <= last; at += 1) {
    for (const other of quantitiesIn(passages, at)) if (RANK[compareQuantities(quantity, other)] >= 4) return other;
  }
  return undefined;
}

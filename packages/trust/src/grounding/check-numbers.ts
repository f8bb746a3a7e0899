/**
 * Every figure, amount and date of a claim has to be in the window, with its unit, and beside the words the claim puts it beside.
 * What is not there is reported with the figure the evidence has in its place, where one stands there.
 */
import type { Quantity } from '../text/quantities.ts';
import type { Alignment } from './align.ts';
import { binding } from './binding.ts';
import type { Claim } from './claims.ts';
import { type Comparison, compareQuantities } from './compare.ts';
import { type Finding, finding } from './finding.ts';
import { type Passages, quantitiesIn } from './passages.ts';

const RISK_DIFFERS = 0.92;
const RISK_MISSING = 0.85;
const RISK_WEAK_MISSING = 0.4;
const RISK_ELSEWHERE = 0.5;
const RISK_MISPLACED = 0.6;
const RISK_PARTIAL = 0.16;
const RISK_CLOSE = 0.08;
/** Another value sits this much better among the claim's words than the claim's own. */
const MISPLACED_RATIO = 1.35;
const BOUND_MIN = 0.12;

const RANK: Record<Comparison, number> = { same: 5, close: 4, partial: 3, bound: 2, unit: 1, differs: 0, unlike: -1 };

type Match = { quantity: Quantity; comparison: Comparison; bound: number };

export function checkNumbers(claim: Claim, alignment: Alignment, passages: Passages): Finding[] {
  if (claim.quantities.length === 0) return [];
  const here: Quantity[] = [];
  for (let at = alignment.window.first; at <= alignment.window.last; at += 1) here.push(...quantitiesIn(passages, at));
  const found: Finding[] = [];
  for (const quantity of claim.quantities) {
    const result = checkOne(quantity, claim, alignment, here, passages);
    if (result !== undefined) found.push(result);
  }
  return found;
}

function checkOne(
  quantity: Quantity,
  claim: Claim,
  alignment: Alignment,
  here: readonly Quantity[],
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
  const own = pick(matches.filter((match) => RANK[match.comparison] >= 3));
  const rival = pick(matches.filter((match) => RANK[match.comparison] < 3));
  const span = [quantity.from, quantity.to] as const;
  if (own !== undefined) {
    if (
      rival !== undefined &&
      rival.bound > own.bound * MISPLACED_RATIO &&
      rival.bound >= BOUND_MIN &&
      !quantity.weak
    ) {
      return finding(differCode(quantity, rival.comparison), RISK_MISPLACED, false, span, [
        rival.quantity.from,
        rival.quantity.to,
      ]);
    }
    if (own.comparison === 'partial') {
      const sameThing = quantity.dimension !== 'date' || own.quantity.dimension === 'date';
      return finding(
        quantity.dimension === 'date' ? 'date_unsupported' : 'unit_differs',
        quantity.dimension === 'date' && sameThing ? RISK_ELSEWHERE : RISK_PARTIAL,
        false,
        span,
        [own.quantity.from, own.quantity.to],
      );
    }
    return own.comparison === 'close'
      ? finding('number_differs', RISK_CLOSE, false, span, [own.quantity.from, own.quantity.to])
      : undefined;
  }
  return missing(quantity, rival, alignment, passages);
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
  if (quantity.weak) {
    return rival !== undefined && rival.bound >= BOUND_MIN * 2 && nearby === undefined
      ? finding(differCode(quantity, rival.comparison), RISK_WEAK_MISSING, false, span, [
          rival.quantity.from,
          rival.quantity.to,
        ])
      : undefined;
  }
  if (rival !== undefined && rival.bound >= BOUND_MIN) {
    return finding(differCode(quantity, rival.comparison), RISK_DIFFERS, true, span, [
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

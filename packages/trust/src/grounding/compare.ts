/** Whether one quantity says what another says. Pure arithmetic: + − × ÷ only. */
import type { Quantity } from '../text/quantity.ts';

/**
 * same: equal once units and scales are undone. close: equal as far as the claim's digits or its "about" go. partial: equal where both
 * speak, but the claim says more (a year the evidence does not name, a unit it does not have). differs: the same kind of thing, another
 * value. unit: the same figure of another kind. unlike: not to be compared.
 */
export type Comparison = 'same' | 'close' | 'partial' | 'differs' | 'unit' | 'bound' | 'unlike';

const EQUAL = 1e-9;
/** A rounded figure may be off by this share of the value at most. */
const ROUNDING_SHARE = 0.05;
const ABOUT_SHARE = 0.06;

export function compareQuantities(claim: Quantity, evidence: Quantity): Comparison {
  if (claim.dimension === 'label' || evidence.dimension === 'label') {
    if (claim.dimension === evidence.dimension) return claim.label === evidence.label ? 'same' : 'differs';
    // COVID-19 and Covid 19.
    return claim.raw === evidence.raw ? 'partial' : 'unlike';
  }
  if (claim.dimension === 'date' || evidence.dimension === 'date') return compareDates(claim, evidence);
  if (claim.dimension === evidence.dimension) return compareValues(claim, evidence);
  if (claim.dimension === 'decade' || evidence.dimension === 'decade') return compareDecades(claim, evidence);
  const bare = claim.dimension === '' || evidence.dimension === '';
  const sameFigure = near(claim.raw, evidence.raw, EQUAL);
  if (claim.dimension === 'ordinal' || evidence.dimension === 'ordinal')
    return sameFigure && bare ? 'partial' : 'unlike';
  if (bare) return sameFigure ? 'partial' : 'unlike';
  return sameFigure ? 'unit' : 'unlike';
}

function near(a: number, b: number, share: number): boolean {
  if (a === b) return true;
  const [sizeA, sizeB] = [Math.abs(a), Math.abs(b)];
  return Math.abs(a - b) <= share * Math.max(sizeA, sizeB);
}

function compareValues(claim: Quantity, evidence: Quantity): Comparison {
  if (near(claim.value, evidence.value, EQUAL)) return claim.bound * evidence.bound < 0 ? 'bound' : 'same';
  if (claim.year !== 0 && evidence.year !== 0) return 'differs';
  // A year and a count are not rivals.
  if (claim.year !== 0 || evidence.year !== 0) return 'unlike';
  if (claim.dimension === 'ordinal' || claim.dimension === 'decade') return 'differs';
  // 1,149 kilometres for 1,149 metres.
  if (near(claim.raw, evidence.raw, EQUAL)) return 'unit';
  const apart = Math.abs(claim.value - evidence.value);
  const coarser = Math.max(claim.precision, evidence.precision);
  const hedged = claim.approximate || claim.bound !== 0 || evidence.approximate;
  if (hedged && claim.precision >= evidence.precision && near(claim.value, evidence.value, ABOUT_SHARE))
    return agreesWithBound(claim, evidence) ? 'close' : 'differs';
  // 8.3 for 8.34: the claim has fewer digits and is the evidence rounded.
  if (claim.precision > evidence.precision && apart <= coarser / 2 && near(claim.value, evidence.value, ROUNDING_SHARE))
    return 'close';
  // Conversions (miles for kilometres) are rounded on either side.
  if (claim.raw / claim.value !== evidence.raw / evidence.value && near(claim.value, evidence.value, 0.02))
    return 'close';
  return 'differs';
}

function agreesWithBound(claim: Quantity, evidence: Quantity): boolean {
  if (claim.bound > 0) return evidence.value >= claim.value;
  if (claim.bound < 0) return evidence.value <= claim.value;
  return true;
}

function compareDecades(claim: Quantity, evidence: Quantity): Comparison {
  const decade = claim.dimension === 'decade' ? claim : evidence;
  const other = decade === claim ? evidence : claim;
  if (other.year === 0) return 'unlike';
  const inside = other.year >= decade.value && other.year < decade.value + (decade.value % 100 === 0 ? 100 : 10);
  if (!inside) return 'differs';
  return decade === claim ? 'same' : 'partial';
}

function compareDates(claim: Quantity, evidence: Quantity): Comparison {
  const claimYear = claim.year;
  const evidenceYear = evidence.year;
  if (claim.dimension !== 'date' && claimYear === 0)
    return claim.dimension === 'decade' ? compareDecades(claim, evidence) : 'unlike';
  if (evidence.dimension !== 'date' && evidenceYear === 0)
    return evidence.dimension === 'decade' ? compareDecades(claim, evidence) : 'unlike';
  let shared = 0;
  let more = 0;
  for (const [said, known] of [
    [claimYear, evidenceYear],
    [claim.month, evidence.month],
    [claim.day, evidence.day],
  ] as const) {
    if (said === 0) continue;
    if (known === 0) more += 1;
    else if (said !== known) return 'differs';
    else shared += 1;
  }
  if (shared === 0) return 'unlike';
  return more === 0 ? 'same' : 'partial';
}

/** Opposites: the claim has one side of a pair (rose, fell), and in its place the window has the other. */
import { FUNCTION } from '../lexicon/words.ts';
import type { Tokens } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import type { Claim, Occurrence } from './claims.ts';
import { compareQuantities } from './compare.ts';
import { type Finding, finding } from './finding.ts';
import { type Passages, quantitiesIn } from './passages.ts';
import { sharesNeighbour } from './places.ts';
import { isReached, scopesOf } from './scopes.ts';

const RISK_ANTONYM = 0.85;
/** Between words of grammar (before, after), which stand in many places for many reasons. */
const RISK_ANTONYM_GRAMMAR = 0.6;

export function checkOpposites(
  claim: Claim,
  alignment: Alignment,
  output: Tokens,
  passages: Passages,
): Finding | undefined {
  if (alignment.opposed.size === 0) return undefined;
  const { tokens: evidence } = passages;
  const claimScopes = scopesOf(output, claim.from, claim.to);
  const evidenceScopes = scopesOf(evidence, alignment.from, alignment.to);
  for (const occurrence of claim.occurrences) {
    const places = alignment.opposed.get(occurrence.term);
    if (places === undefined || alignment.places.has(occurrence.term)) continue;
    const claimDenied = isReached(claimScopes, occurrence.at) >= 0;
    for (const place of places) {
      const evidenceDenied = isReached(evidenceScopes, place) >= 0;
      if (claimDenied !== evidenceDenied || isAge(evidence, place)) continue;
      if (
        !sharesNeighbour(claim, alignment, occurrence, place) &&
        !sharesFigure(claim, alignment, occurrence, place, passages)
      )
        continue;
      // The claim says this side too, elsewhere: "rose, then fell".
      if (
        claim.occurrences.some(
          (other) => other.term !== occurrence.term && (alignment.places.get(other.term) ?? []).includes(place),
        )
      )
        continue;
      const grammar =
        ((output.word[occurrence.at]?.bits ?? 0) & FUNCTION) !== 0 ||
        ((evidence.word[place]?.bits ?? 0) & FUNCTION) !== 0;
      return finding(
        'antonym',
        grammar ? RISK_ANTONYM_GRAMMAR : RISK_ANTONYM,
        !grammar,
        [occurrence.at, occurrence.at + 1],
        [place, place + 1],
      );
    }
  }
  return undefined;
}

/** The same figure stands right beside both: "late 19th century" against "early 19th century". */
function sharesFigure(
  claim: Claim,
  alignment: Alignment,
  occurrence: Occurrence,
  place: number,
  passages: Passages,
): boolean {
  const beside = claim.quantities.filter((each) => each.from - occurrence.at <= 2 && occurrence.at - each.to <= 1);
  if (beside.length === 0) return false;
  for (let sentence = alignment.window.first; sentence <= alignment.window.last; sentence += 1) {
    for (const other of quantitiesIn(passages, sentence)) {
      if (other.from - place > 2 || place - other.to > 1) continue;
      if (beside.some((each) => compareQuantities(each, other) === 'same')) return true;
    }
  }
  return false;
}

/** "23-year-old", "40 years old": an age, not the opposite of young. */
function isAge(tokens: Tokens, at: number): boolean {
  if (tokens.word[at]?.text !== 'old') return false;
  return /^years?$/.test(tokens.word[at - 1]?.text ?? '') || /^years?$/.test(tokens.word[at - 2]?.text ?? '');
}

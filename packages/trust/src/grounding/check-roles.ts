/**
 * Who did what to whom. Two words of the claim with a third between them stand in the window the other way round about the same third
 * word, and no passive explains it: "A beat B" against "B beat A". Only where all three stand once in one sentence; symmetric words
 * (met, married, differ) are left out. Anything less certain is not reported.
 */
import { BE } from '../lexicon/words.ts';
import { MARK, type Tokens, WORD } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import type { Claim, Occurrence } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import type { Terms } from './terms.ts';

const RISK_SWAPPED = 0.75;
const REACH = 9;

const SYMMETRIC =
  /^(meet|marri|wed|differ|equal|similar|same|match|merg|mix|border|relat|associat|correlat|link|connect|compar|share|join|between|along|talk|discuss|agre|and|part|collaborat|cooperat|partner|twin|neighbor|adjacent|synonym|near|fight|fought|play|contact|engag|divorc|interact|combin|includ)/;

export function checkRoles(
  claim: Claim,
  alignment: Alignment,
  output: Tokens,
  evidence: Tokens,
  terms: Terms,
): Finding | undefined {
  const content = claim.occurrences.filter(
    (occurrence) => occurrence.weight > 0 && alignment.places.get(occurrence.term)?.length === 1,
  );
  for (let middle = 1; middle < content.length - 1; middle += 1) {
    const [left, verb, right] = [content[middle - 1], content[middle], content[middle + 1]];
    if (left === undefined || verb === undefined || right === undefined) continue;
    if (left.term === right.term || isName(claim, verb.at)) continue;
    if (!isName(claim, left.at) && !isName(claim, right.at) && !alignedTight(left, verb, right)) continue;
    if (SYMMETRIC.test(terms.list[verb.term]?.stem ?? '')) continue;
    if (right.at - verb.at > REACH || verb.at - left.at > REACH || crosses(output, left.at, right.at)) continue;
    const [leftPlace, verbPlace, rightPlace] = [
      placeOf(alignment, left),
      placeOf(alignment, verb),
      placeOf(alignment, right),
    ];
    if (!(rightPlace < verbPlace && verbPlace < leftPlace)) continue;
    if (leftPlace - verbPlace > REACH || verbPlace - rightPlace > REACH || crosses(evidence, rightPlace, leftPlace))
      continue;
    if (isPassive(output, left.at, verb.at, right.at) !== isPassive(evidence, rightPlace, verbPlace, leftPlace))
      continue;
    return finding('roles_swapped', RISK_SWAPPED, true, [left.at, right.at + 1], [rightPlace, leftPlace + 1]);
  }
  return undefined;
}

function alignedTight(left: Occurrence, verb: Occurrence, right: Occurrence): boolean {
  return verb.at - left.at <= 3 && right.at - verb.at <= 3;
}

function isName(claim: Claim, at: number): boolean {
  return claim.names.some((name) => at >= name.from && at < name.to);
}

function placeOf(alignment: Alignment, occurrence: Occurrence): number {
  return alignment.places.get(occurrence.term)?.[0] ?? -1;
}

/** A comma, a bracket or the end of a sentence between two tokens: who did what is then anyone's guess. */
function crosses(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from + 1; at < to; at += 1) {
    if (tokens.kind[at] !== MARK && tokens.kind[at] !== WORD) return true;
    if (tokens.kind[at] === MARK && tokens.code[at] !== 0x2d && tokens.code[at] !== 0x22) return true;
    const text = tokens.word[at]?.text;
    if (text === 'and' || text === 'or' || text === 'which' || text === 'who' || text === 'that') return true;
  }
  return false;
}

/** A form of be before the middle word and `by` behind it. */
function isPassive(tokens: Tokens, from: number, middle: number, to: number): boolean {
  let be = false;
  for (let at = from; at < middle; at += 1) if (((tokens.word[at]?.bits ?? 0) & BE) !== 0) be = true;
  for (let at = middle + 1; at < to; at += 1) {
    const text = tokens.word[at]?.text;
    if (text === 'by') return true;
    if (be && text === 'from') return true;
  }
  return false;
}

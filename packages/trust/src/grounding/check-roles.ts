/**
 * Who did what to whom. Two words of the claim with a third between them stand in the window the other way round about the same third
 * word, and no passive explains it: "A beat B" against "B beat A"; or the same way round, and one of the two is a passive. Only where all three stand once in one sentence; symmetric words
 * (met, married, differ) are left out. Anything less certain is not reported.
 */
import { BE, PREPOSITION } from '../lexicon/words.ts';
import { MARK, type Tokens, WORD } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import type { Claim, Occurrence } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import type { Passages } from './passages.ts';
import type { Terms } from './terms.ts';

const RISK_SWAPPED = 0.75;
const REACH = 9;

const SYMMETRIC =
  /^(meet|marri|wed|differ|equal|similar|same|match|merg|mix|border|relat|associat|correlat|link|connect|compar|share|join|between|along|talk|discuss|agre|and|part|collaborat|cooperat|partner|twin|neighbor|adjacent|synonym|near|fight|fought|play|contact|engag|divorc|interact|combin|includ)/;

export function checkRoles(
  claim: Claim,
  alignment: Alignment,
  output: Tokens,
  passages: Passages,
  terms: Terms,
): Finding | undefined {
  for (let sentence = alignment.window.first; sentence <= alignment.window.last; sentence += 1) {
    const found = inSentence(claim, alignment, output, passages, terms, sentence);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Placed = { readonly occurrence: Occurrence; readonly place: number };

function inSentence(
  claim: Claim,
  alignment: Alignment,
  output: Tokens,
  passages: Passages,
  terms: Terms,
  sentence: number,
): Finding | undefined {
  const content = placedIn(claim, alignment, passages.from[sentence] as number, passages.to[sentence] as number);
  for (let middle = 1; middle < content.length - 1; middle += 1) {
    const [left, verb, right] = [content[middle - 1], content[middle], content[middle + 1]];
    if (left === undefined || verb === undefined || right === undefined) continue;
    if (left.occurrence.term === right.occurrence.term || isName(claim, verb.occurrence.at)) continue;
    if (SYMMETRIC.test(terms.list[verb.occurrence.term]?.stem ?? '')) continue;
    if (!isSwapped(claim, output, passages.tokens, left, verb, right)) continue;
    return finding(
      'roles_swapped',
      RISK_SWAPPED,
      true,
      [left.occurrence.at, right.occurrence.at + 1],
      [right.place, left.place + 1],
    );
  }
  return undefined;
}

function placedIn(claim: Claim, alignment: Alignment, from: number, to: number): Placed[] {
  const placed: Placed[] = [];
  for (const occurrence of claim.occurrences) {
    if (occurrence.weight === 0) continue;
    const here = (alignment.places.get(occurrence.term) ?? []).filter((place) => place >= from && place < to);
    if (here.length === 1) placed.push({ occurrence, place: here[0] as number });
  }
  return placed;
}

function isSwapped(claim: Claim, output: Tokens, evidence: Tokens, left: Placed, verb: Placed, right: Placed): boolean {
  const [one, middle, two] = [left.occurrence, verb.occurrence, right.occurrence];
  if (!isName(claim, one.at) && !isName(claim, two.at) && !alignedTight(one, middle, two)) return false;
  if (two.at - middle.at > REACH || middle.at - one.at > REACH || crosses(output, one.at, two.at)) return false;
  const reversed = right.place < verb.place && verb.place < left.place;
  if (!reversed && !(left.place < verb.place && verb.place < right.place)) return false;
  const [first, last] = reversed ? [right.place, left.place] : [left.place, right.place];
  if (last - verb.place > REACH || verb.place - first > REACH || crosses(evidence, first, last)) return false;
  if (!isVerb(output, one.at, middle.at, two.at) || !isVerb(evidence, first, verb.place, last)) return false;
  const said = voiceOf(output, one.at, middle.at, two.at);
  const known = voiceOf(evidence, first, verb.place, last);
  if (said === 'open' || known === 'open') return false;
  return reversed ? said === known : said !== known;
}

function alignedTight(left: Occurrence, verb: Occurrence, right: Occurrence): boolean {
  return verb.at - left.at <= 3 && right.at - verb.at <= 3;
}

function isName(claim: Claim, at: number): boolean {
  return claim.names.some((name) => at >= name.from && at < name.to);
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

/** No preposition or article stands between the first word and the middle one, and none but by, than, to, over, against behind it. */
function isVerb(tokens: Tokens, from: number, middle: number, to: number): boolean {
  for (let at = from + 1; at < middle; at += 1) {
    const word = tokens.word[at];
    if (word !== undefined && ((word.bits & PREPOSITION) !== 0 || /^(a|an|the)$/.test(word.text))) return false;
  }
  for (let at = middle + 1; at < to; at += 1) {
    const word = tokens.word[at];
    if (word !== undefined && (word.bits & PREPOSITION) !== 0 && !/^(by|than|to|over|against)$/.test(word.text))
      return false;
  }
  return true;
}

/**
 * Passive with its doer: `by` behind the middle word. Open: a form of be right before it and no `by`, so that who did it is not said;
 * not before -ing (was building) nor before `than` (is larger than).
 */
function voiceOf(tokens: Tokens, from: number, middle: number, to: number): 'active' | 'passive' | 'open' {
  for (let at = middle + 1; at < to; at += 1) if (tokens.word[at]?.text === 'by') return 'passive';
  if (tokens.word[middle]?.text.endsWith('ing') || tokens.word[middle + 1]?.text === 'than') return 'active';
  for (let at = middle - 1; at >= from && at >= middle - 2; at -= 1) {
    if (((tokens.word[at]?.bits ?? 0) & BE) !== 0) return 'open';
  }
  return 'active';
}

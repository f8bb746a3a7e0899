/**
 * Whether claim and window agree on yes and no: negation, opposites, how much or how often, how certain. A cue counts for the first
 * content words after it ("did not *win* the cup"), so that a negation elsewhere in the window does no harm.
 */
import { AUXILIARY, DENIAL, FUNCTION, HEDGE, NEGATION, QUANTIFIERS } from '../lexicon/words.ts';
import { MARK, type Tokens, WORD } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import type { Claim, Occurrence } from './claims.ts';
import { type Finding, finding } from './finding.ts';

const RISK_NEGATION = 0.9;
const RISK_NEGATION_LOOSE = 0.6;
const RISK_ANTONYM = 0.85;
const RISK_ANTONYM_GRAMMAR = 0.6;
const RISK_QUANTIFIER = 0.6;
const RISK_QUANTIFIER_ADDED = 0.2;
const RISK_CERTAINTY = 0.22;

/** Content words a negation reaches, and tokens at most. */
const SCOPE_WORDS = 2;
const SCOPE_TOKENS = 7;

export function checkPolarity(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding[] {
  const found: Finding[] = [];
  const claimScopes = scopesOf(output, claim.from, claim.to);
  const evidenceScopes = scopesOf(evidence, alignment.from, alignment.to);
  const negation = checkNegation(claim, alignment, claimScopes, evidenceScopes, evidence);
  if (negation !== undefined) found.push(negation);
  const opposite = checkOpposites(claim, alignment, claimScopes, evidenceScopes, output, evidence);
  if (opposite !== undefined) found.push(opposite);
  const quantifier = checkQuantifiers(claim, alignment, output, evidence);
  if (quantifier !== undefined) found.push(quantifier);
  const certainty = checkCertainty(claim, alignment, output, evidence);
  if (certainty !== undefined) found.push(certainty);
  return found;
}

/** Where a negation stands and which tokens it reaches. */
export type Scope = { readonly cue: number; readonly reached: readonly number[]; readonly strong: boolean };

export function scopesOf(tokens: Tokens, from: number, to: number): Scope[] {
  const scopes: Scope[] = [];
  for (let at = from; at < to; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    const strong = (word.bits & NEGATION) !== 0 || word.text === 'nolonger';
    if (!strong && (word.bits & DENIAL) === 0) continue;
    // "not only": says yes to both.
    if (word.text === 'not' && tokens.word[at + 1]?.text === 'only') continue;
    scopes.push({ cue: at, reached: reachOf(tokens, at + 1, to), strong });
  }
  return scopes;
}

function reachOf(tokens: Tokens, from: number, to: number): readonly number[] {
  const reached: number[] = [];
  for (let at = from; at < to && at < from + SCOPE_TOKENS && reached.length < SCOPE_WORDS; at += 1) {
    if (tokens.kind[at] === MARK) {
      const code = tokens.code[at];
      if (code === 0x2c || code === 0x3b || code === 0x3a || code === 0x2e) break;
      continue;
    }
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    if (word.text === 'but' || word.text === 'because' || word.text === 'until') break;
    if (word.weight > 0) reached.push(at);
  }
  return reached;
}

function isReached(scopes: readonly Scope[], at: number, strongOnly: boolean): number {
  for (const scope of scopes) {
    if ((scope.strong || !strongOnly) && scope.reached.includes(at)) return scope.cue;
  }
  return -1;
}

function checkNegation(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  evidence: Tokens,
): Finding | undefined {
  const reachedTerms = new Map<number, number>();
  for (const scope of claimScopes) {
    if (!scope.strong) continue;
    for (const occurrence of claim.occurrences) {
      if (scope.reached.includes(occurrence.at)) reachedTerms.set(occurrence.term, scope.cue);
    }
  }
  // The claim denies what the window says.
  for (const scope of claimScopes) {
    if (!scope.strong) continue;
    const denied = claim.occurrences.filter((occurrence) => scope.reached.includes(occurrence.at));
    const carried = denied.filter((occurrence) => alignment.places.has(occurrence.term));
    if (carried.some((occurrence) => isDenied(occurrence, alignment, evidenceScopes))) continue;
    if (carried.length === 0 && evidenceScopes.length > 0) continue;
    if (denied.some((occurrence) => alignment.opposed.has(occurrence.term))) continue;
    const place = carried[0] === undefined ? undefined : alignment.places.get(carried[0].term)?.[0];
    const last = denied[denied.length - 1]?.at ?? scope.cue;
    const risk = evidenceScopes.length === 0 ? RISK_NEGATION : RISK_NEGATION_LOOSE;
    return finding(
      'negation_differs',
      risk,
      carried.length > 0 && evidenceScopes.length === 0,
      [scope.cue, last + 1],
      around(place),
    );
  }
  return deniedInWindow(claim, alignment, reachedTerms, claimScopes, evidenceScopes, evidence);
}

function around(place: number | undefined): readonly [number, number] {
  return place === undefined ? [-1, -1] : [place, place + 1];
}

/** Some place of the term is within reach of a negation or a denial of the window. */
function isDenied(occurrence: Occurrence, alignment: Alignment, scopes: readonly Scope[]): boolean {
  return (alignment.places.get(occurrence.term) ?? []).some(
    (place) => isReached(scopes, place, false) >= 0 || scopes.some((scope) => scope.cue === place),
  );
}

/** The window denies, at each place where it stands, what the claim says without a negation. */
function deniedInWindow(
  claim: Claim,
  alignment: Alignment,
  reachedTerms: ReadonlyMap<number, number>,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  evidence: Tokens,
): Finding | undefined {
  if (evidenceScopes.length === 0) return undefined;
  for (const occurrence of claim.occurrences) {
    if (occurrence.weight === 0 || reachedTerms.has(occurrence.term)) continue;
    if (isReached(claimScopes, occurrence.at, false) >= 0 || claimScopes.some((scope) => scope.cue === occurrence.at))
      continue;
    const places = alignment.places.get(occurrence.term);
    if (places === undefined) continue;
    let cue = -1;
    const all = places.every((place) => {
      cue = firstReached(evidenceScopes, place);
      return cue >= 0;
    });
    if (!all || cue < 0 || claimScopes.some((scope) => scope.strong)) continue;
    const cueWord = evidence.word[cue];
    const strong = ((cueWord?.bits ?? 0) & NEGATION) !== 0 || cueWord?.text === 'nolonger';
    const denialClaimed = claim.occurrences.some((other) => (alignment.places.get(other.term) ?? []).includes(cue));
    if (denialClaimed || !strong) continue;
    return finding(
      'negation_differs',
      RISK_NEGATION,
      true,
      [occurrence.at, occurrence.at + 1],
      [cue, (places[0] as number) + 1 > cue ? (places[0] as number) + 1 : cue + 1],
    );
  }
  return undefined;
}

/** The negation whose first content word this place is (the word it denies outright). */
function firstReached(scopes: readonly Scope[], place: number): number {
  for (const scope of scopes) if (scope.reached[0] === place) return scope.cue;
  return -1;
}

function checkOpposites(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  output: Tokens,
  evidence: Tokens,
): Finding | undefined {
  for (const occurrence of claim.occurrences) {
    const places = alignment.opposed.get(occurrence.term);
    if (places === undefined || alignment.places.has(occurrence.term)) continue;
    const claimDenied = isReached(claimScopes, occurrence.at, false) >= 0;
    for (const place of places) {
      const evidenceDenied = isReached(evidenceScopes, place, false) >= 0;
      if (claimDenied !== evidenceDenied) continue;
      if (!sharesNeighbour(claim, alignment, occurrence, place)) continue;
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

/** A content word near this one in the claim stands near that place in the window. */
function sharesNeighbour(claim: Claim, alignment: Alignment, occurrence: Occurrence, place: number): boolean {
  for (const other of claim.occurrences) {
    if (other.term === occurrence.term || other.weight === 0) continue;
    const apart = other.at - occurrence.at;
    if (apart > 5 || apart < -5) continue;
    for (const near of alignment.places.get(other.term) ?? []) if (near - place <= 6 && place - near <= 6) return true;
  }
  return false;
}

function levelAt(tokens: Tokens, at: number): number {
  const word = tokens.word[at];
  if (word === undefined || tokens.kind[at] !== WORD) return -1;
  return QUANTIFIERS.get(word.text) ?? -1;
}

function checkQuantifiers(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) {
    const said = levelAt(output, at);
    if (said < 0 || ((output.word[at - 1]?.bits ?? 0) & NEGATION) !== 0) continue;
    const head = claim.occurrences.find(
      (occurrence) => occurrence.at > at && occurrence.at <= at + 4 && occurrence.weight > 0,
    );
    const places = head === undefined ? undefined : alignment.places.get(head.term);
    if (places === undefined) continue;
    let known = -1;
    let knownAt = -1;
    let agrees = false;
    for (const place of places) {
      for (let back = place - 1; back >= place - 5 && back >= alignment.from; back -= 1) {
        const level = levelAt(evidence, back);
        if (level < 0) continue;
        if (level === said || (said < level && said >= 2)) agrees = true;
        known = level;
        knownAt = back;
        break;
      }
    }
    if (agrees) continue;
    if (known >= 0) return finding('quantifier_differs', RISK_QUANTIFIER, true, [at, at + 1], [knownAt, knownAt + 1]);
    if ((said === 5 || said === 4) && !standsInWindow(alignment, evidence, said)) {
      return finding('quantifier_differs', RISK_QUANTIFIER_ADDED, false, [at, at + 1]);
    }
  }
  return undefined;
}

function standsInWindow(alignment: Alignment, evidence: Tokens, level: number): boolean {
  for (let at = alignment.from; at < alignment.to; at += 1) if (levelAt(evidence, at) >= level) return true;
  return false;
}

function checkCertainty(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) if (((output.word[at]?.bits ?? 0) & HEDGE) !== 0) return undefined;
  for (let at = alignment.from; at < alignment.to; at += 1) {
    const bits = evidence.word[at]?.bits ?? 0;
    if (evidence.kind[at] !== WORD || (bits & HEDGE) === 0) continue;
    const reached = reachOf(evidence, at + 1, alignment.to)[0];
    if (reached === undefined || ((evidence.word[reached]?.bits ?? 0) & AUXILIARY) !== 0) continue;
    const occurrence = claim.occurrences.find(
      (each) => each.weight > 0 && (alignment.places.get(each.term) ?? []).includes(reached),
    );
    if (occurrence === undefined) continue;
    return finding('certainty_raised', RISK_CERTAINTY, false, [occurrence.at, occurrence.at + 1], [at, reached + 1]);
  }
  return undefined;
}

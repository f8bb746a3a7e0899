/** Negation: the claim denies what the window says, or says what the sentence that carries it denies. */
import { MARK, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';
import type { Alignment } from './align.ts';
import type { Claim } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import type { Passages } from './passages.ts';
import { bestPlace, sharesNeighbour } from './places.ts';
import { isFree, type Scope, scopesOf } from './scopes.ts';

const RISK_NEGATION = 0.9;
const RISK_LOOSE = 0.6;
const RISK_DROPPED = 0.4;
const VERBATIM_COVERAGE = 0.9;
const VERBATIM_COHESION = 0.7;

export function checkNegation(
  claim: Claim,
  alignment: Alignment,
  output: Tokens,
  passages: Passages,
): Finding | undefined {
  const { tokens: evidence } = passages;
  const claimScopes = scopesOf(output, claim.from, claim.to);
  // What the claim denies may be denied anywhere in the window; a denial the claim leaves out counts in the sentence that carries it.
  const windowScopes = scopesOf(evidence, alignment.from, alignment.to);
  if (claimScopes.length === 0 && windowScopes.length === 0) return undefined;
  const coreScopes = windowScopes.filter((scope) => scope.cue >= alignment.core[0] && scope.cue < alignment.core[1]);
  return (
    wordByWord(claim, alignment, claimScopes, coreScopes, windowScopes) ??
    droppedNegation(claim, alignment, claimScopes, coreScopes, evidence) ??
    parity(claim, alignment, claimScopes, coreScopes)
  );
}

/**
 * Word by word: each content word of the claim against its best-bound place in the window. One of the two is denied outright (the first
 * content word behind a negation), the other stands free of any: they differ.
 */
function wordByWord(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  windowScopes: readonly Scope[],
): Finding | undefined {
  const strong = claimScopes.filter((scope) => scope.strong);
  for (const scope of strong) {
    const differing = deniedInClaim(scope, claim, alignment, windowScopes);
    if (differing !== undefined) return differing;
  }
  if (evidenceScopes.length === 0) return undefined;
  for (const occurrence of claim.occurrences) {
    if (occurrence.weight === 0 || !isFree(claimScopes, occurrence.at)) continue;
    const place = bestPlace(claim, alignment, occurrence);
    if (place < 0) continue;
    const denial = evidenceScopes.find((scope) => scope.strong && scope.reached[0] === place);
    if (
      denial === undefined ||
      claim.occurrences.some((other) => (alignment.places.get(other.term) ?? []).includes(denial.cue))
    )
      continue;
    if (!sharesNeighbour(claim, alignment, occurrence, place)) continue;
    return finding(
      'negation_differs',
      RISK_NEGATION,
      true,
      [occurrence.at, occurrence.at + 1],
      [denial.cue, place + 1],
    );
  }
  return undefined;
}

/** The claim denies what the window says. */
function deniedInClaim(
  scope: Scope,
  claim: Claim,
  alignment: Alignment,
  evidenceScopes: readonly Scope[],
): Finding | undefined {
  const denied = claim.occurrences.filter((occurrence) => scope.reached.includes(occurrence.at));
  const span = [scope.cue, (denied[denied.length - 1]?.at ?? scope.cue) + 1] as const;
  if (denied.some((occurrence) => alignment.opposed.has(occurrence.term) && !alignment.places.has(occurrence.term)))
    return undefined;
  const head = denied.find((occurrence) => alignment.places.has(occurrence.term));
  if (head === undefined) {
    // The denied words are not in the window: only a negation of the same surroundings will do.
    if (evidenceScopes.some((other) => standTogether(claim, alignment, scope, other))) return undefined;
    return finding('negation_differs', RISK_LOOSE, false, span);
  }
  const place = bestPlace(claim, alignment, head);
  if (place < 0 || !isFree(evidenceScopes, place)) return undefined;
  const outright = denied[0] === head;
  // Denied by another word of the claim's scope, or right behind the place ("said no such thing").
  const elsewhere = denied.map((other) => bestPlace(claim, alignment, other));
  if (evidenceScopes.some((other) => other.reached.some((reached) => elsewhere.includes(reached)))) return undefined;
  return finding('negation_differs', outright ? RISK_NEGATION : RISK_LOOSE, outright, span, [place, place + 1]);
}

/** A content word near the claim's negation stands near the window's negation. */
function standTogether(claim: Claim, alignment: Alignment, scope: Scope, other: Scope): boolean {
  for (const occurrence of claim.occurrences) {
    const apart = occurrence.at - scope.cue;
    if (occurrence.weight === 0 || apart > 6 || apart < -6) continue;
    for (const place of alignment.places.get(occurrence.term) ?? [])
      if (place - other.cue <= 6 && other.cue - place <= 6) return true;
  }
  return false;
}

/**
 * The window denies a word the claim leaves out, between words the claim has: "users who do not subscribe to Premium" against "users who
 * pay for Premium". Only where the claim has no negation or denial of its own.
 */
function droppedNegation(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  evidence: Tokens,
): Finding | undefined {
  if (claimScopes.length > 0) return undefined;
  const claimed = new Set<number>();
  for (const places of alignment.places.values()) for (const place of places) claimed.add(place);
  for (const scope of evidenceScopes) {
    const first = scope.reached[0];
    if (!scope.strong || first === undefined || claimed.has(first) || alignment.opposed.size > 0) continue;
    const before = contentBeside(evidence, scope.cue, -1, alignment.from, alignment.to);
    const after = contentBeside(evidence, first, 1, alignment.from, alignment.to);
    if (before < 0 || after < 0 || !claimed.has(before) || !claimed.has(after)) continue;
    return finding('negation_differs', RISK_DROPPED, false, [claim.from, claim.to], [scope.cue, first + 1]);
  }
  return undefined;
}

/**
 * A claim that is nearly word for word a sentence of the evidence has as many negations as that sentence, give or take two: "will not be
 * one of them" against "will be one of them", where no content word stands close enough to be denied.
 */
function parity(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
): Finding | undefined {
  if (alignment.coverage < VERBATIM_COVERAGE || alignment.cohesion < VERBATIM_COHESION || alignment.opposed.size > 0)
    return undefined;
  const inCore = [...alignment.places.values()]
    .flat()
    .filter((place) => place >= alignment.core[0] && place < alignment.core[1]);
  const known = within(evidenceScopes, inCore);
  const said = within(
    claimScopes,
    claim.occurrences.filter((each) => each.weight > 0).map((each) => each.at),
  );
  if ((said.length + known.length) % 2 === 0) return undefined;
  // "unable to" for "can not": the other side denies by a word's meaning.
  const [fewer, their] = said.length < known.length ? [said, claimScopes] : [known, evidenceScopes];
  if (their.some((scope) => !scope.strong && !fewer.includes(scope))) return undefined;
  const cue = known[0]?.cue;
  const place = cue === undefined ? undefined : ([cue, cue + 1] as const);
  return finding('negation_differs', RISK_DROPPED, false, [claim.from, claim.to], place);
}

/** Outright negations between the first and the last of these tokens, or two beside them. */
function within(scopes: readonly Scope[], tokens: readonly number[]): readonly Scope[] {
  let first = Number.MAX_SAFE_INTEGER;
  let last = -1;
  for (const token of tokens) {
    first = Math.min(first, token);
    last = Math.max(last, token);
  }
  return scopes.filter((scope) => scope.strong && scope.cue >= first - 2 && scope.cue <= last + 2);
}

/** The next content word on one side, at most four tokens away and not behind a comma; -1: none. */
function contentBeside(tokens: Tokens, at: number, step: 1 | -1, from: number, to: number): number {
  for (let next = at + step; next >= from && next < to && next !== at + 5 * step; next += step) {
    if (tokens.kind[next] === MARK) {
      if (tokens.code[next] === 0x2c || tokens.code[next] === 0x2e || tokens.code[next] === 0x3b) return -1;
      continue;
    }
    const word = tokens.word[next];
    if (word !== undefined && tokens.kind[next] === WORD && isContent(word)) return next;
  }
  return -1;
}

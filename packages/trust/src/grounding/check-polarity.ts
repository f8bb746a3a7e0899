/**
 * Whether claim and window agree on yes and no: negation, opposites, how much or how often, how certain. A cue counts for the first
 * content words after it ("did not *win* the cup"), so that a negation elsewhere in the window does no harm.
 */

import {
  AUXILIARY,
  DENIAL,
  FUNCTION,
  HEDGE,
  NEGATION,
  NUMERAL,
  QUANTIFIERS,
  type Quantifier,
} from '../lexicon/words.ts';
import { CAP, MARK, type Tokens, WORD } from '../text/scan.ts';
import { isContent } from '../text/vocabulary.ts';
import type { Alignment } from './align.ts';
import { binding } from './binding.ts';
import type { Claim, Occurrence } from './claims.ts';
import { compareQuantities } from './compare.ts';
import { type Finding, finding } from './finding.ts';
import { type Passages, quantitiesIn } from './passages.ts';

const RISK_NEGATION = 0.9;
const RISK_NEGATION_LOOSE = 0.6;
const RISK_NEGATION_DROPPED = 0.4;
const RISK_ONLY = 0.7;
const VERBATIM_COVERAGE = 0.9;
const VERBATIM_COHESION = 0.7;
const RISK_ANTONYM = 0.85;
const RISK_ANTONYM_GRAMMAR = 0.6;
const RISK_QUANTIFIER = 0.6;
const RISK_QUANTIFIER_ADDED = 0.2;
const RISK_CERTAINTY = 0.16;

/** Content words a negation reaches, and tokens at most. */
const SCOPE_WORDS = 2;
const SCOPE_TOKENS = 7;

export function checkPolarity(claim: Claim, alignment: Alignment, output: Tokens, passages: Passages): Finding[] {
  const found: Finding[] = [];
  const claimScopes = scopesOf(output, claim.from, claim.to);
  const { tokens: evidence } = passages;
  // What the claim denies may be denied anywhere in the window; a denial the claim leaves out counts in the sentence that carries it.
  const windowScopes = scopesOf(evidence, alignment.from, alignment.to);
  const evidenceScopes = windowScopes.filter(
    (scope) => scope.cue >= alignment.core[0] && scope.cue < alignment.core[1],
  );
  const negation = checkNegation(claim, alignment, claimScopes, evidenceScopes, windowScopes);
  if (negation !== undefined) found.push(negation);
  else {
    const dropped =
      checkDroppedNegation(claim, alignment, claimScopes, evidenceScopes, evidence) ??
      checkParity(claim, alignment, claimScopes, evidenceScopes);
    if (dropped !== undefined) found.push(dropped);
  }
  const only = checkOnly(claim, alignment, output, evidence);
  if (only !== undefined) found.push(only);
  const opposite = checkOpposites(claim, alignment, claimScopes, windowScopes, output, passages);
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
    // "No. 10": a number, not a denial.
    if (word.text === 'no' && tokens.kind[at + 1] === MARK && tokens.code[at + 1] === 0x2e) continue;
    // "not only": says yes to both.
    if (
      word.text === 'notonly' ||
      (word.text === 'not' && /^(just|merely|simply|solely)$/.test(tokens.word[at + 1]?.text ?? ''))
    )
      continue;
    // "did not open until 1990": it did open.
    if (word.text === 'not' && untilFollows(tokens, at, to)) continue;
    scopes.push({ cue: at, reached: reachOf(tokens, at + 1, to), strong });
  }
  return scopes;
}

function untilFollows(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from + 1; at < to && at <= from + 8; at += 1) if (tokens.word[at]?.text === 'until') return true;
  return false;
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
    if (word.text === 'and' && reached.length > 0) break;
    if (isContent(word) && (word.bits & NUMERAL) === 0) reached.push(at);
  }
  return reached;
}

function isReached(scopes: readonly Scope[], at: number, strongOnly: boolean): number {
  for (const scope of scopes) {
    if ((scope.strong || !strongOnly) && scope.reached.includes(at)) return scope.cue;
  }
  return -1;
}

/**
 * Word by word: each content word of the claim against its best-bound place in the window. One of the two is denied outright (the first
 * content word behind a negation), the other stands free of any: they differ.
 */
function checkNegation(
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
    return finding('negation_differs', RISK_NEGATION_LOOSE, false, span);
  }
  const place = bestPlace(claim, alignment, head);
  if (place < 0 || !isFree(evidenceScopes, place)) return undefined;
  const outright = denied[0] === head;
  // Denied by another word of the claim's scope, or right behind the place ("said no such thing").
  const elsewhere = denied.map((other) => bestPlace(claim, alignment, other));
  if (evidenceScopes.some((other) => other.reached.some((reached) => elsewhere.includes(reached)))) return undefined;
  return finding('negation_differs', outright ? RISK_NEGATION : RISK_NEGATION_LOOSE, outright, span, [
    place,
    place + 1,
  ]);
}

/** No negation or denial reaches this token, and it is none itself. */
function isFree(scopes: readonly Scope[], at: number): boolean {
  return !scopes.some((scope) => scope.cue === at || scope.reached.includes(at));
}

/** Where in the window this word of the claim sits best; -1 where it does not stand there. */
function bestPlace(claim: Claim, alignment: Alignment, occurrence: Occurrence): number {
  const places = alignment.places.get(occurrence.term) ?? [];
  if (places.length <= 1) return places[0] ?? -1;
  let best = -1;
  let most = -1;
  for (const place of places) {
    const bound = binding(claim, alignment, occurrence.at, occurrence.at + 1, place, place + 1);
    if (bound > most) {
      most = bound;
      best = place;
    }
  }
  return best;
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

function checkOpposites(
  claim: Claim,
  alignment: Alignment,
  claimScopes: readonly Scope[],
  evidenceScopes: readonly Scope[],
  output: Tokens,
  passages: Passages,
): Finding | undefined {
  const { tokens: evidence } = passages;
  for (const occurrence of claim.occurrences) {
    const places = alignment.opposed.get(occurrence.term);
    if (places === undefined || alignment.places.has(occurrence.term)) continue;
    const claimDenied = isReached(claimScopes, occurrence.at, false) >= 0;
    for (const place of places) {
      const evidenceDenied = isReached(evidenceScopes, place, false) >= 0;
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

/** A content word near this one in the claim stands near that place in the window. */
function sharesNeighbour(claim: Claim, alignment: Alignment, occurrence: Occurrence, place: number): boolean {
  for (const other of claim.occurrences) {
    if (other.term === occurrence.term || other.weight === 0) continue;
    const apart = other.at - occurrence.at;
    if (apart > 4 || apart < -4) continue;
    for (const near of alignment.places.get(other.term) ?? []) if (near - place <= 5 && place - near <= 5) return true;
  }
  return false;
}

function quantifierAt(tokens: Tokens, at: number): Quantifier | undefined {
  const word = tokens.word[at];
  return word === undefined || tokens.kind[at] !== WORD ? undefined : QUANTIFIERS.get(word.text);
}

function checkQuantifiers(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) {
    const said = quantifierAt(output, at);
    if (said === undefined || ((output.word[at - 1]?.bits ?? 0) & NEGATION) !== 0) continue;
    const head = claim.occurrences.find((each) => each.at > at && each.at <= at + 4 && each.weight > 0);
    const places = head === undefined ? undefined : alignment.places.get(head.term);
    if (places === undefined) continue;
    const known = quantifiersBefore(places, said, alignment, evidence);
    if (known.some((each) => each.level === said.level || (said.level < each.level && said.level >= 2))) continue;
    const differing = known[0];
    if (differing !== undefined) {
      return finding('quantifier_differs', RISK_QUANTIFIER, true, [at, at + 1], [differing.at, differing.at + 1]);
    }
    if (said.level >= 4 && said.family !== 'degree' && !standsInWindow(alignment, evidence, said)) {
      return finding('quantifier_differs', RISK_QUANTIFIER_ADDED, false, [at, at + 1]);
    }
  }
  return undefined;
}

/** The quantifiers of the same family right before these places. */
function quantifiersBefore(
  places: readonly number[],
  said: Quantifier,
  alignment: Alignment,
  evidence: Tokens,
): { level: number; at: number }[] {
  const known: { level: number; at: number }[] = [];
  for (const place of places) {
    for (let at = place - 1; at >= place - 5 && at >= alignment.from; at -= 1) {
      const quantifier = quantifierAt(evidence, at);
      if (quantifier?.family !== said.family) continue;
      known.push({ level: quantifier.level, at });
      break;
    }
  }
  return known;
}

function standsInWindow(alignment: Alignment, evidence: Tokens, said: Quantifier): boolean {
  for (let at = alignment.from; at < alignment.to; at += 1) {
    const quantifier = quantifierAt(evidence, at);
    if (quantifier !== undefined && quantifier.level >= said.level) return true;
  }
  return false;
}

/** "only Anna" against "only Ben". */
function checkOnly(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (const name of claim.names) {
    if (output.word[name.from - 1]?.text !== 'only') continue;
    for (let at = alignment.from; at + 1 < alignment.to; at += 1) {
      if (evidence.word[at]?.text !== 'only' || ((evidence.bits[at + 1] as number) & CAP) === 0) continue;
      let same = false;
      for (let token = name.from; token < name.to; token += 1) {
        const near = evidence.word[at + 1 + token - name.from];
        if (near !== undefined && near.text === output.word[token]?.text) same = true;
      }
      if (!same) return finding('name_differs', RISK_ONLY, true, [name.from, name.to], [at, at + 2]);
    }
  }
  return undefined;
}

/**
 * The window denies a word the claim leaves out, between words the claim has: "users who do not subscribe to Premium" against "users who
 * pay for Premium". Only where the claim has no negation or denial of its own.
 */
function checkDroppedNegation(
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
    return finding('negation_differs', RISK_NEGATION_DROPPED, false, [claim.from, claim.to], [scope.cue, first + 1]);
  }
  return undefined;
}

/**
 * A claim that is nearly word for word a sentence of the evidence has as many negations as that sentence, give or take two: "will not be
 * one of them" against "will be one of them", where no content word stands close enough to be denied.
 */
function checkParity(
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
  return finding('negation_differs', RISK_NEGATION_DROPPED, false, [claim.from, claim.to], place);
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

function checkCertainty(claim: Claim, alignment: Alignment, output: Tokens, evidence: Tokens): Finding | undefined {
  for (let at = claim.from; at < claim.to; at += 1) if (((output.word[at]?.bits ?? 0) & HEDGE) !== 0) return undefined;
  for (let at = alignment.from; at < alignment.to; at += 1) {
    const bits = evidence.word[at]?.bits ?? 0;
    if (evidence.kind[at] !== WORD || (bits & HEDGE) === 0) continue;
    if (((evidence.word[at + 1]?.bits ?? 0) & NEGATION) !== 0) continue;
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

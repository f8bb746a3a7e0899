/**
 * Every name of a claim has to be in the evidence: word by word, as an acronym of what stands there, or spelt out from one; best in the
 * window, else in what leads up to it. A name that is there but beside other words than in the claim, where another name stands beside
 * them, is reported too.
 */

import { FUNCTION, OPENER } from '../lexicon/words.ts';
import { ALL_CAPS, CAP, type Tokens, WORD } from '../text/scan.ts';
import type { Alignment } from './align.ts';
import { binding } from './binding.ts';
import type { Claim, Name } from './claims.ts';
import { type Finding, finding } from './finding.ts';
import type { Passages } from './passages.ts';
import { type Terms, termOf } from './terms.ts';

const RISK_MISSING = 0.8;
const RISK_DIFFERS = 0.85;
const RISK_FROM_PROMPT = 0.28;
const RISK_OTHER_SENTENCE = 0.12;
const RISK_OTHER_PASSAGE = 0.3;
const RISK_MISPLACED = 0.5;
const RISK_TORN = 0.35;
const MISPLACED_RATIO = 1.6;
const BOUND_MIN = 0.15;

/** `made`: what the initials of capitalised runs of the evidence make. `present`: words in capitals that stand in it. */
export type Acronyms = { readonly made: ReadonlySet<string>; readonly present: ReadonlySet<string> };

export type NameContext = {
  readonly output: Tokens;
  readonly terms: Terms;
  readonly passages: Passages;
  /** Folded words of the prompt. */
  readonly prompt: ReadonlySet<string>;
  /** Read when first needed. */
  readonly acronyms: () => Acronyms;
};

export function checkNames(claim: Claim, alignment: Alignment, context: NameContext): Finding[] {
  const found: Finding[] = [];
  const others = claim.names.length === 0 ? [] : namesInWindow(alignment, context.passages.tokens);
  for (const name of claim.names) {
    const result = checkOne(name, claim, alignment, context, others);
    if (result !== undefined) found.push(result);
  }
  return found;
}

function checkOne(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  context: NameContext,
  others: readonly Name[],
): Finding | undefined {
  let worst = 0;
  let worstAt = -1;
  const inWindow: number[] = [];
  for (let at = name.from; at < name.to; at += 1) {
    const word = context.output.word[at];
    if (context.output.kind[at] !== WORD || word === undefined || word.weight === 0) continue;
    const risk = tokenRisk(at, claim, alignment, context);
    if (risk > worst) {
      worst = risk;
      worstAt = at;
    }
    if (risk === 0) inWindow.push(termOf(context.terms, word));
  }
  const span = [name.from, name.to] as const;
  if (worst >= RISK_MISSING) {
    const rival = bestRival(name, claim, alignment, others);
    if (rival !== undefined && rival.bound >= BOUND_MIN) {
      return finding('name_differs', RISK_DIFFERS, true, span, [rival.name.from, rival.name.to]);
    }
    return finding('name_unsupported', RISK_MISSING, false, [worstAt, worstAt + 1]);
  }
  const torn = inWindow.length >= 2 && isTorn(inWindow, alignment) ? RISK_TORN : 0;
  const misplaced = inWindow.length > 0 ? misplacedBy(name, inWindow, claim, alignment, others) : undefined;
  if (misplaced !== undefined) {
    return finding('name_differs', RISK_MISPLACED, false, span, [misplaced.from, misplaced.to]);
  }
  const risk = worst > torn ? worst : torn;
  return risk > 0 ? finding('name_unsupported', risk, false, span) : undefined;
}

function tokenRisk(at: number, claim: Claim, alignment: Alignment, context: NameContext): number {
  const word = context.output.word[at];
  if (word === undefined) return 0;
  const term = termOf(context.terms, word);
  if (alignment.places.has(term)) return 0;
  if (alignment.quality.has(term)) return RISK_OTHER_SENTENCE;
  if ((context.passages.postings[term]?.length ?? 0) > 0) return RISK_OTHER_PASSAGE;
  if (((context.output.bits[at] as number) & ALL_CAPS) !== 0 && context.acronyms().made.has(word.text)) return 0;
  if (isSpeltOut(at, claim, context)) return 0;
  return context.prompt.has(word.text) ? RISK_FROM_PROMPT : RISK_MISSING;
}

/** World Health Organization where the evidence only says WHO. */
function isSpeltOut(at: number, claim: Claim, context: NameContext): boolean {
  for (const name of claim.names) {
    if (at < name.from || at >= name.to || name.to - name.from < 2) continue;
    let initials = '';
    for (let token = name.from; token < name.to; token += 1) {
      const word = context.output.word[token];
      if (word !== undefined && word.weight > 0) initials += word.text.charAt(0);
    }
    return initials.length >= 2 && context.acronyms().present.has(initials);
  }
  return false;
}

function isTorn(termsOfName: readonly number[], alignment: Alignment): boolean {
  for (let at = 1; at < termsOfName.length; at += 1) {
    const one = alignment.places.get(termsOfName[at - 1] as number) ?? [];
    const other = alignment.places.get(termsOfName[at] as number) ?? [];
    let near = false;
    for (const place of one) if (other.some((next) => next - place <= 4 && place - next <= 4)) near = true;
    if (!near) return true;
  }
  return false;
}

function misplacedBy(
  name: Name,
  inWindow: readonly number[],
  claim: Claim,
  alignment: Alignment,
  others: readonly Name[],
): Name | undefined {
  let own = 0;
  for (const place of alignment.places.get(inWindow[0] as number) ?? []) {
    const bound = binding(claim, alignment, name.from, name.to, place, place + 1);
    if (bound > own) own = bound;
  }
  const rival = bestRival(name, claim, alignment, others);
  return rival !== undefined && rival.bound >= BOUND_MIN && rival.bound > own * MISPLACED_RATIO
    ? rival.name
    : undefined;
}

function bestRival(
  name: Name,
  claim: Claim,
  alignment: Alignment,
  others: readonly Name[],
): { name: Name; bound: number } | undefined {
  const carried = new Set<number>();
  for (const places of alignment.places.values()) for (const place of places) carried.add(place);
  let best: { name: Name; bound: number } | undefined;
  for (const other of others) {
    let claimed = false;
    for (let at = other.from; at < other.to; at += 1) if (carried.has(at)) claimed = true;
    if (claimed) continue;
    const bound = binding(claim, alignment, name.from, name.to, other.from, other.to);
    if (best === undefined || bound > best.bound) best = { name: other, bound };
  }
  return best;
}

/** Capitalised runs of the window that do not merely open a sentence. */
function namesInWindow(alignment: Alignment, tokens: Tokens): Name[] {
  const names: Name[] = [];
  for (let at = alignment.from; at < alignment.to; at += 1) {
    if (!isCapital(tokens, at)) continue;
    let end = at + 1;
    while (end < alignment.to && isCapital(tokens, end)) end += 1;
    names.push({ from: at, to: end });
    at = end - 1;
  }
  return names;
}

function isCapital(tokens: Tokens, at: number): boolean {
  if (tokens.kind[at] !== WORD || ((tokens.bits[at] as number) & CAP) === 0) return false;
  return ((tokens.word[at]?.bits ?? 0) & (FUNCTION | OPENER)) === 0;
}

/** Linear in the tokens. Words of grammar inside a run are passed over: Bank of England makes be. */
export function acronymsOf(passages: Passages): Acronyms {
  const made = new Set<string>();
  const present = new Set<string>();
  const { tokens } = passages;
  let initials = '';
  let gap = 0;
  for (let at = 0; at < tokens.count; at += 1) {
    const word = tokens.word[at];
    if (word !== undefined && isCapital(tokens, at)) {
      if (((tokens.bits[at] as number) & ALL_CAPS) !== 0 && word.text.length <= 8) present.add(word.text);
      initials = (initials + word.text.charAt(0)).slice(-6);
      gap = 0;
      for (let begin = 0; begin < initials.length - 1; begin += 1) made.add(initials.slice(begin));
    } else if (initials !== '' && gap === 0 && tokens.kind[at] === WORD && word?.weight === 0) gap = 1;
    else {
      initials = '';
      gap = 0;
    }
  }
  return { made, present };
}

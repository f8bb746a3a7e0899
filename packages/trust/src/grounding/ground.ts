/**
 * Grounding: each claim of the output against the evidence (DESIGN section 5). Steps are counted against a budget in proportion to the
 * length of the texts; a claim the budget does not reach is reported as skipped, never passed.
 */
import type { TrustContent } from '../assess/types.ts';
import { clamp, combine, riskOfSupport } from '../risk/risk.ts';
import { CAP, newTokens, type ScanCounts, scan, type Tokens, WORD } from '../text/scan.ts';
import { type Sentences, sentencesOf } from '../text/sentences.ts';
import { isContent, type Vocabulary } from '../text/vocabulary.ts';
import { align, coreOf } from './align.ts';
import { type Acronyms, acronymsOf } from './check-names.ts';
import { QUANTITIES_MAX } from './check-numbers.ts';
import { type Claim, claimsOf } from './claims.ts';
import { bestResult, type ClaimResult, type JudgeContext } from './judge.ts';
import { type Passages, postTerms, scanEvidence } from './passages.ts';
import { fragmentOf, type JoinedClaim, joinFragment, readPrompt } from './prompt.ts';
import { newTerms } from './terms.ts';
import { type Masks, newMasks, windowsFor } from './windows.ts';

export type Grounding = {
  readonly output: Tokens;
  readonly outputCounts: ScanCounts;
  readonly sentences: Sentences;
  readonly passages: Passages;
  readonly claims: readonly Claim[];
  /** Of the claims that were to be checked, in order. */
  readonly results: readonly ClaimResult[];
  /** Best share of the prompt's weight that one window carries; -1 without a prompt, or one without content words. */
  readonly promptCoverage: number;
  /** The output is one bare fragment and there is no question to read it with. */
  readonly bareFragment: boolean;
};

const STEPS_BASE = 1_000_000;
const STEPS_PER_CHAR = 40;
/** What a claim costs besides the steps that are counted, and each of its tokens. */
const CLAIM_STEPS = 300;
const TOKEN_STEPS = 20;

/** A statement that the sources lack something: refuted by sources that speak of it, else of little weight. */
const ABSENCE_SPOKEN_OF = 0.6;
const ABSENCE_REFUTED_RISK = 0.6;
const ABSENCE_RISK = 0.15;
const OTHER_NAME_RISK = 0.6;

export function ground(content: TrustContent): Grounding {
  const vocabulary: Vocabulary = new Map();
  const terms = newTerms();
  const output = newTokens((content.output.length >> 2) + 16);
  const outputCounts = scan(content.output, output, vocabulary);
  const scanned = scanEvidence(content.evidence, vocabulary);
  const capitalised = new Set<string>();
  noteCapitals(output, capitalised);
  noteCapitals(scanned.tokens, capitalised);
  const sentences = sentencesOf(output, 0, output.count);
  const claims = claimsOf(output, sentences, terms, capitalised);
  const prompt = readPrompt(content.prompt, terms, vocabulary);
  const fragment = fragmentOf(claims, output);
  const joined =
    fragment === undefined || prompt.terms.length === 0
      ? undefined
      : joinFragment(prompt, content.output, terms, vocabulary);
  const passages = postTerms(scanned, terms);
  const masks = newMasks(passages.count);
  let acronyms: Acronyms | undefined;
  const context: JudgeContext = {
    output,
    answerFrom: 0,
    whole: [0, content.output.length],
    terms,
    passages,
    prompt: prompt.words,
    acronyms: () => {
      acronyms ??= acronymsOf(passages);
      return acronyms;
    },
    meter: { steps: 0 },
  };
  const results =
    joined === undefined ? checkAll(claims, context, masks, content) : [checkJoined(joined, context, masks)];
  const asked = prompt.terms.length === 0 ? undefined : windowsFor(prompt.terms, terms, passages, masks).windows[0];
  return {
    output,
    outputCounts,
    sentences,
    passages,
    claims,
    results,
    promptCoverage: prompt.terms.length === 0 ? -1 : clamp(asked?.share ?? 0),
    bareFragment: fragment !== undefined && joined === undefined,
  };
}

/** Words that stand capitalised behind another word, and so not only because they open a sentence. */
function noteCapitals(tokens: Tokens, into: Set<string>): void {
  for (let at = 1; at < tokens.count; at += 1) {
    if (tokens.kind[at] !== WORD || tokens.kind[at - 1] !== WORD || ((tokens.bits[at] as number) & CAP) === 0) continue;
    const word = tokens.word[at];
    if (word !== undefined && isContent(word)) into.add(word.text);
  }
}

function checkAll(claims: readonly Claim[], context: JudgeContext, masks: Masks, content: TrustContent): ClaimResult[] {
  let length = content.output.length;
  for (const item of content.evidence) length += item.text.length;
  const budget = STEPS_BASE + STEPS_PER_CHAR * length;
  const results: ClaimResult[] = [];
  for (const claim of claims) {
    if (claim.kind !== 'claim' && claim.kind !== 'absence') continue;
    if (context.meter.steps >= budget || claim.quantities.length > QUANTITIES_MAX)
      results.push(unchecked(claim, 1, true));
    else results.push(checkOne(claim, context, masks));
  }
  return results;
}

function checkOne(claim: Claim, context: JudgeContext, masks: Masks): ClaimResult {
  const search = windowsFor(claim.terms, context.terms, context.passages, masks);
  context.meter.steps += search.steps + (claim.to - claim.from) * TOKEN_STEPS + CLAIM_STEPS;
  if (search.windows.length === 0)
    return unchecked(claim, claim.kind === 'absence' ? ABSENCE_RISK : riskOfSupport(0), false);
  const alignments = search.windows.map((window) => align(claim, window, context.terms, context.passages));
  for (const alignment of alignments) context.meter.steps += alignment.to - alignment.from;
  const result = bestResult(claim, alignments, context);
  // Evidence that itself says so supports the statement like any other.
  if (claim.kind !== 'absence' || result.risk <= ABSENCE_REFUTED_RISK / 2) return result;
  const refuted = result.coverage >= ABSENCE_SPOKEN_OF;
  return { ...result, findings: [], risk: refuted ? ABSENCE_REFUTED_RISK : ABSENCE_RISK };
}

function checkJoined(joined: JoinedClaim, context: JudgeContext, masks: Masks): ClaimResult {
  const own: JudgeContext = { ...context, output: joined.tokens, answerFrom: joined.answerFrom };
  const result = checkOne(joined.claim, own, masks);
  const other = otherNameInCore(joined, result, own);
  if (!other) return { ...result, span: context.whole };
  const doubt = { code: 'name_differs', risk: OTHER_NAME_RISK, contradicts: false, span: context.whole } as const;
  return {
    ...result,
    span: context.whole,
    risk: combine([result.risk, OTHER_NAME_RISK]),
    findings: [...result.findings, doubt],
  };
}

/** The sentence that carries the question has names, and the answer's is not among them: "Sydney" to "Who built the bridge?". */
function otherNameInCore(joined: JoinedClaim, result: ClaimResult, context: JudgeContext): boolean {
  const { alignment } = result;
  if (alignment === undefined) return false;
  const names = joined.claim.names.filter((name) => name.from >= joined.answerFrom);
  return names.some((name) => {
    const [from, to] = coreOf(joined.claim, alignment.window, alignment.places, context.passages, name);
    const own = joined.claim.occurrences.filter((each) => each.at >= name.from && each.at < name.to);
    if (own.some((each) => (alignment.places.get(each.term) ?? []).some((place) => place >= from && place < to)))
      return false;
    return capitalsIn(context.passages.tokens, from, to);
  });
}

function capitalsIn(tokens: Tokens, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const word = tokens.word[at];
    if (word !== undefined && tokens.kind[at] === WORD && isContent(word) && ((tokens.bits[at] as number) & CAP) !== 0)
      return true;
  }
  return false;
}

function unchecked(claim: Claim, risk: number, skipped: boolean): ClaimResult {
  return {
    claim,
    span: [claim.start, claim.end],
    risk,
    support: 0,
    coverage: 0,
    findings: [],
    alignment: undefined,
    skipped,
  };
}

/**
 * Grounding: each claim of the output against the evidence (DESIGN section 5). For a claim: the few best windows, the alignment with
 * each, the checks on figures, names, polarity and roles; the window that supports it best counts. Steps are counted against a budget
 * in proportion to the text; a claim the budget does not reach is reported, never passed.
 */
import type { TrustContent } from '../assess/types.ts';
import { clamp, combine, riskOfSupport, supportOf } from '../risk/risk.ts';
import { CAP, newTokens, type ScanCounts, scan, type Tokens, WORD } from '../text/scan.ts';
import { type Sentences, sentencesOf } from '../text/sentences.ts';
import { isContent, type Vocabulary, wordOf } from '../text/vocabulary.ts';
import { type Alignment, align } from './align.ts';
import { type Acronyms, acronymsOf, checkNames, type NameContext } from './check-names.ts';
import { checkNumbers } from './check-numbers.ts';
import { checkPolarity } from './check-polarity.ts';
import { checkRoles } from './check-roles.ts';
import { type Claim, claimsOf } from './claims.ts';
import type { Finding } from './finding.ts';
import { type Passages, readPassages } from './passages.ts';
import { newTerms, type Terms, termOf } from './terms.ts';
import { newMasks, windowsFor } from './windows.ts';

export type ClaimResult = {
  readonly claim: Claim;
  readonly risk: number;
  readonly support: number;
  readonly coverage: number;
  readonly findings: readonly Finding[];
  /** Undefined: no sentence carries any of its words, or it was not looked at. */
  readonly alignment: Alignment | undefined;
  readonly skipped: boolean;
};

export type Grounding = {
  readonly output: Tokens;
  readonly outputCounts: ScanCounts;
  readonly sentences: Sentences;
  readonly passages: Passages;
  readonly results: readonly ClaimResult[];
  /** Best share of the prompt's weight that one window carries; -1 without a prompt, or one without content words. */
  readonly promptCoverage: number;
  readonly claims: readonly Claim[];
};

const STEPS_BASE = 2_000_000;
const STEPS_PER_CHAR = 200;
/** A window may carry this share of what the best carries and still be the one that counts. */
const WINDOW_SLACK = 0.96;
/** What a wider window must carry more than one inside it. */
const WIDER_GAIN_MIN = 0.02;
/** The gravest finding counts in full, the others by this share: ten small doubts are not one contradiction. */
const FURTHER_FINDINGS = 0.3;

export function ground(content: TrustContent): Grounding {
  const vocabulary: Vocabulary = new Map();
  const terms = newTerms();
  const output = newTokens((content.output.length >> 2) + 16);
  const outputCounts = scan(content.output, output, vocabulary);
  const capitalised = new Set<string>();
  noteCapitals(output, capitalised);
  const sentences = sentencesOf(output, 0, output.count);
  const claims = claimsOf(output, sentences, terms, capitalised);
  const prompt = readPrompt(content.prompt, terms, vocabulary);
  const passages = readPassages(content.evidence, terms, vocabulary);
  const masks = newMasks(passages.count);
  let acronyms: Acronyms | undefined;
  const context: NameContext = {
    output,
    terms,
    passages,
    prompt: prompt.words,
    acronyms: () => {
      acronyms ??= acronymsOf(passages);
      return acronyms;
    },
  };
  let length = content.output.length;
  for (const item of content.evidence) length += item.text.length;
  let budget = STEPS_BASE + STEPS_PER_CHAR * length;
  const results: ClaimResult[] = [];
  for (const claim of claims) {
    if (claim.kind !== 'claim' && claim.kind !== 'absence') continue;
    if (budget <= 0) {
      results.push({ claim, risk: 1, support: 0, coverage: 0, findings: [], alignment: undefined, skipped: true });
      continue;
    }
    const search = windowsFor(claim.terms, terms, passages, masks);
    budget -= search.steps + (claim.to - claim.from) * 40 + 200;
    results.push(
      bestResult(
        claim,
        search.windows.map((window) => align(claim, window, terms, passages)),
        context,
      ),
    );
  }
  const promptCoverage =
    prompt.terms.length === 0 ? -1 : clamp(windowsFor(prompt.terms, terms, passages, masks).windows[0]?.share ?? 0);
  return { output, outputCounts, sentences, passages, results, promptCoverage, claims };
}

function noteCapitals(tokens: Tokens, into: Set<string>): void {
  for (let at = 1; at < tokens.count; at += 1) {
    if (tokens.kind[at] !== WORD || tokens.kind[at - 1] !== WORD || ((tokens.bits[at] as number) & CAP) === 0) continue;
    const word = tokens.word[at];
    if (word !== undefined && isContent(word)) into.add(word.text);
  }
}

function readPrompt(
  text: string | undefined,
  terms: Terms,
  vocabulary: Vocabulary,
): { terms: readonly number[]; words: ReadonlySet<string> } {
  if (text === undefined) return { terms: [], words: new Set() };
  const tokens = newTokens((text.length >> 2) + 16);
  scan(text, tokens, vocabulary);
  const found = new Set<number>();
  const words = new Set<string>();
  for (let at = 0; at < tokens.count && found.size < 60; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD || !isContent(word)) continue;
    words.add(word.text);
    const term = termOf(terms, wordOf(vocabulary, word.text));
    if (term >= 0) found.add(term);
  }
  return { terms: [...found], words };
}

/**
 * The window that counts: the best supported one, or another that carries (nearly) as much and raises fewer doubts. A window that merely
 * adds a sentence to a better one is left out, so that a figure or name in a neighbouring sentence does not stand in for the claim's.
 */
function bestResult(claim: Claim, alignments: readonly Alignment[], context: NameContext): ClaimResult {
  const supports = alignments.map((alignment) => supportOf(alignment.coverage, alignment.cohesion));
  let most = 0;
  for (const support of supports) if (support > most) most = support;
  let best: ClaimResult | undefined;
  for (const [at, alignment] of alignments.entries()) {
    const support = supports[at] as number;
    if (support < most * WINDOW_SLACK) continue;
    if (
      alignments.some(
        (other, index) => isWithin(other, alignment) && support - (supports[index] as number) <= WIDER_GAIN_MIN,
      )
    )
      continue;
    const result = judge(claim, alignment, context);
    if (best === undefined || result.risk < best.risk) best = result;
  }
  if (best !== undefined) return best;
  return { claim, risk: riskOfSupport(0), support: 0, coverage: 0, findings: [], alignment: undefined, skipped: false };
}

function isWithin(inner: Alignment, outer: Alignment): boolean {
  if (inner === outer) return false;
  return inner.window.first >= outer.window.first && inner.window.last <= outer.window.last;
}

function judge(claim: Claim, alignment: Alignment, context: NameContext): ClaimResult {
  const { output, passages, terms } = context;
  const findings = [
    ...checkNumbers(claim, alignment, output, passages),
    ...checkNames(claim, alignment, context),
    ...checkPolarity(claim, alignment, output, passages.tokens),
  ];
  const roles = checkRoles(claim, alignment, output, passages, terms);
  if (roles !== undefined) findings.push(roles);
  const support = supportOf(alignment.coverage, alignment.cohesion);
  const risk = combine([
    riskOfSupport(support),
    ...findings
      .map((each) => each.risk)
      .sort((a, b) => b - a)
      .map((each, at) => (at === 0 ? each : each * FURTHER_FINDINGS)),
  ]);
  return { claim, risk, support, coverage: alignment.coverage, findings, alignment, skipped: false };
}

/**
 * The question an output answers, where there is one. Its words show whether the evidence speaks to it; its names may be named in the
 * answer; and an answer too short to be a sentence ("1932.") is checked as the question and the answer read as one.
 */
import { AUXILIARY } from '../lexicon/words.ts';
import { newTokens, scan, type Tokens, WORD } from '../text/scan.ts';
import { isContent, type Vocabulary } from '../text/vocabulary.ts';
import { type Claim, claimOf } from './claims.ts';
import { type Terms, termOf } from './terms.ts';

export type Prompt = {
  readonly text: string;
  /** Distinct content terms, at most `TERMS_MAX`. */
  readonly terms: readonly number[];
  readonly words: ReadonlySet<string>;
};

const TERMS_MAX = 60;
/** Longer prompts are instructions or documents: read so far only. */
const PROMPT_CHARS_MAX = 20_000;
const QUESTION_TOKENS_MAX = 80;
const FRAGMENT_WORDS_MAX = 4;

export function readPrompt(text: string | undefined, terms: Terms, vocabulary: Vocabulary): Prompt {
  const read = (text ?? '').slice(0, PROMPT_CHARS_MAX);
  const tokens = newTokens((read.length >> 2) + 16);
  scan(read, tokens, vocabulary);
  const found = new Set<number>();
  const words = new Set<string>();
  for (let at = 0; at < tokens.count && found.size < TERMS_MAX; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD || !isContent(word)) continue;
    words.add(word.text);
    const term = termOf(terms, word);
    if (term >= 0) found.add(term);
  }
  return { text: read, terms: [...found], words };
}

/** The one claim of the output, when it is no sentence: a few words, no auxiliary among them. */
export function fragmentOf(claims: readonly Claim[], output: Tokens): Claim | undefined {
  const checked = claims.filter((claim) => claim.kind !== 'politeness');
  const only = checked.length === 1 ? checked[0] : undefined;
  if (only === undefined || only.kind !== 'claim') return undefined;
  let words = 0;
  for (let at = only.from; at < only.to; at += 1) {
    const word = output.word[at];
    if (word === undefined || word.text === '') continue;
    words += 1;
    if ((word.bits & AUXILIARY) !== 0) return undefined;
  }
  return words <= FRAGMENT_WORDS_MAX ? only : undefined;
}

/** Question and answer as one claim over tokens of their own. `answerFrom`: the first token of the answer. */
export type JoinedClaim = { readonly claim: Claim; readonly tokens: Tokens; readonly answerFrom: number };

export function joinFragment(prompt: Prompt, answer: string, terms: Terms, vocabulary: Vocabulary): JoinedClaim {
  const tokens = newTokens(256);
  scan(prompt.text.slice(-2000), tokens, vocabulary);
  // The end of a long prompt is where its question stands.
  const first = Math.max(0, tokens.count - QUESTION_TOKENS_MAX);
  const answerFrom = tokens.count;
  scan(answer, tokens, vocabulary);
  const capitalised = new Set<string>();
  for (let at = answerFrom; at < tokens.count; at += 1) capitalised.add(tokens.word[at]?.text ?? '');
  const claim = claimOf(tokens, first, tokens.count, false, terms, capitalised);
  return { claim: { ...claim, kind: 'claim' }, tokens, answerFrom };
}

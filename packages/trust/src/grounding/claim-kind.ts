/** What a sentence of the output is: a claim, or one of the things that claim nothing about the world. */
import { SAYING, SOURCE_WORDS } from '../lexicon/boilerplate.ts';
import { NEGATION } from '../lexicon/words.ts';
import { type Tokens, WORD } from '../text/scan.ts';

export type ClaimKind = 'claim' | 'politeness' | 'question' | 'refusal' | 'absence';

const KNOWING =
  /^(know|sure|answer|determine|find|help|assist|provide|verify|confirm|information|able|access|say|tell|see|certain|comment|mention|details)$/;
/** Words from a negation to what it denies, in a refusal or a statement of absence. */
const DENIED_REACH = 4;

/** Words of a sentence before the negation of a refusal. */
const SPEAKER_REACH = 6;

/**
 * A refusal: someone who speaks ("I", "we") does not know, find, help; or a sentence of politeness that denies. A statement of absence:
 * a source ("the passage") does not say, or something is not said in one.
 */
export function kindOf(tokens: Tokens, from: number, to: number, boilerplate: boolean): ClaimKind {
  for (let at = from; at < to; at += 1) {
    const word = tokens.word[at];
    if (word === undefined || tokens.kind[at] !== WORD) continue;
    const cue = (word.bits & NEGATION) !== 0 || /^(unable|insufficient|sorry|unclear)$/.test(word.text);
    if (!cue) continue;
    const speaker = has(tokens, from, at, /^(i|we|im)$/) && at - from <= SPEAKER_REACH;
    const denied = Math.min(to, at + 1 + DENIED_REACH);
    if (speaker && (has(tokens, at + 1, denied, KNOWING) || /^(unable|sorry|unclear)$/.test(word.text)))
      return 'refusal';
    if (!hasAny(tokens, at + 1, denied, SAYING) && !has(tokens, at + 1, denied, KNOWING)) continue;
    const sourced =
      hasAny(tokens, from, at, SOURCE_WORDS) || hasAny(tokens, at + 1, Math.min(to, at + 12), SOURCE_WORDS);
    if (sourced) return boilerplate ? 'refusal' : 'absence';
    if (boilerplate) return 'refusal';
  }
  return boilerplate ? 'politeness' : 'claim';
}

function has(tokens: Tokens, from: number, to: number, pattern: RegExp): boolean {
  for (let at = from; at < to; at += 1) if (pattern.test(tokens.word[at]?.text ?? '')) return true;
  return false;
}

function hasAny(tokens: Tokens, from: number, to: number, words: ReadonlySet<string>): boolean {
  for (let at = from; at < to; at += 1) if (words.has(tokens.word[at]?.text ?? '')) return true;
  return false;
}

/** Words and phrases a policy forbids, looked for word by word in folded form: case, accents, look-alikes and invisible characters do not hide one. */
import type { Reason } from '../assess/types.ts';
import { NUMBER, newTokens, scan, type Tokens, WORD } from '../text/scan.ts';
import type { Vocabulary } from '../text/vocabulary.ts';

const PHRASES_MAX = 1000;

export function forbiddenIn(output: Tokens, forbid: readonly string[] | undefined): Reason[] {
  if (forbid === undefined || forbid.length === 0) return [];
  const byFirst = new Map<string, { words: readonly string[]; index: number }[]>();
  for (const [index, phrase] of forbid.slice(0, PHRASES_MAX).entries()) {
    const words = wordsOf(phrase);
    const first = words[0];
    if (first === undefined) continue;
    byFirst.set(first, [...(byFirst.get(first) ?? []), { words, index }]);
  }
  const reasons: Reason[] = [];
  for (let at = 0; at < output.count && reasons.length < 16; at += 1) {
    for (const { words, index } of byFirst.get(output.word[at]?.text ?? '') ?? []) {
      const end = matchEnd(output, at, words);
      if (end < 0) continue;
      reasons.push({
        code: 'forbidden',
        span: [output.start[at] as number, output.end[end] as number],
        detail: { entry: index },
      });
      break;
    }
  }
  return reasons;
}

function wordsOf(phrase: string): string[] {
  const tokens = newTokens(16);
  const vocabulary: Vocabulary = new Map();
  scan(phrase, tokens, vocabulary);
  const words: string[] = [];
  for (let at = 0; at < tokens.count; at += 1) {
    if (tokens.kind[at] === WORD || tokens.kind[at] === NUMBER) words.push(tokens.word[at]?.text ?? '');
  }
  return words;
}

/** Token of the phrase's last word when it stands at `from`, else -1. Marks between its words do not matter. */
function matchEnd(tokens: Tokens, from: number, words: readonly string[]): number {
  let at = from;
  let last = from;
  for (const word of words) {
    while (at < tokens.count && tokens.kind[at] !== WORD && tokens.kind[at] !== NUMBER) at += 1;
    if (at >= tokens.count || tokens.word[at]?.text !== word) return -1;
    last = at;
    at += 1;
  }
  return last;
}

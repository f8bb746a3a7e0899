/**
 * The sentence a reviewer reads: a Reason (offsets only, I6) put together again with the content it points into.
 * Whoever calls this holds the content; what it returns must not be logged.
 */
import type { Reason, ReasonCode, Span, TrustContent } from '../assess/types.ts';

const QUOTE_CHARS_MAX = 160;

const MEANING: Record<ReasonCode, string> = {
  forbidden: 'is forbidden by the policy of this task',
  degenerate_repetition: 'repeats itself instead of saying something',
  degenerate_loop: 'is one phrase going round in a loop',
  degenerate_low_variety: 'uses very few different words for its length',
  degenerate_no_words: 'is not made of words',
  number_differs: 'the evidence has another number',
  date_differs: 'the evidence has another date',
  unit_differs: 'the evidence has another unit',
  comparison_differs: 'the evidence compares the other way',
  name_differs: 'the evidence has another name',
  negation_differs: 'one says it and the other denies it',
  antonym: 'the evidence says the opposite',
  quantifier_differs: 'the evidence says how many, or how often, otherwise',
  roles_swapped: 'the evidence has the two the other way round',
  number_unsupported: 'this number is not in the evidence',
  date_unsupported: 'this date is not in the evidence',
  name_unsupported: 'this name is not in the evidence',
  certainty_raised: 'the evidence only says that it may be so',
  claim_partly_supported: 'the evidence carries only a part of this',
  claim_unsupported: 'this does not follow from the evidence',
  evidence_silent: 'the evidence does not speak to this',
  content_missing: 'the content of this record is missing',
  content_none: 'the record came without content, so that only a person can decide',
  evidence_missing: 'there is no evidence to check against',
  output_empty: 'the output is empty',
  no_claims: 'the output makes no claim that could be checked',
  answer_fragment: 'the answer is too short to be checked without its question',
  refusal: 'the output declines to answer',
  question_back: 'the output asks back instead of answering',
  language_unsupported: 'the text is not in English; only English can be checked',
  mixed_script: 'a word mixes letters of several scripts',
  budget_used_up: 'the text is larger than what is checked in one go; a person decides',
  signal_missing: 'a signal this policy requires is missing',
  structural_numbers: 'the structural numbers of the record are out of their normal range',
  attempts_used_up: 'all attempts of this run are used up',
};

/**
 * `"$5 million": the evidence has another number, "$3 million" (passage 1)`. Spans that do not fit the content are left out.
 * @returns one sentence without a full stop at its end, at most about 400 characters.
 */
export function explain(reason: Reason, content: TrustContent | undefined): string {
  const claimed = quote(content?.output, reason.span);
  const meaning = MEANING[reason.code];
  const passage = reason.evidence === undefined ? undefined : content?.evidence[reason.evidence];
  const found = quote(passage?.text, reason.window);
  const where = passage === undefined ? '' : ` (passage ${passage.id ?? String(Number(reason.evidence) + 1)})`;
  const head = claimed === '' ? meaning : `${claimed}: ${meaning}`;
  return found === '' ? head + where : `${head}, ${found}${where}`;
}

function quote(text: string | undefined, span: Span | undefined): string {
  if (text === undefined || span === undefined) return '';
  const piece = text.slice(span[0], span[1]).replace(/\s+/g, ' ').trim();
  if (piece === '') return '';
  return piece.length <= QUOTE_CHARS_MAX ? `"${piece}"` : `"${piece.slice(0, QUOTE_CHARS_MAX - 1)}…"`;
}

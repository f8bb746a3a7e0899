import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy/default-policy.ts';
import { assess } from './assess.ts';
import type { Assessment, TaskPolicy, TrustContent, TrustRecord } from './types.ts';

const TEXT =
  'The Sydney Harbour Bridge opened on 19 March 1932 and cost $3 million to build. It is 1,149 metres long. ' +
  'About 160,000 vehicles cross it every day. The bridge was not damaged in the war. Dorman Long built the bridge. ' +
  'The company employed 1,400 workers, of whom sixteen died.';
const evidence = [{ id: 'a', text: TEXT }];
const record: TrustRecord = { contentMode: 'vault', signals: {} };

function of(
  output: string,
  more: Partial<TrustContent> = {},
  policy: Partial<TaskPolicy> = {},
  other: Partial<TrustRecord> = {},
): Assessment {
  return assess({
    content: { output, evidence, ...more },
    record: { ...record, ...other },
    policy: { ...defaultPolicy, ...policy },
  });
}

const codes = (assessment: Assessment): string[] => assessment.reasons.map((reason) => reason.code);

test.each([
  'The bridge opened in March 1932.',
  'The bridge was opened on March 19th, 1932.',
  'It cost three million dollars.',
  'The bridge is 1.149 km long.',
  'The bridge was built by Dorman Long.',
  'Every day around 160 thousand vehicles cross the bridge.',
  '16 of the 1,400 workers died.',
  'Sure! Based on the provided context, the bridge opened in 1932. I hope this helps!',
  'According to the passage, the bridge opened in 1932 [1].',
  '- **Opened:** 19 March 1932\n- **Cost:** $3 million\n- **Length:** 1.149 km',
  'The bridge opened in 1932. Would you like to know more?',
])('accepted: %s', (output) => {
  const assessment = of(output);
  expect(assessment.decision, codes(assessment).join(' ')).toBe('accept');
  expect(assessment.reasons).toEqual([]);
});

test.each<[string, string, string]>([
  ['The bridge opened on 20 March 1932.', 'block', 'date_differs'],
  ['The Sydney Harbour Bridge cost $5 million.', 'block', 'number_differs'],
  ['The bridge was damaged in the war.', 'block', 'negation_differs'],
  ['Dorman Long was built by the bridge.', 'block', 'roles_swapped'],
  ['The company employed 1,600 workers.', 'block', 'number_differs'],
  ['The Melbourne Harbour Bridge opened in 1932.', 'retry', 'name_differs'],
  ['The bridge opened in 1932. Did you know that it cost $9 million?', 'retry', 'number_differs'],
  ['Bananas are grown by farmers in Ecuador.', 'retrieve', 'evidence_silent'],
])('%s → %s', (output, decision, code) => {
  const assessment = of(output);
  expect(assessment.decision).toBe(decision);
  expect(codes(assessment)).toContain(code);
  expect(assessment.risk).toBeGreaterThan(defaultPolicy.acceptRiskMax);
});

test('fail closed: nothing to check with, nothing to check, nothing to decide by', () => {
  expect(of('The bridge opened in 1932.', { evidence: [] })).toMatchObject({
    decision: 'retrieve',
    reasons: [{ code: 'evidence_missing' }],
  });
  expect(of('The bridge opened in 1932.', { evidence: [{ text: ' \n ' }] }).decision).toBe('retrieve');
  for (const output of ['', '   \n', '\u200b\u200b']) expect(codes(of(output))).toContain('output_empty');
  expect(codes(of('Sure!'))).toEqual(['no_claims']);
  expect(assess({ content: undefined, record, policy: defaultPolicy })).toMatchObject({
    decision: 'escalate',
    reasons: [{ code: 'content_missing' }],
  });
  for (const acceptRiskMax of [Number.NaN, -1, 2, Number.POSITIVE_INFINITY]) {
    expect(of('The bridge opened in 1932.', {}, { acceptRiskMax }).decision).not.toBe('accept');
  }
});

test('content: none is escalated at best, whatever the numbers say', () => {
  const none = { contentMode: 'none', signals: { risk: 0 } } as const;
  for (const structural of [undefined, { dHat: 2, cohStar: 0.4, r: 0.5 }, { dHat: 1, cohStar: 1, r: 0 }]) {
    const assessment = assess({ content: undefined, record: { ...none, structural }, policy: defaultPolicy });
    expect(assessment.decision).toBe('escalate');
    expect(codes(assessment)).toContain('content_none');
  }
  const withContent = assess({
    content: { output: 'The bridge opened in 1932.', evidence },
    record: none,
    policy: defaultPolicy,
  });
  expect(withContent.decision).toBe('escalate');
});

test('a required signal that is missing is named and decides nothing', () => {
  const policy = { requireSignals: ['nli', 'judge', 'coverage_min'] };
  const assessment = of('The bridge opened in 1932.', {}, policy, { signals: { nli: 0.1, judge: Number.NaN } });
  expect(assessment.missing).toEqual(['judge']);
  expect(assessment.decision).toBe('escalate');
  expect(of('The bridge opened in 1932.', {}, policy, { signals: { nli: 0.1, judge: 0 } })).toMatchObject({
    missing: [],
    decision: 'accept',
  });
  // No name of the prototype counts as a signal.
  expect(of('The bridge opened in 1932.', {}, { requireSignals: ['toString'] }).missing).toEqual(['toString']);
});

test('when the attempts are used up, a person decides; acceptance and blocks stay', () => {
  const attempts = { retryAttemptsMax: 2 };
  expect(of('The Melbourne Bridge opened in 1932.', {}, attempts, { attempt: 1 }).decision).toBe('retry');
  const last = of('The Melbourne Bridge opened in 1932.', {}, attempts, { attempt: 2 });
  expect(last.decision).toBe('escalate');
  expect(codes(last)).toContain('attempts_used_up');
  expect(of('The bridge opened in 1932.', {}, attempts, { attempt: 9 }).decision).toBe('accept');
  expect(of('The bridge cost $5 million.', {}, attempts, { attempt: 9 }).decision).toBe('block');
});

test('refusals, absences and questions back are defined cases, never accepted', () => {
  const asked = { prompt: 'Who built the bridge?' };
  expect(of("I don't know.", asked)).toMatchObject({ decision: 'retry', reasons: [{ code: 'refusal' }] });
  expect(of('The passage does not mention who built the bridge.', asked).decision).toBe('retry');
  expect(
    of("I'm sorry, but I cannot find the answer in the passages.", { prompt: 'What do pandas eat?' }).decision,
  ).toBe('retrieve');
  expect(of("I don't know.")).toMatchObject({ decision: 'escalate', reasons: [{ code: 'refusal' }] });
  expect(of('Do you mean the bridge in Sydney?', asked)).toMatchObject({
    decision: 'escalate',
    reasons: [{ code: 'question_back' }],
  });
  expect(of('Yes.', asked).decision).toBe('escalate');
});

test('a bare fragment is read with its question, and not without one', () => {
  const asked = { prompt: 'When did the bridge open?' };
  expect(of('1932.', asked).decision).toBe('accept');
  expect(of('1942.', asked).decision).toBe('block');
  expect(of('1932.')).toMatchObject({ decision: 'escalate', reasons: [{ code: 'answer_fragment' }] });
  expect(of('1,400', { prompt: 'How many vehicles cross the bridge every day?' }).decision).not.toBe('accept');
});

test('other languages, mixed scripts: escalated at best', () => {
  const french = 'Le pont a été ouvert en 1932 et il est dans la ville de Sydney pour les voitures.';
  expect(of(french, { evidence: [{ text: french }] })).toMatchObject({ decision: 'escalate' });
  expect(
    codes(
      of('Мост был открыт в 1932 году в городе Сидней.', {
        evidence: [{ text: 'Мост был открыт в 1932 году в городе Сидней.' }],
      }),
    ),
  ).toContain('language_unsupported');
  expect(of('The brіdge opened in 1932.')).toMatchObject({ decision: 'escalate' });
});

test('what is forbidden blocks, however it is written', () => {
  for (const output of ['Buy ACME stock now.', 'Buy Acme\u200b stock.', 'Buy ａｃｍｅ stock.', 'Buy Аcme stock.']) {
    const assessment = of(output, {}, { forbid: ['acme stock'] });
    expect(assessment.decision, output).toBe('block');
    expect(assessment.reasons[0]).toMatchObject({ code: 'forbidden', detail: { entry: 0 } });
  }
  expect(of('The bridge opened in 1932.', {}, { forbid: ['acme', '', '...'] }).decision).toBe('accept');
});

test('degenerate output blocks', () => {
  const loop = of('The bridge opened in 1932. '.repeat(8));
  expect(loop.decision).toBe('block');
  expect(codes(loop)).toContain('degenerate_loop');
  expect(of('la '.repeat(30)).decision).toBe('block');
  expect(of('?!'.repeat(30)).decision).toBe('block');
});

test('more text than is checked in one go is escalated, not passed', () => {
  const sentence = 'The bridge opened in 1932. ';
  // Each sentence another, so that it is no loop; all of them carried by every sentence of the evidence.
  const output = Array.from(
    { length: 4000 },
    (_, at) => `Bus ${at + 2200} of line ${at + 9000} crossed the bridge at house ${at + 20000}.`,
  ).join(' ');
  const assessment = of(output, { evidence: [{ text: sentence.repeat(30000) }] });
  expect(assessment.decision).toBe('escalate');
  expect(codes(assessment)).toContain('budget_used_up');
});

test('signals are finite numbers of nine places; versions name every part', () => {
  const assessment = of('The bridge opened in 1932. It is 2 km long.', { prompt: 'Tell me about the bridge.' });
  for (const [name, value] of Object.entries(assessment.signals)) {
    expect(name).toMatch(/^[a-z_]+$/);
    expect(Math.round(value * 1e9) / 1e9).toBe(value);
  }
  expect(Object.keys(assessment.versions).sort()).toEqual(['grounding', 'lexicon', 'risk', 'structural', 'trust']);
});

test('a flat contradiction is blocked under the laxest threshold, with its reasons', () => {
  const evidence = [
    { text: 'The canal opened in 1857. It is 19 miles long, has 6 locks, and cost 2 million dollars to build.' },
  ];
  const output = 'The canal opened in 1911, is 214 miles long, has 38 locks and cost 77 million dollars.';
  const policy = { ...defaultPolicy, acceptRiskMax: 1 };
  const lax = assess({ content: { output, evidence }, record: { contentMode: 'vault', signals: {} }, policy });
  expect(lax.decision).toBe('block');
  expect(lax.reasons.length).toBeGreaterThan(0);
});

test('a name in the next sentence, which goes on with a pronoun, is carried, across a line break too', () => {
  const of = (text: string) => {
    const output = 'The bridge cost $3 million and was designed by Anna Meyer.';
    return assess({ content: { output, evidence: [{ text }] }, record, policy: defaultPolicy });
  };
  const opened = 'The Harbour Bridge opened to traffic in March 1932 and cost 3 million dollars to build.';
  const designed = 'It was designed by Anna Meyer and is 503 metres long.';
  expect(of(`${opened} ${designed}`)).toMatchObject({ decision: 'accept', reasons: [] });
  expect(of(`${opened}\n${designed}`)).toMatchObject({ decision: 'accept', reasons: [] });
  expect(of(`${opened} ${designed.replace('Anna Meyer', 'Otto Kern')}`).decision).not.toBe('accept');
});

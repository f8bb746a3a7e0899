import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy/default-policy.ts';
import { explain } from '../reason/explain.ts';
import { assess } from './assess.ts';
import { type Assessment, REASON_CODES, REASONS_MAX, type TrustContent } from './types.ts';

const of = (content: TrustContent): Assessment =>
  assess({
    content,
    record: { contentMode: 'vault', signals: {} },
    policy: { ...defaultPolicy, forbid: ['secret word'] },
  });

/** Text in which every branch of the scanner is likely: words, figures, marks, scripts, invisible characters, lone surrogates. */
const piece = fc.oneof(
  fc.constantFrom(
    'The bridge',
    'opened',
    'not',
    'never',
    'Dorman Long',
    'U.S.',
    'e.g.',
    '$3 million',
    '5 km',
    '12 per cent',
    'two-thirds',
    'May 3rd, 2019',
    '2019-05-03',
    '1990–95',
    '21st century',
    'half a million',
    'more than',
    'all',
    'only Anna',
    'http://a.b/c',
    '[12]',
    '1. ',
    '- ',
    '| a | b |',
    '\n\n',
    '\n',
    '. ',
    '? ',
    '; ',
    ', ',
    '“',
    '”',
    '\u200b',
    'brіdge',
    '𝟓',
    '😀',
    '\ud800',
    '\udc00',
    'мост',
    '橋',
    'I do not know',
    'the passage does not say',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' '));

test('nothing throws; the shape holds; reasons carry offsets into the content and no text of it', () => {
  fc.assert(
    fc.property(
      text,
      fc.array(text, { maxLength: 3 }),
      fc.option(text, { nil: undefined }),
      (output, passages, prompt) => {
        const content = { prompt, output, evidence: passages.map((each) => ({ text: each })) };
        const assessment = of(content);
        expect(assessment).toEqual(of(content));
        expect(assessment.risk).toBeGreaterThanOrEqual(0);
        expect(assessment.risk).toBeLessThanOrEqual(1);
        expect(assessment.reasons.length).toBeLessThanOrEqual(REASONS_MAX);
        if (passages.every((each) => each.trim() === '')) expect(assessment.decision).not.toBe('accept');
        for (const reason of assessment.reasons) {
          expect(REASON_CODES).toContain(reason.code);
          if (reason.span !== undefined) expectSpan(reason.span, output);
          if (reason.window !== undefined) expectSpan(reason.window, passages[reason.evidence ?? -1] ?? '');
          for (const value of Object.values(reason.detail ?? {})) expect(typeof value).toBe('number');
          expect(typeof explain(reason, content)).toBe('string');
        }
      },
    ),
    { numRuns: 400 },
  );
});

function expectSpan([start, end]: readonly [number, number], of: string): void {
  expect(start).toBeGreaterThanOrEqual(0);
  expect(end).toBeGreaterThanOrEqual(start);
  expect(end).toBeLessThanOrEqual(of.length);
}

const EVIDENCE = [
  {
    text:
      'The Sydney Harbour Bridge opened on 19 March 1932 and cost $3 million to build. It is 1,149 metres long. About 160,000 vehicles cross it ' +
      'every day. The bridge was not damaged in the war. Dorman Long built the bridge. The company employed 1,400 workers, of whom sixteen died.',
  },
];
const sentence = fc.constantFrom(
  'The bridge opened in 1932.',
  'The bridge opened in 1933.',
  'It cost $3 million.',
  'It cost $4 million.',
  'Dorman Long built the bridge.',
  'Anna Smith painted the bridge.',
  'Vehicles cross it every day.',
  'Sixteen workers died.',
  'The bridge was damaged in the war.',
  'It is made of steel.',
);
const unsupported = fc.constantFrom(
  'Bananas are grown in Ecuador.',
  'The bridge cost $9 million.',
  'Karl Marx lived in London.',
  'Whales sing long songs under water.',
  'The bridge closed for good in 2014.',
);

test('adding an unsupported sentence never lowers the risk, and never leads to accept', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(sentence, { minLength: 1, maxLength: 6 }),
      unsupported,
      fc.nat(),
      (sentences, more, at) => {
        const place = at % (sentences.length + 1);
        const before = of({ output: sentences.join(' '), evidence: EVIDENCE });
        const after = of({
          output: [...sentences.slice(0, place), more, ...sentences.slice(place)].join(' '),
          evidence: EVIDENCE,
        });
        expect(after.risk).toBeGreaterThanOrEqual(before.risk - 1e-9);
        expect(after.decision).not.toBe('accept');
      },
    ),
  );
});

test('irrelevant text in the evidence does not turn a stop into an accept', () => {
  const filler = fc.constantFrom(
    'Bananas are grown by farmers in Ecuador and sold for $4 million in 1933.',
    'Anna Smith painted 20 houses in 1942.',
    'No whale was ever damaged by steel.',
    'The council of Melbourne opened a library on 20 March 1932.',
    'It rained every day.',
    'A company in Leeds employed 1,600 workers.',
  );
  fc.assert(
    fc.property(
      fc.constantFrom(
        'The bridge opened in 1933.',
        'The bridge cost $4 million.',
        'Anna Smith built the bridge.',
        'The bridge was damaged in the war.',
        'The Melbourne Harbour Bridge opened in 1932.',
        'The bridge opened on 20 March 1932.',
      ),
      fc.array(filler, { minLength: 1, maxLength: 30 }),
      (output, fillers) => {
        expect(of({ output, evidence: EVIDENCE }).decision).not.toBe('accept');
        expect(of({ output, evidence: [...EVIDENCE, { text: fillers.join(' ') }] }).decision).not.toBe('accept');
        expect(of({ output, evidence: [{ text: `${fillers.join(' ')} ${EVIDENCE[0]?.text}` }] }).decision).not.toBe(
          'accept',
        );
      },
    ),
  );
});

test('hostile texts of 200 KB end in bounded time', () => {
  const parts = [
    'x',
    'bridge ',
    'Bo ox. ',
    '7 ',
    'not bridge ',
    'Ann Bo ',
    '.',
    '[1,',
    'a.b.',
    'a\n',
    'a\u200b',
    'one hundred and ',
    '1,000',
    'according to the ',
  ];
  for (const part of parts) {
    const long = part.repeat(Math.ceil(100_000 / part.length));
    const start = performance.now();
    expect(of({ output: long, evidence: [{ text: long }] }).decision, part).not.toBe('accept');
    expect(performance.now() - start, part).toBeLessThan(10_000);
  }
});

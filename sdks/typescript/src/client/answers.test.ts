import { canonicalJson } from '@fractal/record';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf, checkAnswer, VERDICT } from '../../testing/receipts.ts';
import { parseProblem } from '../http/problem.ts';
import { parseVerdictBody } from '../receipt/body.ts';
import { DECISIONS, parseVerdict } from '../receipt/verdict.ts';
import { parseAppended, parsePolicyAnswer, parseReceiptAnswer, parseResolved, parseVerdictAnswer } from './answers.ts';

const parsers = [
  parseVerdictAnswer,
  parseReceiptAnswer,
  parseResolved,
  parseAppended,
  parsePolicyAnswer,
  parseVerdict,
] as const;

/** A JSON value with one member, at any depth, replaced by another JSON value. */
function mutate(value: unknown, path: readonly number[], put: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== 'object' || value === null) return put;
  const names = Object.keys(value);
  if (names.length === 0) return put;
  const name = names[at % names.length]!;
  const member = mutate((value as Record<string, unknown>)[name], rest, put);
  return Array.isArray(value) ? value.with(Number(name), member) : { ...value, [name]: member };
}

describe('parsers of answers', () => {
  it('never throw, and pass only what has the shape (fuzz)', () => {
    const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(path, fc.jsonValue(), (place, put) => {
        for (const parse of parsers) {
          parse(mutate(checkAnswer(), place, put));
          expect(parse(put)).toBeUndefined();
        }
        const parsed = parseVerdictAnswer(mutate(checkAnswer(), place, put));
        if (parsed === undefined) return;
        expect(parsed.verdict.risk).toBeGreaterThanOrEqual(0);
        expect(parsed.verdict.risk).toBeLessThanOrEqual(1);
        expect(DECISIONS).toContain(parsed.verdict.decision);
        expect(DECISIONS).toContain(parsed.effective.decision);
      }),
      { numRuns: 2_000 },
    );
  });

  it('take members they do not know', () => {
    const verdict = { ...VERDICT, tomorrow: 1 };
    expect(parseVerdictAnswer(checkAnswer({ verdict, later: {} }))).toEqual(parseVerdictAnswer(checkAnswer()));
  });

  it.each([
    ['decision', 'ACCEPT'],
    ['risk', -0.1],
    ['risk', '0.5'],
    ['bound', 2],
    ['certificate', 7],
    ['mode', 'off'],
    ['policy', { version: -1 }],
    ['policy', null],
    ['reasons', {}],
    ['reasons', [{ code: 'x', span: [3, 1] }]],
    ['reasons', [{ code: 'x', window: [0] }]],
    ['reasons', [{ code: 'x', evidence: 0.5 }]],
    ['reasons', [{ code: 'x', detail: { a: [] } }]],
    ['signals', { x: '1' }],
    ['versions', { x: 1 }],
  ])('refuse a verdict whose %s is %j', (name, value) => {
    expect(parseVerdict({ ...VERDICT, [name]: value })).toBeUndefined();
    const { [name]: _, ...without } = VERDICT;
    expect(parseVerdict(without)).toBeUndefined();
  });
});

describe('parseVerdictBody', () => {
  it('never throws, whatever the bytes (fuzz)', () => {
    const good = bodyOf();
    const mutation = fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), fc.nat(good.length), (mutations, cut) => {
        const bytes = good.slice();
        for (const { at, byte } of mutations) bytes[at] = byte;
        parseVerdictBody(bytes);
        expect(parseVerdictBody(bytes.slice(0, Math.min(cut, good.length - 1)))).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads a name twice as nothing', () => {
    const text = new TextDecoder().decode(bodyOf());
    const twice = text.replace('"tenant":"acme"', '"tenant":"acme","tenant":"evil"');
    expect(twice).not.toBe(text);
    expect(parseVerdictBody(new TextEncoder().encode(twice))).toBeUndefined();
  });

  it('reads canonical bytes of a deployed agent too, which have no output', () => {
    const body = parseVerdictBody(bodyOf({ profile: 'fractal-lba-kakeya', signer: 'agent', output: null, run: 'r' }));
    expect(body).toMatchObject({ profile: 'fractal-lba-kakeya', output: null, run: 'r' });
  });
});

describe('parseProblem', () => {
  it('never throws (fuzz)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(599), (text, status) => {
        expect(parseProblem(text, status)).toBeUndefined();
      }),
    );
  });

  it('cuts the server’s words at 500 characters', () => {
    const document = { type: 't', title: 't', status: 400, code: 'bad_request', detail: 'x'.repeat(600) };
    const text = new TextDecoder().decode(canonicalJson(document));
    expect(parseProblem(text, 400)?.detail).toHaveLength(500);
  });
});

import { noteCosigner, noteSigner, openNote, signNote } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rememberingEd25519 } from '../testing/remembering-ed25519.ts';
import { cosignatureIn, takeApart, textOf } from './cosignature.ts';

const ed25519 = rememberingEd25519();
const log = noteSigner({ name: 'log.example', secretKey: new Uint8Array(32).fill(1) });
const witnessOf = (fill: number, timeSeconds = 1_000n) =>
  noteCosigner({ name: `witness.example/${fill}`, secretKey: new Uint8Array(32).fill(fill), timeSeconds });
const text = `log.example\n5\n${'A'.repeat(43)}=\n`;
const note = signNote(text, [log]);
const key = witnessOf(2).verifierKey;
const lineOf = (fill: number): string => signNote(text, [witnessOf(fill)]).slice(text.length + 1);
const take = (lines: string) => cosignatureIn({ note, lines, key, nowSeconds: 1_000, ed25519 });

describe('a cosignature in an answer', () => {
  it('is the line of the witness, whatever lines of others stand around it', () => {
    for (const lines of [lineOf(2), lineOf(3) + lineOf(2), lineOf(2) + lineOf(3), lineOf(2) + lineOf(2)]) {
      expect(take(lines)).toMatchObject({ ok: true, value: { line: lineOf(2), verified: { timestamp: 1_000n } } });
    }
  });

  it('is never anything but a line that verifies, whatever the answer is', () => {
    const right = [...(lineOf(3) + lineOf(2))];
    const mutated = fc
      .tuple(fc.nat(right.length - 1), fc.nat(3), fc.string({ maxLength: 4, unit: 'binary' }))
      .map(([at, removed, added]) => [...right.slice(0, at), added, ...right.slice(at + removed)].join(''));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ maxLength: 200, unit: 'binary' })), (lines) => {
        const taken = take(lines);
        if (!taken.ok) return;
        expect(taken.value.line).toBe(lineOf(2));
        expect(openNote(note + taken.value.line, [log.verifierKey, key]).ok).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a published checkpoint taken apart', () => {
  const keys = [2, 3, 4].map((fill) => witnessOf(fill).verifierKey);

  it('gives each witness’s line in the order of the policy, and keeps what is of nobody asked', () => {
    const { bare, cosignatures } = takeApart(note + lineOf(3) + lineOf(9) + lineOf(2), keys, ed25519);
    expect(bare).toBe(note + lineOf(9));
    expect(cosignatures.map((each) => each?.line)).toEqual([lineOf(2), lineOf(3), undefined]);
  });

  it('leaves out a line that does not verify, and takes one of the same witness that does', () => {
    const wrong = signNote('another\n', [witnessOf(2)]).slice('another\n\n'.length);
    expect(takeApart(note + wrong, keys, ed25519)).toEqual({
      bare: note,
      cosignatures: [undefined, undefined, undefined],
    });
    const { bare, cosignatures } = takeApart(note + wrong + lineOf(2), keys, ed25519);
    expect([bare, cosignatures[0]?.line]).toEqual([note, lineOf(2)]);
    expect(textOf(note)).toBe(text);
  });
});

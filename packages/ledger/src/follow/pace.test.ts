import { utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../testing/memory-parts.ts';
import { lag } from './lag.ts';
import { backOffMs, DEFAULT_PACE, nextSpan, restMs } from './pace.ts';
import {
  deadLetterKey,
  formatDeadLetter,
  formatState,
  freshState,
  readDeadLetter,
  readState,
  STATE_KEY,
} from './state.ts';

describe('pace', () => {
  const pace = { ...DEFAULT_PACE, batchEntriesMax: 256, backOffFirstMs: 100, backOffMaxMs: 3_000 };

  it('backs off twice as long each time up to the cap, the upper half drawn', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.integer(), (failures, seed) => {
        const whole = Math.min(3_000, 100 * 2 ** (failures - 1));
        const waited = backOffMs(pace, failures, seededRng(seed));
        expect(Number.isSafeInteger(waited)).toBe(true);
        expect(waited).toBeGreaterThanOrEqual(whole / 2);
        expect(waited).toBeLessThanOrEqual(whole);
      }),
    );
  });

  it('rests so long that it works no more than its share and its rate', () => {
    expect(restMs({ ...pace, share: 0.25 }, 10, 8)).toBe(24);
    expect(restMs({ ...pace, share: 1 }, 10, 8)).toBe(0);
    expect(restMs({ ...pace, share: 1, entriesPerSecondMax: 100 }, 50, 100)).toBe(400);
    expect(restMs({ ...pace, share: 0.5, entriesPerSecondMax: 1e9 }, 1, 0)).toBe(0);
  });

  it('makes batches smaller where they take long and larger where they do not, between one and the most', () => {
    const of = (span: number, count: number, tookMs: number) => nextSpan({ ...pace, batchMs: 10 }, span, count, tookMs);
    expect([of(64, 64, 11), of(64, 20, 11), of(1, 1, 1_000)]).toEqual([32, 10, 1]);
    expect([of(64, 64, 5), of(200, 200, 0), of(64, 64, 10)]).toEqual([128, 256, 64]);
  });
});

describe('lag', () => {
  it('is the time since the oldest entry that is not handled was first seen', () => {
    const lagged = lag();
    expect(lagged.lagMs(0, 5)).toBe(0);
    lagged.seen(10, 100);
    lagged.seen(10, 150);
    lagged.seen(20, 200);
    expect(lagged.lagMs(0, 300)).toBe(200);
    expect(lagged.lagMs(10, 300)).toBe(100);
    expect(lagged.lagMs(20, 300)).toBe(0);
    lagged.seen(21, 400);
    expect(lagged.lagMs(20, 450)).toBe(50);
    expect(lagged.lagMs(20, 350)).toBe(0);
  });

  it('does not age what is new by looking often at what is not', () => {
    const lagged = lag();
    for (let at = 0; at < 1_000; at++) lagged.seen(10, at);
    lagged.seen(20, 1_000);
    expect(lagged.lagMs(10, 1_100)).toBe(100);
  });

  it('stays exact for the oldest while a log grows for long', () => {
    const lagged = lag();
    for (let n = 1; n <= 10_000; n++) lagged.seen(n, n);
    expect(lagged.lagMs(0, 20_000)).toBe(19_999);
    expect(lagged.lagMs(10_000, 20_000)).toBe(0);
  });
});

describe('rows of the engine', () => {
  const state = {
    ...freshState('00112233aabbccdd', 3),
    stopped: { code: 'strict_order' as const, log: '0', index: 7 },
    cursors: { '0': { next: 7, last: { index: 6, leafHash: 'a'.repeat(64) } }, '0-2': { next: 0 } },
    dead: { '0': 2 },
  };
  const letter = { log: '0', index: 7, attempts: 5, firstMs: 1, lastMs: 2, code: 'row_corrupt', message: 'm' };

  it('come back as they were', () => {
    expect(readState(formatState(state))).toEqual(state);
    expect(readDeadLetter(formatDeadLetter(letter))).toEqual(letter);
  });

  it('are refused by name when they are anything else', () => {
    const texts = [state, letter].map((each) => JSON.stringify(each));
    const bytes = fc.oneof(fc.uint8Array(), fc.json().map(utf8Encode), fc.constantFrom(...texts).map(utf8Encode));
    const edits = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 32, max: 126 })), { maxLength: 3 });
    fc.assert(
      fc.property(bytes, edits, (original, list) => {
        const changed = original.slice();
        for (const [place, value] of list) if (place < changed.length) changed[place] = value;
        for (const read of [readState, readDeadLetter]) {
          try {
            read(changed);
          } catch (error) {
            expect(error).toMatchObject({ code: 'row_corrupt' });
          }
        }
      }),
      { numRuns: 500 },
    );
    for (const wrong of [
      { ...state, incarnation: 'x' },
      { ...state, laps: -1 },
      { ...state, cursors: { '0': { next: 1.5 } } },
      { ...state, cursors: { '0': { next: 1, last: { index: 0, leafHash: 'a' } } } },
      { ...state, dead: [] },
      { ...state, stopped: null },
    ]) {
      expect(() => readState(utf8Encode(JSON.stringify(wrong)))).toThrow('out of form');
    }
  });

  it('are dead letters with every member of its type, and nothing else', () => {
    for (const name of Object.keys(letter)) {
      for (const wrong of [undefined, null, -1, {}, []]) {
        expect(() => readDeadLetter(utf8Encode(JSON.stringify({ ...letter, [name]: wrong }))), name).toThrow(
          'out of form',
        );
      }
    }
  });

  it('are ordered by log and index, and apart from the state', () => {
    const keys = [
      ...['0', '0-2', '1'].flatMap((log) => [0, 255, 256, 2 ** 53 - 1].map((at) => deadLetterKey(log, at))),
    ];
    expect([...keys].sort(Buffer.compare)).toEqual(keys);
    expect(keys.map((key) => Buffer.compare(key, STATE_KEY))).not.toContain(0);
  });
});

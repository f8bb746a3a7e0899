import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { DECISIONS } from '../routes/schemas.ts';
import { decodeEffective, effectiveOf, encodeEffective, strictest } from './effective.ts';

const decision = fc.constantFrom(...DECISIONS);

test('the strictest verdict counts, in whatever order they came', () => {
  fc.assert(
    fc.property(fc.array(decision, { minLength: 1 }), (decisions) => {
      expect(strictest([...decisions].reverse())).toBe(strictest(decisions));
      if (decisions.includes('block')) expect(strictest(decisions)).toBe('block');
      if (strictest(decisions) === 'accept') expect(new Set(decisions)).toEqual(new Set(['accept']));
    }),
  );
  expect(strictest(['retry', 'escalate', 'retrieve'])).toBe('escalate');
});

test('no verdict, or one nobody knows, is never an accept', () => {
  expect(strictest([])).toBe('block');
  expect(strictest(['accept', 'approve'])).toBe('block');
});

test('a resolution with a revision above 0 stands over any verdict', () => {
  expect(effectiveOf(['block'], { decision: 'accept', revision: 1 })).toEqual({ decision: 'accept', revision: 1 });
  expect(effectiveOf(['block'], { decision: 'accept', revision: 0 })).toEqual({ decision: 'block', revision: 0 });
  expect(effectiveOf(['accept'], undefined)).toEqual({ decision: 'accept', revision: 0 });
});

test('a row comes back as it was written, and a broken one throws', () => {
  fc.assert(
    fc.property(decision, fc.nat(), (said, revision) => {
      expect(decodeEffective(encodeEffective({ decision: said, revision }))).toEqual({ decision: said, revision });
    }),
  );
  expect(() => decodeEffective(new TextEncoder().encode('{"decision":"approve","revision":1}'))).toThrow();
});

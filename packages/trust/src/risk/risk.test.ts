import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine, riskOfOutput, riskOfSupport, supportOf } from './risk.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true });

test('in [0, 1], and monotone: more support never raises it, one more doubt never lowers it', () => {
  fc.assert(
    fc.property(share, share, share, (coverage, more, cohesion) => {
      const wider = Math.min(1, coverage + more);
      expect(riskOfSupport(supportOf(wider, cohesion))).toBeLessThanOrEqual(
        riskOfSupport(supportOf(coverage, cohesion)) + 1e-12,
      );
      const risk = riskOfSupport(supportOf(coverage, cohesion));
      expect(risk).toBeGreaterThanOrEqual(0);
      expect(risk).toBeLessThanOrEqual(1);
      expect(combine([risk, more])).toBeGreaterThanOrEqual(risk - 1e-12);
    }),
  );
});

test('one more claim never lowers the whole', () => {
  fc.assert(
    fc.property(fc.array(share, { maxLength: 40 }), share, (risks, more) => {
      const before = riskOfOutput(risks);
      const after = riskOfOutput([...risks, more]);
      expect(after).toBeGreaterThanOrEqual(before - 1e-12);
      expect(after).toBeLessThanOrEqual(1);
    }),
  );
});

test('fifty small doubts do not drown an answer', () => {
  expect(riskOfOutput(Array.from({ length: 50 }, () => 0.05))).toBeLessThan(0.1);
});

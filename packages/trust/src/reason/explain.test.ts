import { expect, test } from 'vitest';
import { assess } from '../assess/assess.ts';
import { REASON_CODES } from '../assess/types.ts';
import { defaultPolicy } from '../policy/default-policy.ts';
import { explain } from './explain.ts';

test('says what, and what the evidence has instead', () => {
  const content = {
    output: 'The bridge cost $5 million.',
    evidence: [{ id: 'report', text: 'The bridge opened in 1932 and cost $3 million.' }],
  };
  const { reasons } = assess({ content, record: { contentMode: 'vault', signals: {} }, policy: defaultPolicy });
  expect(reasons[0] === undefined ? '' : explain(reasons[0], content)).toBe(
    '"$5 million": the evidence has another number, "$3 million" (passage report)',
  );
});

test('every code has a sentence, without content too; spans that do not fit are left out', () => {
  for (const code of REASON_CODES) {
    expect(explain({ code }, undefined).length).toBeGreaterThan(10);
    const odd = explain({ code, span: [5, 900], evidence: 7, window: [3, 4] }, { output: 'x', evidence: [] });
    expect(odd).not.toContain('undefined');
  }
});

test('long quotations are cut', () => {
  const output = 'a'.repeat(5000);
  expect(explain({ code: 'claim_unsupported', span: [0, 5000] }, { output, evidence: [] }).length).toBeLessThan(400);
});

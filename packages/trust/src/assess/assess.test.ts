import { expect, test } from 'vitest';
import { defaultPolicy } from '../policy/default-policy.ts';
import { assess } from './assess.ts';

const evidence = [{ text: 'The bridge opened in 1932 and cost $3 million.' }];
const record = { contentMode: 'vault', signals: {} } as const;

test('a copied sentence is accepted, a changed number is not', () => {
  const of = (output: string) => assess({ content: { output, evidence }, record, policy: defaultPolicy }).decision;
  expect(of('The bridge opened in 1932.')).toBe('accept');
  expect(of('The bridge opened in 1942.')).not.toBe('accept');
});

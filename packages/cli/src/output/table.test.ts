import { expect, it } from 'vitest';
import { table } from './table.ts';

it('makes columns as wide as their widest cell, numbers to the right', () => {
  const rows = [
    ['kpi', '0', '12', '-'],
    ['', '0-2', '3', '1.5 min'],
  ];
  expect(table(['FOLLOWER', 'LOG', 'N', 'FOR'], rows).split('\n')).toEqual([
    'FOLLOWER  LOG   N      FOR',
    'kpi         0  12        -',
    '          0-2   3  1.5 min',
  ]);
  expect(table(['A', 'B'], [])).toBe('A  B');
});

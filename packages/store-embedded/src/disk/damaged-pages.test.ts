import { CorruptRow } from '@fractal/ledger';
import { expect, it } from 'vitest';
import { asDamage } from './damaged-pages.ts';

it.each([
  'MDB_CORRUPTED: Located page was wrong type',
  'MDB_PAGE_NOTFOUND: Requested page not found',
  'MDB_BAD_TXN: x',
])('takes %s for damage, which names the table', (message) => {
  const damage = asDamage(new Error(message), '0/keys');
  expect(damage).toBeInstanceOf(CorruptRow);
  expect((damage as Error).message).toMatch(/^rows\/0\/keys can't be read: MDB_[A-Z_]+$/);
});

it.each([new Error('MDB_MAP_FULL: Environment mapsize limit reached'), new Error('other'), 'text'])(
  'leaves %s as it is: it says nothing of what lies on the disk',
  (error) => {
    expect(asDamage(error, '0/keys')).toBe(error);
  },
);

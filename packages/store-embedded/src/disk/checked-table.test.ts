import { CorruptRow } from '@fractal/ledger';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryKeyValue } from '../testing/memory-key-value.ts';
import { checkedTable, openRow, sealRow } from './checked-table.ts';

const bytes = fc.uint8Array({ maxLength: 80 });
const key = fc.uint8Array({ minLength: 1, maxLength: 40 });

it('gives back what was put, and names a row with any bit changed, in its key or its value', () => {
  fc.assert(
    fc.property(key, bytes, fc.nat(), (at, value, where) => {
      const row = new Uint8Array(sealRow('t', at, value));
      expect(new Uint8Array(openRow('t', at, row)!)).toEqual(value);
      const whole = Uint8Array.of(...at, ...row);
      const bit = where % (whole.length * 8);
      whole[bit >> 3] = whole[bit >> 3]! ^ (1 << (bit & 7));
      expect(openRow('t', whole.subarray(0, at.length), whole.subarray(at.length))).toBeUndefined();
    }),
  );
});

it('names a row that lies under another key or in another table, and one that is cut', () => {
  fc.assert(
    fc.property(key, key, bytes, fc.nat(), (at, other, value, cut) => {
      const row = sealRow('a/keys', at, value);
      fc.pre(Buffer.compare(at, other) !== 0);
      expect(openRow('a/keys', other, row)).toBeUndefined();
      expect(openRow('b/keys', at, row)).toBeUndefined();
      expect(openRow('a/keys', at, row.subarray(0, cut % row.length))).toBeUndefined();
    }),
  );
});

it('reads ranges up to a damaged row and no further', () => {
  const keyValue = new MemoryKeyValue();
  const table = checkedTable(keyValue, 't', (at) => `row ${at[0]}`);
  for (let n = 0; n < 5; n += 1) table.put(Uint8Array.of(n), Uint8Array.of(n));
  keyValue.damage(
    { table: 't', key: Uint8Array.of(3) },
    { key: Uint8Array.of(3), value: Uint8Array.of(9, 9, 9, 9, 9) },
  );
  const seen: number[] = [];
  const read = (): void => {
    for (const row of table.range({})) seen.push(row.value[0]!);
  };
  expect(read).toThrow(new CorruptRow('row 3 is damaged: its check is wrong'));
  expect(seen).toEqual([0, 1, 2]);
  expect(() => table.get(Uint8Array.of(3))).toThrow(CorruptRow);
});

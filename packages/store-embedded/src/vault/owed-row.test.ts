import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeOwed, encodeOwed } from './owed-row.ts';

const owed = fc.record({
  tenant: fc.constantFrom('acme', 'birch'),
  sinceMs: fc.nat(),
  count: fc.integer({ min: 1, max: 9_999 }),
});

it('gives back what is owed, and reads a damaged row as a rotation that is owed now', () => {
  fc.assert(
    fc.property(owed, fc.nat(), (given, at) => {
      const row = encodeOwed(given);
      expect(decodeOwed(given.tenant, row)).toEqual(given);
      row[at % row.length] = row[at % row.length]! ^ (1 << (at % 8));
      expect(decodeOwed(given.tenant, row)).toEqual({ tenant: given.tenant, sinceMs: 0, count: 1 });
      expect(decodeOwed(given.tenant, row.subarray(0, at % row.length))).toMatchObject({ sinceMs: 0, count: 1 });
    }),
  );
});

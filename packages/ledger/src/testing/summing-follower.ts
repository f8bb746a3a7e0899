/** A follower whose end shows a missing or a second effect of any entry. */
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import type { Follower } from '../follow/follower.ts';

/** Adds up `n` + 1 of bodies `{"n":…}` by n mod 3. */
export function summing(order: Follower['order']): Follower {
  return {
    name: 'sums',
    version: 1,
    order,
    needs: 'entries',
    effect: 'rows',
    async handle({ entries }, rows) {
      const sums = new Map<string, number>();
      for (const { body } of entries) {
        const { n } = JSON.parse(utf8Decode(body)!) as { n: number };
        const key = `sum ${n % 3}`;
        const before = sums.get(key) ?? Number(utf8Decode((await rows.read(utf8Encode(key))) ?? utf8Encode('0')));
        sums.set(key, before + n + 1);
      }
      return { rows: [...sums].map(([key, sum]) => ({ key: utf8Encode(key), value: utf8Encode(String(sum)) })) };
    },
  };
}

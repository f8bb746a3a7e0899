/** What every WitnessStore must do. An adapter's test calls this with a way to open a fresh store. */
import { toHex } from '@fractal/tlog';
import { expect, it } from 'vitest';
import type { WitnessStore } from '../ports/witness-store.ts';
import type { WitnessedHead } from '../witness/decide.ts';

const ORIGIN = 'example.com/log';

function head(size: number, fill = size): WitnessedHead {
  return { size: BigInt(size), root: new Uint8Array(32).fill(fill) };
}

function plain(held: WitnessedHead | undefined): string | undefined {
  return held && `${held.size} ${toHex(held.root)}`;
}

export function witnessStoreContract(openFresh: () => Promise<WitnessStore>): void {
  it('holds nothing at first', async () => {
    expect(await (await openFresh()).read(ORIGIN)).toBeUndefined();
  });

  it('gives back what it advanced to, of each log by itself', async () => {
    const store = await openFresh();
    const largest: WitnessedHead = { size: 2n ** 64n - 1n, root: head(9).root };
    expect(await store.advance({ origin: ORIGIN, from: undefined, to: head(1) })).toBe(true);
    expect(await store.advance({ origin: `${ORIGIN}/other`, from: undefined, to: largest })).toBe(true);
    expect(await store.advance({ origin: ORIGIN, from: head(1), to: head(2) })).toBe(true);
    expect(plain(await store.read(ORIGIN))).toBe(plain(head(2)));
    expect(plain(await store.read(`${ORIGIN}/other`))).toBe(plain(largest));
  });

  it('refuses a step from another head than is held, and writes nothing', async () => {
    const store = await openFresh();
    expect(await store.advance({ origin: ORIGIN, from: head(1), to: head(2) })).toBe(false);
    expect(await store.read(ORIGIN)).toBeUndefined();
    await store.advance({ origin: ORIGIN, from: undefined, to: head(5) });
    for (const from of [undefined, head(4), head(6), head(5, 6)]) {
      expect(await store.advance({ origin: ORIGIN, from, to: head(7) })).toBe(false);
    }
    expect(plain(await store.read(ORIGIN))).toBe(plain(head(5)));
  });

  it('takes one of many steps from one head', async () => {
    const store = await openFresh();
    await store.advance({ origin: ORIGIN, from: undefined, to: head(1) });
    const steps = Array.from({ length: 20 }, (_, i) =>
      store.advance({ origin: ORIGIN, from: head(1), to: head(2 + i) }),
    );
    const taken = (await Promise.all(steps)).map((was, i) => (was ? i : -1)).filter((i) => i >= 0);
    expect(taken).toHaveLength(1);
    expect(plain(await store.read(ORIGIN))).toBe(plain(head(2 + taken[0]!)));
  });
}

/** What every CursorStore must do. An adapter's test calls this with a way to open a fresh store. */
import { toHex, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { CursorMoved, type CursorStore, type FollowerWrite } from '../ports/cursor-store.ts';

const STATE = utf8Encode('state');
const key = (text: string): Uint8Array => utf8Encode(text);
const put = (name: string, value: string): FollowerWrite => ({ key: key(name), value: utf8Encode(value) });
const drop = (name: string): FollowerWrite => ({ key: key(name), value: undefined });

async function textOf(store: CursorStore, follower: string, name: string): Promise<string | undefined> {
  const value = await store.read(follower, key(name));
  return value === undefined ? undefined : new TextDecoder().decode(value);
}

/** All rows under a prefix as `key=value`. */
async function listed(store: CursorStore, follower: string, prefix: string, limit = 100, after?: string) {
  const range = { prefix: key(prefix), limit, after: after === undefined ? undefined : key(after) };
  const decoder = new TextDecoder();
  return (await store.list(follower, range)).map((row) => `${decoder.decode(row.key)}=${decoder.decode(row.value)}`);
}

export function cursorStoreContract(openFresh: () => Promise<CursorStore>): void {
  it('is empty at first', async () => {
    const store = await openFresh();
    expect(await store.read('a', STATE)).toBeUndefined();
    expect(await listed(store, 'a', '')).toEqual([]);
  });

  it('writes, replaces and removes in one commit; the last write of a key stands', async () => {
    const store = await openFresh();
    const expected = { key: STATE, value: undefined };
    await store.commit({ follower: 'a', expected, writes: [put('state', '1'), put('x', '1'), put('y', '1')] });
    const next = { key: STATE, value: utf8Encode('1') };
    await store.commit({
      follower: 'a',
      expected: next,
      writes: [drop('x'), put('y', '2'), put('z', '1'), put('z', '2'), put('state', '2'), drop('never')],
    });
    expect(await listed(store, 'a', '')).toEqual(['state=2', 'y=2', 'z=2']);
    expect(await textOf(store, 'a', 'x')).toBeUndefined();
  });

  it('refuses a commit that expects another row, whole, and goes on after it', async () => {
    const store = await openFresh();
    await store.commit({ follower: 'a', expected: { key: STATE, value: undefined }, writes: [put('state', '1')] });
    for (const value of [undefined, utf8Encode('0'), utf8Encode('11'), new Uint8Array(0)]) {
      const change = { follower: 'a', expected: { key: STATE, value }, clear: true, writes: [put('x', '1')] };
      await expect(store.commit(change)).rejects.toBeInstanceOf(CursorMoved);
    }
    expect(await listed(store, 'a', '')).toEqual(['state=1']);
    await store.commit({ follower: 'a', expected: { key: STATE, value: utf8Encode('1') }, writes: [put('x', '1')] });
    expect(await listed(store, 'a', '')).toEqual(['state=1', 'x=1']);
  });

  it('of two commits that expect the same row, one is refused', async () => {
    const store = await openFresh();
    const expected = { key: STATE, value: undefined };
    const ends = await Promise.allSettled(
      ['1', '2'].map((value) => store.commit({ follower: 'a', expected, writes: [put('state', value)] })),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('keeps followers apart, also where one name begins with the other', async () => {
    const store = await openFresh();
    const expected = { key: STATE, value: undefined };
    for (const follower of ['a', 'ab', 'a.b', 'a-']) {
      await store.commit({ follower, expected, writes: [put('state', follower), put('row/1', follower)] });
    }
    await store.commit({ follower: 'a', clear: true, writes: [put('row/2', 'new')] });
    expect(await listed(store, 'a', '')).toEqual(['row/2=new']);
    for (const follower of ['ab', 'a.b', 'a-']) {
      expect(await listed(store, follower, '')).toEqual([`row/1=${follower}`, `state=${follower}`]);
    }
  });

  it('clears before it writes', async () => {
    const store = await openFresh();
    const many = Array.from({ length: 3_000 }, (_, i) => put(`row/${i}`, `${i}`));
    await store.commit({ follower: 'a', writes: [...many, put('state', '1')] });
    const expected = { key: STATE, value: utf8Encode('1') };
    await store.commit({ follower: 'a', expected, clear: true, writes: [put('state', '2')] });
    expect(await listed(store, 'a', '')).toEqual(['state=2']);
  });

  it('lists by prefix, in order of bytes, page by page', async () => {
    const store = await openFresh();
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(bytes, { maxLength: 30, selector: toHex }),
        fc.uint8Array({ maxLength: 2 }),
        fc.integer({ min: 1, max: 5 }),
        async (keys, prefix, limit) => {
          await store.commit({ follower: 'p', clear: true, writes: keys.map((each) => ({ key: each, value: each })) });
          const found: string[] = [];
          let after: Uint8Array | undefined;
          for (;;) {
            const page = await store.list('p', { prefix, after, limit });
            expect(page.length).toBeLessThanOrEqual(limit);
            for (const row of page) expect(toHex(row.value)).toBe(toHex(row.key));
            found.push(...page.map((row) => toHex(row.key)));
            if (page.length < limit) break;
            after = page.at(-1)!.key;
          }
          const wanted = keys.map(toHex).filter((hex) => hex.startsWith(toHex(prefix)));
          expect(found).toEqual(wanted.sort());
        },
      ),
      { numRuns: 40 },
    );
  });
}

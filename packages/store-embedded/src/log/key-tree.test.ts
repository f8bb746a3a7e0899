import { CorruptRow, type KeyPair } from '@fractal/ledger';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedTable } from '../disk/checked-table.ts';
import { MemoryKeyValue } from '../testing/memory-key-value.ts';
import { KeyTree, LEAF_PAIRS_MAX } from './key-tree.ts';

function openTree(keyValue = new MemoryKeyValue(), isEmpty = keyValue.rows().length === 0) {
  const state = { isEmpty };
  const tree = new KeyTree(checkedTable(keyValue, 'keys'), () => state.isEmpty);
  return { keyValue, tree, state };
}

/** Keys that share long beginnings are what an attacker would choose, and few of them in the whole space what is usual. */
const key = fc
  .tuple(fc.constantFrom(0, 1, 9, 31), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([shared, bytes]) => bytes.fill(0xa5, 0, shared));
const keys = fc.uniqueArray(key, {
  minLength: 1,
  maxLength: 300,
  selector: (bytes) => Buffer.from(bytes).toString('hex'),
});

function pairsOf(given: readonly Uint8Array[]): KeyPair[] {
  return given.map((each, index) => ({ key: each, index }));
}

describe('the tree of keys', () => {
  it('finds every key put in, in whatever batches, and no other', () => {
    fc.assert(
      fc.property(keys, keys, fc.integer({ min: 1, max: 300 }), (given, others, batch) => {
        const { tree, keyValue } = openTree();
        const pairs = pairsOf(given);
        expect(tree.find(given[0]!)).toBeUndefined();
        for (let at = 0; at < pairs.length; at += batch)
          expect(tree.insert(pairs.slice(at, at + batch))).toBeUndefined();
        for (const reader of [tree, openTree(keyValue, false).tree]) {
          for (const pair of pairs) expect(reader.find(pair.key)).toBe(pair.index);
          for (const other of others) {
            const known = given.findIndex((each) => Buffer.compare(each, other) === 0);
            expect(reader.find(other)).toBe(known < 0 ? undefined : known);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('names the first pair whose key is there already, also within one batch', () => {
    const { tree } = openTree();
    const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    expect(tree.insert([{ key: a, index: 0 }])).toBeUndefined();
    expect(
      tree.insert([
        { key: b, index: 1 },
        { key: a, index: 2 },
      ])?.index,
    ).toBe(2);
    expect(
      openTree().tree.insert([
        { key: a, index: 0 },
        { key: a, index: 1 },
      ])?.index,
    ).toBe(1);
  });

  it.each([LEAF_PAIRS_MAX, LEAF_PAIRS_MAX + 1])('of %i keys keeps rows small', (count) => {
    const { tree, keyValue } = openTree();
    const given = Array.from({ length: count }, (_, i) =>
      Uint8Array.from({ length: 32 }, (__, at) => (at === 0 ? i * 4 : 7)),
    );
    tree.insert(pairsOf(given));
    expect(keyValue.rows()).toHaveLength(count <= LEAF_PAIRS_MAX ? 1 : 3);
    for (const row of keyValue.rows()) expect(row.value.length).toBeLessThan(1_400);
    for (const [index, each] of given.entries()) expect(tree.find(each)).toBe(index);
  });

  it('never says that a key is not there when any one of its rows is gone, or has any bit changed, in key or value', () => {
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), fc.constantFrom('key', 'value', 'gone'), (given, row, bit, part) => {
        const { tree, keyValue, state } = openTree();
        tree.insert(pairsOf(given));
        state.isEmpty = false;
        const rows = keyValue.rows();
        const hit = rows[row % rows.length]!;
        const changed = { key: hit.key.slice(), value: hit.value.slice() };
        if (part !== 'gone') {
          const bytes = changed[part];
          const at = bit % (bytes.length * 8);
          bytes[at >> 3] = bytes[at >> 3]! ^ (1 << (at & 7));
        }
        keyValue.damage(hit, part === 'gone' ? undefined : changed);
        // Opened again: a guess of where the leaf is must not hide what the root says.
        for (const reader of [openTree(keyValue, false).tree, tree]) {
          let named = 0;
          for (const [index, each] of given.entries()) {
            try {
              expect(reader.find(each)).toBe(index);
            } catch (error) {
              if (!(error instanceof CorruptRow)) throw error;
              named += 1;
            }
          }
          // One row gone of a tree of one is an empty log only to whoever says that it is empty.
          if (keyValue.rows().length > 0 && hit.value[0] === 1 && hit.value.length > 5)
            expect(named).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('refuses to put a key below a node that is gone', () => {
    const { tree, keyValue } = openTree();
    const given = Array.from({ length: 200 }, (_, i) =>
      Uint8Array.from({ length: 32 }, (__, at) => (at === 0 ? i : 7)),
    );
    tree.insert(pairsOf(given));
    const leaf = keyValue.rows().find(({ value }) => value[0] === 1)!;
    const below = given.find((each) => Buffer.from(leaf.value).includes(Buffer.from(each)))!;
    keyValue.damage(leaf);
    expect(() => tree.insert([{ key: below, index: 200 }])).toThrow(CorruptRow);
  });
});

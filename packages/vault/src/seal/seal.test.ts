import { Worker } from 'node:worker_threads';
import { type ContentItem, merkleRoot } from '@fractal/record';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VaultError } from '../errors.ts';
import { testContent, testRng } from '../testing/fixtures.ts';
import { decodeItems, encodeItems } from './items.ts';
import { formatKeyRow, type KeyRow, parseKeyRow } from './key-row.ts';
import { generationOf, openContent, rewrapKey, type SealedParts, sealContent, splitSealed } from './seal.ts';

const tenantKey = { generation: 3, secret: testRng().bytes(32) };
const otherKey = { generation: 3, secret: new Uint8Array(32).fill(9) };

const item: fc.Arbitrary<ContentItem> = fc
  .record(
    {
      kind: fc.constantFrom('prompt' as const, 'output' as const, 'evidence' as const),
      salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      text: fc.string({ unit: 'binary' }),
      id: fc.string({ unit: 'binary' }),
    },
    { requiredKeys: ['kind', 'salt', 'text'] },
  )
  .map(({ id, ...rest }) => (id === undefined ? rest : { ...rest, id }));

function parts(items: readonly ContentItem[]): SealedParts {
  const { tenant, pcsId } = testContent('acme', 1);
  const split = splitSealed(sealContent({ tenant, pcsId, items, tenantKey, rng: testRng() }));
  if (split === undefined) throw new Error('not sealed');
  return split;
}

describe('sealed content', () => {
  const address = testContent('acme', 1);

  it('opens to the same items, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 8 }), (items) => {
        expect(openContent(address, parts(items), tenantKey)).toEqual(items);
      }),
    );
  });

  it('does not hold its text', () => {
    const sealed = sealContent({ ...testContent('acme', 1, 'a text to look for'), tenantKey, rng: testRng() });
    expect(Buffer.from(sealed).includes('text to look for')).toBe(false);
  });

  it('opens at no other address and by no other key', () => {
    const sealed = parts(address.items);
    expect(openContent(address, sealed, tenantKey)).toEqual(address.items);
    expect(openContent({ ...address, tenant: 'acme2' }, sealed, tenantKey)).toBeUndefined();
    expect(openContent({ ...address, pcsId: 'f'.repeat(64) }, sealed, tenantKey)).toBeUndefined();
    expect(openContent(address, sealed, otherKey)).toBeUndefined();
    expect(openContent(address, sealed, { ...tenantKey, generation: 4 })).toBeUndefined();
  });

  it('does not open with any bit changed, in the wrapped key or in the content', () => {
    const sealed = parts(address.items);
    const without = { wrappedKey: sealed.wrappedKey, content: sealed.content };
    for (const part of ['wrappedKey', 'content'] as const) {
      for (let bit = 0; bit < sealed[part].length * 8; bit++) {
        const changed = sealed[part].slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        expect(openContent(address, { ...without, [part]: changed }, tenantKey)).toBeUndefined();
      }
      for (const length of [0, 1, 15, sealed[part].length - 1]) {
        expect(
          openContent(address, { ...without, [part]: sealed[part].subarray(0, length) }, tenantKey),
        ).toBeUndefined();
      }
    }
  });

  it('does not open with the content of another sealing of the same tenant', () => {
    const first = parts(address.items);
    const second = parts(testContent('acme', 2).items);
    expect(openContent(address, { wrappedKey: first.wrappedKey, content: second.content }, tenantKey)).toBeUndefined();
  });

  it('is rewrapped to another generation, and then opens by that one only', () => {
    const sealed = parts(address.items);
    const to = { generation: 4, secret: new Uint8Array(32).fill(4) };
    const wrappedKey = rewrapKey({ address, wrappedKey: sealed.wrappedKey, from: tenantKey, to, rng: testRng() });
    if (wrappedKey === undefined) throw new Error('not rewrapped');
    expect(generationOf(wrappedKey)).toBe(4);
    expect(openContent(address, { wrappedKey, content: sealed.content }, to)).toEqual(address.items);
    expect(openContent(address, { wrappedKey, content: sealed.content }, tenantKey)).toBeUndefined();
    expect(rewrapKey({ address, wrappedKey, from: tenantKey, to, rng: testRng() })).toBeUndefined();
  });

  it('is refused for what is no content, with its code', () => {
    const base = testContent('acme', 1);
    const seal = (change: Partial<Parameters<typeof sealContent>[0]>) => () =>
      sealContent({ ...base, tenantKey, rng: testRng(), ...change });
    const codeOf = (work: () => unknown): string | undefined => {
      try {
        work();
        return undefined;
      } catch (error) {
        return error instanceof VaultError ? error.code : 'other';
      }
    };
    const [first] = base.items as [ContentItem];
    expect(codeOf(seal({ items: [] }))).toBe('content_malformed');
    expect(codeOf(seal({ items: Array(257).fill(first) }))).toBe('content_malformed');
    expect(codeOf(seal({ items: [{ ...first, salt: new Uint8Array(15) }] }))).toBe('content_malformed');
    expect(codeOf(seal({ items: [{ ...first, text: 'a\ud800b' }] }))).toBe('content_malformed');
    expect(codeOf(seal({ items: [{ ...first, kind: 'other' as 'output' }] }))).toBe('content_malformed');
    expect(codeOf(seal({ items: [{ ...first, text: 'a'.repeat(64 * 1024 * 1024) }] }))).toBe('content_too_large');
    expect(codeOf(seal({ tenant: '../acme' }))).toBe('vault_address_malformed');
    expect(codeOf(seal({ pcsId: 'A'.repeat(64) }))).toBe('vault_address_malformed');
  });

  it('takes a merkle root the caller has at hand, and does not open where it was another', () => {
    const sealedWith = (root: string): SealedParts => {
      const split = splitSealed(sealContent({ ...address, merkleRoot: root, tenantKey, rng: testRng() }));
      if (split === undefined) throw new Error('not sealed');
      return split;
    };
    expect(sealedWith(merkleRoot(address.items))).toEqual(parts(address.items));
    expect(openContent(address, sealedWith('0'.repeat(64)), tenantKey)).toBeUndefined();
    expect(() => sealedWith('00')).toThrow(VaultError);
  });

  it('can be made in a worker thread from plain data', async () => {
    const { tenant, pcsId, items } = testContent('acme', 1);
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { randomBytes } = require('node:crypto');
      import(workerData.module).then(({ sealContent }) => {
        parentPort.postMessage(sealContent({ ...workerData.input, rng: { bytes: randomBytes } }));
      });`;
    const module = new URL('./seal.ts', import.meta.url).href;
    const worker = new Worker(source, {
      eval: true,
      workerData: { module, input: { tenant, pcsId, items, tenantKey } },
    });
    const sealed = await new Promise<Uint8Array>((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    );
    await worker.terminate();
    const split = splitSealed(sealed);
    expect(split && openContent({ tenant, pcsId }, split, tenantKey)).toEqual(items);
  });
});

describe('hostile bytes', () => {
  const mutated = (bytes: Uint8Array) =>
    fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).chain((edits) =>
      fc.nat(bytes.length).map((length) => {
        const copy = bytes.slice();
        for (const [at, value] of edits) copy[at] = value;
        return length % 3 === 0 ? copy.subarray(0, length) : copy;
      }),
    );

  it('never throw out of the decoder of items, which accepts only what it would write', () => {
    const bytes = encodeItems(testContent('acme', 1).items);
    fc.assert(
      fc.property(fc.oneof(mutated(bytes), fc.uint8Array({ maxLength: 300 })), (input) => {
        const items = decodeItems(input);
        if (items !== undefined) expect([...encodeItems(items)]).toEqual([...input]);
      }),
      { numRuns: 3000 },
    );
  });

  it('never throw out of the parser of key rows, and no change of a key row goes unseen', () => {
    const address = testContent('acme', 1);
    const rows: KeyRow[] = [
      { state: 'sealed', storedMs: 5, retainUntilMs: undefined, wrappedKey: new Uint8Array(100).fill(7) },
      { state: 'sealed', storedMs: 5, retainUntilMs: 9, wrappedKey: new Uint8Array(100).fill(7) },
      { state: 'erased', erasedMs: 2 ** 50 },
    ];
    for (const row of rows) {
      const bytes = formatKeyRow(address, row);
      expect(parseKeyRow(address, bytes)).toEqual(row);
      expect(parseKeyRow({ ...address, tenant: 'other' }, bytes)).toBeUndefined();
      fc.assert(
        fc.property(mutated(bytes), (input) => {
          const same = Buffer.compare(input, bytes) === 0;
          expect(parseKeyRow(address, input)).toEqual(same ? row : undefined);
        }),
        { numRuns: 1000 },
      );
    }
  });
});

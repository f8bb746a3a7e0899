import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ContentItem,
  type ContentKind,
  checkContent,
  checkItem,
  itemHash,
  merkleRoot,
  verifyContent,
} from './content.ts';

const KIND_BYTES = { prompt: 0, output: 1, evidence: 2 };

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** RFC 6962 section 2.1, as it is written: split at the largest power of two below n. */
function rfc6962Root(entries: readonly Uint8Array[]): Buffer {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256(Uint8Array.of(0), entries[0]!);
  let split = 1;
  while (split * 2 < entries.length) split *= 2;
  return sha256(Uint8Array.of(1), rfc6962Root(entries.slice(0, split)), rfc6962Root(entries.slice(split)));
}

const item = fc.record({
  kind: fc.constantFrom<ContentKind>('prompt', 'output', 'evidence'),
  salt: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  text: fc.string({ unit: 'binary', maxLength: 20 }),
});

function make(kind: ContentKind, text = kind as string): ContentItem {
  return { kind, salt: new Uint8Array(16).fill(text.length), text };
}

describe('merkleRoot', () => {
  it('is the RFC 6962 root over salt, kind and text of the items', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), (items) => {
        const entries = items.map(({ kind, salt, text }) =>
          Buffer.concat([salt, Uint8Array.of(KIND_BYTES[kind]), Buffer.from(text, 'utf8')]),
        );
        expect(merkleRoot(items)).toBe(rfc6962Root(entries).toString('hex'));
        for (const [at, entry] of entries.entries()) {
          expect(Buffer.from(itemHash(items[at]!)).toString('hex')).toBe(rfc6962Root([entry]).toString('hex'));
        }
      }),
    );
  });

  it('changes with kind, salt, text and order, and not with the label', () => {
    const items = [make('prompt'), make('output'), make('evidence')];
    const root = merkleRoot(items);
    const other = [
      [make('prompt'), make('output')],
      [make('output'), make('prompt'), make('evidence')],
      [{ ...items[0]!, kind: 'evidence' as const }, items[1]!, items[2]!],
      [items[0]!, { ...items[1]!, text: 'outpuT' }, items[2]!],
      [items[0]!, items[1]!, { ...items[2]!, salt: new Uint8Array(16) }],
    ];
    expect(other.map(merkleRoot)).not.toContain(root);
    expect(merkleRoot(items.map((each) => ({ ...each, id: 'label' })))).toBe(root);
  });
});

describe('checkContent', () => {
  it('takes prompt?, output, evidence*', () => {
    const good: ContentKind[][] = [
      ['output'],
      ['prompt', 'output'],
      ['output', 'evidence'],
      ['prompt', 'output', 'evidence', 'evidence'],
    ];
    for (const kinds of good)
      expect(checkContent(kinds.map((kind) => make(kind)))).toEqual({ ok: true, value: undefined });
    const many = [make('output'), ...Array.from({ length: 255 }, () => make('evidence'))];
    expect(checkContent(many).ok).toBe(true);
    expect(checkContent([...many, make('evidence')])).toMatchObject({ ok: false, code: 'content_malformed' });
  });

  it('refuses another count or order', () => {
    const bad: ContentKind[][] = [
      [],
      ['prompt'],
      ['evidence'],
      ['output', 'output'],
      ['output', 'prompt'],
      ['prompt', 'prompt', 'output'],
      ['evidence', 'output'],
      ['prompt', 'evidence', 'output'],
      ['prompt', 'output', 'evidence', 'output'],
    ];
    for (const kinds of bad) {
      const checked = checkContent(kinds.map((kind) => make(kind)));
      expect(checked).toEqual({ ok: false, code: 'content_malformed', detail: 'order' });
    }
  });

  it('refuses items that cannot be committed to', () => {
    const bad: readonly [ContentItem, string][] = [
      [{ ...make('output'), salt: new Uint8Array(15) }, 'salt'],
      [{ ...make('output'), salt: new Uint8Array(17) }, 'salt'],
      [{ ...make('output'), text: 'a\ud800' }, 'text'],
      [{ ...make('output'), kind: 'toString' as ContentKind }, 'kind'],
    ];
    for (const [each, detail] of bad) {
      expect(checkItem(each)).toEqual({ ok: false, code: 'content_malformed', detail });
      expect(checkContent([each])).toEqual({ ok: false, code: 'content_malformed', detail });
    }
  });
});

describe('verifyContent', () => {
  it('tells content from other content', () => {
    const items = [make('output'), make('evidence')];
    const root = merkleRoot(items);
    expect(verifyContent({ items, merkleRoot: root }).ok).toBe(true);
    expect(verifyContent({ items: [make('output'), make('evidence', 'other')], merkleRoot: root })).toEqual({
      ok: false,
      code: 'merkle_root_mismatch',
    });
    expect(verifyContent({ items: [], merkleRoot: root })).toMatchObject({ code: 'content_malformed' });
  });
});

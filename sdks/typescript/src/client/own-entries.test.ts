import { toBase64 } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors/errors.ts';
import { entriesQuery, parseEntriesPage, parseTagKey } from './own-entries.ts';

const bytes = (length: number): string => toBase64(new Uint8Array(length).fill(7));
const entry = { index: 5, tag: bytes(16), salt: bytes(16), body: bytes(3) };
const page = { origin: 'log.example/0', size: 9, entries: [entry], damaged: [], next: 6 };

describe('the answers of /v1/tag-key and /v1/entries', () => {
  it('are read', () => {
    expect(parseTagKey({ tag_key: bytes(32), more: 1 })).toEqual(new Uint8Array(32).fill(7));
    expect(parseEntriesPage(page)).toEqual({
      origin: 'log.example/0',
      entries: [
        {
          index: 5n,
          tag: new Uint8Array(16).fill(7),
          salt: new Uint8Array(16).fill(7),
          body: new Uint8Array(3).fill(7),
        },
      ],
      next: 6n,
    });
    expect(parseEntriesPage({ ...page, entries: [], next: null })).toMatchObject({ entries: [], next: undefined });
  });

  it.each([
    ['no object', null],
    ['no origin', { ...page, origin: undefined }],
    ['no list', { ...page, entries: {} }],
    ['no next', { ...page, next: undefined }],
    ['a next that is no index', { ...page, next: -1 }],
    ['an index that is none', { ...page, entries: [{ ...entry, index: '5' }] }],
    ['an index that is not exact', { ...page, entries: [{ ...entry, index: 2 ** 53 }] }],
    ['a short tag', { ...page, entries: [{ ...entry, tag: bytes(15) }] }],
    ['a long salt', { ...page, entries: [{ ...entry, salt: bytes(17) }] }],
    ['a body that is no base64', { ...page, entries: [{ ...entry, body: 'a' }] }],
    ['one entry that is none', { ...page, entries: [entry, null] }],
  ])('are refused with %s', (_what, value) => {
    expect(parseEntriesPage(value)).toBeUndefined();
  });

  it.each([31, 33])('are refused with a tag key of %i bytes', (length) => {
    expect(parseTagKey({ tag_key: bytes(length) })).toBeUndefined();
  });

  it('never throw, whatever they are', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        parseTagKey(value);
        parseEntriesPage(value);
        parseEntriesPage({ ...page, entries: [value] });
      }),
    );
  });
});

describe('a query', () => {
  it('is written', () => {
    expect(entriesQuery({ from: 0n, to: 256 })).toBe('?from=0&to=256');
    expect(entriesQuery({ from: 0, to: 1n, origin: 'a b/c' })).toBe('?from=0&to=1&origin=a+b%2Fc');
  });

  it.each([
    { from: -1, to: 3 },
    { from: 0.5, to: 3 },
    { from: 0, to: 2n ** 53n },
    { from: 0, to: 3, origin: '' },
  ])('is refused before it is sent: %o', (query) => {
    expect(() => entriesQuery(query)).toThrow(OptionError);
  });
});

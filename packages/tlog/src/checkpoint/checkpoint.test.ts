import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UINT64_MAX } from '../bytes/uint64.ts';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { EMPTY_ROOT } from '../hash/tree-hash.ts';
import { isNoteText } from '../note/parse.ts';
import { unwrap } from '../testing/expect.ts';
import { bytesNamed, HOSTILE_NUMBERS, mutations } from '../testing/samples.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';

const EXAMPLE = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

describe('parseCheckpoint', () => {
  it('reads the example of the specification', () => {
    const parsed = unwrap(parseCheckpoint(EXAMPLE));
    expect(parsed).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20852163n, extensions: [] });
    expect(formatCheckpoint(parsed)).toBe(EXAMPLE);
  });

  it.each([0n, 1n, 2n ** 53n, 2n ** 63n, UINT64_MAX])('reads the size %s', (size) => {
    const text = formatCheckpoint({ origin: 'o', size, root: EMPTY_ROOT, extensions: ['one', ' two '] });
    expect(unwrap(parseCheckpoint(text))).toEqual({
      origin: 'o',
      size,
      root: EMPTY_ROOT,
      extensions: ['one', ' two '],
    });
  });

  it.each(HOSTILE_NUMBERS.map((text) => [text.slice(0, 24), text]))('refuses the size %j', (_shown, size) => {
    expect(parseCheckpoint(EXAMPLE.replace('20852163', size))).toMatchObject({
      ok: false,
      code: 'checkpoint_malformed',
    });
  });

  it.each([
    ['nothing', ''],
    ['a newline', '\n'],
    ['two lines', 'o\n1\n'],
    ['no final newline', EXAMPLE.slice(0, -1)],
    ['an empty origin', EXAMPLE.replace('example.com/behind-the-sofa', '')],
    ['an empty extension line', `${EXAMPLE}\n`],
    ['an empty extension line among others', `${EXAMPLE}a\n\nb\n`],
    ['a root of 31 bytes', EXAMPLE.replace(/Cs.*=/, `${'A'.repeat(42)}==`.slice(2))],
    ['a root of 33 bytes', EXAMPLE.replace(/Cs.*=/, 'A'.repeat(44))],
    ['a root in hex', EXAMPLE.replace(/Cs.*=/, 'ab'.repeat(32))],
    ['a root without padding', EXAMPLE.replace('q2I=', 'q2I')],
    ['a root with trailing bits', EXAMPLE.replace('q2I=', 'q2J=')],
    ['a space behind the root', EXAMPLE.replace('q2I=', 'q2I= ')],
    ['a carriage return', EXAMPLE.replaceAll('\n', '\r\n')],
  ])('refuses %s', (_why, text) => {
    expect(text).not.toBe(EXAMPLE);
    expect(parseCheckpoint(text)).toMatchObject({ ok: false, code: 'checkpoint_malformed' });
  });

  it('accepts a changed text only when it is the one text of its values', () => {
    fc.assert(
      fc.property(mutations(utf8Encode(EXAMPLE)), (bytes) => {
        const text = utf8Decode(bytes) ?? '';
        const parsed = parseCheckpoint(text);
        // A control character can stand in no note, so openNote has refused it before a checkpoint is parsed.
        if (parsed.ok && isNoteText(text)) expect(formatCheckpoint(parsed.value)).toBe(text);
        if (!parsed.ok) expect(parsed.code).toBe('checkpoint_malformed');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatCheckpoint', () => {
  const good = { origin: 'o', size: 1, root: bytesNamed('root') };
  it('throws on what could not be read again', () => {
    expect(() => formatCheckpoint({ ...good, origin: '' })).toThrow('invariant');
    expect(() => formatCheckpoint({ ...good, origin: 'a\nb' })).toThrow('invariant');
    expect(() => formatCheckpoint({ ...good, extensions: [''] })).toThrow('invariant');
    expect(() => formatCheckpoint({ ...good, size: -1 })).toThrow('invariant');
    expect(() => formatCheckpoint({ ...good, size: UINT64_MAX + 1n })).toThrow('invariant');
    expect(() => formatCheckpoint({ ...good, root: new Uint8Array(31) })).toThrow('invariant');
  });
});

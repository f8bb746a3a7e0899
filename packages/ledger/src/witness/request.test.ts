import { type Hash, toBase64, utf8Decode, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallLog } from '../testing/small-log.ts';
import { ADD_CHECKPOINT_BYTES_MAX, formatAddCheckpoint, parseAddCheckpoint } from './request.ts';

const log = smallLog();
const checkpoint = log.checkpoint(5);
const hash = (fill: number): Hash => new Uint8Array(32).fill(fill);
const hashes = (count: number): Hash[] => Array.from({ length: count }, (_, i) => hash(i));
const parse = (text: string) => parseAddCheckpoint(utf8Encode(text));

/** A valid note of exactly so many bytes more than `checkpoint`: a second signature line that nobody knows. */
function checkpointOf(bytes: number): string {
  const name = 'n'.repeat(bytes - 14);
  return `${checkpoint}\u2014 ${name} AAAAAAA=\n`;
}

describe('a request of add-checkpoint', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 }),
        (oldSize, proof) => {
          const parsed = parse(formatAddCheckpoint({ oldSize, proof, checkpoint }));
          if (!parsed.ok) throw new Error(parsed.detail);
          expect(parsed.value.oldSize).toBe(BigInt(oldSize));
          expect(parsed.value.proof.map(toBase64)).toEqual(proof.map(toBase64));
          expect(parsed.value.note).toBe(checkpoint);
          expect(parsed.value.checkpoint).toMatchObject({ origin: log.origin, size: 5n });
        },
      ),
    );
  });

  it('has at most 63 proof lines', () => {
    expect(parse(formatAddCheckpoint({ oldSize: 1, proof: hashes(63), checkpoint })).ok).toBe(true);
    expect(parse(formatAddCheckpoint({ oldSize: 1, proof: hashes(64), checkpoint }))).toMatchObject({
      ok: false,
      code: 'add_checkpoint_malformed',
      detail: 'more than 63 proof lines',
    });
  });

  it('has at most 65,536 bytes', () => {
    const bare = utf8Encode(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint })).length;
    const fill = ADD_CHECKPOINT_BYTES_MAX - bare;
    const atLimit = utf8Encode(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: checkpointOf(fill) }));
    expect(atLimit.length).toBe(ADD_CHECKPOINT_BYTES_MAX);
    expect(parseAddCheckpoint(atLimit)).toMatchObject({ ok: true });
    const past = utf8Encode(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: checkpointOf(fill + 1) }));
    expect(parseAddCheckpoint(past)).toMatchObject({ ok: false, detail: 'more than 65,536 bytes' });
  });

  it('takes the largest old size, and not one more', () => {
    expect(parse(`old ${2n ** 64n - 1n}\n\n${checkpoint}`)).toMatchObject({ ok: true });
    expect(parse(`old ${2n ** 64n}\n\n${checkpoint}`)).toMatchObject({ ok: false, detail: 'the old size line' });
  });

  const line = toBase64(hash(1));
  it.each([
    ['nothing', ''],
    ['no empty line', 'old 1\n'],
    ['no old line', `\n\n${checkpoint}`],
    ['another word', `new 1\n\n${checkpoint}`],
    ['two spaces', `old  1\n\n${checkpoint}`],
    ['a tab', `old\t1\n\n${checkpoint}`],
    ['a leading zero', `old 01\n\n${checkpoint}`],
    ['a sign', `old +1\n\n${checkpoint}`],
    ['a negative size', `old -1\n\n${checkpoint}`],
    ['hex', `old 0x1\n\n${checkpoint}`],
    ['no size', `old \n\n${checkpoint}`],
    ['a space after the size', `old 1 \n\n${checkpoint}`],
    ['carriage returns', `old 1\r\n${line}\r\n\r\n${checkpoint}`],
    ['a short hash', `old 1\n${toBase64(new Uint8Array(31))}\n\n${checkpoint}`],
    ['a long hash', `old 1\n${toBase64(new Uint8Array(33))}\n\n${checkpoint}`],
    ['a hash without padding', `old 1\n${line.replace(/=+$/, '')}\n\n${checkpoint}`],
    ['a hash in the URL alphabet', `old 1\n${'-'.repeat(43)}=\n\n${checkpoint}`],
    ['a space before a hash', `old 1\n ${line}\n\n${checkpoint}`],
    ['no checkpoint', 'old 1\n\n'],
    ['a checkpoint without signature', `old 1\n\n${checkpoint.slice(0, checkpoint.indexOf('\n\n') + 1)}`],
    ['a checkpoint without its last line feed', `old 1\n\n${checkpoint.slice(0, -1)}`],
    ['a note that is no checkpoint', `old 1\n\nhello\n\n${checkpoint.slice(checkpoint.indexOf('\u2014'))}`],
    ['a byte order mark', `\uFEFFold 1\n\n${checkpoint}`],
  ])('is refused with %s', (_, text) => {
    expect(parse(text)).toMatchObject({ ok: false, code: 'add_checkpoint_malformed' });
  });

  it('never throws, and takes only what it would write itself', () => {
    const right = utf8Encode(formatAddCheckpoint({ oldSize: 3, proof: hashes(2), checkpoint }));
    const mutated = fc
      .tuple(fc.nat(right.length - 1), fc.nat(3), fc.uint8Array({ maxLength: 4 }))
      .map(([at, removed, added]) => new Uint8Array([...right.slice(0, at), ...added, ...right.slice(at + removed)]));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 400 })), (bytes) => {
        const parsed = parseAddCheckpoint(bytes);
        if (!parsed.ok) return;
        const { oldSize, proof, note } = parsed.value;
        const again = [`old ${oldSize}`, ...proof.map(toBase64), '', note].join('\n');
        expect(again).toBe(utf8Decode(bytes));
      }),
      { numRuns: 3_000 },
    );
  });
});

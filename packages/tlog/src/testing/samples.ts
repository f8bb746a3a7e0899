/** For tests: leaves, keys and mutations, all deterministic. */
import fc from 'fast-check';
import { utf8Encode } from '../bytes/utf8.ts';
import { sha256 } from '../hash/sha256.ts';
import { type Hash, leafHash } from '../hash/tree-hash.ts';

/** 32 bytes that follow from a name: a seed for a test key, a salt, a root. */
export function bytesNamed(name: string, length = 32): Uint8Array {
  return sha256(utf8Encode(name)).slice(0, length);
}

export function sampleLeaves(count: number): Hash[] {
  return Array.from({ length: count }, (_, i) => leafHash(utf8Encode(`leaf ${i}`)));
}

/** Texts that are no canonical u64. */
export const HOSTILE_NUMBERS = [
  '',
  '-0',
  '+1',
  '-1',
  '01',
  '00',
  ' 1',
  '1 ',
  '1\n',
  '1e3',
  '0x10',
  '1.0',
  '1_000',
  '\u0661',
  'NaN',
  'Infinity',
  '18446744073709551616',
  '99999999999999999999',
  '100000000000000000000',
  '9'.repeat(100_000),
];

type Edit = readonly [kind: number, at: number, value: number];

/** Some edits to a sample: bytes overwritten, inserted, removed, runs doubled, the tail cut off. */
export function mutations(sample: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat(5), fc.nat(Math.max(sample.length, 1)), fc.nat(255)) as fc.Arbitrary<Edit>;
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => edits.reduce(applyEdit, sample));
}

/** Bytes that the grammars of this package care about. */
const TELLING = utf8Encode('\n\n \t+=/0:"{}\\\u0000\u2014x#');

function applyEdit(bytes: Uint8Array, [kind, at, value]: Edit): Uint8Array {
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (kind) {
    case 0:
      return Uint8Array.of(...before, value, ...after.subarray(1));
    case 1:
      return Uint8Array.of(...before, TELLING[value % TELLING.length]!, ...after);
    case 2:
      return Uint8Array.of(...before, ...after.subarray(1 + (value % 8)));
    case 3:
      return Uint8Array.of(...before, ...after.subarray(0, value % 80), ...after);
    case 4:
      return Uint8Array.from(before);
    default:
      return Uint8Array.of(...before, TELLING[value % TELLING.length]!, ...after.subarray(1));
  }
}

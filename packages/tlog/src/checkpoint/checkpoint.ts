/**
 * The text of a checkpoint (C2SP tlog-checkpoint):
 *
 *     origin "\n"
 *     tree size, decimal "\n"
 *     root hash, base64 "\n"
 *     extension lines, opaque, not empty, each with "\n"
 *
 * This is a note's text without its signatures; `verify.ts` opens signed ones.
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts';
import { parseUint64, toUint64 } from '../bytes/uint64.ts';
import { HASH_BYTES, type Hash } from '../hash/tree-hash.ts';
import { invariant } from '../invariant.ts';
import { failure, type Result, success } from '../result.ts';

export interface Checkpoint {
  readonly origin: string;
  readonly size: bigint;
  readonly root: Hash;
  readonly extensions: readonly string[];
}

/** The text to sign; `size` is a u64. Lines of our own that could not be parsed again throw. */
export function formatCheckpoint(input: {
  readonly origin: string;
  readonly size: bigint | number;
  readonly root: Hash;
  readonly extensions?: readonly string[];
}): string {
  const { origin, root, extensions = [] } = input;
  const size = toUint64(input.size);
  invariant(root.length === HASH_BYTES, 'a root has 32 bytes');
  invariant([origin, ...extensions].every(isLine), 'a line of a checkpoint is one line and not empty');
  return [origin, String(size), toBase64(root), ...extensions, ''].join('\n');
}

/** Parses a note's text as a checkpoint. One text for each value: `formatCheckpoint` gives the same bytes. */
export function parseCheckpoint(text: string): Result<Checkpoint, 'checkpoint_malformed'> {
  if (!text.endsWith('\n')) return failure('checkpoint_malformed', 'no final newline');
  const [origin, sizeText, rootText, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || sizeText === undefined || rootText === undefined) {
    return failure('checkpoint_malformed', 'fewer than three lines');
  }
  if (origin === '' || extensions.includes('')) return failure('checkpoint_malformed', 'an empty line');
  const size = parseUint64(sizeText);
  if (size === undefined) return failure('checkpoint_malformed', 'the tree size is no canonical u64');
  const root = fromBase64(rootText);
  if (root?.length !== HASH_BYTES) return failure('checkpoint_malformed', 'the root is not base64 of 32 bytes');
  return success({ origin, size, root, extensions });
}

function isLine(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a note holds no control characters
  return text.length > 0 && !/[\u0000-\u001F]/.test(text);
}

/**
 * The plaintext of content: its items in order, length-prefixed.
 *
 *     count   uint16 BE, 1..256
 *     item    kind (0 prompt, 1 output, 2 evidence) ‖ salt (16)
 *             ‖ id length + 1, or 0 for no id (uint16 BE) ‖ id (UTF-8)
 *             ‖ text length (uint32 BE) ‖ text (UTF-8)
 *
 * Decoding is strict: exact lengths, known kinds, well-formed UTF-8, nothing behind the last item. It does not check
 * the order of kinds: what was sealed had been accepted as content, and the merkle root covers the order.
 */
import type { ContentItem } from '@fractal/record';
import { concatBytes, utf8Decode, utf8Encode } from '@fractal/tlog';
import { VaultError } from '../errors.ts';

const KINDS = ['prompt', 'output', 'evidence'] as const;
const SALT_BYTES = 16;
export const ITEMS_MAX = 256;
const ID_BYTES_MAX = 65_534;
/** Limit on one content as plaintext; the edge's body limit is far below. */
export const CONTENT_BYTES_MAX = 64 * 1024 * 1024;

/** Throws `content_malformed` (count, salt, kind, lone surrogate, id too long) or `content_too_large`. */
export function encodeItems(items: readonly ContentItem[]): Uint8Array {
  if (items.length < 1 || items.length > ITEMS_MAX) {
    throw new VaultError('content_malformed', `content has ${items.length} items, not 1..${ITEMS_MAX}`);
  }
  const parts: Uint8Array[] = [uint(items.length, 2)];
  for (const item of items) parts.push(...itemParts(item));
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes > CONTENT_BYTES_MAX) {
    throw new VaultError('content_too_large', `content has ${bytes} bytes, more than ${CONTENT_BYTES_MAX}`);
  }
  return concatBytes(...parts);
}

function itemParts(item: ContentItem): Uint8Array[] {
  const kind = KINDS.indexOf(item.kind);
  if (kind < 0) throw new VaultError('content_malformed', 'unknown kind of item');
  if (item.salt.length !== SALT_BYTES) throw new VaultError('content_malformed', 'salt is not 16 bytes');
  // a lone surrogate would come back as U+FFFD: another text than was committed to
  if (!item.text.isWellFormed() || item.id?.isWellFormed() === false) {
    throw new VaultError('content_malformed', 'text holds a lone surrogate');
  }
  const text = utf8Encode(item.text);
  const id = item.id === undefined ? undefined : utf8Encode(item.id);
  if (id !== undefined && id.length > ID_BYTES_MAX) throw new VaultError('content_malformed', 'id is too long');
  return [
    Uint8Array.of(kind),
    item.salt,
    uint(id === undefined ? 0 : id.length + 1, 2),
    id ?? new Uint8Array(0),
    uint(text.length, 4),
    text,
  ];
}

/** The items again, or undefined for bytes `encodeItems` can't have made. */
export function decodeItems(bytes: Uint8Array): ContentItem[] | undefined {
  let offset = 0;
  const take = (length: number): Uint8Array | undefined => {
    if (length > bytes.length - offset) return undefined;
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const takeUint = (length: number): number | undefined => {
    const part = take(length);
    return part?.reduce((sum, byte) => sum * 256 + byte, 0);
  };
  const count = takeUint(2);
  if (count === undefined || count < 1 || count > ITEMS_MAX) return undefined;
  const items: ContentItem[] = [];
  for (let index = 0; index < count; index++) {
    const kind = KINDS[takeUint(1) ?? KINDS.length];
    const salt = take(SALT_BYTES);
    const idLength = takeUint(2);
    if (kind === undefined || salt === undefined || idLength === undefined) return undefined;
    const id = idLength === 0 ? undefined : decodeText(take(idLength - 1));
    if (idLength !== 0 && id === undefined) return undefined;
    const textLength = takeUint(4);
    const text = textLength === undefined ? undefined : decodeText(take(textLength));
    if (text === undefined) return undefined;
    items.push({ kind, salt: salt.slice(), text, ...(id === undefined ? {} : { id }) });
  }
  return offset === bytes.length ? items : undefined;
}

function decodeText(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : utf8Decode(bytes);
}

function uint(value: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let index = length - 1, rest = value; index >= 0; index--, rest = Math.floor(rest / 256))
    bytes[index] = rest % 256;
  return bytes;
}

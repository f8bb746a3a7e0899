/**
 * Sealing content: AES-256-GCM under a data key of its own, the data key wrapped by the tenant's key (DESIGN section 8).
 * Pure but for the Rng that comes in, and made of bytes alone, so that it runs in a worker thread as well.
 *
 *   sealed       format 0x01 ‖ wrapped key (100) ‖ content
 *   wrapped key  generation (uint32 BE) ‖ merkle root (32) ‖ wrap salt (16) ‖ AES-256-GCM(wrapping key, data key) (32 + 16)
 *   content      format 0x01 ‖ AES-256-GCM(data key, items) (n + 16)
 *
 * wrapping key = HMAC-SHA-256(tenant key, "fractal-vault/1 wrap" ‖ tenant ‖ pcs_id ‖ wrap salt ‖ merkle root). Wrapping
 * and data keys encrypt one message in their lives, hence the constant nonce of zeros: a random nonce under the tenant
 * key itself would bring its birthday bound to bear (2^32 wrappings), this does not.
 * Additional data: format, tenant, pcs_id, generation or merkle root; nothing sealed for one address opens at another.
 *
 * Not checked here: that pcs_id follows from the merkle root (the vault knows neither epoch nor stream).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type ContentItem, merkleRoot } from '@fractal/record';
import { concatBytes, fromHex, hmacSha256, toHex } from '@fractal/tlog';
import { VaultError } from '../errors.ts';
import type { Rng } from '../ports/clock.ts';
import type { ContentAddress } from '../ports/vault-store.ts';
import { bindingOf, checkAddress } from './address.ts';
import { decodeItems, encodeItems } from './items.ts';

const FORMAT = 0x01;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const ROOT_BYTES = 32;
const SALT_BYTES = 16;
const GENERATION_BYTES = 4;
const ROOT_OFFSET = GENERATION_BYTES;
const SALT_OFFSET = ROOT_OFFSET + ROOT_BYTES;
const WRAP_OFFSET = SALT_OFFSET + SALT_BYTES;
export const WRAPPED_KEY_BYTES = WRAP_OFFSET + KEY_BYTES + TAG_BYTES;
const ZERO_NONCE = new Uint8Array(12);
const WRAP_LABEL = 'fractal-vault/1 wrap';
const CONTENT_LABEL = 'fractal-vault/1 content';

/** A tenant's key encryption key. Plain data so that it can be handed to a worker thread: do not log it. */
export interface TenantKey {
  readonly generation: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export interface SealInput extends ContentAddress {
  readonly items: readonly ContentItem[];
  /** Where the caller has just computed it from these items; computed here otherwise. `get` recomputes it either way. */
  readonly merkleRoot?: string;
  readonly tenantKey: TenantKey;
  readonly rng: Rng;
}

/** What a sealed content is made of; `content` is stored apart from the wrapped key. */
export interface SealedParts {
  readonly wrappedKey: Uint8Array;
  readonly content: Uint8Array;
}

/**
 * One content → its sealed bytes, for `vault.putSealed`. Throws VaultError `content_malformed`, `content_too_large`,
 * `vault_address_malformed`.
 */
export function sealContent(input: SealInput): Uint8Array {
  checkAddress(input);
  const plaintext = encodeItems(input.items);
  const root = fromHex(input.merkleRoot ?? merkleRoot(input.items));
  if (root?.length !== ROOT_BYTES) throw new VaultError('content_malformed', 'content has no merkle root');
  const dataKey = input.rng.bytes(KEY_BYTES);
  const wrappedKey = wrap({ address: input, root, dataKey, tenantKey: input.tenantKey, rng: input.rng });
  const ciphertext = encrypt(dataKey, contentBinding(input, root), plaintext);
  dataKey.fill(0);
  return concatBytes(Uint8Array.of(FORMAT), wrappedKey, Uint8Array.of(FORMAT), ciphertext);
}

/** Takes sealed bytes apart by length and format alone; undefined for anything `sealContent` can't have made. */
export function splitSealed(sealed: Uint8Array): SealedParts | undefined {
  const contentOffset = 1 + WRAPPED_KEY_BYTES;
  if (sealed.length < contentOffset + 1 + TAG_BYTES || sealed[0] !== FORMAT || sealed[contentOffset] !== FORMAT) {
    return undefined;
  }
  return { wrappedKey: sealed.slice(1, contentOffset), content: sealed.slice(contentOffset) };
}

export function generationOf(wrappedKey: Uint8Array): number {
  return new DataView(wrappedKey.buffer, wrappedKey.byteOffset, wrappedKey.byteLength).getUint32(0);
}

/** The merkle root stored beside a wrapped key, 32 bytes. */
export function rootOf(wrappedKey: Uint8Array): Uint8Array {
  return wrappedKey.subarray(ROOT_OFFSET, SALT_OFFSET);
}

/** The same data key under another generation; undefined when the old wrapping does not authenticate. */
export function rewrapKey(input: {
  readonly address: ContentAddress;
  readonly wrappedKey: Uint8Array;
  readonly from: TenantKey;
  readonly to: TenantKey;
  readonly rng: Rng;
}): Uint8Array | undefined {
  const dataKey = unwrap(input.address, input.wrappedKey, input.from);
  if (dataKey === undefined) return undefined;
  const root = rootOf(input.wrappedKey);
  const next = wrap({ address: input.address, root, dataKey, tenantKey: input.to, rng: input.rng });
  dataKey.fill(0);
  return next;
}

/**
 * Sealed parts → items. Undefined unless the wrapping and the ciphertext authenticate for this address, the plaintext
 * decodes, and the items' merkle root equals the one stored beside them.
 */
export function openContent(
  address: ContentAddress,
  parts: SealedParts,
  tenantKey: TenantKey,
): ContentItem[] | undefined {
  if (parts.content[0] !== FORMAT) return undefined;
  const dataKey = unwrap(address, parts.wrappedKey, tenantKey);
  if (dataKey === undefined) return undefined;
  const root = rootOf(parts.wrappedKey);
  const plaintext = decrypt(dataKey, contentBinding(address, root), parts.content.subarray(1));
  dataKey.fill(0);
  const items = plaintext === undefined ? undefined : decodeItems(plaintext);
  return items !== undefined && merkleRoot(items) === toHex(root) ? items : undefined;
}

function wrap(input: {
  readonly address: ContentAddress;
  readonly root: Uint8Array;
  readonly dataKey: Uint8Array;
  readonly tenantKey: TenantKey;
  readonly rng: Rng;
}): Uint8Array {
  const generation = new Uint8Array(GENERATION_BYTES);
  new DataView(generation.buffer).setUint32(0, input.tenantKey.generation);
  const head = concatBytes(generation, input.root, input.rng.bytes(SALT_BYTES));
  const key = wrappingKey(input.address, head, input.tenantKey);
  return concatBytes(head, encrypt(key, bindingOf(WRAP_LABEL, input.address, head), input.dataKey));
}

function unwrap(address: ContentAddress, wrappedKey: Uint8Array, tenantKey: TenantKey): Uint8Array | undefined {
  if (wrappedKey.length !== WRAPPED_KEY_BYTES || generationOf(wrappedKey) !== tenantKey.generation) return undefined;
  const head = wrappedKey.subarray(0, WRAP_OFFSET);
  const key = wrappingKey(address, head, tenantKey);
  return decrypt(key, bindingOf(WRAP_LABEL, address, head), wrappedKey.subarray(WRAP_OFFSET));
}

/** One key for each wrapping: the head holds a fresh salt. */
function wrappingKey(address: ContentAddress, head: Uint8Array, tenantKey: TenantKey): Uint8Array {
  return hmacSha256(tenantKey.secret, bindingOf(WRAP_LABEL, address, head));
}

function contentBinding(address: ContentAddress, root: Uint8Array): Uint8Array {
  return bindingOf(CONTENT_LABEL, address, root);
}

function encrypt(key: Uint8Array, additional: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, ZERO_NONCE, { authTagLength: TAG_BYTES });
  cipher.setAAD(additional);
  return concatBytes(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
}

function decrypt(key: Uint8Array, additional: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, ZERO_NONCE, { authTagLength: TAG_BYTES });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined; // the one way node:crypto says "does not authenticate"
  }
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength); // a Buffer's slice() would share
}

/** Reading content: decrypted, authenticated, and checked against the merkle root beside it. */
import type { ContentItem } from '@fractal/record';
import { VaultError } from '../errors.ts';
import type { ContentAddress } from '../ports/vault-store.ts';
import { checkAddress } from '../seal/address.ts';
import { generationOf, openContent } from '../seal/seal.ts';
import { corrupt, parsedRow, type VaultContext } from './context.ts';
import { tenantKeyOf } from './tenant-keys.ts';

export async function readContent(
  { store, keyring }: VaultContext,
  address: ContentAddress,
): Promise<ContentItem[] | 'erased' | undefined> {
  checkAddress(address);
  for (let missing: number | undefined; ; ) {
    const stored = await store.read(address);
    if (stored === undefined) return undefined;
    const row = parsedRow(address, stored.keyRow);
    if (row.state === 'erased') return 'erased';
    const { wrappedKey } = row;
    const generation = generationOf(wrappedKey);
    const key = tenantKeyOf(keyring, address.tenant, generation);
    if (key !== undefined) {
      const items = stored.content && openContent(address, { wrappedKey, content: stored.content }, key);
      if (items === undefined) throw corrupt(address, 'content does not authenticate');
      return items;
    }
    // a rotation may have rewrapped the row after it was read: look once more
    if (generation === missing) {
      throw new VaultError('vault_key_missing', `${address.pcsId}: generation ${generation} is not held`);
    }
    missing = generation;
  }
}

/** Vault rows from packs. What the keyring at hand can never open again comes back as erased, so that rotations go on. */
import { formatKeyRow, generationOf, type Keyring } from '@fractal/vault';
import type { LoadedRow, VaultLoader } from '../vault/index.ts';
import { BackupError } from './errors.ts';
import type { Manifest } from './manifest.ts';
import { checkedRows } from './verify-backup.ts';

export interface RestoreVault {
  readonly target: string;
  readonly manifest: Manifest;
  readonly vault: VaultLoader;
  /** Undefined: contents come back sealed, and nobody knows whether a key for them is left. */
  readonly keyring: Keyring | undefined;
  readonly nowMs: number;
  readonly onRestored: (contents: number) => void;
}

export interface RestoredContents {
  readonly contents: number;
  readonly erased: number;
  readonly unreadable: number;
}

const BATCH_ROWS = 500;
const BATCH_BYTES = 8 << 20;
const KEY_NAME = 'kek/';

/** @throws BackupError backup_damaged, restore_keyring_too_old */
export async function restoreVault(options: RestoreVault): Promise<RestoredContents> {
  const { target, manifest, vault, onRestored } = options;
  const counts = { contents: 0, erased: 0, unreadable: 0 };
  let batch: LoadedRow[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await vault.load(batch);
    batch = [];
    bytes = 0;
    onRestored(counts.contents);
  };
  for (const pack of manifest.packs) {
    for await (const { address, keyRow, content, parsed } of checkedRows(target, pack)) {
      const shared = { address, retainUntilMs: undefined, unsettledMs: undefined };
      if (parsed.state === 'erased') {
        batch.push({ ...shared, keyRow, content: undefined });
        counts.erased += 1;
      } else if (isOpenable(options.keyring, address.tenant, generationOf(parsed.wrappedKey))) {
        // A sweep asks once whether its body is in the log.
        batch.push({ address, keyRow, content, retainUntilMs: parsed.retainUntilMs, unsettledMs: parsed.storedMs });
        counts.contents += 1;
      } else {
        const tombstone = formatKeyRow(address, { state: 'erased', erasedMs: options.nowMs });
        batch.push({ ...shared, keyRow: tombstone, content: undefined });
        counts.unreadable += 1;
      }
      bytes += content?.length ?? 0;
      if (batch.length >= BATCH_ROWS || bytes >= BATCH_BYTES) await flush();
    }
  }
  await flush();
  await vault.loadOwed(manifest.owed);
  return counts;
}

/** Whether the key that wraps it is held; false where a rotation has done away with it. */
function isOpenable(keyring: Keyring | undefined, tenant: string, generation: number): boolean {
  if (keyring === undefined || keyring.get(KEY_NAME + tenant, generation) !== undefined) return true;
  const newest = keyring.latest(KEY_NAME + tenant)?.generation ?? 0;
  if (generation < newest) return false;
  const message =
    `content of tenant ${tenant} is sealed by generation ${generation} of its key, the keyring ends with ${newest}: ` +
    'it is older than the backup; bring a newer copy, or restore without --keyring and put the right one at keys/keyring later';
  throw new BackupError('restore_keyring_too_old', message);
}

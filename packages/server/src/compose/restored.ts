/**
 * The mark of a restored directory: `DIR/restored.json`, `{"restored_at_ms", "logs": {"<name>": {"origin", "size"}}}`, which
 * `fractal restore` makes durable before anything else opens the directory. No log it names is signed under that origin
 * again; it is removed once each of them is closed and followed by a new generation.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KeyringError, syncFolder } from '@fractal/store-embedded';
import type { Keyring } from '@fractal/vault';
import { jsonObject } from './generations.ts';
import { readLine } from './private-file.ts';

export interface Restored {
  /** Whether the mark is there. */
  readonly isMarked: boolean;
  /** Whether the log of this origin was restored. */
  has(origin: string): boolean;
  /** Takes the mark away; durable when it resolves. */
  remove(): Promise<void>;
}

export async function readRestored(dataDir: string): Promise<Restored> {
  const file = join(dataDir, 'restored.json');
  const text = await readLine(file);
  if (text === undefined) return { isMarked: false, has: () => false, remove: async () => {} };
  const origins = parseRestored(text);
  return {
    isMarked: true,
    has: (origin) => origins === 'all' || origins.has(origin),
    async remove() {
      await rm(file);
      await syncFolder(dataDir);
    },
  };
}

/**
 * A restored directory is opened with the keyring it was backed up beside: with a new, empty one new secrets would be made
 * under the old names, and the old ones could not be brought back any more.
 * @throws KeyringError keyring_missing
 */
export function requireKeyring(keyring: Pick<Keyring, 'names'>, keysFolder: string): void {
  if (keyring.names('').length > 0) return;
  const message =
    `this directory was restored without its keyring: put a copy of it at ${join(keysFolder, 'keyring')}, mode 600. Without ` +
    'it no server starts here; the public files of each log, its receipts and fractal log fsck need none';
  throw new KeyringError('keyring_missing', message);
}

/** The origins named; all there are where the text can't be read: when in doubt, nothing is signed. */
export function parseRestored(text: string): ReadonlySet<string> | 'all' {
  const { logs } = jsonObject(text);
  if (typeof logs !== 'object' || logs === null || Array.isArray(logs)) return 'all';
  const origins = Object.values(logs).map((log: unknown) =>
    typeof log === 'object' && log !== null && 'origin' in log ? log.origin : undefined,
  );
  if (origins.length === 0 || !origins.every((origin) => typeof origin === 'string' && origin !== '')) return 'all';
  return new Set(origins as string[]);
}

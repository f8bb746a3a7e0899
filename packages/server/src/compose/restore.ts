/** `fractal restore`: the adapter writes the directory, the entries of each log say what is derived from them. */

import { randomBytes } from 'node:crypto';
import { type DerivedFromEntry, type RestoreProgress, type RestoreReport, restore } from '@fractal/store-embedded';
import { derivedOf } from '../commit/derived.ts';
import { systemClock } from './system-clock.ts';

export interface RestoreDirectoryOptions {
  /** The backup. */
  readonly target: string;
  /** Empty or missing. */
  readonly dataDir: string;
  readonly keyringFile?: string;
  readonly onProgress?: (progress: RestoreProgress) => void;
}

/** The control log has no derived rows: its state is folded from it at each start. */
const NOTHING: DerivedFromEntry = { ok: true, value: { rows: [], content: undefined } };

/** @throws BackupError, KeyringError, DataDirectoryError */
export function restoreDirectory({ dataDir, ...options }: RestoreDirectoryOptions): Promise<RestoreReport> {
  return restore({
    ...options,
    directory: dataDir,
    sessionToken: new Uint8Array(randomBytes(16)),
    clock: systemClock,
    derive: (log, entry) => (isControl(log) ? NOTHING : derivedOf(entry)),
  });
}

const isControl = (log: string): boolean => log === 'control' || log.startsWith('control-');

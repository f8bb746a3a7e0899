/** Which checkpoint guard a server uses: a folder, a URL, or, where nothing was said, a folder beside the data directory. */

import { resolve } from 'node:path';
import type { CheckpointGuard } from '@fractal/ledger';
import { guardFolder } from '@fractal/store-embedded';
import type { Logger } from '../edge/logger.ts';
import { guardUrl } from './guard-url.ts';

/** Long for a small answer, short for a caller that waits for it. */
const TIMEOUT_MS = 5_000;

const URL_START = /^https?:\/\//i;

/** Beside the data directory and not in it, so that whoever puts the directory back leaves the guard as it is. */
export function guardBeside(dataDir: string): string {
  return `${resolve(dataDir)}.guard`;
}

/** @throws TypeError for a URL that is none */
export function openGuard(options: {
  readonly dataDir: string;
  /** A folder or an http(s) URL. */
  readonly place: string | undefined;
  readonly logger: Logger;
}): CheckpointGuard {
  const { dataDir, place, logger } = options;
  if (place !== undefined && URL_START.test(place)) return guardUrl(new URL(place), TIMEOUT_MS);
  const folder = resolve(place ?? guardBeside(dataDir));
  if (place === undefined) {
    logger.warn('checkpoint_guard_beside_data', {
      folder,
      message:
        'the checkpoint guard is on the disk of the data: it tells when the data directory alone is put back from a ' +
        'copy, not when the whole disk is; keep it elsewhere with --checkpoint-guard DIR|URL',
    });
  }
  return guardFolder(folder);
}

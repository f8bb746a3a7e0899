/** Which checkpoint guard a server uses: a folder, a URL, or, where nothing was said, a folder beside the data directory. */

import { relative, resolve, sep } from 'node:path';
import type { CheckpointGuard } from '@fractal/ledger';
import { guardFolder } from '@fractal/store-embedded';
import type { Logger } from '../edge/logger.ts';
import { guardUrl } from './guard-url.ts';

/** Long for a small answer, short for a caller that waits for it. */
const TIMEOUT_MS = 5_000;

const URL_START = /^https?:\/\//i;

/** The place named is none, or one that guards nothing. */
export class GuardPlaceError extends Error {
  readonly code = 'guard_place_invalid';
}

/** Beside the data directory and not in it, so that whoever puts the directory back leaves the guard as it is. */
export function guardBeside(dataDir: string): string {
  return `${resolve(dataDir)}.guard`;
}

/** @throws GuardPlaceError */
export function openGuard(options: {
  readonly dataDir: string;
  /** A folder or an http(s) URL. */
  readonly place: string | undefined;
  readonly logger: Logger;
}): CheckpointGuard {
  const { dataDir, place, logger } = options;
  if (place !== undefined) return guardAt(dataDir, place);
  const folder = guardBeside(dataDir);
  logger.warn('checkpoint_guard_beside_data', {
    folder,
    message:
      'the checkpoint guard is on the disk of the data: it tells when the data directory alone is put back from a ' +
      'copy, not when the whole disk is; keep it elsewhere with --checkpoint-guard DIR|URL',
  });
  return guardAt(dataDir, folder);
}

/** @throws GuardPlaceError */
export function guardAt(dataDir: string, place: string): CheckpointGuard {
  if (URL_START.test(place)) {
    if (!URL.canParse(place)) throw new GuardPlaceError(`${place} is no URL`);
    return guardUrl(new URL(place), TIMEOUT_MS);
  }
  if (place === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(place)) {
    throw new GuardPlaceError(`a checkpoint guard is a folder or an http(s) URL, not "${place}"`);
  }
  const folder = resolve(place);
  const below = relative(resolve(dataDir), folder);
  if (below === '' || (below !== '..' && !below.startsWith(`..${sep}`))) {
    throw new GuardPlaceError(`${folder} is in the data directory: a copy that is put back would take the guard along`);
  }
  return guardFolder(folder);
}

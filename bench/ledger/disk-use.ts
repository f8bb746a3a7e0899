/** Bytes on disk of a log's folder, of either side, apart by what they are for. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { round } from '../harness/statistics.ts';

/** Bytes an entry, by blocks allocated (a file takes whole blocks of 4 KiB here), and by the lengths of the files. */
export interface DiskUse {
  /** Full tiles and bundles, and the partial ones of the last size. */
  readonly publicBytes: number;
  /** Partial tiles that a later one made obsolete and that nobody has removed yet. */
  readonly obsoletePartialBytes: number;
  /** Rows and dedup index of ours; antispam index and state of Tessera. */
  readonly privateBytes: number;
  /** The same by the lengths of the files. Of LMDB and Badger it holds space set aside and not yet used. */
  readonly publicLength: number;
  readonly privateLength: number;
}

const BLOCK_BYTES = 512;

export function diskUseOf(folder: string, entries: number): DiskUse {
  const sums = { publicBytes: 0, obsoletePartialBytes: 0, privateBytes: 0, publicLength: 0, privateLength: 0 };
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const found = statSync(join(folder, path));
    if (!found.isFile()) continue;
    const bytes = found.blocks * BLOCK_BYTES;
    const isPublic = /(^|\/)(tile\/|checkpoint$)/.test(path);
    if (!isPublic) {
      sums.privateBytes += bytes;
      sums.privateLength += found.size;
    } else if (path.includes('.p/') && existsSync(join(folder, path.slice(0, path.indexOf('.p/'))))) {
      sums.obsoletePartialBytes += bytes;
    } else if (path.includes('.p/') && !isLastPartial(join(folder, path))) {
      sums.obsoletePartialBytes += bytes;
    } else {
      sums.publicBytes += bytes;
      sums.publicLength += found.size;
    }
  }
  return {
    publicBytes: round(sums.publicBytes / entries, 1),
    obsoletePartialBytes: round(sums.obsoletePartialBytes / entries, 1),
    privateBytes: round(sums.privateBytes / entries, 1),
    publicLength: round(sums.publicLength / entries, 1),
    privateLength: round(sums.privateLength / entries, 1),
  };
}

function isLastPartial(path: string): boolean {
  const widths = readdirSync(join(path, '..')).map(Number);
  return Number(path.slice(path.lastIndexOf('/') + 1)) === Math.max(...widths);
}

/**
 * The mark of a restored directory: `DIR/restored.json`, `{"restored_at_ms", "logs": {"<name>": {"origin", "size"}}}`, which
 * `fractal restore` makes durable before anything else opens the directory. No log it names is signed under that origin
 * again; it is removed once each of them is closed and followed by a new generation.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '@fractal/store-embedded';
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

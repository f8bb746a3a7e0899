/** Flips bits in files as a failing disk would: under a running server (LMDB maps its file) or a stopped one. */
import { readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export function rowsFile(dataDir: string): string {
  return join(dataDir, 'rows', 'data.mdb');
}

/**
 * Flips a bit at `offset` bytes into every place of the file that holds these bytes: the row's page, and older copies of it
 * in pages that are free. Returns how many places there were.
 */
export async function flipWhere(file: string, bytes: Uint8Array, offset = 0): Promise<number> {
  const whole = readFileSync(file);
  const handle = await open(file, 'r+');
  let count = 0;
  try {
    for (let at = whole.indexOf(bytes); at >= 0; at = whole.indexOf(bytes, at + 1)) {
      await handle.write(Uint8Array.of(whole[at + offset]! ^ 0x10), 0, 1, at + offset);
      count += 1;
    }
  } finally {
    await handle.close();
  }
  return count;
}

/** Flips one bit of a file. */
export function flipAt(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = bytes[at]! ^ 0x10;
  writeFileSync(file, bytes);
}

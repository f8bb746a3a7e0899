/**
 * Temporary directories of a suite, with the checkpoint guards beside them, removed when it ends unless FRACTAL_KEEP=1 asks to look at them afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

export function scratchDirectory(label: string): string {
  const directory = mkdtempSync(join(tmpdir(), `fractal-${label}-`));
  made.push(directory);
  return directory;
}

/** Removes every directory this process made; call it in `afterAll`. */
export function removeScratch(): void {
  for (const directory of made.splice(0)) {
    if (process.env.FRACTAL_KEEP === '1') console.log(`kept ${directory}`);
    else
      for (const made of [directory, `${directory}.guard`])
        rmSync(made, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Which partial tiles may go (C2SP tlog-tiles: once the full tile exists). */
import { tilePath } from '@fractal/tlog';

const TILE_WIDTH = 256;

/**
 * Folders of partial files (`tile/0/000.p`) whose tile became full when the log grew from `before` to `after` leaves.
 * Only tiles that were partial at `before` can have partial files, plus those of sizes published in between: none are,
 * since one publication goes from one published size to the next.
 */
export function obsoletePartials(before: number, after: number): string[] {
  const folders: string[] = [];
  for (let level = 0; TILE_WIDTH ** level <= after; level += 1) {
    const width = TILE_WIDTH ** (level + 1);
    const index = Math.floor(before / width);
    const wasPartial = Math.floor(before / TILE_WIDTH ** level) % TILE_WIDTH > 0;
    if (!wasPartial || Math.floor(after / width) === index) continue;
    folders.push(`${tilePath({ kind: 'tile', level, index, width: 0 })}.p`);
    if (level === 0) folders.push(`${tilePath({ kind: 'entries', index, width: 0 })}.p`);
  }
  return folders;
}

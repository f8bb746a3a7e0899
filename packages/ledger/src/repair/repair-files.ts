/** Tiles and bundles of the published tree, each held against what the proven leaves give and written again where it differs. */
import { equalBytes, parseTilePath, TILE_WIDTH } from '@fractal/tlog';
import { TileState } from '../integrate/tile-state.ts';
import type { PublicFile, PublicFiles } from '../ports/public-files.ts';
import type { ChosenLeaf } from './choose-leaves.ts';
import { type Findings, FROM_COPY } from './report.ts';

export class FileRepair {
  readonly #files: PublicFiles;
  readonly #size: number;
  readonly #dryRun: boolean;
  readonly #found: Findings;
  readonly #tiles = new TileState(0, [], []);
  /** Bundles with an entry whose 49 bytes nothing has. */
  readonly #unknown = new Set<number>();

  /** @param size of the tree that the checkpoint served is of */
  constructor(options: { files: PublicFiles; size: number; dryRun: boolean; found: Findings }) {
    this.#files = options.files;
    this.#size = options.size;
    this.#dryRun = options.dryRun;
    this.#found = options.found;
  }

  /** The next leaves in order; those past the published size are left to the next start of the server. */
  async add(leaves: readonly ChosenLeaf[]): Promise<void> {
    const published = leaves.filter(({ index }) => index < this.#size);
    if (published.length === 0) return;
    for (const { index, leaf } of published) if (leaf === undefined) this.#unknown.add(Math.floor(index / TILE_WIDTH));
    const placeholder = new Uint8Array(1);
    this.#tiles.add(
      published.map(({ leaf }) => leaf ?? placeholder),
      published.map(({ hash }) => hash),
    );
    const snapshot = this.#tiles.snapshot();
    const isLast = this.#tiles.size === this.#size;
    await this.#compare(isLast ? snapshot.files : snapshot.files.slice(0, snapshot.fullCount));
    this.#tiles.markPublished(snapshot);
  }

  async #compare(expected: readonly PublicFile[]): Promise<void> {
    const wrong: PublicFile[] = [];
    for (const file of expected) {
      const found = await this.#files.read(file.path);
      if (found !== undefined && equalBytes(found, file.bytes)) continue;
      if (this.#isUnknown(file.path)) {
        // Had the file that entry, its bytes would be known.
        this.#found.leave(file.path, 'an entry of it is known by its hash only', FROM_COPY);
        continue;
      }
      wrong.push(file);
      this.#found.add(file.path, found === undefined ? 'it was missing; the leaves' : 'the leaves');
    }
    if (wrong.length > 0 && !this.#dryRun) await this.#files.writeAll(wrong);
  }

  #isUnknown(path: string): boolean {
    const parsed = parseTilePath(path);
    return parsed.ok && parsed.value.kind === 'entries' && this.#unknown.has(Number(parsed.value.index));
  }
}

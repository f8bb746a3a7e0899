/** The leaves of a log, a bundle at a time, a few bundles read ahead. */
import { parseBundle, type ReadTile, TILE_WIDTH, TileUnavailableError, tilePath } from '@fractal/tlog';

/** Bundles under way at once: enough to hide a network's latency. */
const READ_AHEAD = 8;

/**
 * The bundles from number `first` on of a log of `size` leaves, each as its leaves; undefined for one that is malformed or
 * does not hold as many as the size says. Throws TileUnavailableError where one is missing.
 */
export async function* bundlesOf(input: {
  readonly readFile: ReadTile;
  readonly size: number;
  readonly first: number;
}): AsyncGenerator<readonly Uint8Array[] | undefined> {
  const { readFile, size, first } = input;
  const end = Math.ceil(size / TILE_WIDTH);
  const ahead: Promise<readonly Uint8Array[] | undefined>[] = [];
  for (let next = first, at = first; at < end; at++) {
    for (; next < end && ahead.length < READ_AHEAD; next++) {
      const reading = readBundle(readFile, next, Math.min(TILE_WIDTH, size - next * TILE_WIDTH));
      reading.catch(() => undefined); // whoever waits for it hears of it; nobody may be waiting any more
      ahead.push(reading);
    }
    yield await ahead.shift();
  }
}

/** A partial bundle that is gone is cut from the full one that took its place. */
async function readBundle(
  readFile: ReadTile,
  index: number,
  entries: number,
): Promise<readonly Uint8Array[] | undefined> {
  const width = entries % TILE_WIDTH;
  const path = tilePath({ kind: 'entries', index, width });
  const exact = await readFile(path);
  const bytes =
    exact === undefined && width > 0 ? await readFile(tilePath({ kind: 'entries', index, width: 0 })) : exact;
  if (bytes === undefined) throw new TileUnavailableError('tile_missing', path);
  const parsed = parseBundle(bytes);
  if (!parsed.ok) return undefined;
  const expected = exact === undefined ? TILE_WIDTH : entries;
  return parsed.value.length === expected ? parsed.value.slice(0, entries) : undefined;
}

/** Sorted packs as one sorted sequence: a heap of their next rows, so that memory does not grow with what they hold. */
import { addressKey } from '../vault/address-key.ts';
import type { Pack } from './manifest.ts';
import type { PackRow } from './pack.ts';

export interface MergedRow<Row extends PackRow = PackRow> {
  readonly row: Row;
  readonly pack: Pack;
  readonly key: Buffer;
}

interface Open<Row extends PackRow> extends MergedRow<Row> {
  readonly rows: AsyncGenerator<Row, void, undefined>;
}

/** All rows of the packs in order of address; `read` opens one pack. Whoever stops early closes them all. */
export async function* mergePacks<Row extends PackRow>(
  packs: readonly Pack[],
  read: (pack: Pack) => AsyncGenerator<Row, void, undefined>,
): AsyncGenerator<MergedRow<Row>, void, undefined> {
  const heap: Open<Row>[] = [];
  const all: AsyncGenerator<Row, void, undefined>[] = [];
  const advance = async (pack: Pack, rows: Open<Row>['rows']): Promise<void> => {
    const next = await rows.next();
    if (next.done !== true) push(heap, { row: next.value, pack, rows, key: addressKey(next.value.address) });
  };
  try {
    for (const pack of packs) {
      const rows = read(pack);
      all.push(rows);
      await advance(pack, rows);
    }
    for (let first = pop(heap); first !== undefined; first = pop(heap)) {
      yield first;
      await advance(first.pack, first.rows);
    }
  } finally {
    for (const rows of all) await rows.return(undefined);
  }
}

function isBefore<Row extends PackRow>(a: Open<Row> | undefined, b: Open<Row> | undefined): boolean {
  return a !== undefined && (b === undefined || Buffer.compare(a.key, b.key) < 0);
}

function push<Row extends PackRow>(heap: Open<Row>[], item: Open<Row>): void {
  heap.push(item);
  for (let at = heap.length - 1; at > 0; ) {
    const above = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[above])) return;
    swap(heap, at, above);
    at = above;
  }
}

function pop<Row extends PackRow>(heap: Open<Row>[]): Open<Row> | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || last === undefined) return first;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const least = isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[least], heap[at])) return first;
    swap(heap, at, least);
    at = least;
  }
}

function swap<T>(heap: T[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b]!, heap[a]!];
}

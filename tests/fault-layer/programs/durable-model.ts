/** What POSIX promises after power loss, said as plainly as possible: the oracle of the random test. */
import type { Operation } from './random-operations.ts';

type File = { now: Buffer; durable: Buffer };

export class DurableModel {
  private names = new Map<string, File>();
  private durableNames = new Map<string, File>();

  apply(operation: Operation): void {
    if (operation.kind === 'sync-directory') {
      this.durableNames = new Map(this.names);
      return;
    }
    let file = this.names.get(operation.name);
    if (file === undefined) {
      file = { now: Buffer.alloc(0), durable: Buffer.alloc(0) };
      this.names.set(operation.name, file);
    }
    if (operation.kind === 'write') {
      file.now = resized(file.now, Math.max(file.now.length, operation.offset + operation.length));
      file.now.fill(operation.byte, operation.offset, operation.offset + operation.length);
    }
    if (operation.kind === 'resize') file.now = resized(file.now, operation.size);
    if (operation.kind === 'empty') file.now = Buffer.alloc(0);
    if (operation.kind === 'sync') file.durable = Buffer.from(file.now);
    if (operation.kind === 'rename') this.names.set(operation.to, file);
    if (operation.kind === 'rename' || operation.kind === 'unlink') this.names.delete(operation.name);
  }

  /** Name → content after everything not durable is lost. */
  afterLoss(): Record<string, string> {
    const entries = [...this.durableNames].map(([name, file]): [string, string] => [name, describe(file.durable)]);
    return Object.fromEntries(entries.sort());
  }
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}

/** Runs of equal bytes, so that a difference can be read: `3×41 5×00`. */
export function describe(bytes: Buffer): string {
  const runs: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = start;
    while (end < bytes.length && bytes[end] === bytes[start]) end++;
    runs.push(`${end - start}×${bytes[start]!.toString(16)}`);
    start = end;
  }
  return runs.join(' ');
}

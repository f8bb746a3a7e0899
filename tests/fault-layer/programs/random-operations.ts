/**
 * A random but repeatable sequence of changes and syncs on a flat directory, run by random-writer.ts under the layer and
 * by the test against a model of twenty lines.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../harness/random.ts';

export type Operation =
  | { kind: 'write'; name: string; offset: number; byte: number; length: number }
  | { kind: 'resize'; name: string; size: number }
  | { kind: 'empty'; name: string }
  | { kind: 'rename'; name: string; to: string }
  | { kind: 'unlink'; name: string }
  | { kind: 'sync'; name: string }
  | { kind: 'sync-directory' };

const names = ['a', 'b', 'c', 'd', 'e'];

/** Endless; only names that exist are opened without creating, so the generator follows what exists. */
export function* operations(seed: number): Generator<Operation> {
  const random = seededRandom(seed);
  const present = new Set<string>();
  for (;;) {
    const name = random.pick(names);
    const kind = random.pick([
      'write',
      'write',
      'write',
      'resize',
      'empty',
      'rename',
      'unlink',
      'sync',
      'sync',
      'sync-directory',
    ] as const);
    if (kind === 'sync-directory') yield { kind };
    else if (kind === 'write') {
      present.add(name);
      yield { kind, name, offset: random.below(9000), byte: 1 + random.below(255), length: 1 + random.below(6000) };
    } else if (kind === 'empty') {
      present.add(name);
      yield { kind, name };
    } else if (present.has(name)) {
      if (kind === 'resize') yield { kind, name, size: random.below(12_000) };
      else if (kind === 'sync') yield { kind, name };
      else if (kind === 'unlink') {
        present.delete(name);
        yield { kind, name };
      } else {
        const to = random.pick(names.filter((other) => other !== name));
        present.delete(name);
        present.add(to);
        yield { kind: 'rename', name, to };
      }
    }
  }
}

export function apply(directory: string, operation: Operation): void {
  if (operation.kind === 'rename') renameSync(join(directory, operation.name), join(directory, operation.to));
  else if (operation.kind === 'unlink') unlinkSync(join(directory, operation.name));
  else applyByDescriptor(directory, operation);
}

function applyByDescriptor(directory: string, operation: Exclude<Operation, { kind: 'rename' | 'unlink' }>): void {
  const path = operation.kind === 'sync-directory' ? directory : join(directory, operation.name);
  const flags = { write: 'a+', resize: 'r+', empty: 'w', sync: 'r', 'sync-directory': 'r' }[operation.kind];
  // 'a+' creates and keeps, but always appends: the write itself goes through a second descriptor.
  const fd = openSync(path, flags);
  if (operation.kind === 'write') {
    const writer = openSync(path, 'r+');
    writeSync(writer, Buffer.alloc(operation.length, operation.byte), 0, operation.length, operation.offset);
    closeSync(writer);
  }
  if (operation.kind === 'resize') ftruncateSync(fd, operation.size);
  if (operation.kind === 'sync' || operation.kind === 'sync-directory') fsyncSync(fd);
  closeSync(fd);
}

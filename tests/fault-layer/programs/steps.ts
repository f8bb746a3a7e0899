/**
 * Does a list of steps on files and prints a line for each: `ok`, `short N`, or the error's code. For inject.test.ts.
 * Usage: steps.ts DIRECTORY STEP…
 *
 *   write:FILE:BYTE:LENGTH   opens (creating), writes at offset 0, closes
 *   overwrite:FILE:BYTE:LENGTH   the same in a file that is there
 *   sync:FILE   folder   rename:FROM:TO   unlink:FILE   mkdir:NAME   truncate:FILE:SIZE
 *   until-ok:STEP            the step again and again until it succeeds; prints the first outcome
 */
import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const [, , directory, ...steps] = process.argv as [string, string, string, ...string[]];
const at = (name: string): string => join(directory, name);

function withFile(path: string, flags: string, work: (fd: number) => string): string {
  const fd = openSync(path, flags);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

function write(path: string, flags: string, byte: number, length: number): string {
  return withFile(path, flags, (fd) => {
    const written = writeSync(fd, Buffer.alloc(length, byte), 0, length, 0);
    return written === length ? 'ok' : `short ${written}`;
  });
}

/** Takes what the call returned, so that it can be one expression. */
function done(_result: unknown): string {
  return 'ok';
}

function take(step: string): string {
  const [kind, name = '', first = '', second = ''] = step.split(':');
  switch (kind) {
    case 'write':
      return write(at(name), 'w', Number(first), Number(second));
    case 'overwrite':
      return write(at(name), 'r+', Number(first), Number(second));
    case 'sync':
      return withFile(at(name), 'r', (fd) => done(fsyncSync(fd)));
    case 'folder':
      return withFile(directory, 'r', (fd) => done(fsyncSync(fd)));
    case 'rename':
      return done(renameSync(at(name), at(first)));
    case 'unlink':
      return done(unlinkSync(at(name)));
    case 'mkdir':
      return done(mkdirSync(at(name)));
    case 'truncate':
      return withFile(at(name), 'r+', (fd) => done(ftruncateSync(fd, Number(first))));
    default:
      throw new Error(`no such step: ${step}`);
  }
}

function outcomeOf(step: string): string {
  try {
    return take(step);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

for (const step of steps) {
  const again = step.startsWith('until-ok:') ? step.slice('until-ok:'.length) : undefined;
  const outcome = outcomeOf(again ?? step);
  writeSync(1, `${outcome}\n`);
  while (again !== undefined && outcomeOf(again) !== 'ok');
}

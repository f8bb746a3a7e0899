/**
 * A program that stores numbered values with lmdb-js and acknowledges what it believes to be durable, for the fault
 * layer's own test. Usage: lmdb.ts visible|promise|strict DIRECTORY
 *
 *   visible  overlappingSync (lmdb-js's default); acknowledges what can be read back: wrong, that is before the sync
 *   promise  overlappingSync; acknowledges when the write's promise resolves
 *   strict   overlappingSync: false; acknowledges when the write's promise resolves
 *
 * The promise under overlappingSync is documented to resolve when the data is visible. Version 3.5.6 marks a write
 * committed only after mdb_txn_commit has returned, its sync included, so `promise` is not caught; code should not lean
 * on what the documentation does not promise.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { openNumbered } from './numbered-database.ts';

const [, , mode, directory] = process.argv as [string, string, string, string];

const database = openNumbered(mode, directory);

// LMDB syncs the file it makes, never the directory that holds its name.
const fd = openSync(directory, 'r');
fsyncSync(fd);
closeSync(fd);

const present = [...database.getKeys()];
for (let n = present.length; ; n += 10) {
  const writes = Array.from({ length: 10 }, (_, i) => database.put(n + i, Buffer.alloc(300, n + i)));
  if (mode === 'visible') await visible(n + 9);
  else await Promise.all(writes);
  writeSync(1, `${n + 9}\n`);
}

async function visible(key: number): Promise<void> {
  while (database.get(key) === undefined) {
    await setImmediate();
    database.resetReadTxn();
  }
}

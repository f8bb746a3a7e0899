/**
 * Counts the values that lmdb.ts left whole, from the first on. Usage: lmdb-count.ts MODE DIRECTORY; prints the number.
 */
import { openNumbered } from './numbered-database.ts';

const [, , mode, directory] = process.argv as [string, string, string, string];

const database = openNumbered(mode, directory);
let n = 0;
while (database.get(n)?.equals(Buffer.alloc(300, n))) n++;
await database.close();
console.log(n);

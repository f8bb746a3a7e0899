/** Runs the operations of a seed and prints how many are done. Usage: random-writer.ts SEED DIRECTORY */
import { writeSync } from 'node:fs';
import { apply, operations } from './random-operations.ts';

const [, , seed, directory] = process.argv as [string, string, string, string];
let done = 0;
for (const operation of operations(Number(seed))) {
  apply(directory, operation);
  writeSync(1, `${++done}\n`);
}

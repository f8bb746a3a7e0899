/** Runs the fault matrix and writes docs/fault-matrix.md. Usage: node tests/faults/write-page.ts */
import { writeFileSync } from 'node:fs';
import { buildFaultLayer } from '../harness/fault-layer.ts';
import { removeScratch } from '../harness/scratch.ts';
import { PAGE, pageOf } from './matrix-page.ts';
import { runMatrix } from './run-matrix.ts';

const library = buildFaultLayer();
if (library === undefined) process.exit(3);
try {
  const { matrix, broken, unknown } = await runMatrix(library);
  for (const write of unknown) console.error(`no class: ${write}`);
  for (const { case: name, promises } of broken) console.error(`${name}\n  ${promises.join('\n  ')}`);
  writeFileSync(PAGE, pageOf(matrix));
  process.exitCode = broken.length + unknown.length > 0 ? 1 : 0;
} finally {
  removeScratch();
}

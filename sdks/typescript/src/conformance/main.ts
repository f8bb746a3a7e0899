/**
 * The conformance runner as a program: NDJSON on standard input, NDJSON on standard output, order kept, one line in
 * memory at a time. The only file of this package that may touch Node. Run: `node src/conformance/main.ts < cases.ndjson`.
 *
 * Exits 0 when the input ended, whatever the cases said; 3 when standard output cannot be written to (its reader left).
 */
import { once } from 'node:events';
import process from 'node:process';
import { splitLines } from '../ndjson/lines.ts';
import { LINE_BYTES_MAX, refuseLine, runLine } from './ops.ts';

async function main(): Promise<void> {
  for await (const line of splitLines(process.stdin, LINE_BYTES_MAX)) {
    const answer = line.ok ? runLine(line.value) : refuseLine();
    // A slow reader slows us down; otherwise its backlog would pile up in this process.
    if (!process.stdout.write(`${answer}\n`)) await once(process.stdout, 'drain');
  }
}

process.stdout.on('error', () => process.exit(3));
await main();

/**
 * Appends numbered entries to an embedded log for ever, many at once, and prints a line for each that was acknowledged:
 * its number, index and receipt. Numbers start where the log is, some are sent twice. Usage: ledger-writer.ts DIRECTORY
 */
import { writeSync } from 'node:fs';
import { numberedEntry, openEmbeddedLog } from '../harness/embedded-log.ts';

const [, , directory] = process.argv as [string, string, string];
const log = await openEmbeddedLog(directory);

let next = log.ledger.size;

async function appendOne(n: number): Promise<void> {
  const appended = await log.ledger.append(numberedEntry(n));
  const receipt = await appended.receipt();
  writeSync(1, `${JSON.stringify({ n, status: appended.status, index: appended.entry.index, receipt })}\n`);
}

async function appendForEver(): Promise<void> {
  for (;;) {
    // One in four repeats an entry that may or may not have survived the last cut.
    const n = next % 4 === 3 ? Math.max(0, next - 40) : next;
    next++;
    await appendOne(n);
  }
}

await Promise.all(Array.from({ length: 32 }, appendForEver));

/** docs/fault-matrix.md as text, from the results of the suite. */
import { join } from 'node:path';
import { projectRoot } from '../harness/project.ts';
import type { Cell } from './outcome.ts';
import type { Phase } from './write-classes.ts';

export const PAGE = join(projectRoot, 'docs', 'fault-matrix.md');
export const COMMAND = 'node tests/faults/write-page.ts';

export type Table = { phase: Phase; rows: { name: string; cells: (Cell | undefined)[] }[] };
export type Damaged = { name: string; cell: Cell | undefined };
export type Matrix = { tables: Table[]; damaged: Damaged[] };

const COLUMNS = [
  'failed',
  'failed, but persisted',
  'torn, killed',
  'full, once',
  'full, until there is room',
  'read-only for good',
];

const HEAD = `# What a failing disk does to Fractal

<!-- Generated from the results of the suite \`faults\` by: ${COMMAND}
     The suite fails when a write has no row here; its long form also when a cell differs. -->

A real server runs a script (start, a verdict, its publication, another one, an erasure, a rotation of the content key, 260
records more, stop) on a disk that counts its writes. Each class of write is then met by each fault, and the table says
**what the client hears**. What holds in every cell, and is checked in every cell:

- what was acknowledged is there after a restart: same index, same verdict, same content, every receipt verifies;
- nothing is accepted that is not durable; one leaf a record, whatever was refused, repeated or found half done;
- all checkpoints ever seen, in answers or in public, are consistent with the log in the end;
- what was refused succeeds when it is sent again, at the latest after a restart, and \`fractal log fsck\` then finds no fault.

| in a cell | |
|---|---|
| not heard | every request was answered 200; where a publication failed it was done again |
| 503, again: 200 | refused once with \`store_unavailable\`; the same request was accepted by the same process |
| 503 while full, then 200 | refused with \`store_unavailable\`; accepted by itself when there was room again |
| 503, until restart | refused with \`store_unavailable\`; the process stops itself, and all is well after its restart |
| no start (…) | the server does not start and says why; it does when it is started again |
| killed | the process was killed at this write; a restart makes it good |
| kept | a request that was not acknowledged turned out to be durable: sent again, it is answered as what it was |
`;

const NOTES = `
## What the columns mean

- **failed**: EIO, and nothing was done. After a failed sync the power is cut as well: what it was to make durable is lost, and no
  later sync brings it back, as Linux has it.
- **failed, but persisted**: the write was done, and EIO was answered all the same.
- **torn, killed**: half of the write reaches the disk and the process is killed. What cannot be torn (a sync, a name) is not
  done, the process is killed, and the power is cut.
- **full, once** and **full, until there is room**: ENOSPC; in the second, for everything that may need space from then on. A fresh
  request is sent meanwhile, then there is room again, without a restart.
- **read-only for good**: EROFS for every change from this write on; then a restart on a disk that can be written.

Of starts, each file is met at the operation where the fault says most: a failed sync, a rename that persisted, a torn
write, no room to write or to make it, a rename on a read-only disk.

**ends (SIGSEGV)**: lmdb-js 3.5.6 does not survive that LMDB cannot make its file; the process of a first start then ends without a
message. What was acknowledged by then holds, and the next start makes the file anew.

Followers write to their own folder at times of their own, so a fault there meets another moment of the script in each run and has
no row here. packages/server/src/routes/followers.test.ts shows that a follower which fails or hangs changes no answer.

lmdb-js 3.5.6 also tells a failed write of a page in a text that may be longer than the buffer it takes for it; now and then the
process is then ended by the guard of its heap. Nothing acknowledged is lost by that; such a case is run again here.

## What rests on what

These are LMDB itself and real files under tests/fault-layer, a layer between the process and its system calls. It sees calls, not
stores into memory: LMDB's lock file is mapped and written by stores, and is not judged here (it holds nothing that must
survive). Writes that a whole cluster of machines would see, or a disk that lies about what it synced, are beyond it.
`;

export function pageOf(matrix: Matrix): string {
  const parts = [HEAD];
  const titles: Record<Phase, string> = {
    serving: 'While it serves',
    'first start': 'At the first start',
    restart: 'At a restart that has publications to make good',
  };
  for (const { phase, rows } of matrix.tables) {
    parts.push(`\n## ${titles[phase]}\n\n`);
    parts.push(
      tableOf(
        ['write', ...COLUMNS],
        rows.map(({ name, cells }) => [name, ...cells.map(wordsOf)]),
      ),
    );
  }
  parts.push(
    '\n## Damaged later\n\nAfter a stop in order one byte of what was written is changed, then fsck looks, then the server starts.\n\n',
  );
  const damaged = matrix.damaged.map(({ name, cell }) => [
    name,
    cell?.fsck ?? '',
    cell?.restart ?? '',
    cell?.heard ?? '',
  ]);
  parts.push(tableOf(['damaged', 'fsck', 'the server', 'clients hear'], damaged));
  parts.push(NOTES);
  return parts.join('');
}

function wordsOf(cell: Cell | undefined): string {
  if (cell === undefined) return '·';
  const more = [cell.restart === 'all' ? '' : cell.restart, cell.fsck === 'ok' ? '' : `fsck ${cell.fsck}`];
  return [cell.heard, ...more.filter((words) => words !== '')].join('; ');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/**
 * Programs that write files in right and wrong ways and say on standard output what they believe to be durable. The
 * fault layer's own test kills them and cuts the power. Usage: files.ts CASE DIRECTORY [SEED]
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

const [, , name, directory] = process.argv as [string, string, string, string];

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

function line(n: number): string {
  return `${String(n).padStart(15, '0')}\n`;
}

/** Appends numbered lines of 16 bytes for ever; acknowledges each before or after its sync. */
function append(acknowledgeFirst: boolean, flags: string, sync: boolean): void {
  const fd = openSync(join(directory, 'lines'), flags);
  fsyncSync(fd);
  syncDirectory(directory);
  for (let n = 0; ; n++) {
    writeSync(fd, line(n));
    if (acknowledgeFirst) say(String(n));
    if (sync) fsyncSync(fd);
    if (!acknowledgeFirst) say(String(n));
  }
}

/** Replaces a file by temp + rename for ever; `content` and `names` say which of the two syncs are done. */
function replace(content: boolean, names: boolean): void {
  for (let n = 0; ; n++) {
    const fd = openSync(join(directory, 'temp'), 'w');
    writeSync(fd, line(n).repeat(512));
    if (content) fsyncSync(fd);
    closeSync(fd);
    renameSync(join(directory, 'temp'), join(directory, 'current'));
    if (names) syncDirectory(directory);
    say(String(n));
  }
}

/** Makes files with synced content; without `names` nothing makes their names durable. */
function create(names: boolean): void {
  for (let n = 0; ; n++) {
    const folder = join(directory, `folder-${n}`);
    mkdirSync(folder);
    const fd = openSync(join(folder, 'file'), 'w');
    writeSync(fd, line(n));
    fsyncSync(fd);
    closeSync(fd);
    if (names) {
      syncDirectory(folder);
      syncDirectory(directory);
    }
    say(String(n));
  }
}

/** Sixteen files written and synced at once from libuv's threads. */
async function manyThreads(): Promise<void> {
  const files = await Promise.all(Array.from({ length: 16 }, (_, i) => open(join(directory, `file-${i}`), 'w')));
  syncDirectory(directory);
  await Promise.all(
    files.map(async (file, i) => {
      for (let n = 0; ; n++) {
        await file.write(line(n), n * 16);
        await file.datasync();
        say(`${i} ${n}`);
      }
    }),
  );
}

const cases: Record<string, () => void | Promise<void>> = {
  'append-ack-first': () => append(true, 'w', true),
  'append-ack-after': () => append(false, 'w', true),
  'append-never-synced': () => append(false, 'w', false),
  'append-o-sync': () => append(false, 'as', false),
  'replace-well': () => replace(true, true),
  'replace-no-content-sync': () => replace(false, true),
  'replace-no-name-sync': () => replace(true, false),
  'create-well': () => create(true),
  'create-no-name-sync': () => create(false),
  'many-threads': manyThreads,
};

await cases[name]!();

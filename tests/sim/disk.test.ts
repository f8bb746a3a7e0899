/** The simulated disk itself: it keeps what POSIX and the ports promise, and it does lose what they don't. */
import { logStoreContract } from '@fractal/ledger/testing';
import { openDataDirectory } from '@fractal/store-embedded';
import { describe, expect, it } from 'vitest';
import { Files } from '../../sim/disk/files.ts';
import { SimDisk } from '../../sim/disk/sim-disk.ts';
import { Process } from '../../sim/kernel/process.ts';
import { seededRandom } from '../../sim/kernel/random.ts';
import { Scheduler } from '../../sim/kernel/scheduler.ts';
import { Trace } from '../../sim/kernel/trace.ts';

/** What is at /a/b after a power cut, for many seeds, as text; `none` where nothing is. */
function afterCuts(prepare: (files: Files) => void): Set<string> {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const files = new Files();
    files.makeFolders('/a');
    files.syncFolder('/');
    prepare(files);
    const possible = files.possible('/a/b').map(textOf);
    files.crash(seededRandom(seed));
    seen.add(textOf(files.read('/a/b')));
    if (possible.length === 1) expect(textOf(files.read('/a/b'))).toBe(possible[0]);
  }
  return seen;
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? 'none' : Buffer.from(bytes).toString('latin1');
}

const make = (files: Files, path: string, text: string) => {
  const file = files.create(path, { mode: 0o600, exclusive: false });
  files.write(file, Buffer.from(text), true);
  return file;
};

describe('a power cut', () => {
  it('keeps a file that was synced under a name that was synced', () => {
    const seen = afterCuts((files) => {
      files.sync(make(files, '/a/b', 'text'));
      files.syncFolder('/a');
    });
    expect([...seen]).toEqual(['text']);
  });

  it('keeps or loses a name that was not synced', () => {
    expect(afterCuts((files) => files.sync(make(files, '/a/b', 'text')))).toEqual(new Set(['text', 'none']));
  });

  it('keeps, cuts short, or loses bytes that were not synced', () => {
    const seen = afterCuts((files) => {
      make(files, '/a/b', 'text');
      files.syncFolder('/a');
    });
    for (const left of ['', 'text', 'te']) expect(seen).toContain(left);
    expect(seen).not.toContain('none');
  });

  it('leaves the old file or the new one of a rename whose folder was not synced', () => {
    const seen = afterCuts((files) => {
      files.sync(make(files, '/a/b', 'old'));
      files.syncFolder('/a');
      files.sync(make(files, '/a/c', 'new'));
      files.rename('/a/c', '/a/b');
    });
    expect(seen).toEqual(new Set(['old', 'new']));
  });

  it('takes what a failed sync should have brought, whatever was synced later', () => {
    const seen = afterCuts((files) => {
      const file = make(files, '/a/b', 'text');
      files.syncFolder('/a');
      files.loseSync(file, seededRandom(5));
      files.sync(file);
    });
    expect(seen.size).toBe(1); // decided when it failed
  });
});

describe('rows of the product over the simulated KeyValue', () => {
  logStoreContract(async () => {
    const random = seededRandom(1);
    const scheduler = new Scheduler(random, new Trace(false));
    const process = new Process('node', scheduler, random);
    const disk = new SimDisk(random);
    void pump(scheduler);
    const directory = await openDataDirectory('/data', random.bytes(16), disk.bind(process));
    return (await directory.openLog('0')).store;
  });
});

/** Runs events whenever there are any, while the test waits for something. */
async function pump(scheduler: Scheduler): Promise<void> {
  for (let idle = 0; idle < 2_000; idle += 1) {
    const before = scheduler.steps;
    await scheduler.run({ done: () => false, afterStep: () => undefined, stepsMax: 10_000 });
    if (scheduler.steps > before) idle = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

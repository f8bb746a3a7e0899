/**
 * The end of a run: nothing fails any more, the node has recovered, every client was answered. Now everything acknowledged
 * must be there exactly once with the same bytes, every receipt must still verify, every checkpoint ever signed must be of
 * the history that is published, and `fsck` must agree (or name the damage that was done on purpose).
 */
import { type FsckReport, fsck } from '@fractal/ledger';
import { openDataDirectoryReadOnly } from '@fractal/store-embedded';
import { parseVerifierKey, toHex } from '@fractal/tlog';
import { Process } from '../kernel/process.ts';
import { COUNTED_KEY, readCounted } from './followers.ts';
import { DATA, generation, verifierKeyOf } from './node.ts';
import { logRowsOf } from './rows-view.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const PUBLISH_WAIT_MS = 60_000;
const FOLLOW_WAIT_MS = 2_000;

export async function endChecks(world: World): Promise<void> {
  if (world.checks.damaged) return checkDamaged(world);
  const slot = world.processes.at(-1)!;
  const node = slot.node!;
  const { ledger, logName, follower } = node;
  if (ledger.size > 0) {
    const published = await world.until('publication', ledger.waitPublished(ledger.size - 1, PUBLISH_WAIT_MS));
    if (!published) throw new Violation('I12', `${ledger.size} entries were never published`);
  }
  if (follower !== undefined && world.counts.restores === 0) {
    await checkFollower(world, node);
  }
  await world.until('closing', node.close());
  world.held = true;
  for (const { process } of [...world.processes]) if (process !== node.process) world.kill(process);
  world.kill(node.process);
  await checkAcknowledged(world);
  for (let number = 1; generation(number).name !== logName; number += 1) {
    const report = await fsckOf(world, generation(number).name, false);
    // A closed log may have lost the end of what it published, and says so.
    world.scheduler.note(`fsck of ${generation(number).name}: ${report.ok}`);
  }
  const report = await fsckOf(world, logName, true);
  if (!report.ok) throw new Violation('fsck', `${report.path}: ${report.problem}`);
  const history = world.checks.history(generation(numberOf(logName)).origin);
  if (report.size !== history.size || report.root !== history.root(history.size)) {
    throw new Violation('I5', `published are ${report.size} entries, signed were ${history.size}, or another root`);
  }
  world.counts.entries = report.size;
}

function numberOf(name: string): number {
  return name === '0' ? 1 : Number(name.slice(2));
}

async function checkAcknowledged(world: World): Promise<void> {
  const { model, checks, disk } = world;
  for (const { origin, index, body, record } of model.acknowledged.values()) {
    const rows = disk.files.file(`${DATA}/rows/data.mdb`)!.rows!;
    const store = logRowsOf(rows, origin.slice(origin.lastIndexOf('/') + 1));
    const entry = await store.readEntry(index);
    if (entry === undefined || toHex(entry.body) !== toHex(body)) {
      throw new Violation(
        'I2',
        `record ${record.pcsId} was acknowledged as entry ${index} of ${origin} and is not there`,
      );
    }
    const found = await store.readKey(entry.key);
    if (found?.index !== index) throw new Violation('I3', `the key of entry ${index} points at ${found?.index}`);
  }
  // Receipts verified when they came; their checkpoints were held against the history when they were signed. Both again.
  for (const { origin, text } of model.receipts) {
    const [, size, root] = text.slice(text.indexOf('\n\n') + 2).split('\n');
    if (checks.history(origin).root(Number(size)) !== root) {
      throw new Violation('I5', `a receipt of ${origin} is under a root at ${size} that is not of its history`);
    }
  }
}

async function checkFollower(world: World, { ledger, follower, process }: NonNullable<World['processes'][0]['node']>) {
  const size = ledger.checkpoint.size;
  const sum = (size * (size - 1)) / 2;
  const caughtUp = async (): Promise<boolean> => {
    for (let waited = 0; waited < FOLLOW_WAIT_MS; waited += 20) {
      const counted = readCounted(
        await follower!
          .rows()
          .read(COUNTED_KEY)
          .catch(() => undefined),
      );
      if (counted.entries === size && counted.indices === sum) return true;
      if (counted.entries > size) return false;
      await process.clock.sleep(20);
    }
    return false;
  };
  if (!(await world.until('following', caughtUp()))) {
    const { activity, failure } = follower!.status();
    throw new Violation('I12', `a follower of ${size} entries is wrong or behind: ${activity} ${failure?.code ?? ''}`);
  }
}

async function fsckOf(world: World, log: string, must: boolean): Promise<FsckReport> {
  const checker = new Process(`fsck ${log}`, world.scheduler, world.random.fork(`fsck ${log}`));
  const run = async (): Promise<FsckReport> => {
    const directory = await openDataDirectoryReadOnly(DATA, world.disk.bind(checker));
    const { store, files } = directory.openLog(log);
    const { origin } = generation(numberOf(log));
    const verifierKey = parseVerifierKey(verifierKeyOf(origin));
    if (!verifierKey.ok) throw new Error(verifierKey.code);
    const report = await fsck({ origin, verifierKey: verifierKey.value, files, ...(must ? { store } : {}) });
    await directory.close();
    return report;
  };
  return world.until(`fsck of ${log}`, run());
}

/** A bit was flipped: what was served until now was right; from here on the damage is named or mended, or stops the node. */
async function checkDamaged(world: World): Promise<void> {
  world.killAll();
  world.held = true;
  const report = await fsckOf(world, '0', true).catch((error: unknown) => {
    if (error instanceof Violation) throw error;
    return { ok: false as const, path: 'open', problem: String(error) };
  });
  world.scheduler.note(
    report.ok ? 'the damage is mended or was not in the log' : `the damage is named: ${report.path}`,
  );
}

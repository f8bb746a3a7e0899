import type { Damage, FollowedLog, FollowerDecision, FollowerRow } from '@fractal/ledger';
import { startFollower } from '@fractal/ledger';
import {
  entryOf,
  followerContract,
  instantClock,
  MemoryCursorStore,
  MemoryDecisions,
  type MemoryPublicFiles,
  ORIGIN,
  openMemoryLedger,
  parsedVerifierKey,
  seededRng,
  until,
} from '@fractal/ledger/testing';
import { utf8Decode } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { knownDamages, type ScrubbedLog, scrubFollower } from './scrub-follower.ts';

/** A closed log. */
async function filled(count: number): Promise<{ log: FollowedLog; scrubbed: ScrubbedLog; files: MemoryPublicFiles }> {
  const { ledger, store, files } = await openMemoryLedger();
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.append(entryOf(n))));
  await ledger.close();
  const log: FollowedLog = {
    name: '0',
    size: () => count,
    entries: (from, to) => store.readEntries(from, to),
  };
  return { log, files, scrubbed: { store, files, log: { origin: ORIGIN, verifierKey: parsedVerifierKey() } } };
}

function scrubberOf(scrubbed: ScrubbedLog) {
  return scrubFollower({ logs: new Map([['0', scrubbed]]), entriesPerSecondMax: 1e9, lapRestMs: 1_000 });
}

const flip = (bytes: Uint8Array, at: number) => {
  bytes[at]! ^= 1;
};

describe('the follower scrub', () => {
  followerContract(async () => {
    const { log, scrubbed, files } = await filled(9);
    flip(files.files.get('tile/entries/000.p/9')!, 100);
    flip(files.files.get('tile/0/000.p/9')!, 40);
    const outcome = (rows: readonly FollowerRow[]) =>
      rows.map(({ key, value }) => [utf8Decode(key), { ...JSON.parse(utf8Decode(value)!), lap: 'any' }]);
    return { follower: () => scrubberOf(scrubbed), logs: [log], outcome };
  });

  it('names a range that the disk does not give, after some tries, and goes on with the others', async () => {
    const { log, scrubbed, files } = await filled(700);
    const decisions = new MemoryDecisions();
    const failures: string[] = [];
    const read = files.read.bind(files);
    let isBroken = true;
    files.read = async (path) => {
      if (isBroken && path === 'tile/entries/001') throw Object.assign(new Error('secret'), { code: 'EIO' });
      return read(path);
    };
    const running = startFollower({
      follower: scrubberOf(scrubbed),
      logs: [log],
      store: new MemoryCursorStore(),
      decisions,
      clock: instantClock(),
      rng: seededRng(3),
      events: { onFailure: ({ code, message }) => failures.push(`${code} ${message}`) },
    });
    await until(() => running.status().laps >= 3);
    expect(failures.slice(0, 2)).toEqual(Array(2).fill('scrub_read_failed entries 256 to 511 can not be read (EIO)'));
    expect(decisions.kept).toMatchObject([{ op: 'damage', target: 'entries_256_to_511', code: 'not_rebuildable' }]);
    expect(await knownDamages(running.rows())).toMatchObject([{ what: 'entries 256 to 511' }]);
    expect(running.status().logs[0]?.deadLetters).toBe(0);
    isBroken = false;
    await until(() => decisions.kept.length > 1);
    expect(decisions.kept[1]).toMatchObject({ op: 'mend', target: 'entries_256_to_511' });
    await running.close();
  });

  it('tells of a damage once, and once that it is gone, however many laps go by', async () => {
    const { log, scrubbed, files } = await filled(700);
    const decisions = new MemoryDecisions();
    const running = startFollower({
      follower: scrubberOf(scrubbed),
      logs: [log],
      store: new MemoryCursorStore(),
      decisions,
      clock: instantClock(),
      rng: seededRng(3),
    });
    const laps = async (count: number) => {
      const before = running.status().laps;
      await until(() => running.status().laps >= before + count);
    };
    const told = (): string[] => decisions.kept.map(({ op, target }: FollowerDecision) => `${op} ${target}`);
    await laps(2);
    expect([told(), await knownDamages(running.rows())]).toEqual([[], []]);
    flip(files.files.get('tile/entries/001')!, 100);
    await laps(4);
    expect(told()).toEqual(['damage tile/entries/001']);
    const [damage, ...others]: readonly Damage[] = await knownDamages(running.rows());
    expect(others).toEqual([]);
    expect(damage).toMatchObject({ log: '0', what: 'tile/entries/001', rebuildable: true });
    flip(files.files.get('tile/entries/001')!, 100);
    await laps(4);
    expect(told()).toEqual(['damage tile/entries/001', 'mend tile/entries/001']);
    expect(await knownDamages(running.rows())).toEqual([]);
    expect(running.status()).toMatchObject({ activity: 'following', logs: [{ deadLetters: 0, failures: 0 }] });
    await running.close();
  });
});

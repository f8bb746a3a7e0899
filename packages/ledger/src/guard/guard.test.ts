import { EMPTY_ROOT, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openClosedLog } from '../closed/closed-log.ts';
import { fsck } from '../fsck/fsck.ts';
import { copyOf, GuardedLog, newCopy } from '../testing/guarded-log.ts';
import { entryOf } from '../testing/open-memory-ledger.ts';
import { formatGuardNote, readGuardNote } from './guard-note.ts';

const ORIGIN = 'example.com/guarded/0';
const UNAVAILABLE = { code: 'checkpoint_guard_unavailable', retryable: true };

const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
};

function indexIn(log: GuardedLog, receipt: string): number {
  const key = parseVerifierKey(log.verifierKey);
  if (!key.ok) throw new Error(key.code);
  const verified = verifyReceipt({ receipt, verifierKey: key.value });
  if (!verified.ok) throw new Error(verified.code);
  return Number(verified.value.index);
}

describe('a guarded ledger', () => {
  it('has each checkpoint recorded before it is signed, and answers after both', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger } = await log.open();
    let signedWhenRecorded = 0;
    log.guard.beforeRecord = async () => {
      await turns(3);
      signedWhenRecorded = log.signed.size;
    };
    for (let n = 0; n < 5; n += 1) {
      const signedBefore = log.signed.size;
      const { receipt } = await ledger.append(entryOf(n));
      expect(signedWhenRecorded).toBe(signedBefore);
      expect(indexIn(log, await receipt())).toBe(n);
      const note = readNote(log);
      expect([note.size, note.origin]).toEqual([n + 1, ORIGIN]);
    }
    await ledger.close();
  });

  it('commits the next group while one is being recorded, and records what has piled up at once', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    const recordedAtOpening = log.guard.recorded.length;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    log.guard.beforeRecord = () => held;
    let answered = 0;
    const appends = [0, 1, 2].map(async (n) => {
      await turns(n * 30);
      await ledger.append(entryOf(n));
      answered += 1;
    });
    await turns(200);
    expect([copy.store.commits, answered, ledger.checkpoint.size]).toEqual([3, 0, 0]);
    release();
    await Promise.all(appends);
    expect(log.guard.recorded.length - recordedAtOpening).toBe(2); // size 1, then 3 for the two that came meanwhile
    expect([...log.signed.keys()]).toEqual([0, 1, 2, 3]);
    await ledger.close();
  });

  it('is busy once too many entries wait for the guard', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger } = await log.open();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    log.guard.beforeRecord = () => held;
    const first = Array.from({ length: 20_000 }, (_, n) => ledger.append(entryOf(n)));
    await turns(200);
    await expect(ledger.append(entryOf(20_000))).rejects.toMatchObject({ code: 'busy' });
    release();
    await Promise.all(first);
    expect((await ledger.append(entryOf(20_000))).status).toBe('committed');
    await ledger.close();
  });

  it('that cannot record keeps the rows, signs nothing, says so, and a retry is answered from them once it can', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy, guardEvents } = await log.open();
    log.guard.faults.push('failed');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject(UNAVAILABLE);
    expect(copy.store.entries).toHaveLength(1);
    expect([...log.signed.keys()]).toEqual([0]);
    const again = await retried(() => ledger.append(entryOf(1)));
    expect([again.status, copy.store.entries.length]).toEqual(['replayed', 1]);
    expect(indexIn(log, await again.receipt())).toBe(0);
    expect(guardEvents).toEqual(['checkpoint_guard_unavailable', 'works']);
    expect(ledger.guardFailure).toBeUndefined();
    await ledger.close();
  });

  it('goes on from a record that failed and was kept all the same', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger } = await log.open();
    log.guard.faults.push('failed but persisted');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject(UNAVAILABLE);
    expect((await retried(() => ledger.append(entryOf(1)))).status).toBe('replayed');
    expect((await ledger.append(entryOf(2))).status).toBe('committed');
    expect(readNote(log).size).toBe(2);
    await ledger.close();
  });

  it('commits, finds and answers nothing new while the guard is away, and comes back by itself', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy, guardEvents } = await log.open();
    await ledger.append(entryOf(0));
    log.guard.faults.push('unreachable');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject(UNAVAILABLE);
    for (const n of [2, 3]) await expect(ledger.append(entryOf(n))).rejects.toMatchObject(UNAVAILABLE);
    expect(copy.store.entries).toHaveLength(2);
    await expect(ledger.lookup(entryOf(1).key)).rejects.toMatchObject(UNAVAILABLE);
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject(UNAVAILABLE);
    const known = (await ledger.lookup(entryOf(0).key))!;
    expect(indexIn(log, await ledger.receiptOf(known))).toBe(0);
    expect(await ledger.lookup(entryOf(2).key)).toBeUndefined();
    expect([...log.signed.keys()]).toEqual([0, 1]);
    expect(ledger.guardFailure).toMatchObject(UNAVAILABLE);
    await turns(50);
    expect(guardEvents.length).toBeGreaterThan(1);
    expect(new Set(guardEvents)).toEqual(new Set(['checkpoint_guard_unavailable']));
    log.guard.faults.length = 0;
    expect((await retried(() => ledger.append(entryOf(1)))).status).toBe('replayed');
    expect((await ledger.append(entryOf(2))).status).toBe('committed');
    expect(guardEvents.at(-1)).toBe('works');
    await ledger.close();
  });

  it('answers from no row whose entry is not signed, and keeps the one before it', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    const rowOf = (value: number) => ({ table: 't', key: Uint8Array.of(1), value: Uint8Array.of(value) });
    const read = () => ledger.readRow('t', Uint8Array.of(1));
    await ledger.append({ ...entryOf(0), rows: [rowOf(7)] });
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    log.guard.beforeRecord = () => held;
    const append = ledger.append({ ...entryOf(1), rows: [rowOf(8)] });
    await turns(50);
    let found: Uint8Array | undefined;
    const reading = read().then((row) => {
      found = row;
    });
    await turns(50);
    expect([copy.store.entries.length, found]).toEqual([2, undefined]); // there, and not to be read yet
    release();
    await Promise.all([append, reading]);
    expect(found).toEqual(Uint8Array.of(8));
    log.guard.faults.push('unreachable');
    await expect(ledger.append({ ...entryOf(2), rows: [rowOf(9)] })).rejects.toMatchObject(UNAVAILABLE);
    await expect(read()).rejects.toMatchObject(UNAVAILABLE);
    expect(await ledger.readRow('t', Uint8Array.of(2))).toBeUndefined();
    log.guard.faults.length = 0;
    expect(await retried(read)).toEqual(Uint8Array.of(9));
    copy.store.faults.push('failed');
    await expect(ledger.append({ ...entryOf(3), rows: [rowOf(10)] })).rejects.toMatchObject({ code: 'store_failed' });
    expect(await read()).toEqual(Uint8Array.of(9));
    await ledger.close();
  });

  it('closes while the guard is away, and signs what is left at the next opening', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    log.guard.faults.push('unreachable');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject(UNAVAILABLE);
    await ledger.close();
    await expect(log.open(copy)).rejects.toMatchObject(UNAVAILABLE);
    log.guard.faults.length = 0;
    const next = await log.open(copy);
    expect([next.ledger.size, [...log.signed.keys()]]).toEqual([1, [0, 1]]);
    expect((await next.ledger.append(entryOf(1))).status).toBe('replayed');
    await next.ledger.close();
  });

  it('goes on where the guard lost its entry while it ran: what it records next is newer than all there was', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger } = await log.open();
    await ledger.append(entryOf(0));
    log.guard.entries.clear();
    expect((await ledger.append(entryOf(1))).status).toBe('committed');
    expect(readNote(log).size).toBe(2);
    await ledger.close();
  });

  it('stops when another writer is in the guard: it was overtaken, and what it committed last is never signed', async () => {
    const log = new GuardedLog(ORIGIN);
    const first = await log.open();
    await first.ledger.append(entryOf(0));
    const second = await log.open(copyOf(first.copy));
    await expect(first.ledger.append(entryOf(1))).rejects.toMatchObject({ code: 'ledger_stopped' });
    await expect(first.ledger.append(entryOf(2))).rejects.toMatchObject({ code: 'ledger_stopped' });
    await expect(first.ledger.lookup(entryOf(1).key)).rejects.toMatchObject({ code: 'ledger_stopped' });
    expect(first.errors).toMatchObject([{ code: 'ledger_stopped' }]);
    for (const n of [3, 4]) await second.ledger.append(entryOf(n));
    expect(log.forkedSizes()).toEqual([]);
    await first.ledger.close();
    await second.ledger.close();
    await expect(log.open(first.copy)).rejects.toMatchObject({ reason: 'behind', ownSize: 2, knownSize: 3 });
  });

  it('tells those who waited behind the group that found out', async () => {
    const log = new GuardedLog(ORIGIN);
    const first = await log.open();
    const second = await log.open(copyOf(first.copy));
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    log.guard.beforeRecord = () => held;
    const answers = [0, 1, 2].map(async (n) => {
      await turns(n * 20);
      return first.ledger.append(entryOf(n)).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
    });
    await turns(100);
    release();
    expect(await Promise.all(answers)).toEqual(Array(3).fill('ledger_stopped'));
    await first.ledger.close();
    await second.ledger.close();
  });
});

describe('opening a guarded log', () => {
  const grown = async (log: GuardedLog, count: number) => {
    const { ledger, copy } = await log.open();
    for (let n = 0; n < count; n += 1) await ledger.append(entryOf(n));
    await ledger.close();
    return copy;
  };

  it('goes on where the rows are ahead of the guard, at whatever size', async () => {
    for (const [size, recorded] of [
      [3, 0],
      [3, 1],
      [3, 2],
      [300, 299],
      [300, 256],
      [300, 7],
    ] as const) {
      const log = new GuardedLog(ORIGIN);
      const copy = await grown(log, size);
      const earlier = log.guard.recorded.find((text) => text.split('\n')[2] === String(recorded))!;
      log.guard.entries.set(ORIGIN, { text: earlier, version: 'earlier' });
      const { ledger } = await log.open(copy);
      expect((await ledger.append(entryOf(1_000))).entry.index).toBe(size);
      expect(log.forkedSizes()).toEqual([]);
      await ledger.close();
    }
  });

  it('finds the guarded root from the rows when the tiles that tell it are gone', async () => {
    const log = new GuardedLog(ORIGIN);
    const copy = await grown(log, 300);
    const earlier = log.guard.recorded.find((text) => text.split('\n')[2] === '7')!;
    log.guard.entries.set(ORIGIN, { text: earlier, version: 'earlier' });
    copy.files.files.delete('tile/0/000');
    const { ledger } = await log.open(copy);
    await ledger.close();
  });

  it('does not close a log because of a flipped bit in a tile that tells the guarded root', async () => {
    const log = new GuardedLog(ORIGIN);
    const copy = await grown(log, 300);
    const earlier = log.guard.recorded.find((text) => text.split('\n')[2] === '7')!;
    log.guard.entries.set(ORIGIN, { text: earlier, version: 'earlier' });
    const tile = copy.files.files.get('tile/0/000')!.slice();
    tile[40] = tile[40]! ^ 1;
    copy.files.files.set('tile/0/000', tile);
    const { ledger } = await log.open(copy);
    await ledger.close();
  });

  it.each([0, 1, 2, 299])('never signs rows of %i entries where the guard has seen 300', async (kept) => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    for (let n = 0; n < kept; n += 1) await ledger.append(entryOf(n));
    const old = copyOf(copy);
    for (let n = kept; n < 300; n += 1) await ledger.append(entryOf(n));
    await ledger.close();
    const signed = new Map(log.signed);
    await expect(log.open(old)).rejects.toMatchObject({
      reason: 'behind',
      code: 'store_behind_checkpoint',
      ownSize: kept,
      knownSize: 300,
    });
    expect(log.signed).toEqual(signed);
  });

  it('never signs another history than the guard has seen, longer or not', async () => {
    const log = new GuardedLog(ORIGIN);
    await grown(log, 5);
    const other = newCopy();
    const held = new Map(log.guard.entries);
    log.guard.entries.clear();
    const { ledger } = await log.open(other);
    log.signed.clear(); // a fork made on purpose
    for (const n of [7, 6, 5, 4, 3, 2]) await ledger.append(entryOf(n));
    await ledger.close();
    for (const [origin, entry] of held) log.guard.entries.set(origin, entry);
    await expect(log.open(other)).rejects.toMatchObject({ reason: 'unlike', code: 'log_unlike_guard', knownSize: 5 });
  });

  it('never signs guarded rows whose guard is gone', async () => {
    const log = new GuardedLog(ORIGIN);
    const copy = await grown(log, 2);
    log.guard.entries.clear();
    await expect(log.open(copy)).rejects.toMatchObject({ reason: 'guard_lost', ownSize: 2 });
  });

  it('takes rows that no guard ever recorded as they are: from then on it is guarded', async () => {
    const log = new GuardedLog(ORIGIN);
    const copy = await grown(log, 1);
    log.guard.entries.clear();
    const unguarded = newCopy();
    const { ledger } = await log.open(unguarded);
    await ledger.close();
    expect(unguarded.store.entries).toHaveLength(0);
    expect(readNote(log).size).toBe(0);
    expect(copy.store.entries).toHaveLength(1);
  });

  it.each([
    ['nothing', () => ''],
    ['another log’s', () => formatOther('example.com/other/0')],
    ['a note with one changed byte', (text: string) => text.replace('\n2\n', '\n1\n')],
    ['a checkpoint', (text: string) => text.split('\n').slice(1).join('\n')],
    ['something larger', (text: string) => `${text}x`],
  ])('never signs where the guard holds %s', async (_, forge) => {
    const log = new GuardedLog(ORIGIN);
    const copy = await grown(log, 2);
    const text = forge(log.guard.entries.get(ORIGIN)!.text);
    log.guard.entries.set(ORIGIN, { text, version: 'forged' });
    const signed = new Map(log.signed);
    await expect(log.open(copy)).rejects.toMatchObject({ reason: 'forged', code: 'log_unlike_guard' });
    expect(log.signed).toEqual(signed);
  });

  it('does not open where the guard cannot be reached', async () => {
    const log = new GuardedLog(ORIGIN);
    log.guard.faults.push('unreachable');
    await expect(log.open()).rejects.toMatchObject(UNAVAILABLE);
    expect(log.signed.size).toBe(0);
  });

  it('compares itself again when the one before it was still recording', async () => {
    const log = new GuardedLog(ORIGIN);
    const first = await log.open();
    let raced = false;
    const record = log.guard.record.bind(log.guard);
    log.guard.record = async (origin, text, replaces) => {
      if (!raced && text.split('\n')[4] !== log.guard.recorded[0]!.split('\n')[4]) {
        raced = true;
        await first.ledger.append(entryOf(0)); // between the second one's look and its claim
      }
      return record(origin, text, replaces);
    };
    // One directory: the rows the first commits are there for the second, which read its head before.
    await expect(log.open(first.copy)).rejects.toMatchObject({ reason: 'behind' });
    await first.ledger.close();
  });
});

describe('a closed log', () => {
  async function restored(kept: number, lost: number) {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    const receipts: string[] = [];
    for (let n = 0; n < kept; n += 1) receipts.push(await (await ledger.append(entryOf(n))).receipt());
    const old = copyOf(copy);
    for (let n = kept; n < kept + lost; n += 1) await ledger.append(entryOf(n));
    await ledger.close();
    return { log, old, receipts, whole: copy };
  }

  it.each([1, 2, 256, 300])('of %i entries shows all but the last group, and no new signature', async (kept) => {
    const { log, old } = await restored(kept, 3);
    const signed = new Map(log.signed);
    const closed = await openClosedLog(log.parts(old));
    expect(closed.size).toBe(kept);
    // what was published, or the checkpoint that went along with the last group's rows: the one before that group
    expect(closed.shownSize).toBeGreaterThanOrEqual(kept - 1);
    for (let n = 0; n < kept; n += Math.ceil(kept / 10)) {
      const entry = (await closed.lookup(entryOf(n).key))!;
      expect(entry.body).toEqual(entryOf(n).body);
      if (n < closed.shownSize) expect(indexIn(log, await closed.receiptOf(entry))).toBe(n);
    }
    expect(await closed.lookup(entryOf(kept).key)).toBeUndefined();
    const key = parseVerifierKey(log.verifierKey);
    const report = await fsck({
      origin: ORIGIN,
      verifierKey: key.ok ? key.value : undefined!,
      ...old,
      isClosed: true,
    });
    expect(report).toMatchObject({ ok: true, size: closed.shownSize, rows: kept });
    expect(log.signed).toEqual(signed);
  });

  it('says which receipt it cannot make', async () => {
    const { log, old } = await restored(3, 1);
    old.files.files.delete('checkpoint');
    const closed = await openClosedLog(log.parts(old));
    expect(closed.shownSize).toBe(2);
    const last = (await closed.lookup(entryOf(2).key))!;
    await expect(closed.receiptOf(last)).rejects.toMatchObject({ code: 'receipt_unavailable', retryable: false });
  });

  it('shows what is published where that is ahead of its rows and agrees with them', async () => {
    const { log, old, whole } = await restored(300, 50);
    const mixed = { store: old.store, files: whole.files };
    const closed = await openClosedLog(log.parts(mixed));
    expect([closed.size, closed.shownSize]).toEqual([300, 350]);
    const entry = (await closed.lookup(entryOf(299).key))!;
    expect(indexIn(log, await closed.receiptOf(entry))).toBe(299);
    await expect(log.open(mixed)).rejects.toMatchObject({ reason: 'behind', knownSize: 350 });
  });

  it('gives no receipt from public files that are not of its rows', async () => {
    const { log, whole } = await restored(5, 1);
    const other = new GuardedLog('example.com/guarded/other');
    const { ledger, copy } = await other.open();
    await ledger.append(entryOf(77));
    await ledger.close();
    const closed = await openClosedLog(log.parts({ store: copy.store, files: whole.files }));
    expect([closed.size, closed.shownSize]).toEqual([1, 0]);
  });

  it('is looked into before anything is logged in the next generation (I3, I4)', async () => {
    const { log, old, receipts } = await restored(3, 2);
    const closed = await openClosedLog(log.parts(old));
    const next = new GuardedLog(`${ORIGIN}-2`);
    const { ledger, copy } = await next.open(newCopy(), [closed]);
    const kept = await ledger.append(entryOf(0));
    expect([kept.status, kept.entry.origin, kept.entry.index]).toEqual(['replayed', ORIGIN, 0]);
    expect(indexIn(log, await kept.receipt())).toBe(0);
    expect(indexIn(log, receipts[0]!)).toBe(0);
    expect((await ledger.append(entryOf(1, 9))).status).toBe('conflict');
    const lost = await Promise.all([ledger.append(entryOf(3)), ledger.append(entryOf(3))]);
    expect(lost.map(({ status }) => status).sort()).toEqual(['committed', 'replayed']);
    expect([lost[0].entry.origin, lost[0].entry.index]).toEqual([`${ORIGIN}-2`, 0]);
    expect(indexIn(next, await lost[0].receipt())).toBe(0);
    expect(copy.store.entries).toHaveLength(1);
    expect(await ledger.waitPublished(kept.entry.index, 0, ORIGIN)).toBe(true);
    expect(await ledger.waitPublished(4, 0, ORIGIN)).toBe(false);
    expect(await ledger.waitWitnessed(0, 0, ORIGIN)).toBe('published');
    await ledger.close();
  });

  it('gives its derived rows where the next generation has none', async () => {
    const log = new GuardedLog(ORIGIN);
    const { ledger, copy } = await log.open();
    const [key, value] = [Uint8Array.of(1), Uint8Array.of(2)];
    await ledger.append({ ...entryOf(0), rows: [{ table: 't', key, value }] });
    await ledger.close();
    const next = new GuardedLog(`${ORIGIN}-2`);
    const opened = await next.open(newCopy(), [await openClosedLog(log.parts(copy))]);
    expect(await opened.ledger.readRow('t', key)).toEqual(value);
    expect(await opened.ledger.readRow('t', Uint8Array.of(9))).toBeUndefined();
    const newer = Uint8Array.of(3);
    await opened.ledger.append({ ...entryOf(1), rows: [{ table: 't', key, value: newer }] });
    expect(await opened.ledger.readRow('t', key)).toEqual(newer);
    await opened.ledger.close();
  });
});

describe('whatever is copied, put back, run twice or fails', () => {
  type Step = 'append' | 'copy' | 'put back' | 'restart' | 'run the copy too' | 'fail' | 'fail but persist';
  const steps = fc.array(
    fc.constantFrom<Step>(
      'append',
      'append',
      'append',
      'copy',
      'put back',
      'restart',
      'run the copy too',
      'fail',
      'fail but persist',
    ),
    { maxLength: 25 },
  );

  it('no two checkpoints under one origin are of different histories (I5)', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const log = new GuardedLog(ORIGIN);
        let running = [await log.open()];
        let kept = copyOf(running[0]!.copy);
        let n = 0;
        const reopen = async (copy: typeof kept) => {
          const opened = await log.open(copy).catch((error: { code: string; reason?: string }) => error);
          if (!('ledger' in opened)) return expect(opened.code).toMatch(/store_behind|log_unlike|checkpoint_guard/);
          running.push(opened);
        };
        for (const step of list) {
          if (step === 'append') {
            for (const { ledger } of running) {
              n += 1;
              await ledger.append(entryOf(n)).catch((error: { code: string }) => {
                expect(['ledger_stopped', 'checkpoint_guard_unavailable']).toContain(error.code);
              });
            }
          } else if (step === 'copy') {
            if (running.length > 0) kept = copyOf(running.at(-1)!.copy);
          } else if (step === 'run the copy too') {
            await reopen(copyOf(kept));
          } else if (step === 'fail' || step === 'fail but persist') {
            log.guard.faults.push(step === 'fail' ? 'failed' : 'failed but persisted');
          } else {
            const last = running.at(-1);
            for (const { ledger } of running) await ledger.close();
            running = [];
            await reopen(step === 'restart' && last !== undefined ? last.copy : copyOf(kept));
          }
        }
        for (const { ledger } of running) await ledger.close();
        expect(log.forkedSizes()).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a guard note', () => {
  const log = new GuardedLog(ORIGIN);

  it('is read back as it was written, and is no checkpoint', async () => {
    const { ledger } = await log.open();
    await ledger.append(entryOf(0));
    await ledger.close();
    const { text } = log.guard.entries.get(ORIGIN)!;
    expect(read(text)).toMatchObject({ ok: true, value: { origin: ORIGIN, size: 1 } });
    expect(text.split('\n')[0]).toBe('fractal.dev/checkpoint-guard@v1');
  });

  it('verifies in no other form: any byte of it changed, cut or added', () => {
    const { text } = log.guard.entries.get(ORIGIN)!;
    fc.assert(
      fc.property(
        fc.nat(text.length - 1),
        fc.constantFrom('change', 'cut', 'add'),
        fc.constantFrom('0', 'A', '\n', ' '),
        (at, how, by) => {
          const changed =
            how === 'cut' ? text.slice(0, at) : text.slice(0, at) + by + text.slice(how === 'add' ? at : at + 1);
          if (changed !== text) expect(read(changed).ok).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is refused, not thrown at, whatever it is', () => {
    fc.assert(fc.property(fc.string(), (text) => !read(text).ok));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !read(text).ok));
  });

  function read(text: string) {
    const key = parseVerifierKey(log.verifierKey);
    return readGuardNote({ text, origin: ORIGIN, verifierKeys: key.ok ? [key.value] : [] });
  }
});

function readNote(log: GuardedLog) {
  const key = parseVerifierKey(log.verifierKey);
  const text = log.guard.entries.get(log.origin)!.text;
  const note = readGuardNote({ text, origin: log.origin, verifierKeys: key.ok ? [key.value] : [] });
  if (!note.ok) throw new Error(note.problem);
  return note.value;
}

function formatOther(origin: string): string {
  const other = new GuardedLog(origin);
  return formatGuardNote({ origin, size: 0, root: EMPTY_ROOT, claim: 'ab'.repeat(16) }, other.signer);
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i += 1) {
    try {
      return await work();
    } catch (error) {
      if ((error as { retryable?: boolean }).retryable !== true || i > 1_000) throw error;
      await turns(1);
    }
  }
}

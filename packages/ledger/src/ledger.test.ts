import { verifyReceipt } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from './ledger.ts';
import { CommitRefused } from './ports/log-store.ts';
import { MemoryLogStore } from './testing/memory-parts.ts';
import { entryOf, openMemoryLedger, parsedVerifierKey } from './testing/open-memory-ledger.ts';

function indexIn(receipt: string): bigint {
  const verified = verifyReceipt({ receipt, verifierKey: parsedVerifierKey() });
  if (!verified.ok) throw new Error(verified.code);
  return verified.value.index;
}

describe('append', () => {
  it('answers each entry with a receipt that verifies, before anything is published', async () => {
    const { ledger, files } = await openMemoryLedger();
    files.failure = new Error('no publication');
    const appended = await Promise.all(Array.from({ length: 300 }, (_, n) => ledger.append(entryOf(n))));
    for (const [n, one] of appended.entries()) {
      expect(one.status).toBe('committed');
      expect(indexIn(await one.receipt())).toBe(BigInt(n));
    }
  });

  it('commits what waits together in one commit', async () => {
    const { ledger, store } = await openMemoryLedger();
    await Promise.all(Array.from({ length: 100 }, (_, n) => ledger.append(entryOf(n))));
    expect(store.commits).toBe(1);
  });

  it('splits groups at the limit and keeps the order', async () => {
    const { ledger, store } = await openMemoryLedger({ limits: { groupEntriesMax: 10 } });
    await Promise.all(Array.from({ length: 25 }, (_, n) => ledger.append(entryOf(n))));
    expect(store.commits).toBe(3);
    expect(store.entries.map((entry) => JSON.parse(new TextDecoder().decode(entry.body)).n)).toEqual(
      Array.from({ length: 25 }, (_, n) => n),
    );
  });

  it('logs an entry once, however often and however close together it comes (I3, I4)', async () => {
    const { ledger, store } = await openMemoryLedger();
    const race = await Promise.all(Array.from({ length: 640 }, (_, i) => ledger.append(entryOf(i % 10))));
    expect(store.entries).toHaveLength(10);
    expect(race.filter(({ status }) => status === 'committed')).toHaveLength(10);
    const later = await ledger.append(entryOf(3));
    expect(later.status).toBe('replayed');
    expect(later.entry.body).toEqual(race[3]!.entry.body);
    expect(indexIn(await later.receipt())).toBe(3n);
  });

  it('answers another digest under the same key with the first entry, and writes nothing', async () => {
    const { ledger, store } = await openMemoryLedger();
    const [first, other] = await Promise.all([ledger.append(entryOf(1)), ledger.append(entryOf(1, 2))]);
    expect([first.status, other.status]).toEqual(['committed', 'conflict']);
    expect(other.entry.body).toEqual(entryOf(1).body);
    expect((await ledger.append(entryOf(1, 3))).status).toBe('conflict');
    expect(store.entries).toHaveLength(1);
  });

  it('of a tenant without a tag key fails alone, not with those it would be committed with (I13)', async () => {
    const tagKeyOf = (tenant: string): Uint8Array => {
      if (tenant === 'without') throw new Error('no tag key');
      return new Uint8Array(32);
    };
    const { ledger, store } = await openMemoryLedger({ tagKeyOf });
    const without = ledger.append({ ...entryOf(1), tenant: 'without' });
    const others = [ledger.append(entryOf(2)), ledger.append(entryOf(3))];
    await expect(without).rejects.toThrow('no tag key');
    expect((await Promise.all(others)).map(({ status }) => status)).toEqual(['committed', 'committed']);
    expect(store.entries).toHaveLength(2);
    expect(ledger.stopped).toBeUndefined();
  });

  it('takes a body at the limit and refuses one byte more', async () => {
    const { ledger, store } = await openMemoryLedger();
    const body = new Uint8Array(BODY_BYTES_MAX);
    expect((await ledger.append({ ...entryOf(1), body })).status).toBe('committed');
    const over = ledger.append({ ...entryOf(2), body: new Uint8Array(BODY_BYTES_MAX + 1) });
    await expect(over).rejects.toMatchObject({ code: 'entry_too_large' });
    expect(store.entries).toHaveLength(1);
  });

  it('refuses what no longer fits in the queue, and takes it once there is room', async () => {
    const store = new MemoryLogStore();
    const gate = Promise.withResolvers<void>();
    store.beforeCommit = () => gate.promise;
    const { ledger } = await openMemoryLedger({ store, limits: { groupEntriesMax: 1, waitingEntriesMax: 2 } });
    const first = ledger.append(entryOf(0));
    await new Promise((resolve) => setImmediate(resolve));
    const queued = [ledger.append(entryOf(1)), ledger.append(entryOf(2))];
    await expect(ledger.append(entryOf(3))).rejects.toMatchObject({ code: 'busy', retryable: true });
    gate.resolve();
    await Promise.all([first, ...queued]);
    expect((await ledger.append(entryOf(3))).status).toBe('committed');
  });
});

describe('a commit that fails', () => {
  it('fails its entries, keeps nothing, and the next one goes on', async () => {
    const { ledger, store, errors } = await openMemoryLedger();
    store.faults.push('failed');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject({ code: 'store_failed', retryable: true });
    expect(store.entries).toHaveLength(0);
    expect(errors).toHaveLength(1);
    expect((await ledger.append(entryOf(1))).status).toBe('committed');
  });

  it('but was kept, is made durable before it is answered (I2)', async () => {
    const { ledger, store } = await openMemoryLedger();
    store.faults.push('failed but persisted');
    const appended = await ledger.append(entryOf(1));
    expect(appended.status).toBe('committed');
    expect(store.syncs).toBe(1);
    expect(indexIn(await appended.receipt())).toBe(0n);
    expect((await ledger.append(entryOf(2))).entry.index).toBe(1);
  });

  it('with an outcome that cannot be read stops the ledger: nothing is signed on a guess', async () => {
    const { ledger, store } = await openMemoryLedger();
    store.faults.push('unreadable afterwards');
    await expect(ledger.append(entryOf(1))).rejects.toMatchObject({ code: 'ledger_stopped', retryable: false });
    await expect(ledger.append(entryOf(2))).rejects.toMatchObject({ code: 'ledger_stopped' });
    expect(ledger.stopped).toBeDefined();
    expect(ledger.checkpoint.size).toBe(0);
  });

  it('because another writer took over stops the ledger', async () => {
    const { ledger, store } = await openMemoryLedger();
    const other = await openMemoryLedger({ store });
    await other.ledger.append(entryOf(1));
    await expect(ledger.append(entryOf(2))).rejects.toMatchObject({ code: 'ledger_stopped' });
    expect(store.entries).toHaveLength(1);
  });
});

describe('publication', () => {
  it('follows the commit, and a receipt under the published checkpoint verifies', async () => {
    const { ledger, files } = await openMemoryLedger();
    for (let n = 0; n < 700; n += 7) await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => ledger.append(entryOf(n + i))));
    expect(await ledger.waitPublished(699, 1_000)).toBe(true);
    for (const n of [0, 255, 256, 511, 512, 699]) {
      const entry = (await ledger.entries(n, n + 1))[0]!;
      expect(indexIn(await ledger.receiptOf(entry))).toBe(BigInt(n));
    }
    expect([...files.files.keys()].filter((path) => path.includes('000.p/'))).toEqual(['tile/1/000.p/2']);
  });

  it('that fails is tried again and never slows an answer (I12)', async () => {
    const { ledger, files, errors } = await openMemoryLedger();
    files.failure = new Error('disk full');
    await ledger.append(entryOf(1));
    expect(await ledger.waitPublished(0, 10_000)).toBe(true);
    expect(errors.map(String)).toEqual(['Error: disk full']);
  });

  it('that fails does not keep an entry from its receipt, at whatever size (I12)', async () => {
    const { ledger, files } = await openMemoryLedger();
    await Promise.all(Array.from({ length: 300 }, (_, n) => ledger.append(entryOf(n))));
    await ledger.waitPublished(299, 1_000);
    files.writeAll = () => Promise.reject(new Error('disk full'));
    for (let n = 300; n < 1_100; n += 80) {
      await Promise.all(Array.from({ length: 80 }, (_, i) => ledger.append(entryOf(n + i))));
      for (const at of [0, 255, 256, 299, 300, n, n + 79]) {
        const receipt = await (await ledger.append(entryOf(at))).receipt();
        const verified = verifyReceipt({ receipt, verifierKey: parsedVerifierKey() });
        const size = BigInt(at < 300 ? 300 : n + 80);
        expect(verified).toMatchObject({ ok: true, value: { index: BigInt(at), size } });
      }
    }
  });

  it('that the store refuses since another process took over stops the ledger', async () => {
    const { ledger, files, errors } = await openMemoryLedger();
    files.failure = new CommitRefused('session_lost', 'taken over');
    await ledger.append(entryOf(1));
    await ledger.waitPublished(0, 1_000);
    expect(errors).toMatchObject([{ code: 'ledger_stopped' }]);
    await expect(ledger.append(entryOf(2))).rejects.toMatchObject({ code: 'ledger_stopped' });
  });

  it('says so when it did not happen in time', async () => {
    const { ledger } = await openMemoryLedger();
    expect(await ledger.waitPublished(0, 5)).toBe(false);
  });

  it('of what is left happens on close; entries after it are refused', async () => {
    const { ledger, files } = await openMemoryLedger();
    const last = ledger.append(entryOf(1));
    const closed = ledger.close();
    await expect(ledger.append(entryOf(3))).rejects.toMatchObject({ code: 'ledger_stopped' });
    await closed;
    expect((await last).status).toBe('committed');
    expect(new TextDecoder().decode(files.files.get('checkpoint'))).toContain('\n1\n');
    await expect(ledger.append(entryOf(2))).rejects.toMatchObject({ code: 'ledger_stopped' });
  });
});

/** A log that changes the key it signs by, under one origin: what was signed before still counts, whatever crashed between. */
import {
  formatVerifierKey,
  noteSigner,
  parseNote,
  sha256,
  utf8Encode,
  verifyCheckpoint,
  verifyReceipt,
} from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../ledger.ts';
import { MemoryCheckpointGuard } from '../testing/memory-checkpoint-guard.ts';
import { instantClock, MemoryLogStore, MemoryPublicFiles, seededRng } from '../testing/memory-parts.ts';
import { entryOf } from '../testing/open-memory-ledger.ts';
import { type LedgerOptions, openLedger } from './open-ledger.ts';

const ORIGIN = 'example.com/rotated/0';
const signerOf = (n: number) => noteSigner({ name: ORIGIN, secretKey: sha256(utf8Encode(`key ${n}`)) });
const [one, two, three] = [signerOf(1), signerOf(2), signerOf(3)];
const textOf = (signer: typeof one) => formatVerifierKey(signer.verifierKey);

class World {
  readonly store = new MemoryLogStore();
  readonly files = new MemoryPublicFiles();
  readonly guard = new MemoryCheckpointGuard();
  #openings = 0;

  open(options: Pick<LedgerOptions, 'signers' | 'verifierKey'> & Partial<LedgerOptions>): Promise<Ledger> {
    this.#openings += 1;
    return openLedger({
      origin: ORIGIN,
      store: this.store,
      files: this.files,
      guard: this.guard,
      tagKeyOf: (tenant) => sha256(utf8Encode(tenant)),
      clock: instantClock(),
      rng: seededRng(this.#openings),
      publishIntervalMs: 1,
      ...options,
    });
  }

  get published(): string {
    return new TextDecoder().decode(this.files.files.get('checkpoint'));
  }
}

/** Which of the keys a note is signed by. */
function signersIn(note: string): number[] {
  const parsed = parseNote(note);
  if (!parsed.ok) throw new Error(parsed.code);
  return [one, two, three].flatMap(({ verifierKey }, n) =>
    parsed.value.signatures.some(({ keyId }) => keyId === verifierKey.keyId) ? [n + 1] : [],
  );
}

async function append(ledger: Ledger, n: number): Promise<string> {
  const { receipt } = await ledger.append(entryOf(n));
  return receipt();
}

describe('a log that signs by another key', () => {
  it('says so at once, over the same tree, and by both keys until it is told otherwise', async () => {
    const world = new World();
    const ledger = await world.open({ signers: [one], verifierKey: textOf(one) });
    const old = await append(ledger, 0);
    await ledger.waitPublished(0, 10_000);
    const checkpoint = await ledger.signBy([two, one]);
    expect(checkpoint.size).toBe(1);
    expect([signersIn(checkpoint.note), signersIn(world.published)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    for (const { verifierKey } of [one, two]) {
      expect(verifyCheckpoint({ checkpoint: world.published, origin: ORIGIN, verifierKey })).toMatchObject({
        ok: true,
      });
      expect(verifyReceipt({ receipt: await append(ledger, 1), verifierKey })).toMatchObject({ ok: true });
    }
    await ledger.signBy([two]);
    const fresh = await append(ledger, 2);
    await ledger.waitPublished(2, 10_000);
    expect(signersIn(world.published)).toEqual([2]);
    expect(verifyReceipt({ receipt: fresh, verifierKey: two.verifierKey })).toMatchObject({ ok: true });
    expect(verifyReceipt({ receipt: fresh, verifierKey: one.verifierKey })).toMatchObject({ ok: false });
    expect(verifyReceipt({ receipt: old, verifierKey: one.verifierKey })).toMatchObject({ ok: true });
    await ledger.close();
  });

  it('never signs by a key of another name, or by none', async () => {
    const world = new World();
    const ledger = await world.open({ signers: [one], verifierKey: textOf(one) });
    const stranger = noteSigner({ name: 'example.com/other', secretKey: sha256(utf8Encode('other')) });
    for (const signers of [[], [stranger], [one, stranger]]) {
      await expect(ledger.signBy(signers)).rejects.toMatchObject({ code: 'log_corrupt' });
    }
    expect(signersIn(ledger.checkpoint.note)).toEqual([1]);
    await ledger.close();
  });

  it('opens after a crash in between: under the old guard entry and checkpoint, which are then signed again', async () => {
    const world = new World();
    const before = await world.open({ signers: [one], verifierKey: textOf(one) });
    await append(before, 0);
    await before.close();
    expect(signersIn(world.published)).toEqual([1]);
    // The new key is durable, nothing was signed by it.
    const after = await world.open({ signers: [two, one], verifierKey: textOf(two), olderKeys: [textOf(one)] });
    expect(signersIn(world.published)).toEqual([1, 2]);
    expect(after.size).toBe(1);
    await append(after, 1);
    await after.close();
    const later = await world.open({
      signers: [three],
      verifierKey: textOf(three),
      olderKeys: [textOf(two), textOf(one)],
    });
    expect(later.size).toBe(2);
    expect(signersIn(world.published)).toEqual([3]);
    await later.close();
  });

  it('does not open under a new key alone: what is published and guarded must be by a key it knows', async () => {
    const world = new World();
    const before = await world.open({ signers: [one], verifierKey: textOf(one) });
    await append(before, 0);
    await before.close();
    await expect(world.open({ signers: [two], verifierKey: textOf(two) })).rejects.toMatchObject({
      code: 'log_corrupt',
    });
    world.files.files.delete('checkpoint');
    const opening = world.open({ signers: [two], verifierKey: textOf(two) });
    await expect(opening).rejects.toMatchObject({ reason: 'forged' });
  });
});

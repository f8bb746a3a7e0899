/**
 * Strangers agree across a change of the log's key: Tessera's fsck, which knows one key, accepts the log under either while both
 * sign, and under the new one alone after that.
 */
import { formatVerifierKey, noteSigner, verifyReceipt } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedLog,
  embeddedSigner,
  embeddedVerifierKey,
  growTo,
  numberedEntry,
  ORIGIN,
  openEmbeddedLog,
} from '../harness/embedded-log.ts';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { buildTesseraFsck, tesseraFsck } from '../harness/tessera.ts';

const program = buildTesseraFsck();
const oldKey = embeddedVerifierKey();
const next = noteSigner({ name: ORIGIN, secretKey: new Uint8Array(32).fill(10) });
const newKey = formatVerifierKey(next.verifierKey);

let log: EmbeddedLog;
beforeAll(async () => {
  log = await openEmbeddedLog(scratchDirectory('new-key'));
});
afterAll(async () => {
  await log.close();
  removeScratch();
});

describe.skipIf(program === undefined)("Tessera's fsck of a log that changed its key", () => {
  const accepted = (key: string): unknown => {
    const verdict = tesseraFsck(program!, log.publicFolder, key);
    return verdict.accepted && verdict.size;
  };

  it('accepts it under the old key, under both, and then under the new one alone', async () => {
    await growTo(log, 300);
    const oldReceipt = await receiptOf(0);
    expect([accepted(oldKey), accepted(newKey)]).toEqual([300, false]);
    await log.ledger.signBy([next, embeddedSigner()]);
    expect([accepted(oldKey), accepted(newKey)]).toEqual([300, 300]);
    await growTo(log, 600);
    expect([accepted(oldKey), accepted(newKey)]).toEqual([600, 600]);
    await log.ledger.signBy([next]);
    await growTo(log, 1_000);
    expect([accepted(oldKey), accepted(newKey)]).toEqual([false, 1_000]);
    expect(verifyReceipt({ receipt: oldReceipt, verifierKey: embeddedSigner().verifierKey })).toMatchObject({
      ok: true,
    });
    expect(verifyReceipt({ receipt: await receiptOf(0), verifierKey: next.verifierKey })).toMatchObject({ ok: true });
  });
});

async function receiptOf(n: number): Promise<string> {
  const found = await log.ledger.lookup(numberedEntry(n).key);
  return log.ledger.receiptOf(found!);
}

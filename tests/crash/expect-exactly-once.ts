/**
 * What must hold after a race, however often the server was killed (DESIGN section 3: I2, I3, I4, I5). Looks at answers as
 * bytes, at the published directory through a reader that shares no code with the ledger, and at two fscks.
 */
import { createPublicKey, verify } from 'node:crypto';
import { type Ed25519, leafEntry, nobleEd25519, parseReceipt, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import { expect } from 'vitest';
import { readPublishedLog, rootsAt } from '../harness/published-log.ts';
import { type Ready, readSecret, runFractal } from '../harness/server-process.ts';
import { tesseraFsck } from '../harness/tessera.ts';
import type { Answers, RaceResult } from './race.ts';

/** The answers agree among themselves: each record has one verdict, one id, one place, and at most one first answer. */
export function expectSameAnswers(result: RaceResult, records: number): void {
  expect(result.failures.slice(0, 10)).toEqual([]);
  expect(result.answers.size).toBe(records);
  const uneven = [...result.answers].filter(([, answers]) => {
    const sets = [answers.verdicts, answers.pcsIds, answers.places, answers.salts];
    return sets.some((set) => set.size !== 1) || answers.first > 1;
  });
  expect(uneven.map(([name, answers]) => ({ name, ...answers })).slice(0, 3)).toEqual([]);
  const ids = [...result.answers.values()].map(({ pcsIds }) => only(pcsIds));
  expect(new Set(ids).size).toBe(records);
}

/** The running server still gives the same verdict, byte for byte, for each record, and still has its content. */
export async function expectStoredVerdicts(result: RaceResult, ready: Ready): Promise<void> {
  const headers = { authorization: `Bearer ${readSecret(ready.api_key_file)}` };
  for (const [name, { pcsIds, verdicts, places, salts }] of result.answers) {
    const response = await fetch(`${ready.url}/v1/verdicts/${only(pcsIds)}`, { headers });
    const text = await response.text();
    expect(response.status, `${name}: ${text}`).toBe(200);
    expect(text).toContain(`"verdict":${only(verdicts)},`);
    expect(JSON.parse(text).log).toEqual(JSON.parse(only(places)));
    if (only(salts) === '') continue;
    // The salt that the edge drew is in the vault with the content, nowhere else.
    const receipt = await fetch(`${ready.url}/v1/receipts/${only(pcsIds)}`, { headers });
    expect(await receipt.json(), name).toMatchObject({ salt: only(salts) });
  }
}

/**
 * The stopped server's directory: one leaf a record (and as many as `others` that were not raced), and every receipt ever
 * handed out agrees with it, as do the checkpoints that were seen in public.
 */
export function expectOneLeafEach(
  result: RaceResult,
  ready: Ready,
  { others = 0, checkpoints: seen = new Map() }: { others?: number; checkpoints?: ReadonlyMap<number, string> } = {},
): void {
  const published = readPublishedLog(ready.log_dir);
  expect(published.size).toBe(result.answers.size + others);
  const vkey = readSecret(ready.vkey_file);
  const key = parseVerifierKey(vkey);
  if (!key.ok) throw new Error(key.code);
  const ed25519 = rememberingEd25519(key.value.publicKey);
  const checkpoints = new Map(seen);
  const taken = new Set<number>();
  for (const [name, answers] of result.answers) {
    const index: number = JSON.parse(only(answers.places)).index;
    expect(taken.has(index), `${name} shares leaf ${index}`).toBe(false);
    taken.add(index);
    for (const receipt of answers.receipts) {
      const verified = verifyReceipt({ receipt, verifierKey: key.value, ed25519 });
      if (!verified.ok) throw new Error(`a receipt of ${name} does not verify: ${verified.code}\n${receipt}`);
      expect(Number(verified.value.index)).toBe(index);
      expectLeafOf(receipt, answers, published.entries[index]!);
      const { size, root } = checkpointOf(receipt);
      expect(checkpoints.get(size) ?? root, `two roots were signed for size ${size}`).toBe(root);
      checkpoints.set(size, root);
    }
  }
  // I5: a signed root that the published entries do not lead to would be a fork.
  expect([...rootsAt(published.entries, checkpoints.keys())].sort()).toEqual([...checkpoints].sort());
}

/** The receipt's body is what the leaf commits to, and it holds the verdict that was answered. */
function expectLeafOf(receipt: string, answers: Answers, entry: Uint8Array): void {
  const parsed = parseReceipt(receipt);
  if (!parsed.ok) throw new Error(parsed.code);
  expect(Buffer.from(leafEntry(parsed.value)).equals(entry)).toBe(true);
  const body = new TextDecoder().decode(parsed.value.body);
  expect(body).toContain(`"verdict":${only(answers.verdicts)}`);
  expect(JSON.parse(body).pcs_id).toBe(only(answers.pcsIds));
}

export function expectBothFscksPass(dataDirectory: string, ready: Ready, tessera: string | undefined): void {
  const own = runFractal('log', 'fsck', dataDirectory);
  expect(own, own.output).toMatchObject({ code: 0 });
  if (tessera === undefined) return;
  expect(tesseraFsck(tessera, ready.log_dir, readSecret(ready.vkey_file))).toMatchObject({ accepted: true });
}

function checkpointOf(receipt: string): { size: number; root: string } {
  const [, size, root] = receipt.slice(receipt.indexOf('\n\n') + 2).split('\n');
  return { size: Number(size), root: root! };
}

function only(set: ReadonlySet<string>): string {
  const [first, ...rest] = set;
  if (first === undefined || rest.length > 0) throw new Error(`${set.size} where one was expected`);
  return first;
}

/** Thousands of receipts share a few hundred checkpoints: each signature is verified once, by node's own Ed25519. */
function rememberingEd25519(publicKey: Uint8Array): Ed25519 {
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const seen = new Map<string, boolean>();
  return {
    ...nobleEd25519,
    verify: (_publicKey, message, signature) => {
      const id = Buffer.concat([signature, message]).toString('base64');
      const known = seen.get(id) ?? verify(null, message, key, signature);
      seen.set(id, known);
      return known;
    },
  };
}

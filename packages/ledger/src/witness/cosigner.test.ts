/** The witness never signs two heads that are not consistent: whatever is asked, in whatever order, however the store fails. */
import {
  COSIGNATURE_TIME_MAX,
  makeVerifierKey,
  nobleEd25519,
  noteCosigner,
  openNote,
  parseCheckpoint,
  signNote,
  toHex,
  utf8Encode,
  verifyConsistency,
} from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../testing/memory-parts.ts';
import { MemoryWitnessStore } from '../testing/memory-witness-store.ts';
import { rememberingEd25519 } from '../testing/remembering-ed25519.ts';
import { smallLog } from '../testing/small-log.ts';
import { type Cosigner, type CosignerAnswer, cosigner } from './cosigner.ts';
import { formatAddCheckpoint } from './request.ts';

const NAME = 'witness.example/w';
const log = smallLog();
const fork = smallLog({ forkAt: 3 });
const other = smallLog({ origin: 'third.example/log' });
const NOW_SECONDS = 1_800_000_000;

const ed25519 = rememberingEd25519();

interface Made {
  readonly witness: Cosigner;
  readonly store: MemoryWitnessStore;
  readonly evidence: string[];
}

function make(options: { admit?: () => boolean; nowSeconds?: () => number } = {}): Made {
  const store = new MemoryWitnessStore();
  const evidence: string[] = [];
  const witness = cosigner({
    name: NAME,
    secretKey: new Uint8Array(32).fill(5),
    logKeys: [log.verifierKey, other.verifierKey],
    store,
    clock: { nowMs: () => (options.nowSeconds?.() ?? NOW_SECONDS) * 1000 + 999 },
    ed25519,
    onEvidence: ({ note }) => evidence.push(note),
    ...(options.admit ? { admit: options.admit } : {}),
  });
  return { witness, store, evidence };
}

function codeOf(answer: CosignerAnswer): string {
  return answer.kind === 'refused' ? answer.refusal.code : answer.kind;
}

/** The size and time that an answer to this request states; fails the test where its line does not verify. */
function cosigned(witness: Cosigner, request: Uint8Array, answer: CosignerAnswer): { size: bigint; time: bigint } {
  if (answer.kind !== 'cosigned') throw new Error(codeOf(answer));
  const body = new TextDecoder().decode(request);
  const note = body.slice(body.indexOf('\n\n') + 2);
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const opened = openNote(`${text}\n${answer.lines}`, [witness.verifierKey], ed25519);
  const checkpoint = parseCheckpoint(text);
  if (!opened.ok || !checkpoint.ok) throw new Error('the cosignature does not verify');
  return { size: checkpoint.value.size, time: opened.value.verified[0]!.timestamp! };
}

describe('a witness', () => {
  it('cosigns a log from its first checkpoint on, with the time', async () => {
    const { witness, store } = make();
    for (const [from, to] of [
      [0, 3],
      [3, 3],
      [3, 8],
    ] as const) {
      const request = await log.request(from, to);
      const { size, time } = cosigned(witness, request, await witness.addCheckpoint(request));
      expect({ size, time }).toEqual({ size: BigInt(to), time: BigInt(NOW_SECONDS) });
      expect(store.heads.get(log.origin)?.size).toBe(BigInt(to));
    }
    const request = await other.request(0, 1);
    expect(cosigned(witness, request, await witness.addCheckpoint(request)).size).toBe(1n);
  });

  it('cosigns an empty log, once it is empty by its root', async () => {
    const { witness } = make();
    const request = await log.request(0, 0);
    expect(cosigned(witness, request, await witness.addCheckpoint(request)).size).toBe(0n);
    const text = `${log.origin}\n0\n${btoa('\u0007'.repeat(32))}\n`;
    const wrong = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: signNote(text, [log.signer]) });
    expect(await witness.addCheckpoint(utf8Encode(wrong))).toMatchObject({
      refusal: { code: 'witness_conflict', heldSize: 0n },
    });
  });

  it('refuses by the codes of the protocol, in their order', async () => {
    const { witness } = make();
    await witness.addCheckpoint(await log.request(0, 4));
    const stranger = smallLog({ origin: 'nobody.example/log' });
    const impostor = signNote(`${log.origin}\n9\n${btoa('x'.repeat(32))}\n`, [other.signer]);
    const asked = async (body: string | Uint8Array) =>
      codeOf(await witness.addCheckpoint(typeof body === 'string' ? utf8Encode(body) : body));
    expect(await asked('old')).toBe('add_checkpoint_malformed');
    expect(await asked(await stranger.request(9, 1))).toBe('log_unknown');
    expect(await asked(formatAddCheckpoint({ oldSize: 99, proof: [], checkpoint: impostor }))).toBe(
      'log_signature_refused',
    );
    const broken = log.checkpoint(5).replace('\n5\n', '\n6\n');
    expect(await asked(formatAddCheckpoint({ oldSize: 4, proof: [], checkpoint: broken }))).toBe(
      'log_signature_refused',
    );
    expect(await asked(formatAddCheckpoint({ oldSize: 6, proof: [], checkpoint: log.checkpoint(5) }))).toBe(
      'add_checkpoint_malformed',
    );
    expect(await witness.addCheckpoint(await log.request(3, 5))).toMatchObject({
      refusal: { code: 'witness_conflict', heldSize: 4n },
    });
    expect(await asked(await fork.request(4, 5))).toBe('consistency_refused');
    const proofTooMany = formatAddCheckpoint({ oldSize: 4, proof: [log.rootAt(1)], checkpoint: log.checkpoint(4) });
    expect(await asked(proofTooMany)).toBe('consistency_refused');
    const fresh = make().witness;
    const proofFromNothing = formatAddCheckpoint({ oldSize: 0, proof: [log.rootAt(1)], checkpoint: log.checkpoint(4) });
    expect(codeOf(await fresh.addCheckpoint(utf8Encode(proofFromNothing)))).toBe('consistency_refused');
  });

  it('keeps the note where a log signed two trees of one size', async () => {
    const { witness, evidence } = make();
    await witness.addCheckpoint(await log.request(0, 4));
    expect(await witness.addCheckpoint(await fork.request(4, 4))).toMatchObject({
      refusal: { code: 'witness_conflict', heldSize: 4n },
    });
    expect(await witness.addCheckpoint(await fork.request(0, 4))).toMatchObject({
      refusal: { code: 'witness_conflict', heldSize: 4n },
    });
    expect(evidence).toEqual([fork.checkpoint(4), fork.checkpoint(4)]);
    expect(codeOf(await witness.addCheckpoint(await log.request(2, 3)))).toBe('witness_conflict');
    expect(evidence).toHaveLength(2);
  });

  it('asks whether it may only where the log itself signed', async () => {
    let asked = 0;
    const { witness, store } = make({ admit: () => ++asked > 1 });
    const impostor = signNote(`${log.origin}\n9\n${btoa('x'.repeat(32))}\n`, [other.signer]);
    await witness.addCheckpoint(utf8Encode(formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: impostor })));
    expect(asked).toBe(0);
    expect((await witness.addCheckpoint(await log.request(0, 2))).kind).toBe('rate_limited');
    expect(store.heads.size).toBe(0);
    expect((await witness.addCheckpoint(await log.request(0, 2))).kind).toBe('cosigned');
  });

  it('takes any of the keys that a log is known by', async () => {
    const second = noteCosigner({ name: log.origin, secretKey: new Uint8Array(32).fill(8), timeSeconds: 1n });
    const plain = makeVerifierKey({ name: log.origin, type: 1, publicKey: second.verifierKey.publicKey });
    if (!plain.ok) throw new Error(plain.code);
    const witness = cosigner({
      name: NAME,
      secretKey: new Uint8Array(32).fill(5),
      logKeys: [plain.value, log.verifierKey],
      store: new MemoryWitnessStore(),
      clock: { nowMs: () => 0 },
      ed25519: nobleEd25519,
    });
    expect((await witness.addCheckpoint(await log.request(0, 1))).kind).toBe('cosigned');
  });
});

/** Runs `work` with every read and step of the store in an order drawn from the seed. */
async function inRandomOrder(store: MemoryWitnessStore, seed: number, work: () => Promise<void>): Promise<void> {
  const rng = seededRng(seed);
  const held: (() => void)[] = [];
  store.pause = () => new Promise((resolve) => held.push(resolve));
  let isOver = false;
  const over = work().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    if (held.length > 0) held.splice(rng.bytes(1)[0]! % held.length, 1)[0]!();
  }
  await over;
}

describe('two heads that are not consistent', () => {
  it('are never both cosigned: requests of two branches at once, and a store that fails', async () => {
    const step = fc.record({
      branch: fc.constantFrom(log, fork),
      from: fc.nat(6),
      growth: fc.nat(4),
      fault: fc.constantFrom(undefined, undefined, 'failed' as const, 'failed but persisted' as const),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), fc.integer(), async (steps, seed) => {
        const { witness, store } = make();
        const heads: { branch: typeof log; size: number }[] = [];
        const ask = async ({ branch, from, growth, fault }: (typeof steps)[number]): Promise<void> => {
          const request = await branch.request(from, from + growth);
          if (fault !== undefined) store.faults.push(fault);
          const answer = await witness.addCheckpoint(request).catch(() => undefined);
          if (answer?.kind !== 'cosigned') return;
          heads.push({ branch, size: Number(cosigned(witness, request, answer).size) });
        };
        await inRandomOrder(store, seed, async () => {
          await Promise.all(steps.map(ask));
        });
        // The first request of each size, then those that a client would send after a 409.
        await inRandomOrder(store, seed + 1, async () => {
          for (const { branch } of steps) {
            const from = Number(store.heads.get(log.origin)?.size ?? 0n);
            await ask({ branch, from, growth: 1, fault: undefined });
          }
        });
        await expectConsistent(heads);
      }),
      { numRuns: 60 },
    );
  });

  it('are not signed where the store fails: nothing leaves, and the next request is told what is held', async () => {
    const { witness, store } = make();
    store.faults.push('failed', 'failed but persisted');
    await expect(witness.addCheckpoint(await log.request(0, 2))).rejects.toMatchObject({ code: 'store_failed' });
    expect(store.heads.size).toBe(0);
    await expect(witness.addCheckpoint(await log.request(0, 2))).rejects.toMatchObject({ code: 'store_failed' });
    expect(await witness.addCheckpoint(await fork.request(0, 5))).toMatchObject({ refusal: { heldSize: 2n } });
    expect((await witness.addCheckpoint(await log.request(2, 5))).kind).toBe('cosigned');
  });

  it('no cosignature states a time at which a larger tree was held', async () => {
    let nowSeconds = NOW_SECONDS;
    const { witness, store } = make({ nowSeconds: () => nowSeconds++ });
    const requests = await Promise.all([log.request(0, 2), log.request(2, 5), log.request(2, 2), log.request(5, 6)]);
    for (let seed = 0; seed < 20; seed += 1) {
      store.heads.clear();
      const signed: { size: bigint; time: bigint }[] = [];
      const ask = async (request: Uint8Array): Promise<void> => {
        for (let round = 0; round < 6; round += 1) {
          const answer = await witness.addCheckpoint(request);
          if (answer.kind === 'cosigned') signed.push(cosigned(witness, request, answer));
        }
      };
      await inRandomOrder(store, seed, async () => {
        await Promise.all(requests.map(ask));
      });
      const byTime = [...signed].sort((a, b) => (a.time < b.time ? -1 : 1));
      expect(byTime.map(({ size }) => size)).toEqual([...signed.map(({ size }) => size)].sort((a, b) => Number(a - b)));
    }
    expect(BigInt(nowSeconds) < COSIGNATURE_TIME_MAX).toBe(true);
  });
});

/** Each two heads that were cosigned: one is a prefix of the other. */
async function expectConsistent(heads: readonly { branch: typeof log; size: number }[]): Promise<void> {
  for (const a of heads) {
    for (const b of heads.filter(({ size }) => size >= a.size)) {
      const proof = a.size === 0 || a.size === b.size ? [] : await b.branch.proof(a.size, b.size);
      const roots = { root1: a.branch.rootAt(a.size), root2: b.branch.rootAt(b.size) };
      const outcome = verifyConsistency({ size1: BigInt(a.size), size2: BigInt(b.size), ...roots, proof });
      expect(outcome.ok, `${a.size} ${toHex(roots.root1)} and ${b.size} ${toHex(roots.root2)}`).toBe(true);
    }
  }
}

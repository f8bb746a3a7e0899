/** A ledger whose checkpoints are cosigned: by witnesses that obey, that are late, that fail, and that lie. */
import {
  cosignNote,
  formatVerifierKey,
  type NoteSigner,
  noteCosigner,
  noteSigner,
  parseNote,
  parsePolicy,
  signNote,
  type TlogPolicy,
  verifyCheckpoint,
  verifyCheckpointByPolicy,
  verifyReceipt,
} from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { openClosedLog } from '../closed/closed-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { AddCheckpoint, Witness, WitnessAnswer, WitnessFault } from '../ports/witness.ts';
import { type MemoryLogStore, MemoryPublicFiles, virtualClock } from '../testing/memory-parts.ts';
import { MemoryWitnessStore } from '../testing/memory-witness-store.ts';
import {
  entryOf,
  type MemoryLedger,
  ORIGIN,
  openMemoryLedger,
  ownSigner,
  parsedVerifierKey,
} from '../testing/open-memory-ledger.ts';
import { rememberingEd25519 } from '../testing/remembering-ed25519.ts';
import { type Cosigner, cosigner } from '../witness/cosigner.ts';
import { formatAddCheckpoint } from '../witness/request.ts';
import { textOf } from './cosignature.ts';
import { WITNESSED_PATH, type Witnessing } from './cosigning.ts';

const ed25519 = rememberingEd25519();

const nameOf = (n: number): string => `witness.example/${n}`;
const secretOf = (n: number): Uint8Array => new Uint8Array(32).fill(100 + n);
const signerOf = (n: number, timeSeconds = 1_000n): NoteSigner =>
  noteCosigner({ name: nameOf(n), secretKey: secretOf(n), timeSeconds });

function policyOf(quorum: string, witnesses: number, withLog = true): TlogPolicy {
  const names = Array.from({ length: witnesses }, (_, n) => `w${n}`);
  const lines = [
    ...(withLog ? [`log ${formatVerifierKey(parsedVerifierKey())}`] : []),
    ...names.map((name, n) => `witness ${name} ${formatVerifierKey(signerOf(n).verifierKey)}`),
    `group all-of-them all ${names.join(' ')}`,
    `quorum ${quorum}`,
  ];
  const policy = parsePolicy(lines.join('\n'));
  if (!policy.ok) throw new Error(policy.detail);
  return policy.value;
}

/** An honest witness behind the port: what it was asked, and how long it takes. */
interface Honest extends Witness {
  readonly asked: AddCheckpoint[];
  readonly engine: Cosigner;
  readonly store: MemoryWitnessStore;
  /** While set, what it answers in the place of the engine's. */
  fault: WitnessFault | 'throws' | undefined;
  delayMs: number;
}

function honest(n: number, clock: Clock): Honest {
  const store = new MemoryWitnessStore();
  const engine = cosigner({
    name: nameOf(n),
    secretKey: secretOf(n),
    logKeys: [parsedVerifierKey()],
    store,
    clock,
    ed25519,
  });
  const witness: Honest = {
    name: nameOf(n),
    verifierKey: engine.verifierKey,
    engine,
    store,
    asked: [],
    fault: undefined,
    delayMs: 1,
    async addCheckpoint(request) {
      witness.asked.push(request);
      await clock.sleep(witness.delayMs);
      if (witness.fault === 'throws') throw new Error('no connection');
      if (witness.fault !== undefined) return { kind: 'refused', fault: witness.fault };
      const answer = await engine.addCheckpoint(new TextEncoder().encode(formatAddCheckpoint(request)));
      if (answer.kind === 'cosigned') return answer;
      if (answer.kind === 'rate_limited') return { kind: 'refused', fault: 'busy' };
      const { refusal } = answer;
      return refusal.code === 'witness_conflict'
        ? { kind: 'conflict', size: refusal.heldSize }
        : { kind: 'refused', fault: 'request_refused' };
    },
  };
  return witness;
}

interface Opened extends MemoryLedger {
  readonly clock: Clock;
  readonly attempts: Parameters<NonNullable<Witnessing['onAttempt']>>[0][];
}

async function open(options: {
  readonly clock: Clock;
  readonly witnesses: readonly Witness[];
  readonly policy: TlogPolicy;
  readonly store?: MemoryLogStore;
  readonly files?: MemoryPublicFiles;
  readonly onPublish?: (published: { size: number; publishedMs: number }) => void;
}): Promise<Opened> {
  const { clock, witnesses, policy, ...rest } = options;
  const attempts: Opened['attempts'] = [];
  const witnessing = {
    policy,
    witnesses,
    ed25519,
    onAttempt: (attempt: (typeof attempts)[number]) => attempts.push(attempt),
  };
  return { ...(await openMemoryLedger({ clock, witnessing, ...rest })), clock, attempts };
}

const checkpointIn = (files: MemoryPublicFiles, path = 'checkpoint'): string =>
  new TextDecoder().decode(files.files.get(path));

function signersOf(note: string): string[] {
  const parsed = parseNote(note);
  if (!parsed.ok) throw new Error(parsed.code);
  return parsed.value.signatures.map(({ name }) => name.replace('witness.example/', ''));
}

describe('a log with witnesses', () => {
  it('is cosigned, and its receipts verify under the policy', async () => {
    const clock = virtualClock();
    const policy = policyOf('all-of-them', 2);
    const { ledger, files } = await open({ clock, policy, witnesses: [honest(0, clock), honest(1, clock)] });
    const { entry } = await ledger.append(entryOf(0));
    expect(await ledger.waitWitnessed(0, 60_000)).toBe('witnessed');
    const receipt = await ledger.receiptOf(entry);
    expect(verifyReceipt({ receipt, policy })).toMatchObject({
      ok: true,
      value: { index: 0n, cosigned: [{ name: nameOf(0) }, { name: nameOf(1) }] },
    });
    expect(checkpointIn(files)).toBe(checkpointIn(files, WITNESSED_PATH));
    expect(verifyCheckpointByPolicy({ checkpoint: checkpointIn(files), policy })).toMatchObject({
      ok: true,
      value: { size: 1n },
    });
    expect(ledger.witnesses).toMatchObject([
      { name: nameOf(0), cosignedSize: 1, cosignedSeconds: 1000, failures: 0, fault: undefined },
      { name: nameOf(1), cosignedSize: 1 },
    ]);
    await ledger.close();
  });

  it('goes on from the size a witness says it holds', async () => {
    const clock = virtualClock();
    const witness = honest(0, clock);
    const first = await open({ clock, policy: policyOf('w0', 1), witnesses: [witness] });
    for (let n = 0; n < 5; n += 1) await first.ledger.append(entryOf(n));
    await first.ledger.waitWitnessed(4, 60_000);
    const bare = first.files.files.get('checkpoint')!;
    await first.ledger.close();
    // A start that finds no cosignature in the files: what the witness holds is learned by 409.
    first.files.files.delete(WITNESSED_PATH);
    const text = new TextDecoder().decode(bare);
    first.files.files.set('checkpoint', new TextEncoder().encode(text.slice(0, text.lastIndexOf('\u2014'))));
    witness.asked.length = 0;
    const second = await open({ ...first, policy: policyOf('w0', 1), witnesses: [witness] });
    await second.ledger.append(entryOf(5));
    expect(await second.ledger.waitWitnessed(5, 60_000)).toBe('witnessed');
    expect(witness.asked[0]!.oldSize).toBe(0);
    expect(witness.asked[1]!.oldSize).toBe(5);
    expect(second.attempts.every(({ fault }) => fault === undefined)).toBe(true);
    await second.ledger.close();
  });

  it('keeps what was cosigned over a restart, though the witnesses are gone', async () => {
    const clock = virtualClock();
    const policy = policyOf('w0', 1);
    const witness = honest(0, clock);
    const first = await open({ clock, policy, witnesses: [witness] });
    const { entry } = await first.ledger.append(entryOf(0));
    await first.ledger.waitWitnessed(0, 60_000);
    witness.fault = 'throws';
    const { entry: later } = await first.ledger.append(entryOf(1));
    expect(await first.ledger.waitWitnessed(1, 1_000)).toBe('published');
    await first.ledger.close();
    const second = await open({ ...first, policy, witnesses: [witness] });
    expect(second.ledger.witnessed?.size).toBe(1);
    expect(verifyReceipt({ receipt: await second.ledger.receiptOf(entry), policy }).ok).toBe(true);
    const receipt = await second.ledger.receiptOf(later);
    expect(verifyReceipt({ receipt, policy })).toMatchObject({ ok: false, code: 'policy_unsatisfied' });
    expect(verifyReceipt({ receipt, verifierKey: parsedVerifierKey() }).ok).toBe(true);
    await second.ledger.close();
  });

  it('does not take up a kept checkpoint that is damaged, or of another policy', async () => {
    const clock = virtualClock();
    const first = await open({ clock, policy: policyOf('w0', 1), witnesses: [honest(0, clock)] });
    await first.ledger.append(entryOf(0));
    await first.ledger.waitWitnessed(0, 60_000);
    await first.ledger.close();
    const right = first.files.files.get(WITNESSED_PATH)!;
    const damaged = right.map((byte, at) => (at === 40 ? byte ^ 1 : byte));
    for (const bytes of [damaged, new Uint8Array(0), new TextEncoder().encode('no note')]) {
      first.files.files.set(WITNESSED_PATH, bytes);
      const gone = { ...honest(0, clock), addCheckpoint: () => Promise.reject(new Error('gone')) };
      const again = await open({ ...first, policy: policyOf('all-of-them', 2), witnesses: [gone] });
      expect(again.ledger.witnessed).toBeUndefined();
      await again.ledger.close();
    }
    first.files.files.set(WITNESSED_PATH, right);
    const { read } = first.files;
    first.files.read = (path) =>
      path === WITNESSED_PATH ? Promise.reject(new Error('unreadable')) : read.call(first.files, path);
    const unreadable = await open({ ...first, policy: policyOf('w0', 1), witnesses: [] });
    expect([unreadable.ledger.witnessed, unreadable.errors.map(String)]).toEqual([undefined, ['Error: unreadable']]);
    await unreadable.ledger.close();
    first.files.read = read;
    const other = await open({ ...first, policy: policyOf('w1', 2), witnesses: [] });
    expect(other.ledger.witnessed).toBeUndefined();
    await other.ledger.close();
  });

  it('shows what was cosigned of it once it is closed, though more was published since', async () => {
    const clock = virtualClock();
    const policy = policyOf('w0', 1);
    const witness = honest(0, clock);
    const { ledger, files, store } = await open({ clock, policy, witnesses: [witness] });
    for (let n = 0; n < 5; n += 1) await ledger.append(entryOf(n));
    await ledger.waitWitnessed(4, 60_000);
    witness.fault = 'busy';
    for (let n = 5; n < 9; n += 1) await ledger.append(entryOf(n));
    await ledger.waitPublished(8, 1_000);
    await ledger.close();
    const parts = { origin: ORIGIN, verifierKey: formatVerifierKey(parsedVerifierKey()), store, files };
    const under = async (index: number): Promise<boolean> => {
      const closed = await openClosedLog(parts);
      const receipt = await closed.receiptOf((await closed.entries(index, index + 1))[0]!);
      expect(verifyReceipt({ receipt, verifierKey: parsedVerifierKey() })).toMatchObject({
        ok: true,
        value: { index: BigInt(index) },
      });
      return verifyReceipt({ receipt, policy }).ok;
    };
    expect([await under(4), await under(5)]).toEqual([true, false]);
    // One of another tree, of one that is not ours, or beyond what is shown: it is not looked at.
    const right = files.files.get(WITNESSED_PATH)!;
    const forked = signNote(`${ORIGIN}\n5\n${btoa('x'.repeat(32))}\n`, [ownSigner()]);
    const beyond = signNote(`${ORIGIN}\n50\n${btoa('x'.repeat(32))}\n`, [ownSigner()]);
    for (const wrong of [forked, beyond, new TextDecoder().decode(right.slice(1))]) {
      files.files.set(WITNESSED_PATH, new TextEncoder().encode(wrong));
      expect(await under(4)).toBe(false);
    }
  });

  it('shows its witnessed checkpoint under a new key too, once the log signs by one', async () => {
    const clock = virtualClock();
    const { ledger, files } = await open({ clock, policy: policyOf('w0', 1), witnesses: [honest(0, clock)] });
    await ledger.append(entryOf(0));
    await ledger.waitWitnessed(0, 60_000);
    const next = noteSigner({ name: ORIGIN, secretKey: new Uint8Array(32).fill(77) });
    await ledger.signBy([next]);
    await clock.sleep(10);
    expect(checkpointIn(files, WITNESSED_PATH)).toBe(checkpointIn(files));
    const checkpoint = checkpointIn(files, WITNESSED_PATH);
    const witnessKeys = [signerOf(0).verifierKey];
    expect(verifyCheckpoint({ checkpoint, origin: ORIGIN, verifierKey: next.verifierKey, witnessKeys })).toMatchObject({
      ok: true,
      value: { cosigned: [{ name: nameOf(0) }] },
    });
    await ledger.close();
  });

  it('says that it reached publication where no quorum is asked for', async () => {
    const clock = virtualClock();
    const { ledger, files } = await open({ clock, policy: policyOf('none', 1), witnesses: [honest(0, clock)] });
    await ledger.append(entryOf(0));
    expect(await ledger.waitWitnessed(0, 60_000)).toBe('published');
    await clock.sleep(100);
    expect(signersOf(checkpointIn(files))).toHaveLength(2);
    await ledger.close();
  });
});

describe('witnesses of different speed', () => {
  it('meet the quorum on one checkpoint while the log grows faster than either answers', async () => {
    const clock = virtualClock();
    const policy = policyOf('all-of-them', 2);
    const witnesses = [honest(0, clock), honest(1, clock)];
    witnesses[0]!.delayMs = 70;
    witnesses[1]!.delayMs = 330;
    const { ledger, files } = await open({ clock, policy, witnesses });
    const sizes: number[] = [];
    for (let n = 0; n < 200; n += 1) {
      await ledger.append(entryOf(n));
      await clock.sleep(10);
      const size = ledger.witnessed?.size ?? 0;
      if (size > (sizes.at(-1) ?? 0)) sizes.push(size);
    }
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(verifyCheckpointByPolicy({ checkpoint: checkpointIn(files, WITNESSED_PATH), policy }).ok).toBe(true);
    await ledger.close();
  });

  it('one that never answers holds up neither publication nor the others', async () => {
    const clock = virtualClock();
    const never: Witness = { ...honest(0, clock), addCheckpoint: () => new Promise(() => {}) };
    const published: number[] = [];
    const { ledger } = await open({
      clock,
      policy: policyOf('w1', 2),
      witnesses: [never, honest(1, clock)],
      onPublish: ({ publishedMs }) => published.push(publishedMs),
    });
    for (let n = 0; n < 50; n += 1) {
      await ledger.append(entryOf(n));
      expect(await ledger.waitWitnessed(n, 1_000)).toBe('witnessed');
    }
    const gaps = published.slice(1).map((ms, i) => ms - published[i]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(20);
    await ledger.close();
  });

  it('are asked for the next checkpoint at once when the last of them has failed on the present one', async () => {
    const clock = virtualClock();
    const quick = honest(0, clock);
    const slow = honest(1, clock);
    slow.delayMs = 300;
    slow.fault = 'busy';
    const { ledger } = await open({ clock, policy: policyOf('all-of-them', 2), witnesses: [quick, slow] });
    await ledger.append(entryOf(0));
    await clock.sleep(50);
    await ledger.append(entryOf(1));
    await clock.sleep(200);
    expect(quick.asked).toHaveLength(1);
    await clock.sleep(100);
    expect(quick.asked.map(({ oldSize }) => oldSize)).toEqual([0, 1]);
    await ledger.close();
  });

  it('each has one request under way', async () => {
    const clock = virtualClock();
    let underWay = 0;
    let most = 0;
    const inner = honest(0, clock);
    inner.delayMs = 40;
    const counting: Witness = {
      ...inner,
      addCheckpoint: async (request, signal) => {
        underWay += 1;
        most = Math.max(most, underWay);
        const answer = await inner.addCheckpoint(request, signal);
        underWay -= 1;
        return answer;
      },
    };
    const { ledger } = await open({ clock, policy: policyOf('w0', 1), witnesses: [counting] });
    for (let n = 0; n < 30; n += 1) {
      await ledger.append(entryOf(n));
      await clock.sleep(10);
    }
    expect(most).toBe(1);
    await ledger.close();
  });
});

const junk = 'A'.repeat(100);
const LIES: readonly [
  string,
  WitnessFault,
  (request: AddCheckpoint, clock: Clock) => WitnessAnswer | Promise<WitnessAnswer>,
][] = [
  ['nothing', 'answer_malformed', () => ({ kind: 'cosigned', lines: '' })],
  ['text that is no signature line', 'answer_malformed', () => ({ kind: 'cosigned', lines: `${junk}\n` })],
  [
    'a line without its line feed',
    'answer_malformed',
    (r) => lines(r.checkpoint, [signerOf(0)], (t) => t.slice(0, -1)),
  ],
  ['another text before its lines', 'answer_malformed', (r) => lines(r.checkpoint, [signerOf(0)], (t) => `x\n\n${t}`)],
  ['101 lines', 'answer_malformed', (r) => lines(r.checkpoint, [signerOf(0)], (t) => t.repeat(101))],
  ['another key', 'signature_invalid', (r) => lines(r.checkpoint, [signerOf(7)])],
  ['its signature on another checkpoint', 'signature_invalid', () => lines('another\n1\n\n', [signerOf(0)])],
  ['a right signature and a wrong one', 'signature_invalid', (r) => twice(r.checkpoint)],
  ['a time six minutes ahead', 'time_implausible', (r, c) => lines(r.checkpoint, [signerOf(0, secondsOf(c) + 301n)])],
  ['a time six minutes ago', 'time_implausible', (r, c) => lines(r.checkpoint, [signerOf(0, secondsOf(c) - 301n)])],
  ['the last time there is', 'time_implausible', (r) => lines(r.checkpoint, [signerOf(0, 2n ** 63n - 1n)])],
  ['a size it was asked from', 'conflict_repeated', (r) => ({ kind: 'conflict', size: BigInt(r.oldSize) })],
  ['sizes that go round', 'conflict_repeated', (r) => ({ kind: 'conflict', size: r.oldSize === 1 ? 0n : 1n })],
  ['a size above ours', 'ahead_of_us', () => ({ kind: 'conflict', size: 1_000n })],
  ['the largest size', 'ahead_of_us', () => ({ kind: 'conflict', size: 2n ** 64n - 1n })],
  ['no', 'log_unknown', () => ({ kind: 'refused', fault: 'log_unknown' })],
  ['an error', 'unreachable', () => Promise.reject(new Error('reset'))],
  ['nothing, ever', 'timeout', () => new Promise(() => {})],
];

function secondsOf(clock: Clock): bigint {
  return BigInt(Math.floor(clock.nowMs() / 1000));
}

function lines(note: string, signers: readonly NoteSigner[], change = (text: string) => text): WitnessAnswer {
  const signed = cosignNote(`${textOf(note)}\n${'\u2014 x AAAAAAA=\n'}`, signers);
  return { kind: 'cosigned', lines: change(signed.slice(signed.lastIndexOf('x AAAAAAA=\n') + 11)) };
}

function twice(note: string): WitnessAnswer {
  const right = lines(note, [signerOf(0)]) as { lines: string };
  const wrong = lines('another\n1\n\n', [signerOf(0)]) as { lines: string };
  return { kind: 'cosigned', lines: right.lines + wrong.lines };
}

describe('a witness that answers', () => {
  it.each(LIES)('%s is not believed: %s', async (_, fault, answer) => {
    const clock = virtualClock();
    const liar: Witness = { ...honest(0, clock), addCheckpoint: async (request) => answer(request, clock) };
    const { ledger, files, attempts } = await open({ clock, policy: policyOf('w0', 1), witnesses: [liar] });
    const { entry } = await ledger.append(entryOf(0));
    await ledger.append(entryOf(1));
    expect(await ledger.waitWitnessed(1, 25_000)).toBe('published');
    expect(attempts[0]).toEqual({ witness: nameOf(0), fault, changed: true });
    expect(ledger.witnesses[0]).toMatchObject({ cosignedSize: 0, fault });
    expect(signersOf(checkpointIn(files))).toHaveLength(1);
    expect(files.files.has(WITNESSED_PATH)).toBe(false);
    const receipt = await ledger.receiptOf(entry);
    expect(verifyReceipt({ receipt, verifierKey: parsedVerifierKey() }).ok).toBe(true);
    await ledger.close();
  });

  it('within five minutes, and with lines of others besides, is believed for its own line alone', async () => {
    for (const skew of [300n, -300n]) {
      const clock = virtualClock();
      const odd: Witness = {
        ...honest(0, clock),
        addCheckpoint: async ({ checkpoint }) =>
          lines(checkpoint, [signerOf(7), signerOf(0, secondsOf(clock) + skew), signerOf(8)]),
      };
      const { ledger, files } = await open({ clock, policy: policyOf('w0', 1), witnesses: [odd] });
      await ledger.append(entryOf(0));
      expect(await ledger.waitWitnessed(0, 25_000)).toBe('witnessed');
      expect(signersOf(checkpointIn(files)).slice(1)).toEqual(['0']);
      await ledger.close();
    }
  });
});

describe('a witness that fails', () => {
  it('is asked three times in one attempt at most, each time from the size it says it holds', async () => {
    const clock = virtualClock();
    const asked: number[] = [];
    const wavering: Witness = {
      ...honest(0, clock),
      addCheckpoint: async ({ oldSize }) => {
        asked.push(oldSize);
        return { kind: 'conflict', size: BigInt((oldSize + 1) % 4) };
      },
    };
    const { ledger, attempts } = await open({ clock, policy: policyOf('w0', 1), witnesses: [wavering] });
    await Promise.all([0, 1, 2, 3, 4].map((n) => ledger.append(entryOf(n))));
    await ledger.waitPublished(4, 1_000);
    await clock.sleep(10);
    expect(attempts).toEqual([{ witness: nameOf(0), fault: 'conflict_repeated', changed: true }]);
    expect(asked).toEqual([0, 1, 2]);
    await ledger.close();
  });

  it('holds our checkpoint already, from somebody else: it is asked again for that very one', async () => {
    const clock = virtualClock();
    const witness = honest(0, clock);
    const { ledger, files } = await open({ clock, policy: policyOf('w0', 1), witnesses: [witness] });
    witness.fault = 'busy';
    await Promise.all([0, 1, 2].map((n) => ledger.append(entryOf(n))));
    await ledger.waitPublished(2, 1_000);
    await clock.sleep(50);
    const request = formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: checkpointIn(files) });
    expect((await witness.engine.addCheckpoint(new TextEncoder().encode(request))).kind).toBe('cosigned');
    witness.fault = undefined;
    witness.asked.length = 0;
    expect(await ledger.waitWitnessed(2, 60_000)).toBe('witnessed');
    expect(witness.asked.map(({ oldSize, proof }) => [oldSize, proof.length])).toEqual([
      [0, 0],
      [3, 0],
    ]);
    await ledger.close();
  });

  it('is not told to be failing by the end of the ledger', async () => {
    const clock = virtualClock();
    const asked = Promise.withResolvers<AbortSignal>();
    const never: Witness = {
      ...honest(0, clock),
      addCheckpoint: (_, signal) => {
        asked.resolve(signal);
        return new Promise(() => {});
      },
    };
    const { ledger, attempts } = await open({ clock, policy: policyOf('w0', 1), witnesses: [never] });
    await ledger.append(entryOf(0));
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    await ledger.close();
    expect([signal.aborted, attempts]).toEqual([true, []]);
  });

  it('is asked less and less often, each time for the newest, and told of on changes only', async () => {
    const clock = virtualClock();
    const witness = honest(0, clock);
    const times: number[] = [];
    const noting: Witness = {
      ...witness,
      addCheckpoint: (request, signal) => {
        times.push(clock.nowMs());
        return witness.addCheckpoint(request, signal);
      },
    };
    const { ledger, attempts } = await open({ clock, policy: policyOf('w0', 1), witnesses: [noting] });
    witness.fault = 'busy';
    for (let n = 0; n < 12; n += 1) {
      await ledger.append(entryOf(n));
      await clock.sleep(15_000);
    }
    witness.fault = undefined;
    expect(await ledger.waitWitnessed(11, 120_000)).toBe('witnessed');
    expect(witness.asked.at(-1)!.checkpoint).toContain('\n12\n');
    const pauses = times.slice(1).map((ms, i) => ms - times[i]!);
    pauses.forEach((pauseMs, i) => {
      const wholeMs = Math.min(60_000, 500 * 2 ** i);
      expect(pauseMs).toBeGreaterThanOrEqual(wholeMs / 2);
      expect(pauseMs).toBeLessThanOrEqual(wholeMs + 2);
    });
    expect(pauses.length).toBeGreaterThanOrEqual(7);
    expect(attempts.filter(({ changed }) => changed).map(({ fault }) => fault)).toEqual(['busy', undefined]);
    expect(ledger.witnesses[0]!.failures).toBe(attempts.filter(({ fault }) => fault !== undefined).length);
    await ledger.close();
  });
});

describe('public files that fail', () => {
  it('never put a smaller checkpoint in the place of a larger one that was written though it failed', async () => {
    const clock = virtualClock();
    const files = new MemoryPublicFiles();
    const replace = files.replaceCheckpoint.bind(files);
    const sizes: number[] = [];
    let persistsAndFails = false;
    files.replaceCheckpoint = async (bytes) => {
      await replace(bytes);
      sizes.push(Number(new TextDecoder().decode(bytes).split('\n')[1]));
      if (persistsAndFails) throw new Error('injected: failed, though it was kept');
    };
    const witness = honest(0, clock);
    witness.delayMs = 100;
    const { ledger } = await open({ clock, files, policy: policyOf('w0', 1), witnesses: [witness] });
    await ledger.append(entryOf(0));
    await ledger.waitPublished(0, 1_000);
    persistsAndFails = true;
    await ledger.append(entryOf(1));
    await clock.sleep(400);
    persistsAndFails = false;
    expect(await ledger.waitWitnessed(1, 60_000)).toBe('witnessed');
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(verifyCheckpointByPolicy({ checkpoint: checkpointIn(files), policy: policyOf('w0', 1) }).ok).toBe(true);
    await ledger.close();
  });

  it('get what was cosigned once they work again', async () => {
    const clock = virtualClock();
    const files = new MemoryPublicFiles();
    const writeAll = files.writeAll.bind(files);
    let failures = 0;
    files.writeAll = async (written) => {
      if (written.some(({ path }) => path === WITNESSED_PATH) && failures < 3) {
        failures += 1;
        throw new Error('injected: disk full');
      }
      await writeAll(written);
    };
    const { ledger, errors } = await open({ clock, files, policy: policyOf('w0', 1), witnesses: [honest(0, clock)] });
    await ledger.append(entryOf(0));
    expect(await ledger.waitWitnessed(0, 500)).toBe('published');
    expect(await ledger.waitWitnessed(0, 60_000)).toBe('witnessed');
    expect(errors.map(String)).toEqual(Array(3).fill('Error: injected: disk full'));
    await ledger.close();
  });
});

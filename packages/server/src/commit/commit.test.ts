import { canonicalJson } from '@fractal/record';
import { utf8Decode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Identified } from '../judge/task.ts';
import { memoryLedger } from '../testing/memory-ledger.ts';
import { type CommitOutcome, committer } from './commit.ts';
import { keyedQueue } from './in-flight.ts';
import { idempotencyRowKey, sha256, verdictKey } from './keys.ts';

/** A submission: record `id` with payload `payload`; content or not; judged or refused; under a caller's key or not. */
const submission = fc.record({
  id: fc.constantFrom('a', 'b'),
  payload: fc.constantFrom('p', 'p', 'q'),
  sealed: fc.boolean(),
  judged: fc.boolean(),
  key: fc.constantFrom(undefined, undefined, 'k1', 'k2'),
});
type Submission = typeof submission extends fc.Arbitrary<infer T> ? T : never;

const pcsIdOf = ({ id }: Submission) => id.repeat(64);
const digestOf = ({ id, payload }: Submission) => sha256(`${id}${payload}`);

function judgementOf(given: Submission): Identified {
  const body = canonicalJson({
    content: given.sealed ? 'vault' : 'none',
    signer: 'tenant',
    type: 'verdict',
    verdict: { decision: 'escalate', payload: given.payload },
    version: 1,
  });
  const value = { decision: 'escalate', body, ...(given.sealed ? { sealed: new Uint8Array(1) } : {}) };
  const outcome = given.judged
    ? ({ ok: true, value } as const)
    : ({ ok: false, refusal: { code: 'content_missing' } } as const);
  return { kind: 'identified', pcsId: pcsIdOf(given), digest: digestOf(given), kid: 'k', outcome };
}

function world(scheduler: fc.Scheduler) {
  const ledger = memoryLedger(() => scheduler.schedule(Promise.resolve()));
  const stored: string[] = [];
  const reported: string[] = [];
  const counted: boolean[] = [];
  const commits = committer({
    ledger,
    vault: {
      async putSealed({ pcsId }) {
        await scheduler.schedule(Promise.resolve());
        stored.push(pcsId);
        return 'stored';
      },
    },
    queue: keyedQueue(),
    security: { report: (event) => reported.push(event) },
    onVerdict: (_decision, replayed) => counted.push(replayed),
  });
  const send = (given: Submission): Promise<CommitOutcome> =>
    commits.commit({
      tenant: 't',
      judgement: judgementOf(given),
      nowMs: 0,
      idempotencyRow: given.key === undefined ? undefined : idempotencyRowKey('t', 'check', given.key),
    });
  return { ledger, stored, reported, counted, send };
}

test('whatever comes at once, in whatever order: one verdict an id, one answer a record, one entry an equivocation', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(submission, { minLength: 1, maxLength: 14 }), async (scheduler, all) => {
      const { ledger, stored, reported, counted, send } = world(scheduler);
      const outcomes = await scheduler.waitFor(Promise.all(all.map(send)));
      const bodies = ledger.entries.map(
        ({ body }) => JSON.parse(utf8Decode(body)!) as { type: string; pcs_id?: string },
      );
      for (const id of ['a', 'b']) {
        const verdict = ledger.entries.filter(({ key }) => Buffer.from(key).equals(verdictKey('t', id.repeat(64))));
        expect(verdict.length).toBeLessThanOrEqual(1);
        const ofId = all.map((given, i) => ({ given, outcome: outcomes[i]! })).filter(({ given }) => given.id === id);
        const answered = ofId.flatMap(({ given, outcome }) => (outcome.ok ? [{ given, value: outcome.value }] : []));
        expect(answered.filter(({ value }) => !value.replayed)).toHaveLength(verdict.length);
        for (const { given, value } of answered) {
          expect(value.entry).toBe(verdict[0]);
          expect(value.verdictText).toBe(answered[0]!.value.verdictText);
          if (given.key === undefined) expect(Buffer.from(value.entry.digest).equals(digestOf(given))).toBe(true);
        }
        const equivocated = ofId.filter(({ outcome }) => !outcome.ok && outcome.refusal.code === 'equivocation');
        const logged = bodies.filter((body) => body.type === 'equivocation' && body.pcs_id === id.repeat(64));
        expect(logged).toHaveLength(equivocated.length > 0 ? 1 : 0);
        for (const { given } of equivocated) {
          expect(Buffer.from(verdict[0]!.digest).equals(digestOf(given))).toBe(false);
        }
        if (verdict.length === 1 && bodies[verdict[0]!.index]!.type === 'verdict') {
          const content = (JSON.parse(utf8Decode(verdict[0]!.body)!) as { content: string }).content;
          if (content === 'vault') expect(stored).toContain(id.repeat(64));
        }
      }
      const refusals = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]));
      expect(refusals.filter((code) => code === 'equivocation')).toHaveLength(reported.length);
      expect(counted).toHaveLength(outcomes.filter(({ ok }) => ok).length);
      for (const code of refusals) expect(['equivocation', 'content_missing', 'idempotency_conflict']).toContain(code);
    }),
    { numRuns: 300 },
  );
});

test('content is in the vault before its body is in the log', async () => {
  const order: string[] = [];
  const ledger = memoryLedger(async () => undefined);
  const append: typeof ledger.append = (entry) => {
    order.push('ledger');
    return ledger.append(entry);
  };
  const commits = committer({
    ledger: { ...ledger, append },
    vault: {
      async putSealed() {
        order.push('vault');
        return 'stored';
      },
    },
    queue: keyedQueue(),
    security: { report: () => undefined },
    onVerdict: () => undefined,
  });
  const given: Submission = { id: 'a', payload: 'p', sealed: true, judged: true, key: undefined };
  await commits.commit({ tenant: 't', judgement: judgementOf(given), nowMs: 0 });
  expect(order).toEqual(['vault', 'ledger']);
});

test('content that was erased is not stored again, and nothing is committed', async () => {
  const ledger = memoryLedger(async () => undefined);
  const commits = committer({
    ledger,
    vault: { putSealed: async () => 'erased' },
    queue: keyedQueue(),
    security: { report: () => undefined },
    onVerdict: () => undefined,
  });
  const given: Submission = { id: 'a', payload: 'p', sealed: true, judged: true, key: undefined };
  const outcome = await commits.commit({ tenant: 't', judgement: judgementOf(given), nowMs: 0 });
  expect(outcome).toEqual({ ok: false, refusal: { code: 'content_erased' } });
  expect(ledger.entries).toEqual([]);
});

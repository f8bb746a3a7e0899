import type { FollowerRow, FollowerRows } from '@fractal/ledger';
import { followerContract, MemoryFollowedLog } from '@fractal/ledger/testing';
import { canonicalJson } from '@fractal/record';
import { toHex, utf8Encode } from '@fractal/tlog';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, type Counts, countedEntry, countsJson, formatCounts, NOTHING, readCounts } from './counts.ts';
import { kpiFollower, kpis } from './kpi-follower.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 10, 1);

type Facts = { [name: string]: never } | Record<string, unknown>;
const body = (facts: Facts): Uint8Array =>
  canonicalJson({ version: 1, ...facts } as Parameters<typeof canonicalJson>[0]);

function verdict(tenant: string, pcsId: string, more: Facts = {}): Uint8Array {
  const { decision = 'accept', mode = 'enforce', ...others } = more as Record<string, unknown>;
  const facts = { type: 'verdict', tenant, pcs_id: pcsId, task: 'qa', time: FIRST_DAY_MS, ...others };
  return body({ ...facts, verdict: { decision, mode } });
}

const about = (type: string, tenant: string, pcsId: string, more: Facts = {}) =>
  body({ type, tenant, pcs_id: pcsId, time: FIRST_DAY_MS + DAY_MS, ...more });

/** A log of two tenants that share ids, on two days. */
const BODIES = [
  verdict('acme', 'a', { usage: { input_tokens: 10, output_tokens: 4, cost_usd: 0.000000001 } }),
  verdict('acme', 'b', { task: 'sum', decision: 'block', mode: 'observe' }),
  verdict('zoo', 'a', { task: 'zoo-task', decision: 'retry', usage: { cost_usd: 1_000_000 } }),
  about('equivocation', 'acme', 'a'),
  about('resolution', 'acme', 'b', { decision: 'accept', revision: 1 }),
  about('label', 'zoo', 'a', { label: 'ungrounded' }),
  about('label', 'acme', 'b', { label: 'grounded' }),
  about('erasure', 'acme', 'a', { reason: 'request' }),
  body({ type: 'something-new', time: 1 }),
  verdict('acme', 'c', { time: FIRST_DAY_MS + DAY_MS, usage: { cost_usd: 0.1, input_tokens: 9_007_199_254_740_991 } }),
];
const TASKS = new Map([
  ['acme a', 'qa'],
  ['acme b', 'sum'],
  ['zoo a', 'zoo-task'],
  ['acme c', 'qa'],
]);
const follower = () => kpiFollower({ taskOf: async (tenant, pcsId) => TASKS.get(`${tenant} ${pcsId}`) });

/** The follower's rows after one batch of everything. */
async function rowsOf(bodies: readonly Uint8Array[]): Promise<FollowerRows> {
  const kept = new Map<string, FollowerRow>();
  const rows: FollowerRows = {
    read: async (key) => kept.get(toHex(key))?.value,
    list: async ({ prefix, after, limit }) =>
      [...kept]
        .filter(([key]) => key.startsWith(toHex(prefix)) && (after === undefined || key > toHex(after)))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, row]) => row),
  };
  const kpi = follower();
  if (kpi.effect !== 'rows') throw new Error('the counts are its effect');
  const entries = await new MemoryFollowedLog('0', bodies).entries(0, bodies.length);
  const batch = { log: '0', from: 0, to: bodies.length, lap: 0, entries };
  const effect = await kpi.handle(batch, rows, new AbortController().signal);
  for (const { key, value } of effect.rows) if (value !== undefined) kept.set(toHex(key), { key, value });
  return rows;
}

describe('the follower kpi', () => {
  followerContract(async () => ({
    follower,
    logs: [new MemoryFollowedLog('0', BODIES.slice(0, 7)), new MemoryFollowedLog('0-2', BODIES.slice(7))],
  }));

  it('counts what each type says, by tenant, task and day', async () => {
    const counted = kpis(await rowsOf(BODIES));
    const acme = countsJson(await counted.total({ tenant: 'acme' }));
    expect(acme).toEqual({
      decisions: { accept: 2, retry: 0, retrieve: 0, escalate: 0, block: 1 },
      observed: 1,
      equivocations: 1,
      resolutions: { accept: 1, retry: 0, retrieve: 0, escalate: 0, block: 0 },
      labels: { grounded: 1, ungrounded: 0 },
      erasures: 1,
      usage: {
        records: 2,
        input_tokens: '9007199254741001',
        output_tokens: '4',
        cost_usd: '0.100000001',
      },
    });
    const tasks = await counted.tasks('acme', 10);
    expect(tasks.map(({ name }) => name)).toEqual(['qa', 'sum']);
    expect(tasks[1]?.counts).toMatchObject({ observed: 1, labels: { grounded: 1 } });
    expect(add(tasks[0]!.counts, tasks[1]!.counts)).toEqual(await counted.total({ tenant: 'acme' }));
    const days = await counted.days({ tenant: 'acme' }, '2026-11-01', '2026-11-02');
    expect(days.map(({ day }) => day)).toEqual(['2026-11-01', '2026-11-02']);
    expect(add(days[0]!.counts, days[1]!.counts)).toEqual(await counted.total({ tenant: 'acme' }));
    const tenants = await counted.tenants(10);
    expect(tenants.map(({ name }) => name)).toEqual(['acme', 'zoo']);
    expect(add(tenants[0]!.counts, tenants[1]!.counts)).toEqual(await counted.total({}));
    expect(countsJson(await counted.total({ tenant: 'zoo' })).usage.cost_usd).toBe('1000000');
  });

  it('shows days of the range and no others, and pages by name', async () => {
    const counted = kpis(await rowsOf(BODIES));
    const days = async (from: string, to: string) =>
      (await counted.days({ tenant: 'acme', task: 'qa' }, from, to)).map(({ day }) => day);
    expect(await days('2026-11-01', '2026-11-01')).toEqual(['2026-11-01']);
    expect(await days('2026-11-02', '2026-11-09')).toEqual(['2026-11-02']);
    expect(await days('2026-11-03', '2026-12-31')).toEqual([]);
    expect(await days('2020-01-01', '2026-10-31')).toEqual([]);
    expect((await counted.tenants(1)).map(({ name }) => name)).toEqual(['acme']);
    expect((await counted.tenants(1, 'acme')).map(({ name }) => name)).toEqual(['zoo']);
    expect(await counted.tenants(1, 'zoo')).toEqual([]);
  });

  it('keeps tenants apart, also where one name begins with the other (I13)', async () => {
    const names = ['a', 'a.', 'a-day', 'aa', 'day', 'task', 'tenant', 'total'];
    const counted = kpis(await rowsOf(names.map((name, i) => verdict(name, `${i}`, { task: names.at(i - 1)! }))));
    for (const [i, name] of names.entries()) {
      expect((await counted.total({ tenant: name })).decisions.accept, name).toBe(1);
      expect((await counted.tasks(name, 10)).map((each) => each.name)).toEqual([names.at(i - 1)]);
      expect(await counted.days({ tenant: name }, '2026-11-01', '2026-11-01')).toHaveLength(1);
      expect(await counted.total({ tenant: name, task: 'other' })).toEqual(NOTHING);
    }
    expect(await counted.total({ tenant: '' })).toEqual(NOTHING);
    expect((await counted.total({})).decisions.accept).toBe(names.length);
  });

  it('refuses what it can not count, with a message that quotes nothing', async () => {
    const secret = 'secret text';
    const wrong: Uint8Array[] = [
      utf8Encode(secret),
      utf8Encode(`"${secret}"`),
      new Uint8Array([0xff]),
      body({ type: 'verdict', version: 2, tenant: secret }),
      verdict('acme', 'a', { decision: secret }),
      verdict('acme', 'a', { task: 7 }),
      verdict('acme', 'a', { time: -1 }),
      verdict('acme', 'a', { time: 253_402_300_800_000 }),
      verdict('acme', 'a', { usage: { input_tokens: -1 } }),
      verdict('acme', 'a', { usage: { input_tokens: secret } }),
      body({ type: 'verdict', tenant: 'acme', pcs_id: 'a', task: 'qa', time: 0 }),
      about('label', 'acme', 'a', { label: secret }),
      about('resolution', 'acme', 'a', { decision: secret }),
      body({ type: 'erasure', tenant: 'acme', time: 0 }),
    ];
    for (const bytes of wrong) {
      expect(() => countedEntry(bytes)).toThrow(/^the body can not be counted: (?!.*secret)/);
      expect(() => countedEntry(bytes)).toThrow(expect.objectContaining({ code: 'body_unreadable' }));
    }
    expect(countedEntry(verdict('acme', 'a', { time: 253_402_300_799_999 }))?.day).toBe('9999-12-31');
    await expect(rowsOf([about('erasure', 'acme', 'unknown')])).rejects.toMatchObject({ code: 'body_unreadable' });
  });

  it('counts any bytes or refuses them', () => {
    const text = fc.oneof(fc.constantFrom(...BODIES.map((each) => new TextDecoder().decode(each))), fc.json());
    const edits = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 32, max: 126 })), { maxLength: 3 });
    fc.assert(
      fc.property(text, edits, (original, list) => {
        const bytes = utf8Encode(original);
        for (const [place, value] of list) if (place < bytes.length) bytes[place] = value;
        try {
          const counted = countedEntry(bytes);
          if (counted !== undefined) expect(readCounts(formatCounts(counted.counts))).toEqual(counted.counts);
        } catch (error) {
          expect(error).toMatchObject({ code: 'body_unreadable' });
        }
      }),
      { numRuns: 500 },
    );
  });

  it('sums exactly, whatever the order', () => {
    const cost = fc.nat({ max: 1e15 }).map((nano) => nano / 1e9);
    const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(fc.array(fc.tuple(cost, count), { maxLength: 20 }), (usages) => {
        const parts = usages.map(([cost_usd, input_tokens]) => {
          return countedEntry(verdict('t', 'p', { usage: { cost_usd, input_tokens } }))!.counts;
        });
        const sum = parts.reduce<Counts>(add, NOTHING);
        expect([...parts].reverse().reduce<Counts>(add, NOTHING)).toEqual(sum);
        expect(sum.usage.inputTokens).toBe(usages.reduce((total, [, tokens]) => total + BigInt(tokens), 0n));
        const nano = usages.reduce((total, [dollars]) => total + BigInt(Math.round(dollars * 1e9)), 0n);
        expect(sum.usage.costNanoUsd).toBe(nano);
      }),
    );
  });
});

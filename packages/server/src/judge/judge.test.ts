import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { SigningKey } from '@fractal/record';
import { utf8Decode, utf8Encode } from '@fractal/tlog';
import { defaultPolicy } from '@fractal/trust';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isErrorCode, statusOfCode } from '../edge/problem.ts';
import { CONTRADICTED, contentItems, EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { judge } from './judge.ts';
import { nodeEd25519 } from './node-ed25519.ts';
import type { Judgement, JudgeTask, TenantSnapshot } from './task.ts';
import { readVerdictBody, verdictTextOf } from './verdict-body.ts';

const hmac: SigningKey = { alg: 'hmac-sha256', kid: 'k1', value: new Uint8Array(32).fill(1) };
const tools = {
  rng: { bytes: (length: number) => new Uint8Array(randomBytes(length)) },
  ed25519: nodeEd25519(),
  edgeKey: { alg: 'ed25519', kid: 'edge', value: new Uint8Array(32).fill(2) } as const,
};
const snapshot: TenantSnapshot = {
  tenant: 'default',
  revision: '1',
  keys: [hmac],
  policies: {},
  defaultPolicy: { ...defaultPolicy, version: 0 },
  tenantKey: { generation: 1, secret: new Uint8Array(32).fill(3) },
};
const saltSeed = new Uint8Array(32).fill(4);
const verify = (body: string | Uint8Array): JudgeTask => ({ kind: 'verify', ...task(body) });
const check = (body: string | Uint8Array): JudgeTask => ({ kind: 'check', saltSeed, ...task(body) });
const agent = (body: string | Uint8Array): JudgeTask => ({ kind: 'agent', ...task(body) });
const task = (body: string | Uint8Array) => ({
  tenant: 'default',
  bytes: typeof body === 'string' ? utf8Encode(body) : body,
  nowMs: 1_764_000_000_000,
});
const judged = (given: JudgeTask, tenant: TenantSnapshot = snapshot): Judgement => judge(given, tenant, tools);
const bodyOf = (judgement: Judgement) => {
  if (judgement.kind !== 'identified' || !judgement.outcome.ok) throw new Error(JSON.stringify(judgement));
  return judgement.outcome.value.body;
};

const checkBody = JSON.stringify({ output: SUPPORTED, evidence: [{ text: EVIDENCE }], prompt: 'When did it open?' });

/** Changes at a few places: a byte set, a byte cut out, or bytes put in. */
const changes = fc.array(
  fc.record({
    at: fc.nat(),
    cut: fc.nat(2),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom('"', '{', '}', ',', '\\u0000', '1e99', 'null', ' ').map(utf8Encode),
    ),
  }),
  { minLength: 1, maxLength: 4 },
);
type Changes = typeof changes extends fc.Arbitrary<infer T> ? T : never;

function changed(bytes: Uint8Array, given: Changes): Uint8Array {
  let now = Buffer.from(bytes);
  for (const { at, cut, put } of given) {
    const place = at % (now.length + 1);
    now = Buffer.concat([now.subarray(0, place), put, now.subarray(place + cut)]);
  }
  return new Uint8Array(now);
}

describe('a judge', () => {
  it('writes a body that gives its verdict back byte for byte', () => {
    const items = contentItems(CONTRADICTED);
    const body = bodyOf(
      judged(verify(verifyBody(hmac, { items, run: ',"verdict":{}', usage: { model: '"verdict":{' } }).body)),
    );
    const verdict = verdictTextOf(body)!;
    expect(utf8Decode(body)).toContain(`,"verdict":${verdict},"version":1}`);
    expect(JSON.parse(verdict)).toEqual(JSON.parse(utf8Decode(body)!).verdict);
    expect(readVerdictBody(body)).toMatchObject({ signer: 'tenant', content: 'vault' });
  });

  it('is a function of record, content, policy and clock', () => {
    const { body } = verifyBody(hmac, { items: contentItems() });
    expect(bodyOf(judged(verify(body)))).toEqual(bodyOf(judged(verify(body))));
    expect(bodyOf(judged(check(checkBody)))).toEqual(bodyOf(judged(check(checkBody))));
  });

  it('puts no text of the content into the body (I6)', () => {
    const output = 'Zanzibar opened in 1942. Qwertyuiop cost 7 million.';
    const text = utf8Decode(bodyOf(judged(verify(verifyBody(hmac, { items: contentItems(output) }).body))))!;
    for (const word of ['Zanzibar', 'Qwertyuiop', '1942', 'bridge', '1932']) expect(text).not.toContain(word);
  });

  it('never accepts a record without content, whatever its signals and policy say (I10)', () => {
    const loose = {
      ...snapshot,
      defaultPolicy: { ...defaultPolicy, version: 0, acceptRiskMax: 1, retryAttemptsMax: 100 },
    };
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fc.double({ min: 0, max: 1, noNaN: true })),
        (signals) => {
          const rounded = Object.fromEntries(
            Object.entries(signals).map(([name, value]) => [name, Math.round(value * 1e6) / 1e6]),
          );
          const judgement = judged(verify(verifyBody(hmac, { signals: rounded }).body), loose);
          expect(judgement.kind === 'identified' && judgement.outcome.ok && judgement.outcome.value.decision).toBe(
            'escalate',
          );
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('hostile input', () => {
  const valid = verifyBody(hmac, { items: contentItems(CONTRADICTED) }).body;
  const first = judged(verify(valid));
  const agents = readFileSync(new URL('../../../../vectors/agents/deployed-agents.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .slice(0, 5)
    .map((line) => JSON.parse(line).record as string);

  const holds = (judgement: Judgement): void => {
    if (judgement.kind === 'refused') {
      expect(isErrorCode(judgement.refusal.code), judgement.refusal.code).toBe(true);
      expect(statusOfCode(judgement.refusal.code), judgement.refusal.code).toBeLessThan(500);
    } else if (!judgement.outcome.ok) {
      expect(statusOfCode(judgement.outcome.refusal.code), judgement.outcome.refusal.code).toBeLessThan(500);
    }
  };

  it('changed anywhere is refused, or is the very record that was signed; it is never accepted', () => {
    fc.assert(
      fc.property(changes, (given) => {
        const judgement = judged(verify(changed(utf8Encode(valid), given)));
        holds(judgement);
        if (judgement.kind !== 'identified' || first.kind !== 'identified') return;
        expect(judgement.digest).toEqual(first.digest);
        if (judgement.outcome.ok) expect(judgement.outcome.value.decision).not.toBe('accept');
      }),
      { numRuns: 1_000 },
    );
  });

  it('at check is refused by a code or judged', () => {
    fc.assert(
      fc.property(changes, (given) => holds(judged(check(changed(utf8Encode(checkBody), given))))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.json(), (text) => holds(judged(check(text)))),
      { numRuns: 200 },
    );
  });

  it('of agents is refused by a code', () => {
    fc.assert(
      fc.property(fc.constantFrom(...agents), changes, (record, given) => {
        const judgement = judged(agent(changed(utf8Encode(record), given)), {
          ...snapshot,
          keys: [{ ...hmac, value: utf8Encode('testsecret') }],
        });
        holds(judgement);
        if (judgement.kind === 'identified' && judgement.outcome.ok)
          expect(judgement.outcome.value.decision).not.toBe('accept');
      }),
      { numRuns: 500 },
    );
  });
});

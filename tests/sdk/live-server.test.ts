/** The SDK against a started server: each call, a batch, and answers that are lost on the way. */
import { createRecord, type FractalError, requireAccepted, type SignedRecord, verifyReceipt } from '@fractal/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveServer, RECORD_KEY, startLiveServer } from './live.ts';
import { startLossyProxy } from './lossy-proxy.ts';

const EVIDENCE = ['The bridge, 1,149 metres long, was opened on 19 March 1932.'];
const RIGHT = 'The bridge was opened in 1932.';
const WRONG = 'The bridge was opened in 1934.';

let server: LiveServer;
beforeAll(async () => {
  server = await startLiveServer();
});
afterAll(() => server?.stop());

function signed(output: string, stream = 'live'): SignedRecord & { readonly pcsId: string; readonly salt: Uint8Array } {
  const fields = { tenant: 'default', namespace: 'tests', stream, epoch: 1, task: 'answers' };
  const { record, content, pcsId } = createRecord({ output, evidence: EVIDENCE, fields, key: RECORD_KEY });
  return { record, content, pcsId, salt: content.outputSalt };
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'answered',
    (error: FractalError) => error.code,
  );

describe('each call', () => {
  it('checks, guards, and gives the same receipt’s verdict again', async () => {
    const client = server.client();
    const answer = await client.check({ task: 'answers', output: RIGHT, evidence: EVIDENCE });
    const trust = { key: server.logKey, output: RIGHT, salt: answer.salt };
    const verified = requireAccepted(answer.receipt, {
      ...trust,
      tenant: 'default',
      task: 'answers',
      pcsId: answer.pcsId,
    });
    expect(verified.verdict).toEqual(answer.verdict);
    expect(verified.index).toBe(answer.log.index);

    const stored = await client.getVerdict(answer.pcsId);
    expect(stored.verdict).toEqual(answer.verdict);
    const fresh = await client.getReceipt(answer.pcsId);
    expect(verifyReceipt(fresh.receipt, { ...trust, salt: fresh.salt })).toMatchObject({
      ok: true,
      value: { pcsId: answer.pcsId, boundToOutput: true },
    });
  });

  it('stops what the evidence contradicts, and says where', async () => {
    const answer = await server.client().check({ output: WRONG, evidence: EVIDENCE });
    expect(answer.verdict.decision).toBe('block');
    const [start, end] = answer.verdict.reasons[0]!.span!;
    expect(WRONG.slice(start, end)).toBe('1934');
    const guard = (): unknown =>
      requireAccepted(answer.receipt, { key: server.logKey, output: WRONG, salt: answer.salt });
    expect(guard).toThrow(expect.objectContaining({ code: 'verdict_not_accepted' }));
  });

  it('verifies a record signed here, and again with the same answer', async () => {
    const record = signed(RIGHT);
    const first = await server.client().verify(record, { wait: { for: 'published', timeoutMs: 5_000 } });
    expect(first).toMatchObject({ pcsId: record.pcsId, replayed: false, reached: 'published' });
    expect(verifyReceipt(first.receipt!, { key: server.logKey, output: RIGHT, salt: record.salt }).ok).toBe(true);
    const second = await server.client().verify(record, { receipt: false });
    expect(second).toMatchObject({ replayed: true, verdict: first.verdict, log: first.log });
    expect(second).not.toHaveProperty('receipt');
  });

  it('refuses another payload under a known id, and a key it does not know', async () => {
    const fields = { tenant: 'default', namespace: 'tests', stream: 'taken', epoch: 1, task: 'answers' };
    // The same salts give the same id.
    const rng = { bytes: () => new Uint8Array(16).fill(4) };
    const make = (attempt: number, key: typeof RECORD_KEY): SignedRecord =>
      createRecord({ output: RIGHT, evidence: EVIDENCE, fields: { ...fields, attempt }, key }, { rng });
    await server.client().verify(make(1, RECORD_KEY));
    expect(await codeOf(server.client().verify(make(2, RECORD_KEY)))).toBe('equivocation');
    const stranger = { ...RECORD_KEY, value: new Uint8Array(32) };
    expect(await codeOf(server.client().verify(make(3, stranger)))).toBe('signature_invalid');
  });

  it('resolves, labels and erases', async () => {
    const client = server.client();
    const { pcsId, log } = await client.check({ output: RIGHT, evidence: EVIDENCE });
    const resolved = await client.resolve({ pcsId, decision: 'escalate' });
    expect(resolved).toMatchObject({ pcsId, effective: { decision: 'escalate', revision: 1 } });
    expect((await client.getVerdict(pcsId)).effective).toEqual(resolved.effective);
    expect((await client.label({ pcsId, label: 'grounded', source: 'audit' })).log.origin).toBe(log.origin);
    const erased = await client.eraseContent(pcsId);
    expect(await client.eraseContent(pcsId)).toEqual(erased);
    expect(await client.getReceipt(pcsId)).not.toHaveProperty('salt');
  });

  it('reads and puts policies', async () => {
    const client = server.client();
    const before = await client.getPolicy('shadow');
    expect(before.version).toBe(0);
    const policy = { mode: 'observe', acceptRiskMax: 0.2, retryAttemptsMax: 1 } as const;
    const put = await client.putPolicy('shadow', policy, { ifVersion: 0 });
    expect(put).toEqual({ ...policy, version: 1, forbid: [], requireSignals: [] });
    expect(await client.putPolicy('shadow', policy, { ifVersion: 0 })).toEqual(put);
    const other = { ...policy, acceptRiskMax: 0.1 };
    expect(await codeOf(client.putPolicy('shadow', other, { ifVersion: 0 }))).toBe('version_conflict');
    const answer = await client.check({ task: 'shadow', output: RIGHT, evidence: EVIDENCE });
    const guard = { key: server.logKey, output: RIGHT, salt: answer.salt };
    expect(() => requireAccepted(answer.receipt, guard)).toThrow(
      expect.objectContaining({ code: 'verdict_not_enforced' }),
    );
    expect(requireAccepted(answer.receipt, { ...guard, observe: 'treat-as-enforced' }).verdict.mode).toBe('observe');
  });

  it('names what is wrong by a code of the registry', async () => {
    expect(await codeOf(server.client().getVerdict('0'.repeat(64)))).toBe('verdict_unknown');
    expect(await codeOf(server.client({ apiKey: 'nobody' }).getPolicy('answers'))).toBe('unauthenticated');
    expect(await codeOf(server.client().check({ output: 'a\ud800', evidence: [] }))).toBe('json_lone_surrogate');
  });
});

describe('a batch', () => {
  it('gives each record its verdict, in order, over several windows', async () => {
    const records = Array.from({ length: 600 }, (_, at) => signed(at % 7 === 3 ? WRONG : RIGHT, `batch-${at}`));
    const broken = { record: '{}' };
    const results: string[] = [];
    for await (const result of server.client().verifyBatch([...records, broken])) {
      results.push(result.ok ? `${result.answer.pcsId} ${result.answer.verdict.decision}` : result.error.code);
    }
    const expected = records.map(({ pcsId }, at) => `${pcsId} ${at % 7 === 3 ? 'block' : 'accept'}`);
    expect(results).toEqual([...expected, 'record_missing_field']);
  });
});

describe('answers lost on the way', () => {
  it('make no second verdict of a check, a resolution or a label', async () => {
    const before = await server.logSize();
    const proxy = await startLossyProxy(server.url, 2);
    const client = server.client({ url: proxy.url, retryDelayMs: 1 });
    const answer = await client.check({ output: RIGHT, evidence: EVIDENCE });
    expect(proxy.passed()).toBe(3);
    expect(answer.replayed).toBe(true);
    expect(verifyReceipt(answer.receipt!, { key: server.logKey, output: RIGHT, salt: answer.salt }).ok).toBe(true);
    await proxy.close();
    for (const call of ['resolve', 'label'] as const) {
      const another = await startLossyProxy(server.url, 1);
      const lossy = server.client({ url: another.url, retryDelayMs: 1 });
      const { pcsId } = answer;
      if (call === 'resolve') await lossy.resolve({ pcsId, decision: 'block' });
      else await lossy.label({ pcsId, label: 'grounded' });
      expect(another.passed()).toBe(2);
      await another.close();
    }
    expect(await server.logSize()).toBe(before + 3);
  });

  it('make no second version of a policy', async () => {
    const proxy = await startLossyProxy(server.url, 1);
    const client = server.client({ url: proxy.url, retryDelayMs: 1 });
    const policy = { mode: 'enforce', acceptRiskMax: 0.2, retryAttemptsMax: 1 } as const;
    expect((await client.putPolicy('lossy', policy, { ifVersion: 0 })).version).toBe(1);
    expect(proxy.passed()).toBe(2);
    expect((await client.getPolicy('lossy')).version).toBe(1);
    await proxy.close();
  });

  it('make no second verdict of a batch', async () => {
    const before = await server.logSize();
    const proxy = await startLossyProxy(server.url, 1);
    const records = Array.from({ length: 40 }, (_, at) => signed(RIGHT, `lost-${at}`));
    const decisions: string[] = [];
    for await (const result of server.client({ url: proxy.url, retryDelayMs: 1 }).verifyBatch(records)) {
      decisions.push(result.ok ? result.answer.verdict.decision : result.error.code);
    }
    expect(decisions).toEqual(records.map(() => 'accept'));
    expect(proxy.passed()).toBe(2);
    expect(await server.logSize()).toBe(before + records.length);
    await proxy.close();
  });
});

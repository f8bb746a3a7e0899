import { readFile } from 'node:fs/promises';
import { fromBase64, parseVerifierKey, verifyReceipt } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentItems, EVIDENCE, SUPPORTED, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer();
});
afterAll(() => started.stop());

const check = async () =>
  (await started.call('POST', '/v1/check', { body: { output: SUPPORTED, evidence: [{ text: EVIDENCE }] } })).json();
const receiptOf = (pcsId: string, accept?: string) =>
  started.call('GET', `/v1/receipts/${pcsId}`, accept === undefined ? {} : { headers: { accept } });

describe('GET /v1/verdicts/{pcs_id}', () => {
  it('gives what was answered, without a receipt', async () => {
    const answer = await check();
    const got = (await started.call('GET', `/v1/verdicts/${answer.pcs_id}`)).json();
    expect(got).toEqual({
      verdict: answer.verdict,
      effective: answer.effective,
      pcs_id: answer.pcs_id,
      log: answer.log,
      replayed: true,
    });
  });

  it('hides other tenants’ records and says nothing about malformed ids', async () => {
    const { apiKey } = await started.makeTenant('stored-other');
    const { pcs_id: pcsId } = await check();
    for (const path of [`/v1/verdicts/${pcsId}`, `/v1/receipts/${pcsId}`]) {
      const answer = await started.call('GET', path, { key: apiKey });
      expect([answer.status, answer.json().code]).toEqual([404, 'verdict_unknown']);
    }
    const erase = await started.call('DELETE', `/v1/content/${pcsId}`, { key: apiKey });
    expect([erase.status, erase.json().code]).toEqual([404, 'verdict_unknown']);
    for (const id of ['x', 'A'.repeat(64), '..%2f..', '0'.repeat(65), '%00']) {
      expect((await started.call('GET', `/v1/verdicts/${id}`)).status, id).toBe(404);
    }
  });
});

describe('GET /v1/receipts/{pcs_id}', () => {
  it('gives a fresh receipt as JSON or as text, which verifies', async () => {
    const { pcs_id: pcsId, log, salt } = await check();
    const asJson = (await receiptOf(pcsId)).json();
    expect(asJson).toMatchObject({ pcs_id: pcsId, log, salt });
    const asText = await receiptOf(pcsId, 'text/plain');
    expect(asText.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const key = parseVerifierKey((await readFile(started.server.vkeyFile, 'utf8')).trim());
    if (!key.ok) throw new Error(key.code);
    for (const receipt of [asJson.receipt, asText.text]) {
      const verified = verifyReceipt({
        receipt,
        verifierKey: key.value,
        output: SUPPORTED,
        salt: fromBase64(asJson.salt)!,
      });
      expect(verified.ok && Number(verified.value.index)).toBe(log.index);
    }
  });

  it('goes by Accept', async () => {
    const { pcs_id: pcsId } = await check();
    const kinds: [string, string | number][] = [
      ['application/json', 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
      ['text/plain;q=0.9, application/json;q=0.1', 'text/plain; charset=utf-8'],
      ['text/html, application/*', 'application/json; charset=utf-8'],
      ['text/plain;q=0', 406],
      ['image/png', 406],
    ];
    for (const [accept, expected] of kinds) {
      const answer = await receiptOf(pcsId, accept);
      expect(answer.status === 200 ? answer.headers.get('content-type') : answer.status, accept).toBe(expected);
    }
  });

  it('has no salt where the tenant drew it', async () => {
    const { body, pcsId } = verifyBody(started.hmac, { items: contentItems() });
    await started.call('POST', '/v1/verify', { body });
    expect((await receiptOf(pcsId)).json().salt).toBeNull();
  });
});

describe('DELETE /v1/content/{pcs_id}', () => {
  it('is logged once, asked however often, and verdict and receipt hold', async () => {
    const { pcs_id: pcsId, verdict, log } = await check();
    const first = await started.call('DELETE', `/v1/content/${pcsId}`);
    expect(first.status).toBe(200);
    expect(first.json().log.index).toBeGreaterThan(log.index);
    expect((await started.call('DELETE', `/v1/content/${pcsId}`)).json()).toEqual(first.json());
    const receipt = (await receiptOf(pcsId)).json();
    expect(receipt.salt).toBeNull();
    expect((await started.call('GET', `/v1/verdicts/${pcsId}`)).json().verdict).toEqual(verdict);
  });

  it('does not come back when the same record is sent again', async () => {
    const items = contentItems();
    const { body, pcsId } = verifyBody(started.hmac, { items });
    const first = (await started.call('POST', '/v1/verify', { body })).json();
    await started.call('DELETE', `/v1/content/${pcsId}`);
    const again = (await started.call('POST', '/v1/verify', { body })).json();
    expect(again).toMatchObject({ replayed: true, log: first.log, verdict: first.verdict });
    const erased = (await started.call('DELETE', `/v1/content/${pcsId}`)).json();
    expect(erased.log.index).toBeGreaterThan(first.log.index);
  });

  it('finds nothing where the record brought no content', async () => {
    const { body, pcsId } = verifyBody(started.hmac);
    await started.call('POST', '/v1/verify', { body });
    const answer = await started.call('DELETE', `/v1/content/${pcsId}`);
    expect([answer.status, answer.json().code]).toEqual([404, 'not_found']);
  });
});

describe('after a restart', () => {
  it('everything acknowledged is there: verdict, effective decision, idempotency, receipts under the same origin', async () => {
    const body = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
    const headers = { 'idempotency-key': 'over-a-restart' };
    const first = (await started.call('POST', '/v1/check', { body, headers })).json();
    await started.call('POST', '/v1/resolutions', { body: { pcs_id: first.pcs_id, decision: 'block' } });
    started = await started.restart();
    const again = (await started.call('POST', '/v1/check', { body, headers })).json();
    expect(again).toMatchObject({
      replayed: true,
      pcs_id: first.pcs_id,
      verdict: first.verdict,
      salt: first.salt,
      log: first.log,
      effective: { decision: 'block', revision: 1 },
    });
    expect((await receiptOf(first.pcs_id)).status).toBe(200);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentItems, verifyBody } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';

let started: StartedServer;
beforeAll(async () => {
  started = await startTestServer({
    limits: { batchLinesMax: 600, batchBodyBytesMax: 1_000_000, verifyBodyBytesMax: 5_000 },
  });
});
afterAll(() => started.stop());

async function batch(lines: readonly string[], query = '', end = '\n') {
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await started.call('POST', `/v1/verify:batch${query}`, { body: lines.join('\n') + end, headers });
  return {
    answer,
    lines: answer.text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line)),
  };
}

describe('POST /v1/verify:batch', () => {
  it('answers each line in order, and a bad line stops nothing', async () => {
    const good = Array.from({ length: 20 }, (_, i) =>
      verifyBody(started.hmac, i % 3 === 0 ? { items: contentItems() } : {}),
    );
    const lines = good.map(({ body }) => body);
    lines.splice(7, 0, '{"record":', '', verifyBody({ ...started.hmac, kid: 'nobody' }).body);
    const { answer, lines: answers } = await batch(lines, '?receipt=none');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(answers.slice(7, 10).map((each) => [each.status, each.code])).toEqual([
      [400, 'json_malformed'],
      [400, 'json_malformed'],
      [401, 'key_unknown'],
    ]);
    answers.splice(7, 3);
    expect(answers.map((each) => each.pcs_id)).toEqual(good.map(({ pcsId }) => pcsId));
    expect(answers.every((each) => each.receipt === undefined && each.replayed === false)).toBe(true);
  });

  it('gives receipts by default and takes a last line without a line feed', async () => {
    const { lines } = await batch([verifyBody(started.hmac).body], '', '');
    expect(lines).toHaveLength(1);
    expect(lines[0].receipt).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  });

  it('answers the same record twice in one batch the same', async () => {
    const { body } = verifyBody(started.hmac, { items: contentItems() });
    const { lines } = await batch([body, body]);
    expect(lines[0].log).toEqual(lines[1].log);
    expect([lines[0].replayed, lines[1].replayed].sort()).toEqual([false, true]);
  });

  it('takes as many lines and bytes as its limits say, and no more', async () => {
    const small = Array.from({ length: 600 }, () => '{}');
    expect((await batch(small)).lines).toHaveLength(600);
    const more = (await batch([...small, '{}'])).answer;
    expect([more.status, more.json().code]).toEqual([413, 'request_too_large']);
    const line = (length: number) => `{${' '.repeat(length - 2)}}`;
    const { lines } = await batch([line(5_000), line(5_001)]);
    expect(lines.map((each) => each.code)).toEqual(['request_field_invalid', 'request_too_large']);
    const full = Array.from({ length: 200 }, () => line(4_999));
    expect((await batch(full)).answer.status).toBe(200);
    expect((await batch([...full, ' '])).answer.status).toBe(413);
  });

  it('an empty batch has an empty answer', async () => {
    const { answer } = await batch([], '', '');
    expect([answer.status, answer.text]).toEqual([200, '']);
  });
});

/** The valid requests from which the hostile ones are made, for a started server with its keys registered. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecord, Fractal } from '@fractal/sdk';
import { nobleEd25519, toBase64, utf8Decode } from '@fractal/tlog';
import { projectRoot } from '../harness/project.ts';
import { type Ready, readSecret } from '../harness/server-process.ts';
import type { HostileRequest } from './mutations.ts';

/** What a base is, and with it what an answer to its mutants may say. */
export type BaseKind = 'signed' | 'check' | 'agent' | 'batch' | 'other';

export type Base = { kind: BaseKind; request: HostileRequest };

const utf8 = new TextEncoder();
const hmacKey = { alg: 'hmac-sha256', kid: 'hostile-hmac', value: new Uint8Array(32).fill(3) } as const;
const ed25519Key = { alg: 'ed25519', kid: 'hostile-ed25519', value: new Uint8Array(32).fill(4) } as const;

/** Several wrong figures, so that no single change can make it right. */
const WRONG_OUTPUT = 'The canal opened in 1911, is 214 miles long, has 38 locks and cost 77 million dollars.';
const CANAL = 'The canal opened in 1857. It is 19 miles long, has 6 locks, and cost 2 million dollars to build.';
const RIGHT_OUTPUT = 'The canal opened in 1857 and has 6 locks.';

export async function makeBases(ready: Ready): Promise<Base[]> {
  const apiKey = readSecret(ready.api_key_file);
  await registerKeys(ready);
  const signed = [hmacKey, ed25519Key].flatMap((key) => [signedRequest(key, 'string'), signedRequest(key, 'object')]);
  const withoutContent = signedRequest(hmacKey, 'string', true);
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const post = (path: string, body: unknown): HostileRequest => ({
    method: 'POST',
    path,
    headers,
    body: utf8.encode(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const get = (path: string): HostileRequest => ({ method: 'GET', path, headers, body: undefined });
  const client = new Fractal({ url: ready.url, apiKey });
  const known = await client.check({ output: WRONG_OUTPUT, evidence: [CANAL] }, { idempotencyKey: 'known' });

  const bases: Base[] = [
    ...[...signed, ...signed, ...signed, withoutContent].map(
      (body): Base => ({ kind: 'signed', request: post('/v1/verify', body) }),
    ),
    ...agentRecords().map((record): Base => ({ kind: 'agent', request: post('/v1/pcs/submit', record) })),
  ];
  const check = { task: 'hostile', output: WRONG_OUTPUT, evidence: [{ id: 'a', text: CANAL }] };
  for (const body of [check, { ...check, prompt: 'How long is it?', run: 'r', attempt: 2 }]) {
    bases.push({ kind: 'check', request: post('/v1/check', body) });
    bases.push({
      kind: 'check',
      request: {
        ...post('/v1/check?receipt=none', body),
        headers: { ...headers, 'idempotency-key': `key-${bases.length}` },
      },
    });
  }
  const lines = `${signed
    .slice(0, 2)
    .map((body) => JSON.stringify(body))
    .join('\n')}\n`;
  bases.push({
    kind: 'batch',
    request: { ...post('/v1/verify:batch', lines), headers: { ...headers, 'content-type': 'application/x-ndjson' } },
  });
  const others = [
    post('/v1/labels', { pcs_id: known.pcsId, label: 'ungrounded', labeler: 'somebody', revision: 1 }),
    post('/v1/resolutions', { pcs_id: known.pcsId, decision: 'block', reviewer: 'somebody' }),
    {
      ...post('/v1/policies/other', { mode: 'observe', accept_risk_max: 0.1, retry_attempts_max: 2 }),
      method: 'PUT',
    },
    get(`/v1/verdicts/${known.pcsId}`),
    get(`/v1/receipts/${known.pcsId}`),
    get('/v1/policies/other'),
    get('/log/0/checkpoint'),
    get('/log/0/tile/0/000.p/1'),
    get('/openapi.json'),
    post('/admin/v1/keys', { tenant: 'default', use: 'api' }),
    { ...get(`/v1/content/${'0'.repeat(64)}`), method: 'DELETE' },
  ];
  return [...bases, ...others.map((request): Base => ({ kind: 'other', request }))];
}

function signedRequest(key: typeof hmacKey | typeof ed25519Key, form: 'string' | 'object', bare = false): unknown {
  const fields = {
    tenant: 'default',
    namespace: 'hostile',
    stream: 'canals',
    epoch: 1,
    sentAtMs: 1_790_000_000_000,
    task: 'default',
    signals: { agreement: 0.25 },
    ...(bare ? { content: 'none' as const } : {}),
  };
  const { record, content } = createRecord({ output: RIGHT_OUTPUT, evidence: [CANAL], fields, key });
  const items = content.items.map(({ kind, salt, text }) => ({ kind, salt: toBase64(salt), text }));
  const text = utf8Decode(record)!;
  return { record: form === 'string' ? text : JSON.parse(text), ...(bare ? {} : { content: { items } }) };
}

/** Records of deployed agents that verify, all under one key, which `registerKeys` registers. */
function agentCases(): { key: Uint8Array; records: string[] } {
  type Case = { key_utf8?: string; key_b64?: string; record?: string; expect: string };
  const lines = readFileSync(join(projectRoot, 'vectors', 'agents', 'deployed-agents.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const cases = lines.map((line): Case => JSON.parse(line));
  const key = 'testsecret';
  const mine = cases.filter((each) => each.key_utf8 === key && each.expect === 'verifies' && each.record !== undefined);
  if (mine.length === 0) throw new Error('no agent records under this key');
  return { key: utf8.encode(key), records: mine.map((each) => each.record!) };
}

function agentRecords(): string[] {
  return agentCases().records.slice(0, 6);
}

async function registerKeys(ready: Ready): Promise<void> {
  const hmac = (kid: string, secret: Uint8Array) => ({ alg: 'hmac-sha256', kid, secret: toBase64(secret) });
  const publicKey = nobleEd25519.publicKey(ed25519Key.value);
  const keys = [
    hmac(hmacKey.kid, hmacKey.value),
    hmac('agents', agentCases().key),
    { alg: 'ed25519', kid: ed25519Key.kid, public_key: toBase64(publicKey) },
  ];
  for (const key of keys) {
    const response = await fetch(`${ready.url}/admin/v1/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${readSecret(ready.admin_token_file)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tenant: 'default', use: 'record', ...key }),
    });
    if (!response.ok) throw new Error(`the key ${key.kid} was refused: ${await response.text()}`);
  }
}

/**
 * A stranger with the public files alone learns no tenant, decision or text (I6): after a server handled records of several
 * tenants, tasks and decisions, every public file is searched for every one of these words, in plain, hex and base64.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRecord, Fractal, type VerdictAnswer } from '@fractal/sdk';
import { toBase64 } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { freePort, readSecret, type ServerProcess, startServer } from '../harness/server-process.ts';

const tenants = ['acme-harbour', 'zeppelin-insurance'];
const task = 'quarterly-figures';
const namespace = 'reports-of-2026';
const stream = 'board-papers';
const texts = {
  evidence: 'The Wobbleford viaduct was opened in 1873 and carried eleven thousand passengers in its first week.',
  right: 'The Wobbleford viaduct was opened in 1873.',
  wrong: 'The Wobbleford viaduct was opened in 1988.',
  prompt: 'When was the viaduct of Wobbleford opened?',
};
const kid = 'signing-key-of-the-harbour';

let server: ServerProcess;
const answers: VerdictAnswer[] = [];
const secrets: string[] = [];

beforeAll(async () => {
  const dataDirectory = join(scratchDirectory('public-files'), 'data');
  server = await startServer({ dataDirectory, port: await freePort() }).whenReady;
  for (const tenant of tenants) await useAs(tenant);
  // Longer than the longest time to publication, so that there is something to search.
  await sleep(1_500);
});

afterAll(async () => {
  await server.stop();
  removeScratch();
});

async function admin(path: string, body: unknown): Promise<Record<string, string>> {
  const { ready } = server;
  const response = await fetch(`${ready.url}/admin/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readSecret(ready.admin_token_file)}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

/** A tenant that gets several decisions, one signed record, one record without content, a resolution and an erasure. */
async function useAs(tenant: string): Promise<void> {
  const key = { alg: 'hmac-sha256', kid, value: new TextEncoder().encode(`secret of ${tenant}`) } as const;
  await admin('tenants', { name: tenant });
  const { secret } = await admin('keys', { tenant, use: 'api', scopes: ['tenant', 'reviewer'] });
  await admin('keys', { tenant, use: 'record', alg: key.alg, kid, secret: toBase64(key.value) });
  secrets.push(secret!, `secret of ${tenant}`);
  const client = new Fractal({ url: server.ready.url, apiKey: secret! });
  for (const output of [texts.right, texts.wrong, 'no no no no no no no no no no no no no no no no no no no no']) {
    answers.push(
      await client.check({ task, run: 'run-of-monday', prompt: texts.prompt, output, evidence: [texts.evidence] }),
    );
  }
  answers.push(
    await client.check({ task, output: texts.right, evidence: ['Ships may not enter the harbour at night.'] }),
  );
  const fields = { tenant, namespace, stream, epoch: 7, task };
  const signed = createRecord({ output: texts.right, evidence: [texts.evidence], fields, key });
  answers.push(await client.verify({ record: signed.record, content: signed.content }));
  const last = answers.at(-1)!;
  await client.resolve({ pcsId: last.pcsId, decision: 'escalate', reviewer: 'ms-lovelace' });
  await client.label({ pcsId: last.pcsId, label: 'grounded', labeler: 'ms-lovelace' });
  await client.eraseContent(answers.at(-2)!.pcsId);
}

function publicFiles(): { path: string; bytes: Buffer }[] {
  const root = dirname(server.ready.log_dir);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name));
  return paths.filter((path) => statSync(path).isFile()).map((path) => ({ path, bytes: readFileSync(path) }));
}

/** A word as it could lie in a file: plain in either case, in hex, and in base64 at each of the three alignments. */
function forms(word: string): Buffer[] {
  const plain = Buffer.from(word, 'utf8');
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64');
    return text.slice(shift === 0 ? 0 : shift + 1, Math.floor((shift + plain.length) / 3) * 4);
  });
  const texts = [word, word.toLowerCase(), word.toUpperCase(), plain.toString('hex'), ...base64];
  const long = texts.filter((text) => text.length >= 4).map((text) => Buffer.from(text, 'utf8'));
  // The bytes that an id's hex stands for would give it away as well.
  return /^[0-9a-f]{64}$/.test(word) ? [...long, Buffer.from(word, 'hex')] : long;
}

describe('a stranger with the public files', () => {
  it('has something to search, of several decisions', () => {
    expect(publicFiles().length).toBeGreaterThan(6);
    const leaves = Number(readFileSync(join(server.ready.log_dir, 'checkpoint'), 'utf8').split('\n')[1]);
    expect(leaves).toBeGreaterThanOrEqual(answers.length);
    expect(new Set(answers.map(({ verdict }) => verdict.decision)).size).toBeGreaterThanOrEqual(3);
  });

  it('finds no tenant, decision, id, name, key or word of text', () => {
    const words = [
      ...tenants,
      ...['default', task, namespace, stream, kid, 'run-of-monday', 'ms-lovelace', 'hmac-sha256'],
      ...['accept', 'retry', 'retrieve', 'escalate', 'block', 'observe', 'enforce', 'verdict', 'grounded'],
      ...Object.values(texts).flatMap((text) => [text, ...text.split(/\W+/).filter((word) => word.length > 5)]),
      ...answers.map(({ pcsId }) => pcsId),
      ...secrets,
      ...['api_key_file', 'admin_token_file'].map((name) => readSecret(server.ready[name as 'api_key_file'])),
    ];
    const found = publicFiles().flatMap(({ path, bytes }) =>
      words.filter((word) => forms(word).some((form) => bytes.includes(form))).map((word) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  it('would have found them: the receipts, which are not public, hold them', () => {
    const receipt = Buffer.from(answers[0]!.receipt!, 'utf8');
    const inside = (word: string): boolean => forms(word).some((form) => receipt.includes(form));
    expect([tenants[0]!, task, answers[0]!.verdict.decision, answers[0]!.pcsId].filter(inside)).toHaveLength(4);
  });

  it('is served what lies in the folder, and nothing beside it', async () => {
    const { url, log_dir: folder } = server.ready;
    const served = await fetch(`${url}/log/0/checkpoint`);
    expect(Buffer.from(await served.arrayBuffer()).equals(readFileSync(join(folder, 'checkpoint')))).toBe(true);
    for (const path of [
      '/log/0/../../keys/api-key',
      '/log/0/tile/../../../keys/api-key',
      '/log/0/%2e%2e/%2e%2e/keys/keyring',
      '/log/../keys/admin-token',
    ]) {
      const response = await rawGet(url, path);
      expect(response, path).toMatch(/^HTTP\/1\.1 40[04] /);
    }
  });
});

/** A request whose path no client library has tidied up. */
async function rawGet(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}

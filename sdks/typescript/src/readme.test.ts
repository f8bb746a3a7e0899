/** The code of README.md, run as it stands against a server that knows its texts. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { itemHash, verifyRecord } from '@fractal/record';
import { fromBase64, toBase64, toHex } from '@fractal/tlog';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bodyOf, checkAnswer, LOG_KEY, ORIGIN, receiptOf, SALT, VERDICT } from '../testing/receipts.ts';
import { type ScriptedServer, type SeenRequest, startScriptedServer } from '../testing/scripted-server.ts';

const packageDirectory = join(dirname(fileURLToPath(import.meta.url)), '..');
const readme = readFileSync(join(packageDirectory, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
const scratch = mkdtempSync(join(tmpdir(), 'fractal-readme-'));

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
afterAll(async () => {
  await server.close();
  rmSync(scratch, { recursive: true });
});

/** Accepts what says 1932, blocks the rest; the receipt is for the text it was asked about. */
function answerTo(output: string, salt: Uint8Array, pcsId: string): string {
  const verdict = { decision: output.includes('1932') ? 'accept' : 'block' };
  const commitment = toHex(itemHash({ kind: 'output', salt, text: output }));
  const receipt = receiptOf(bodyOf({ output: commitment, pcs_id: pcsId }, verdict));
  return JSON.stringify(
    checkAnswer({ verdict: { ...VERDICT, ...verdict }, pcs_id: pcsId, receipt, salt: toBase64(salt) }),
  );
}

function serve({ path, body }: SeenRequest): [contentType: string, body: string] {
  if (path.startsWith('/v1/policies/'))
    return ['application/json', JSON.stringify({ version: 1, ...JSON.parse(body) })];
  if (path === '/v1/check') return ['application/json', answerTo(JSON.parse(body).output, SALT, 'c'.repeat(64))];
  const { record, content } = JSON.parse(body);
  const key = { alg: 'hmac-sha256', kid: 'k1', value: new TextEncoder().encode('a shared secret') } as const;
  const verified = verifyRecord({ profile: 'fractal-pcs', bytes: new TextEncoder().encode(record), keys: [key] });
  if (!verified.ok) throw new Error(verified.code);
  const output = content.items.find(({ kind }: { kind: string }) => kind === 'output');
  return ['application/x-ndjson', `${answerTo(output.text, fromBase64(output.salt)!, verified.value.pcsId)}\n`];
}

async function run(code: string, name: string): Promise<string> {
  const outfile = join(scratch, `${name}.mjs`);
  const stdin = { contents: code, resolveDir: packageDirectory, loader: 'ts' } as const;
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' });
  const env = {
    ...process.env,
    FRACTAL_URL: server.url,
    FRACTAL_API_KEY: 'key',
    FRACTAL_LOG_KEY: LOG_KEY,
    FRACTAL_RECORD_KEY: 'a shared secret',
  };
  return (await promisify(execFile)(process.execPath, [outfile], { env })).stdout;
}

it('prints what README.md says it prints', async () => {
  expect(ORIGIN).toBe(LOG_KEY.split('+')[0]);
  expect(blocks).toHaveLength(2);
  server.script((response, request) => {
    const [contentType, body] = serve(request);
    response.writeHead(200, { 'content-type': contentType }).end(body);
  });
  const printed = await run(blocks[0]!, 'check');
  expect(printed).toBe('go ahead: The bridge was opened in 1932.\nstopped (block): The bridge was opened in 1934.\n');
  for (const line of printed.trimEnd().split('\n')) expect(readme).toContain(`\`${line}\``);
  expect(await run(blocks[1]!, 'records')).toBe('accept\n');
});

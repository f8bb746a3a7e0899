/**
 * The SDK in a real browser: a receipt verifies there, offline; one with anything changed does not, and one for another
 * text does not. Then the client itself, over the browser's own fetch, and a record signed there and verified here.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { verifyRecord } from '@fractal/record';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bodyOf,
  checkAnswer,
  LOG_KEY,
  OUTPUT,
  PCS_ID,
  receiptOf,
  SALT,
} from '../../sdks/typescript/testing/receipts.ts';
import {
  answerJson,
  answerProblem,
  type ScriptedServer,
  startScriptedServer,
} from '../../sdks/typescript/testing/scripted-server.ts';
import { projectRoot } from '../harness/project.ts';
import { bundleSdk } from './bundle.ts';
import { findChromium, startChromium } from './chromium.ts';

// Inside the page this is the bundle's global.
declare const fractal: typeof import('@fractal/sdk');
declare const location: { readonly origin: string };

const executablePath = findChromium();
const RECEIPT = receiptOf();
/** What the functions that run in the page are handed; bytes travel as arrays of numbers. */
const GIVEN = { receipt: RECEIPT, key: LOG_KEY, output: OUTPUT, salt: [...SALT] };

it('bundles without Node, as small as its README says', async () => {
  const bytes = Buffer.from(await bundleSdk());
  const gzipped = gzipSync(bytes).length;
  console.log(`browser bundle: ${bytes.length} bytes minified, ${gzipped} gzipped`);
  expect(bytes.toString()).not.toMatch(/["']node:|\brequire\(|\bprocess\.|\bBuffer\b/);
  const readme = readFileSync(join(projectRoot, 'sdks', 'typescript', 'README.md'), 'utf8');
  const [, minifiedKb, gzippedKb] = /(\d+) KB minified,\s+(\d+) KB gzipped/.exec(readme)!;
  expect(bytes.length).toBeLessThanOrEqual(Number(minifiedKb) * 1000);
  expect(gzipped).toBeLessThanOrEqual(Number(gzippedKb) * 1000);
});

describe.skipIf(executablePath === undefined)('in Chromium', () => {
  let server: ScriptedServer;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = await startScriptedServer();
    browser = await startChromium(executablePath!);
    page = await browser.newPage();
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>SDK</title>');
    });
    await page.goto(server.url);
    await page.addScriptTag({ content: await bundleSdk() });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('a receipt verifies offline, bound to its text', async () => {
    await page.context().setOffline(true);
    const verified = await page.evaluate(({ receipt, key, output, salt }) => {
      const result = fractal.verifyReceipt(receipt, { key, output, salt: Uint8Array.from(salt) });
      if (!result.ok) return result.code;
      const { pcsId, tenant, verdict, index, boundToOutput } = result.value;
      return { pcsId, tenant, decision: verdict.decision, index: String(index), boundToOutput };
    }, GIVEN);
    await page.context().setOffline(false);
    expect(verified).toEqual({ pcsId: PCS_ID, tenant: 'acme', decision: 'accept', index: '5', boundToOutput: true });
  });

  it('is refused with any one byte changed, in each of its regions', async () => {
    const accepted = await page.evaluate(({ receipt, key, output, salt }) => {
      const good = new TextEncoder().encode(receipt);
      const options = { key, output, salt: Uint8Array.from(salt) };
      const places: number[] = [];
      for (let at = 0; at < good.length; at++) {
        const changed = good.slice();
        changed[at]! ^= 1 << (at % 8);
        if (fractal.verifyReceipt(changed, options).ok) places.push(at);
      }
      return { places, tried: good.length };
    }, GIVEN);
    expect(accepted).toEqual({ places: [], tried: Buffer.byteLength(RECEIPT) });
  });

  it.each(Object.entries(regionsOf(RECEIPT)))('is refused with its %s replaced', async (_, changed) => {
    expect(changed).not.toBe(RECEIPT);
    const code = await page.evaluate(
      ({ receipt, key, output, salt }) => {
        const result = fractal.verifyReceipt(receipt, { key, output, salt: Uint8Array.from(salt) });
        return result.ok ? 'accepted' : result.code;
      },
      { ...GIVEN, receipt: changed },
    );
    expect(code).toMatch(
      /^(proof|receipt|note|checkpoint)_malformed$|^inclusion_invalid$|^index_out_of_range$|^note_(unverified|signature_invalid)$/,
    );
  });

  it('guards an action: this text only, and only when it was accepted', async () => {
    const outcomes = await page.evaluate(
      ({ receipt, key, output, salt, blocked }) => {
        const attempt = (run: () => unknown): string => {
          try {
            run();
            return 'let through';
          } catch (error) {
            return error instanceof fractal.FractalError ? error.code : String(error);
          }
        };
        const options = { key, output, salt: Uint8Array.from(salt) };
        return {
          same: attempt(() => fractal.requireAccepted(receipt, options)),
          otherText: attempt(() => fractal.requireAccepted(receipt, { ...options, output: `${output}!` })),
          noSalt: attempt(() => fractal.requireAccepted(receipt, { ...options, salt: undefined })),
          blocked: attempt(() => fractal.requireAccepted(blocked, options)),
        };
      },
      { ...GIVEN, blocked: blockedReceipt() },
    );
    expect(outcomes).toEqual({
      same: 'let through',
      otherText: 'receipt_output_mismatch',
      noSalt: 'receipt_salt_required',
      blocked: 'verdict_not_accepted',
    });
  });

  it('the client checks over the browser’s fetch, retries, and its receipt guards', async () => {
    server.script(answerProblem(503, 'busy', { 'retry-after': '0' }), answerJson(checkAnswer()));
    const seen = await page.evaluate(async ({ key, output }) => {
      const client = new fractal.Fractal({ url: location.origin, apiKey: 'browser-key' });
      const answer = await client.check({ output, evidence: ['It opened in 1932.'] });
      const verified = fractal.requireAccepted(answer.receipt, { key, output, salt: answer.salt });
      return { decision: verified.verdict.decision, index: String(answer.log.index) };
    }, GIVEN);
    expect(seen).toEqual({ decision: 'accept', index: '5' });
    expect(server.seen.map(({ path }) => path)).toEqual(['/v1/check', '/v1/check']);
    expect(server.seen[1]?.headers.authorization).toBe('Bearer browser-key');
    expect(server.seen[1]?.headers['idempotency-key']).toBe(server.seen[0]?.headers['idempotency-key']);
  });

  it('a redirect is refused there too, and a cancellation is one', async () => {
    server.script((response) => {
      response.writeHead(307, { location: `${server.url}/elsewhere` }).end();
    });
    const codes = await page.evaluate(async ({ output }) => {
      const client = new fractal.Fractal({ url: location.origin, apiKey: 'browser-key' });
      const codeOf = (signal?: AbortSignal): Promise<string> =>
        client.check({ output, evidence: [] }, signal === undefined ? {} : { signal }).then(
          () => 'answered',
          (error: unknown) => (error instanceof fractal.FractalError ? error.code : String(error)),
        );
      return [await codeOf(), await codeOf(AbortSignal.abort())];
    }, GIVEN);
    expect(codes).toEqual(['redirect_refused', 'aborted']);
  });

  it('a batch streams through it', async () => {
    server.script((response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.end(`${JSON.stringify(checkAnswer())}\n`.repeat(2));
    });
    const decisions = await page.evaluate(async () => {
      const client = new fractal.Fractal({ url: location.origin, apiKey: 'browser-key' });
      const all: string[] = [];
      for await (const result of client.verifyBatch([{ record: '{}' }, { record: '{}' }])) {
        all.push(result.ok ? result.answer.verdict.decision : result.error.code);
      }
      return all;
    });
    expect(decisions).toEqual(['accept', 'accept']);
  });

  it('a record signed there verifies here', async () => {
    const bytes = await page.evaluate(({ output }) => {
      const { record } = fractal.createRecord({
        output,
        evidence: ['It opened in 1932.'],
        fields: { tenant: 'acme', namespace: 'default', stream: 'web', epoch: 1, task: 'answers' },
        key: { alg: 'hmac-sha256', kid: 'k1', value: new Uint8Array(32).fill(3) },
      });
      return [...record];
    }, GIVEN);
    const key = { alg: 'hmac-sha256', kid: 'k1', value: new Uint8Array(32).fill(3) } as const;
    expect(verifyRecord({ profile: 'fractal-pcs', bytes: Uint8Array.from(bytes), keys: [key] }).ok).toBe(true);
  });
});

/** A receipt whose verdict is `block`. */
function blockedReceipt(): string {
  return receiptOf(bodyOf({}, { decision: 'block' }));
}

/** The receipt once for each of its parts, that part replaced by another well-formed one. */
function regionsOf(receipt: string): Readonly<Record<string, string>> {
  const swap = (find: RegExp, replace: string): string => receipt.replace(find, replace);
  return {
    header: swap(/@v1/, '@v2'),
    'tag, salt and body': swap(/(?<=^extra )A|(?<=^extra )./m, 'B'),
    index: swap(/^index 5$/m, 'index 4'),
    'first proof line': swap(/(?<=^index 5\n)./m, 'Z'),
    origin: swap(/(?<=\n\n)log\.example/, 'log.evil'),
    'tree size': swap(/(?<=\n)8(?=\n)/, '9'),
    root: swap(/(?<=\n8\n)./, 'Z'),
    'name of the signer': swap(/— log\.example/, '— log.evil'),
    signature: swap(/.(?=..\n$)/, '0'),
  };
}

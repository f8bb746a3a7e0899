/**
 * A receipt taken from a started server, after that server is gone: it verifies in Node and in a real browser, it does
 * not with any byte changed, and it does not for another text. Both the receipt that came with the answer and the one
 * fetched later, under a published checkpoint.
 */
import { verifyReceipt } from '@fractal/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { startLiveServer } from '../sdk/live.ts';
import { findChromium, offlinePage } from './chromium.ts';

// Inside the page this is the bundle's global.
declare const fractal: typeof import('@fractal/sdk');

const OUTPUT = 'The bridge was opened in 1932 – “at last”, they said.';
const KINDS = ['came with the answer', 'fetched later'] as const;

interface Taken {
  readonly receipt: string;
  readonly key: string;
  readonly output: string;
  readonly salt: number[];
}

let taken: Readonly<Record<(typeof KINDS)[number], Taken>>;

beforeAll(async () => {
  const server = await startLiveServer();
  try {
    const client = server.client();
    const evidence = ['The bridge, 1,149 metres long, was opened on 19 March 1932, at last.'];
    for (let at = 0; at < 20; at++) await client.check({ output: `${at}`, evidence }, { receipt: false });
    const wait = { for: 'published', timeoutMs: 5_000 } as const;
    const answer = await client.check({ output: OUTPUT, evidence }, { wait });
    const fetched = await client.getReceipt(answer.pcsId);
    const shared = { key: server.logKey, output: OUTPUT, salt: [...answer.salt!] };
    taken = {
      'came with the answer': { ...shared, receipt: answer.receipt! },
      'fetched later': { ...shared, receipt: fetched.receipt },
    };
  } finally {
    await server.stop();
  }
});

/** Runs in Node and, as source text, in the page: the outcomes of everything that may be tried with a receipt. */
function tryAll(verify: typeof verifyReceipt, { receipt, key, output, salt }: Taken): Record<string, unknown> {
  const options = { key, output, salt: Uint8Array.from(salt) };
  const codeOf = (text: string): string => {
    const result = verify(receipt, { ...options, output: text });
    return result.ok ? 'holds' : result.code;
  };
  const good = new TextEncoder().encode(receipt);
  const accepted: number[] = [];
  for (let at = 0; at < good.length; at++) {
    const changed = good.slice();
    changed[at] = changed[at]! ^ (1 << (at % 8));
    if (verify(changed, options).ok) accepted.push(at);
  }
  return { same: codeOf(output), other: codeOf(output.replace('1932', '1934')), empty: codeOf(''), accepted };
}

const EXPECTED = { same: 'holds', other: 'receipt_output_mismatch', empty: 'receipt_output_mismatch', accepted: [] };

describe('in Node', () => {
  it.each(KINDS)('a receipt that %s', (kind) => {
    expect(tryAll(verifyReceipt, taken[kind])).toEqual(EXPECTED);
  });
});

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('in Chromium, offline', () => {
  const pageNow = offlinePage(executablePath);

  it.each(KINDS)('a receipt that %s', async (kind) => {
    const page = pageNow();
    await page.addScriptTag({ content: `globalThis.tryAll = ${tryAll}` });
    const outcome = await page.evaluate((given) => {
      const page = globalThis as unknown as { tryAll: typeof tryAll };
      return page.tryAll(fractal.verifyReceipt, given);
    }, taken[kind]);
    expect(outcome).toEqual(EXPECTED);
  });
});

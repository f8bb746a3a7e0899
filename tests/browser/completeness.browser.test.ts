/**
 * Completeness in a real browser, offline: the same answers as in Node for a log whose public files are at hand, for all
 * entries held, one withheld, one altered, and a bundle that was changed.
 */
import { checkCompleteness } from '@fractal/sdk';
import { describe, expect, it } from 'vitest';
import { entryAt, PUBLIC_LOG_KEY, publicLog, tagKeyOf } from '../../sdks/typescript/testing/public-log.ts';
import { findChromium, offlinePage } from './chromium.ts';

// Inside the page this is the bundle's global.
declare const fractal: typeof import('@fractal/sdk');

const SIZE = 600;
const owners = Array.from({ length: SIZE }, (_, n) => (n % 3 === 0 ? 'ours' : 'other'));

interface Given {
  readonly key: string;
  readonly tagKey: readonly number[];
  readonly files: Readonly<Record<string, readonly number[]>>;
  readonly entries: readonly { index: number; tag: number[]; salt: number[]; body: number[] }[];
}

/** What the page is handed; bytes travel as arrays of numbers. */
const GIVEN: Given = {
  key: PUBLIC_LOG_KEY,
  tagKey: [...tagKeyOf('ours')],
  files: Object.fromEntries([...publicLog(owners).files].map(([path, bytes]) => [path, [...bytes]])),
  entries: owners.flatMap((owner, index) => {
    if (owner !== 'ours') return [];
    const { tag, salt, body } = entryAt('ours', index);
    return [{ index, tag: [...tag], salt: [...salt], body: [...body] }];
  }),
};

/** Runs in Node and, as source text, in the page. */
async function tryAll(check: typeof checkCompleteness, { key, tagKey, files, entries }: Given): Promise<unknown> {
  const all = entries.map(({ index, tag, salt, body }) => ({
    index: BigInt(index),
    tag: Uint8Array.from(tag),
    salt: Uint8Array.from(salt),
    body: Uint8Array.from(body),
  }));
  const outcome = async (held: typeof all, changed?: string): Promise<unknown> => {
    const answer = await check({
      key,
      tagKey: Uint8Array.from(tagKey),
      readFile: async (path) => {
        const bytes = files[path] === undefined ? undefined : Uint8Array.from(files[path]);
        if (bytes !== undefined && path === changed) bytes[100]! ^= 1;
        return bytes;
      },
      held: async ({ from, to }) => held.filter(({ index }) => index >= from && index < to),
    });
    if (!answer.ok) return answer.code;
    const { complete, own, missing, altered } = answer.value;
    return { complete, own, missing: missing.first.map(Number), altered: altered.first.map(Number) };
  };
  return {
    all: await outcome(all),
    withheld: await outcome(all.filter(({ index }) => index !== 597n)),
    altered: await outcome(all.map((entry) => (entry.index === 258n ? { ...entry, body: entry.salt } : entry))),
    changed: await outcome(all, 'tile/entries/001'),
  };
}

const EXPECTED = {
  all: { complete: true, own: 200, missing: [], altered: [] },
  withheld: { complete: false, own: 200, missing: [597], altered: [] },
  altered: { complete: false, own: 200, missing: [], altered: [258] },
  changed: 'root_mismatch',
};

it('in Node', async () => {
  expect(await tryAll(checkCompleteness, GIVEN)).toEqual(EXPECTED);
});

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('in Chromium, offline', () => {
  const pageNow = offlinePage(executablePath);

  it('comes to the same', async () => {
    const page = pageNow();
    await page.addScriptTag({ content: `globalThis.tryAll = ${tryAll}` });
    const outcome = await page.evaluate((given) => {
      const page = globalThis as unknown as { tryAll: typeof tryAll };
      return page.tryAll(fractal.checkCompleteness, given);
    }, GIVEN);
    expect(outcome).toEqual(EXPECTED);
  });
});

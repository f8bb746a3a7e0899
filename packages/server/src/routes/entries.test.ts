import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptRow, type Ledger, type StoredEntry } from '@fractal/ledger';
import { entryTag, equalBytes, fromBase64, leafEntry, parseBundle } from '@fractal/tlog';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE, SUPPORTED } from '../testing/records.ts';
import { type StartedServer, startTestServer } from '../testing/started-server.ts';
import { entriesRoute, PAGE_BODY_BYTES_MAX, PAGE_ROWS_MAX } from './entries.ts';
import type { RouteRequest } from './route.ts';
import type { Services } from './services.ts';

let started: StartedServer;
let other: { apiKey: string };
beforeAll(async () => {
  started = await startTestServer();
  other = await started.makeTenant('entries-other');
  for (const key of [started.apiKey, other.apiKey, started.apiKey, other.apiKey, started.apiKey]) {
    const body = { output: SUPPORTED, evidence: [{ text: EVIDENCE }] };
    expect((await started.call('POST', '/v1/check?wait=published', { body, key })).status).toBe(200);
  }
});
afterAll(() => started.stop());

const entriesOf = async (query: string, key = started.apiKey) => started.call('GET', `/v1/entries?${query}`, { key });

describe('GET /v1/tag-key', () => {
  it('gives the key that the tenant’s leaves are tagged with, and each tenant its own', async () => {
    const keys = await Promise.all(
      [started.apiKey, other.apiKey].map(async (key) => (await started.call('GET', '/v1/tag-key', { key })).json()),
    );
    expect(keys[0].tag_key).not.toBe(keys[1].tag_key);
    const bundle = parseBundle(readFileSync(join(started.server.logDir, 'tile/entries/000.p/5')));
    const leaves = bundle.ok ? bundle.value : [];
    const { origin } = (await entriesOf('from=0&to=1')).json();
    const owners = leaves.map((leaf) =>
      keys.findIndex(({ tag_key }) =>
        equalBytes(leaf.subarray(1, 17), entryTag({ tagKey: fromBase64(tag_key)!, origin, index: 0 })),
      ),
    );
    expect(owners).toEqual([0, 1, 0, 1, 0]);
  });

  it('is not for the key that a model’s application has', async () => {
    const made = await started.admin('POST', '/admin/v1/keys', { tenant: 'default', use: 'api', scopes: ['tenant'] });
    const key = made.json().secret;
    const refused = await started.call('GET', '/v1/tag-key', { key });
    expect([refused.status, refused.json().code]).toEqual([403, 'forbidden']);
    expect((await entriesOf('from=0&to=5', key)).status).toBe(200);
    expect((await started.call('GET', '/v1/tag-key', { key: null })).status).toBe(401);
  });
});

describe('GET /v1/entries', () => {
  it('lists a tenant’s own entries, as their leaves commit to them, and nobody else’s', async () => {
    const bundle = parseBundle(readFileSync(join(started.server.logDir, 'tile/entries/000.p/5')));
    const leaves = bundle.ok ? bundle.value : [];
    for (const [key, indices] of [
      [started.apiKey, [0, 2, 4]],
      [other.apiKey, [1, 3]],
    ] as const) {
      const page = (await entriesOf('from=0&to=1000', key)).json();
      expect(page).toMatchObject({ size: 5, next: null, damaged: [] });
      expect(page.entries.map(({ index }: { index: number }) => index)).toEqual(indices);
      for (const { index, ...parts } of page.entries) {
        const [tag, salt, body] = [parts.tag, parts.salt, parts.body].map((part: string) => fromBase64(part)!);
        expect(leafEntry({ tag: tag!, salt: salt!, body: body! })).toEqual(new Uint8Array(leaves[index]!));
      }
    }
  });

  it('keeps to its range, and to what it knows', async () => {
    expect((await entriesOf('from=1&to=3')).json().entries).toHaveLength(1);
    expect((await entriesOf('from=5&to=9')).json()).toMatchObject({ entries: [], next: null });
    expect((await entriesOf('from=3&to=2')).json()).toMatchObject({ entries: [], next: null });
    const unknown = await entriesOf('from=0&to=5&origin=elsewhere.example/log');
    expect([unknown.status, unknown.json().code]).toEqual([404, 'not_found']);
    for (const query of ['', 'from=0', 'from=-1&to=2', 'from=01&to=2', 'from=0&to=1e3', 'from=0&to=2&limit=5']) {
      const refused = await entriesOf(query);
      expect([refused.status, refused.json().code], query).toEqual([400, 'request_field_invalid']);
    }
  });
});

describe('a page', () => {
  const tagKey = new Uint8Array(32).fill(3);
  const origin = 'example.com/pages';

  /** A log whose every entry is the tenant's, with bodies of these lengths; rows that are null are damaged. Closed: shows `shown`. */
  async function listing(bodies: readonly (number | null)[], from: number, to: number, shown?: number) {
    const entries = async (low: number, high: number): Promise<StoredEntry[]> =>
      bodies.slice(low, high).map((length, i) => {
        if (length === null) throw new CorruptRow('damaged');
        const index = low + i;
        const [salt, key] = [new Uint8Array(16), new Uint8Array(32)];
        const tag = entryTag({ tagKey, origin, index });
        return { index, tag, salt, key, digest: key, body: new Uint8Array(length) };
      });
    const closed = { origin, size: bodies.length, shownSize: shown, entries };
    const ledger = (shown === undefined
      ? { origin, checkpoint: { size: bodies.length }, past: [], entries }
      : { origin: `${origin}-2`, checkpoint: { size: 0 }, past: [closed] }) as unknown as Ledger;
    const services = { ledger, control: { tagKey: () => tagKey } } as unknown as Services;
    const query = { from: String(from), to: String(to), origin };
    const answer = await entriesRoute(services).handle({ tenant: 't', query } as unknown as RouteRequest);
    const page = JSON.parse(answer.body as string) as {
      entries: { index: number }[];
      next: number | null;
      damaged: number[];
    };
    return { indices: page.entries.map(({ index }) => index), next: page.next, damaged: page.damaged };
  }

  it(`looks at ${PAGE_ROWS_MAX} rows`, async () => {
    const bodies = new Array<number>(PAGE_ROWS_MAX + 300).fill(1);
    const exact = await listing(bodies, 7, 7 + PAGE_ROWS_MAX);
    expect([exact.indices.length, exact.indices[0], exact.next]).toEqual([PAGE_ROWS_MAX, 7, null]);
    const more = await listing(bodies, 7, 8 + PAGE_ROWS_MAX);
    expect([more.indices.length, more.next]).toEqual([PAGE_ROWS_MAX, 7 + PAGE_ROWS_MAX]);
  });

  it(`gives ${PAGE_BODY_BYTES_MAX} bytes of bodies, or one entry`, async () => {
    const half = PAGE_BODY_BYTES_MAX / 2;
    expect(await listing([half, half, 1], 0, 2)).toMatchObject({ indices: [0, 1], next: null });
    expect(await listing([half, half, 1], 0, 3)).toMatchObject({ indices: [0, 1], next: 2 });
    expect(await listing([half, half + 1, 1], 0, 3)).toMatchObject({ indices: [0], next: 1 });
    expect(await listing([2 * half + 1, 1], 0, 2)).toMatchObject({ indices: [0], next: 1 });
  });

  it('goes past damaged rows and names them', async () => {
    const bodies = new Array<number | null>(600).fill(1);
    for (const index of [0, 255, 256, 599]) bodies[index] = null;
    const page = await listing(bodies, 0, 600);
    expect(page.damaged).toEqual([0, 255, 256, 599]);
    expect(page.indices).toHaveLength(596);
  });

  it('of a closed log ends where what that shows ends', async () => {
    expect(await listing([1, 1, 1], 0, 9, 2)).toEqual({ indices: [0, 1], next: null, damaged: [] });
    expect(await listing([1, 1, 1], 0, 9, 0)).toEqual({ indices: [], next: null, damaged: [] });
  });
});

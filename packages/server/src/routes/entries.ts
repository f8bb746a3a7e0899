/**
 * GET /v1/tag-key and GET /v1/entries: what a tenant needs to check that nothing of its own is withheld
 * (spec/completeness.md). Both are the tenant's alone (I13).
 *
 * An entry is the tenant's when its leaf has the tenant's tag: the same rule that the tenant applies to the public bundles.
 * Only what a signed checkpoint covers is listed. A page ends after so many rows looked at, or bytes of bodies given; one
 * entry may exceed the latter alone.
 *
 * The tag key needs the scope `reviewer`: it outlives every API key, so the one that a model's application carries about
 * does not get it.
 */

import type { Control } from '@fractal/control';
import type { Ledger, StoredEntry } from '@fractal/ledger';
import { CorruptRow } from '@fractal/ledger';
import { entryTag, equalBytes, toBase64 } from '@fractal/tlog';
import { z } from 'zod';
import { json, refuse } from '../edge/answer.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** Rows looked at for one page. */
export const PAGE_ROWS_MAX = 1_024;
/** Bytes of bodies in one page. */
export const PAGE_BODY_BYTES_MAX = 1 << 20;
/** Rows read at once: a bundle, whose leaves share a tag. */
const BUNDLE_ROWS = 256;

const base64 = (what: string) => z.string().meta({ description: `${what}, standard base64.` });

const tagKeySchema = z.object({ tag_key: base64('32 bytes') });

const indexQuery = z.string().regex(/^(0|[1-9]\d{0,14})$/);
const entriesQuerySchema = z.strictObject({
  from: indexQuery.meta({ description: 'The first index looked at.' }),
  to: indexQuery.meta({ description: 'The first index not looked at.' }),
  origin: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .meta({ description: 'Of an older log of this server; absent: the one that is written now.' }),
});

const entriesSchema = z.object({
  origin: z.string(),
  size: z.int().meta({ description: 'Leaves that a signed checkpoint covers.' }),
  entries: z.array(
    z.object({
      index: z.int(),
      tag: base64('16 bytes'),
      salt: base64('16 bytes'),
      body: base64('The committed bytes'),
    }),
  ),
  damaged: z
    .array(z.int())
    .meta({ description: 'Rows looked at that fail their checksum, whoever they belong to; they are not listed.' }),
  next: z.int().nullable().meta({ description: 'Where to go on; null when all before `to` was looked at.' }),
});

export function tagKeyRoute({ control }: Services): Route {
  return {
    method: 'GET',
    path: '/v1/tag-key',
    operationId: 'getTagKey',
    summary: 'The key that the tags of this tenant’s leaves are made with.',
    auth: 'tenant',
    scope: 'reviewer',
    responses: { 200: { description: 'The same for as long as the tenant is.', schema: tagKeySchema } },
    handle: ({ tenant }) => json(200, { tag_key: toBase64(control.tagKey(tenant)) }),
  };
}

export function entriesRoute({ control, ledger }: Services): Route {
  return {
    method: 'GET',
    path: '/v1/entries',
    operationId: 'listEntries',
    summary: 'The tenant’s own entries of a stretch of the log.',
    auth: 'tenant',
    query: entriesQuerySchema,
    responses: { 200: { description: 'A page.', schema: entriesSchema } },
    async handle({ id, tenant, query }) {
      const { from, to, origin = ledger.origin } = query as z.infer<typeof entriesQuerySchema>;
      const log = logOf(ledger, origin);
      if (log === undefined) return refuse({ code: 'not_found', detail: 'no log of that origin is held here' }, id);
      const range = { from: Number(from), to: Math.min(Number(to), log.size) };
      const page = await pageOf(log, range, isOwnUnder(control, tenant, origin));
      return json(200, { origin, size: log.size, ...page });
    },
  };
}

interface ReadableLog {
  readonly size: number;
  entries(from: number, to: number): Promise<readonly StoredEntry[]>;
}

/** The log of an origin, as far as it is signed. */
function logOf(ledger: Ledger, origin: string): ReadableLog | undefined {
  if (origin === ledger.origin) {
    return { size: ledger.checkpoint.size, entries: (from, to) => ledger.entries(from, to) };
  }
  const past = ledger.past.find((each) => each.origin === origin);
  return past === undefined ? undefined : { size: past.shownSize, entries: (from, to) => past.entries(from, to) };
}

function isOwnUnder(control: Control, tenant: string, origin: string): (entry: StoredEntry) => boolean {
  const tagKey = control.tagKey(tenant);
  let bundle = -1;
  let tag = new Uint8Array(0);
  return (entry) => {
    const of = Math.floor(entry.index / BUNDLE_ROWS);
    if (of !== bundle) tag = new Uint8Array(entryTag({ tagKey, origin, index: entry.index }));
    bundle = of;
    return equalBytes(entry.tag, tag);
  };
}

interface Page {
  readonly entries: readonly { index: number; tag: string; salt: string; body: string }[];
  readonly damaged: readonly number[];
  readonly next: number | null;
}

async function pageOf(
  log: ReadableLog,
  { from, to }: { readonly from: number; readonly to: number },
  isOwn: (entry: StoredEntry) => boolean,
): Promise<Page> {
  const entries: Page['entries'][number][] = [];
  const damaged: number[] = [];
  let bodyBytes = 0;
  const end = Math.min(to, from + PAGE_ROWS_MAX);
  let at = from;
  while (at < end) {
    const upTo = Math.min(end, at - (at % BUNDLE_ROWS) + BUNDLE_ROWS);
    const read = await rowsOf(log, at, upTo);
    damaged.push(...read.damaged);
    for (const entry of read.rows) {
      if (!isOwn(entry)) continue;
      if (entries.length > 0 && bodyBytes + entry.body.length > PAGE_BODY_BYTES_MAX) {
        return { entries, damaged: damaged.filter((index) => index < entry.index), next: entry.index };
      }
      bodyBytes += entry.body.length;
      const { index, tag, salt, body } = entry;
      entries.push({ index, tag: toBase64(tag), salt: toBase64(salt), body: toBase64(body) });
    }
    at = upTo;
  }
  return { entries, damaged, next: end < to ? end : null };
}

/** A damaged row of one tenant must not hide those of another beside it (I13): then they are read one by one. */
async function rowsOf(
  log: ReadableLog,
  from: number,
  to: number,
): Promise<{ readonly rows: readonly StoredEntry[]; readonly damaged: readonly number[] }> {
  try {
    return { rows: await log.entries(from, to), damaged: [] };
  } catch (error) {
    if (!(error instanceof CorruptRow)) throw error;
  }
  const rows: StoredEntry[] = [];
  const damaged: number[] = [];
  for (let index = from; index < to; index += 1) {
    try {
      rows.push(...(await log.entries(index, index + 1)));
    } catch (error) {
      if (!(error instanceof CorruptRow)) throw error;
      damaged.push(index);
    }
  }
  return { rows, damaged };
}

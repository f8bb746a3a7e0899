import { cosignNote, formatVerifierKey, noteCosigner, utf8Encode } from '@fractal/tlog';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryAt, LOG_ORIGIN, PUBLIC_LOG_KEY, type PublicLog, publicLog, tagKeyOf } from '../../testing/public-log.ts';
import { type CompletenessOptions, checkCompleteness, type ReadEntries } from './check-completeness.ts';
import { FINDINGS_MAX } from './findings.ts';
import type { HeldEntry } from './held-entry.ts';

/** Owners of a log of `size`: every third entry is ours. */
const mixed = (size: number): string[] =>
  Array.from({ length: size }, (_, n) => (n % 3 === 0 ? 'ours' : `other-${n % 5}`));

const within =
  (entries: readonly HeldEntry[]): ReadEntries =>
  async ({ from, to }) =>
    entries.filter(({ index }) => index >= from && index < to);

const ownEntries = (owners: readonly string[]): HeldEntry[] =>
  owners.flatMap((owner, index) => (owner === 'ours' ? [entryAt('ours', index)] : []));

type Changes = Partial<Omit<CompletenessOptions, 'key' | 'policy'>>;

function check(log: PublicLog, entries: readonly HeldEntry[], changes: Changes = {}) {
  return checkCompleteness({
    key: PUBLIC_LOG_KEY,
    tagKey: tagKeyOf('ours'),
    readFile: log.read,
    held: within(entries),
    ...changes,
  });
}

const none = { count: 0, first: [] };

describe('checkCompleteness', () => {
  it.each([0, 1, 2, 255, 256, 257, 511, 512, 513, 769])('accounts for every leaf of a log of %i', async (size) => {
    const owners = mixed(size);
    const own = Math.ceil(size / 3);
    expect(await check(publicLog(owners), ownEntries(owners))).toMatchObject({
      ok: true,
      value: { complete: true, origin: LOG_ORIGIN, size: BigInt(size), own, held: own, given: 0, missing: none },
    });
  });

  it.each([0, 255, 256, 510, 512, 768])(
    'finds the entry at %i withheld, altered or not ours, whichever it is',
    async (at) => {
      const owners = mixed(769);
      owners[at] = 'ours';
      const log = publicLog(owners);
      const all = ownEntries(owners);
      const rest = all.filter(({ index }) => index !== BigInt(at));
      const found = { count: 1, first: [BigInt(at)] };
      expect(await check(log, rest)).toMatchObject({
        value: { complete: false, missing: found, altered: none, unknown: none },
      });
      const entry = entryAt('ours', at);
      for (const altered of [
        { ...entry, body: utf8Encode(`{"index":${at},"tenant":"theirs"}`) },
        { ...entry, salt: new Uint8Array(16) },
        { ...entry, tag: new Uint8Array(16) },
        { ...entry, tag: new Uint8Array(3) },
      ]) {
        expect(await check(log, [...rest, altered])).toMatchObject({
          value: { complete: false, missing: none, altered: found, unknown: none },
        });
      }
      owners[at] = 'other-1';
      expect(await check(publicLog(owners), all)).toMatchObject({
        value: { complete: false, missing: none, altered: none, unknown: found },
      });
    },
  );

  it('asks for what it does not hold, only where that is, and believes no answer', async () => {
    const owners = mixed(1_000);
    const log = publicLog(owners);
    const all = ownEntries(owners);
    const held = all.filter(({ index }) => index < 256n || index >= 512n);
    const asked: bigint[] = [];
    const askFor =
      (entries: readonly HeldEntry[]): ReadEntries =>
      async (range) => {
        asked.push(range.from);
        return [...(await within(entries)(range)), entryAt('ours', 3), entryAt('ours', 999)];
      };
    expect(await check(log, held, { ask: askFor(all) })).toMatchObject({
      value: { complete: true, own: 334, held: held.length, given: 334 - held.length },
    });
    expect(asked).toEqual([256n]);
    const withheld = all.filter(({ index }) => index !== 300n);
    expect(await check(log, held, { ask: askFor(withheld) })).toMatchObject({
      value: { complete: false, missing: { count: 1, first: [300n] } },
    });
    const wrong = [...withheld, { ...entryAt('ours', 300), body: utf8Encode('{}') }, entryAt('ours', 301)];
    expect(await check(log, held, { ask: askFor(wrong) })).toMatchObject({
      value: {
        missing: none,
        altered: { count: 1, first: [300n] },
        unknown: { count: 1, first: [301n] },
      },
    });
  });

  it('sees that one of two copies of an entry is altered', async () => {
    const owners = mixed(10);
    const twice = [...ownEntries(owners), { ...entryAt('ours', 3), body: utf8Encode('{}') }];
    expect(await check(publicLog(owners), twice)).toMatchObject({
      value: { complete: false, own: 4, held: 4, altered: { count: 1, first: [3n] } },
    });
  });

  it('knows none of its leaves under another tag key', async () => {
    const owners = mixed(300);
    const answer = await check(publicLog(owners), ownEntries(owners), { tagKey: tagKeyOf('ours, another year') });
    expect(answer).toMatchObject({ value: { complete: false, own: 0, missing: none, unknown: { count: 100 } } });
  });

  it(`counts all it finds and names the first ${FINDINGS_MAX}`, async () => {
    const owners = new Array<string>(FINDINGS_MAX + 1).fill('ours');
    const answer = await check(publicLog(owners), []);
    if (!answer.ok) throw new Error(answer.code);
    expect(answer.value.missing.count).toBe(FINDINGS_MAX + 1);
    expect(answer.value.missing.first).toHaveLength(FINDINGS_MAX);
  });
});

describe('after a checkpoint that was checked', () => {
  it.each([0, 1, 255, 256, 257, 512, 600])('goes on from %i leaves and reads only what is new', async (size) => {
    const owners = mixed(769);
    const earlier = publicLog(owners.slice(0, size));
    const log = publicLog(owners);
    const read: string[] = [];
    const readFile = (path: string) => {
      read.push(path);
      return log.read(path);
    };
    const fresh = ownEntries(owners).filter(({ index }) => index >= BigInt(size));
    const answer = await check(log, fresh, { after: earlier.checkpoint, readFile });
    expect(answer).toMatchObject({
      value: { complete: true, from: BigInt(size), size: 769n, own: fresh.length, held: fresh.length },
    });
    const bundles = read.filter((path) => path.includes('entries'));
    expect(bundles).toHaveLength(4 - Math.floor(size / 256));
  });

  it('finds what was withheld after it, in the bundle it ended in too', async () => {
    const owners = mixed(600);
    owners[301] = 'ours';
    const earlier = publicLog(owners.slice(0, 300));
    const entries = ownEntries(owners).filter(({ index }) => index !== 301n && index >= 300n);
    expect(await check(publicLog(owners), entries, { after: earlier.checkpoint })).toMatchObject({
      value: { complete: false, missing: { count: 1, first: [301n] } },
    });
  });

  it('refuses another history, a smaller log and another log', async () => {
    const owners = mixed(600);
    const log = publicLog(owners);
    const other = publicLog(owners.map((owner, n) => (n === 5 ? 'other-9' : owner)).slice(0, 300));
    expect(await check(log, [], { after: other.checkpoint })).toMatchObject({ ok: false, code: 'consistency_invalid' });
    const larger = publicLog(mixed(700));
    expect(await check(log, [], { after: larger.checkpoint })).toMatchObject({
      ok: false,
      code: 'consistency_invalid',
    });
    const forged = log.checkpoint.replace('\n600\n', '\n500\n');
    expect(await check(log, [], { after: forged })).toMatchObject({ ok: false, code: 'note_signature_invalid' });
  });
});

describe('a hostile log', () => {
  const owners = mixed(769);
  const entries = ownEntries(owners);

  it('is refused with one bit of one file changed, whichever it reads', async () => {
    const paths = new Set<string>();
    const log = publicLog(owners);
    const after = publicLog(owners.slice(0, 300)).checkpoint;
    const readFile = (path: string) => {
      paths.add(path);
      return log.read(path);
    };
    for (const changes of [{}, { after }]) {
      paths.clear();
      expect(await check(log, entries, { ...changes, readFile })).toMatchObject({ ok: true });
      for (const path of paths) {
        const right = log.files.get(path);
        if (right === undefined) continue;
        await fc.assert(
          fc.asyncProperty(fc.nat(right.length * 8 - 1), async (bit) => {
            const wrong = right.slice();
            wrong[bit >> 3]! ^= 1 << (bit & 7);
            log.files.set(path, wrong);
            const answer = await check(log, entries, changes);
            log.files.set(path, right);
            // Nodes beside those that are used may be anything; nothing else may.
            const isComplete = answer.ok && answer.value.complete;
            if (isComplete) expect(path).toMatch(/^tile\/\d/);
          }),
          { numRuns: 30 },
        );
      }
    }
  });

  it.each([
    ['no checkpoint', 'checkpoint', undefined, 'tile_missing'],
    ['no bundle', 'tile/entries/001', undefined, 'tile_missing'],
    ['no last bundle', 'tile/entries/003.p/1', undefined, 'tile_missing'],
    ['an empty bundle', 'tile/entries/001', new Uint8Array(0), 'bundle_malformed'],
    ['half a bundle', 'tile/entries/001', new Uint8Array(700), 'bundle_malformed'],
    ['a bundle of one entry', 'tile/entries/001', Uint8Array.of(0, 1, 7), 'bundle_malformed'],
    ['no note', 'checkpoint', utf8Encode('hello'), 'note_malformed'],
    ['bytes that are no text', 'checkpoint', Uint8Array.of(0xff, 10, 10, 1, 10), 'note_malformed'],
  ])('that serves %s is refused', async (_what, path, bytes, code) => {
    const log = publicLog(owners);
    if (bytes === undefined) log.files.delete(path);
    else log.files.set(path, bytes);
    expect(await check(log, entries)).toMatchObject({ ok: false, code });
  });

  it('is refused where its leaves are others than it signed', async () => {
    const log = publicLog(owners);
    const lie = publicLog(owners.map((owner, n) => (n === 300 ? 'other-1' : owner)));
    log.files.set('tile/entries/001', lie.files.get('tile/entries/001')!);
    expect(await check(log, entries)).toMatchObject({ ok: false, code: 'root_mismatch' });
  });

  it('may have dropped the partial bundle once the full one is there', async () => {
    const log = publicLog(owners);
    const { checkpoint } = publicLog(owners.slice(0, 300));
    expect(await check(log, entries, { checkpoint })).toMatchObject({
      value: { complete: true, size: 300n, own: 100 },
    });
  });
});

describe('what it is told', () => {
  it('is checked: a tag key of 32 bytes, one of key and policy', async () => {
    const log = publicLog(mixed(3));
    for (const length of [0, 31, 33]) {
      const answer = await check(log, [], { tagKey: new Uint8Array(length) });
      expect(answer).toMatchObject({ ok: false, code: 'client_option_invalid' });
    }
    const base = { tagKey: tagKeyOf('ours'), readFile: log.read };
    for (const trust of [{}, { key: PUBLIC_LOG_KEY, policy: 'quorum none' }]) {
      const answer = await checkCompleteness({ ...base, ...trust } as unknown as CompletenessOptions);
      expect(answer).toMatchObject({ ok: false, code: 'client_option_invalid' });
    }
    expect(await checkCompleteness({ ...base, key: 'nobody' })).toMatchObject({ ok: false, code: 'vkey_malformed' });
  });

  it('may be a policy: the checkpoint then needs its witnesses', async () => {
    const log = publicLog(mixed(3));
    const witness = noteCosigner({ name: 'witness.example/1', secretKey: new Uint8Array(32).fill(9), timeSeconds: 1n });
    const policy = `log ${PUBLIC_LOG_KEY}\nwitness one ${formatVerifierKey(witness.verifierKey)}\nquorum one\n`;
    const base = { tagKey: tagKeyOf('ours'), readFile: log.read, held: within(ownEntries(mixed(3))), policy };
    expect(await checkCompleteness(base)).toMatchObject({ ok: false, code: 'policy_unsatisfied' });
    log.files.set('checkpoint', utf8Encode(cosignNote(log.checkpoint, [witness])));
    expect(await checkCompleteness(base)).toMatchObject({ ok: true, value: { complete: true } });
  });

  it('passes on what its ports throw, and tells how far it is', async () => {
    const log = publicLog(mixed(600));
    const broken = async (): Promise<never> => {
      throw new Error('no network');
    };
    await expect(check(log, [], { readFile: broken })).rejects.toThrow('no network');
    await expect(check(log, [], { held: broken })).rejects.toThrow('no network');
    const progress: bigint[] = [];
    await check(log, [], { onProgress: ({ checked }) => progress.push(checked) });
    expect(progress).toEqual([256n, 512n, 600n]);
  });
});

import { canonicalJson } from '@fractal/record';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatEntry, parseEntry } from './entry-body.ts';
import type { ControlEntry, Decision } from './types.ts';

const policy = {
  version: 1,
  mode: 'enforce',
  acceptRiskMax: 0.25,
  retryAttemptsMax: 3,
  forbid: ['ü'],
  requireSignals: ['s'],
} as const;
const hash = 'a'.repeat(64);
const publicKey = `${'A'.repeat(42)}E=`;

const decisions: readonly Decision[] = [
  { kind: 'tenant', op: 'create', tenant: 'acme' },
  { kind: 'tenant', op: 'retain', tenant: 'acme', retentionMs: 5 },
  {
    kind: 'key',
    op: 'add',
    key: { use: 'api', id: '0'.repeat(16), tenant: 'acme', scopes: ['tenant'], secretSha256: hash, notBeforeMs: 1 },
  },
  { kind: 'key', op: 'add', key: { use: 'admin', id: '0'.repeat(16), secretSha256: hash, notAfterMs: 2 } },
  { kind: 'key', op: 'add', key: { use: 'record', id: 'k', tenant: 'acme', material: { alg: 'ed25519', publicKey } } },
  { kind: 'key', op: 'add', key: { use: 'edge', id: 'edge-1', generation: 1, publicKey } },
  {
    kind: 'key',
    op: 'rotate',
    replaces: 'k',
    replacedNotAfterMs: 9,
    key: { use: 'record', id: 'k2', tenant: 'acme', material: { alg: 'hmac-sha256', generation: 2 } },
  },
  { kind: 'key', op: 'revoke', use: 'record', tenant: 'acme', id: 'k' },
  { kind: 'key', op: 'revoke', use: 'admin', id: '0'.repeat(16) },
  {
    kind: 'key',
    op: 'rotate_log',
    log: '0-2',
    origin: 'log.example.org/0-2',
    oldKey: `log.example.org/0-2+0a1b2c3d+${'A'.repeat(44)}`,
    newKey: `log.example.org/0-2+4e5f6a7b+${'B'.repeat(44)}`,
    size: 12,
    checkpoint: 'log.example.org/0-2\n12\nroot\n\n— one\n— other\n',
    overlapUntilMs: 1_700_000_000_000,
  },
  { kind: 'policy', op: 'put', tenant: 'acme', task: 'qa', policy },
  { kind: 'access', action: 'vault.read', outcome: 'refused', tenant: 'acme', target: hash },
  { kind: 'access', action: 'vault.read', outcome: 'done' },
  { kind: 'generation', log: '0', origin: 'x.org/0', reason: 'guard_lost', closedMs: 5, size: 3 },
  { kind: 'generation', log: 'control-2', origin: 'x.org/ö', reason: 'behind', closedMs: 5, size: 3, knownSize: 7 },
  { kind: 'follower', op: 'pause', follower: 'kpi', event: 'e'.repeat(32) },
  {
    kind: 'follower',
    op: 'skip',
    follower: 'scrub',
    event: 'e'.repeat(32),
    log: '0-2',
    index: 7,
    code: 'row_corrupt',
    target: 'tile/0/000',
    reason: 'OPS-12',
  },
];

const entries: readonly ControlEntry[] = decisions.map((decision, index) => ({
  actor: index % 2 === 0 ? 'system' : `p_${'0'.repeat(32)}`,
  timeMs: 1_700_000_000_000 + index,
  decision,
}));

describe('control entries', () => {
  it.each(entries)('come back as they were: $decision', (entry) => {
    expect(parseEntry(formatEntry(entry))).toEqual({ status: 'read', entry });
  });

  it('name their type, kind and version', () => {
    for (const entry of entries) {
      const body = JSON.parse(new TextDecoder().decode(formatEntry(entry)));
      expect(body).toMatchObject({ type: 'control', version: 1, kind: entry.decision.kind, time: entry.timeMs });
    }
  });

  it('are refused with any member missing, of another type, or too many', () => {
    for (const entry of entries) {
      const body = JSON.parse(new TextDecoder().decode(formatEntry(entry)));
      const optional = new Set(['known_size', 'retention_ms', 'target', 'not_before', 'not_after']);
      if (entry.decision.kind === 'follower') for (const name of ['log', 'index', 'code', 'reason']) optional.add(name);
      const accessTenant = (name: string): boolean => entry.decision.kind === 'access' && name === 'tenant';
      for (const name of Object.keys(body)) {
        const without = { ...body };
        delete without[name];
        if (!optional.has(name) && !accessTenant(name)) {
          expect(['other', 'malformed', 'version_unknown']).toContain(parseEntry(canonicalJson(without)).status);
        }
        for (const wrong of [null, [], {}, 1.5, -1, '', true]) {
          expect([name, wrong, parseEntry(canonicalJson({ ...body, [name]: wrong })).status]).not.toContain('read');
        }
      }
      expect(parseEntry(canonicalJson({ ...body, secret: 'x' })).status).toBe('malformed');
    }
  });

  it('are refused with a number that no canonical form can hold', () => {
    const body = new TextDecoder().decode(formatEntry(entries.at(-1)!));
    const huge = new TextEncoder().encode(body.replace('"index":7', '"index":7e99'));
    expect(parseEntry(huge)).toEqual({ status: 'malformed', detail: 'not canonical' });
  });

  it('never throw, whatever the bytes, and what is read is written back the same', () => {
    const bytes = fc.constantFrom(...entries.map(formatEntry));
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(bytes, edits, fc.boolean(), (original, list, cut) => {
        const changed = original.slice();
        for (const [at, byte] of list) changed[at % changed.length] = byte;
        const input = cut ? changed.subarray(0, (list[0]?.[0] ?? 0) % changed.length) : changed;
        const parsed = parseEntry(input);
        if (parsed.status === 'read') expect([...formatEntry(parsed.entry)]).toEqual([...input]);
      }),
      { numRuns: 5000 },
    );
  });
});

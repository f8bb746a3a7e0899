/** A VaultStore in memory, as small as its contract allows. For tests and simulations; passes `vaultStoreContract`. */
import { compareBytes, equalBytes, utf8Encode } from '@fractal/tlog';
import type {
  ContentAddress,
  Erasure,
  OwedRotation,
  StoredKeyRow,
  UnsettledContent,
  VaultStore,
} from '../ports/vault-store.ts';

interface Row {
  readonly address: ContentAddress;
  keyRow: Uint8Array;
  content?: Uint8Array | undefined;
  retainUntilMs?: number | undefined;
}

const keyOf = ({ tenant, pcsId }: ContentAddress): string => `${tenant}\0${pcsId}`;
const byBytes = (a: string, b: string): number => compareBytes(utf8Encode(a), utf8Encode(b));

export function memoryVaultStore(): VaultStore {
  const rows = new Map<string, Row>();
  const owed = new Map<string, OwedRotation>();
  const unsettled = new Map<string, UnsettledContent>();
  const orderOf = ({ storedMs, address }: UnsettledContent): string =>
    `${String(storedMs).padStart(16, '0')}${keyOf(address)}`;
  const list = (address: ContentAddress, storedMs: number): void => {
    const content = { address: { ...address }, storedMs };
    unsettled.set(orderOf(content), content);
  };
  const sorted = (): Row[] => [...rows].sort(([a], [b]) => byBytes(a, b)).map(([, row]) => row);
  const holds = (address: ContentAddress, expected: Uint8Array): Row | undefined => {
    const row = rows.get(keyOf(address));
    return row !== undefined && equalBytes(row.keyRow, expected) ? row : undefined;
  };

  function eraseOne({ address, expected, tombstone }: Erasure, erasedMs: number): boolean {
    const row = holds(address, expected);
    if (row === undefined) return false;
    if (tombstone === undefined) rows.delete(keyOf(address));
    else rows.set(keyOf(address), { address, keyRow: tombstone.slice() });
    const before = owed.get(address.tenant);
    owed.set(address.tenant, {
      tenant: address.tenant,
      sinceMs: before?.sinceMs ?? erasedMs,
      count: (before?.count ?? 0) + 1,
    });
    return true;
  }

  return {
    async insert({ address, keyRow, content, storedMs, retainUntilMs }) {
      if (rows.has(keyOf(address))) return false;
      const row = { address: { ...address }, keyRow: keyRow.slice(), content: content.slice(), retainUntilMs };
      rows.set(keyOf(address), row);
      list(address, storedMs);
      return true;
    },
    async read(address) {
      const row = rows.get(keyOf(address));
      if (row === undefined) return undefined;
      return { keyRow: row.keyRow.slice(), ...(row.content === undefined ? {} : { content: row.content.slice() }) };
    },
    readKey: async (address) => rows.get(keyOf(address))?.keyRow.slice(),
    async replaceKeys(changes) {
      return changes.map(({ address, expected, next, storedMs }) => {
        const row = holds(address, expected);
        if (row !== undefined) row.keyRow = next.slice();
        if (row !== undefined && storedMs !== undefined) list(address, storedMs);
        return row !== undefined;
      });
    },
    erase: async (changes, erasedMs) => changes.map((change) => eraseOne(change, erasedMs)),
    async listKeys({ tenant, after, limit }): Promise<StoredKeyRow[]> {
      return sorted()
        .filter((row) => tenant === undefined || row.address.tenant === tenant)
        .filter((row) => after === undefined || byBytes(keyOf(row.address), keyOf(after)) > 0)
        .slice(0, limit)
        .map((row) => ({ address: row.address, keyRow: row.keyRow.slice() }));
    },
    async listDue({ nowMs, limit }) {
      return sorted()
        .flatMap(({ address, retainUntilMs }) => (retainUntilMs === undefined ? [] : [{ address, retainUntilMs }]))
        .filter(({ retainUntilMs }) => retainUntilMs <= nowMs)
        .sort((a, b) => a.retainUntilMs - b.retainUntilMs)
        .slice(0, limit);
    },
    async listUnsettled({ beforeMs, after, limit }) {
      return [...unsettled.values()]
        .filter(({ storedMs }) => storedMs < beforeMs)
        .filter((content) => after === undefined || byBytes(orderOf(content), orderOf(after)) > 0)
        .sort((a, b) => byBytes(orderOf(a), orderOf(b)))
        .slice(0, limit);
    },
    async settle(contents) {
      for (const content of contents) unsettled.delete(orderOf(content));
    },
    listOwed: async () => [...owed.values()].sort((a, b) => byBytes(a.tenant, b.tenant)),
    async settleOwed(tenant, count) {
      const before = owed.get(tenant);
      if (before === undefined || before.count <= count) owed.delete(tenant);
      else owed.set(tenant, { ...before, count: before.count - count });
    },
    async close() {},
  };
}

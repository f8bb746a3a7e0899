/** What the parts of the vault share. */
import { VaultError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { Keyring } from '../ports/keyring.ts';
import type { ContentAddress, VaultStore } from '../ports/vault-store.ts';
import { type KeyRow, parseKeyRow } from '../seal/key-row.ts';
import type { Turns } from './turns.ts';

export interface VaultContext {
  readonly store: VaultStore;
  readonly keyring: Keyring;
  readonly rng: Rng;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly retentionMsOf: (tenant: string) => number | undefined;
}

/** The key row, or `vault_corrupt`. */
export function parsedRow(address: ContentAddress, keyRow: Uint8Array): KeyRow {
  const row = parseKeyRow(address, keyRow);
  if (row === undefined) throw corrupt(address, 'key row does not parse');
  return row;
}

export function corrupt({ tenant, pcsId }: ContentAddress, what: string): VaultError {
  return new VaultError('vault_corrupt', `${tenant}/${pcsId}: ${what}`);
}

/** An absent retention is an absent member. */
export function retained(retainUntilMs: number | undefined): { readonly retainUntilMs?: number } {
  return retainUntilMs === undefined ? {} : { retainUntilMs };
}

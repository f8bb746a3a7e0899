/** Opens one log of a data directory: its rows, its public files, its identity and its ledger. */

import {
  type Clock,
  type Ledger,
  type LedgerEvents,
  type LogStore,
  openLedger,
  type PublicFiles,
} from '@fractal/ledger';
import type { DataDirectory } from '@fractal/store-embedded';
import type { Ed25519 } from '@fractal/tlog';
import type { Rng } from '@fractal/vault';
import { type LogIdentity, logIdentity } from './log-identity.ts';
import type { SecretTools } from './secrets.ts';

export interface OpenedLog {
  readonly name: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** Folder of the public files. */
  readonly publicFolder: string;
  readonly identity: LogIdentity;
  readonly ledger: Ledger;
}

export interface OpenLogOptions {
  readonly directory: DataDirectory;
  readonly name: string;
  readonly keysFolder: string;
  /** Origin of a log that is made now; an existing one keeps its own. */
  readonly newOrigin: string;
  readonly tagKeyOf: (tenant: string) => Uint8Array;
  readonly publishIntervalMs: number;
  readonly events: LedgerEvents;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly rng: Rng;
}

/** @throws LogIdentityError, and what openLedger throws */
export async function openLog(options: OpenLogOptions): Promise<OpenedLog> {
  const { name, keysFolder, newOrigin, secrets, ed25519, clock, rng, tagKeyOf, publishIntervalMs, events } = options;
  const { store, files, publicFolder } = await options.directory.openLog(name);
  const head = await store.readHead();
  const isEmpty = head === undefined || head.size === 0;
  const identity = await logIdentity({ keysFolder, log: name, newOrigin, isEmpty, secrets, ed25519 });
  const ledger = await openLedger({
    origin: identity.origin,
    store,
    files,
    signers: [identity.signer],
    verifierKey: identity.verifierKey,
    tagKeyOf,
    clock,
    rng,
    publishIntervalMs,
    events,
  });
  return { name, store, files, publicFolder, identity, ledger };
}

/** A ledger over memory ports, as the tests of this package use it. */
import {
  formatVerifierKey,
  makeVerifierKey,
  type NoteSigner,
  nobleEd25519,
  noteSigner,
  sha256,
  utf8Encode,
  type VerifierKey,
} from '@fractal/tlog';
import type { Ledger } from '../ledger.ts';
import { type LedgerOptions, openLedger } from '../open/open-ledger.ts';
import type { NewEntry } from '../sequence/group.ts';
import { instantClock, MemoryLogStore, MemoryPublicFiles, seededRng } from './memory-parts.ts';

export const ORIGIN = 'example.com/log/0';
const SECRET_KEY = new Uint8Array(32).fill(7);

const MADE_KEY = makeVerifierKey({
  name: ORIGIN,
  type: 0x01,
  publicKey: nobleEd25519.publicKey(SECRET_KEY),
});

export function parsedVerifierKey(): VerifierKey {
  if (!MADE_KEY.ok) throw new Error(MADE_KEY.code);
  return MADE_KEY.value;
}

/** What the log signs with. */
export function ownSigner(): NoteSigner {
  return noteSigner({ name: ORIGIN, secretKey: SECRET_KEY });
}

export interface MemoryLedger {
  readonly ledger: Ledger;
  readonly store: MemoryLogStore;
  readonly files: MemoryPublicFiles;
  readonly errors: unknown[];
}

export interface MemoryLedgerOptions {
  readonly store?: MemoryLogStore;
  readonly files?: MemoryPublicFiles;
  readonly limits?: LedgerOptions['limits'];
  readonly tagKeyOf?: LedgerOptions['tagKeyOf'];
  readonly witnessing?: LedgerOptions['witnessing'];
  readonly clock?: LedgerOptions['clock'];
  readonly onPublish?: NonNullable<LedgerOptions['events']>['onPublish'];
}

export async function openMemoryLedger(options: MemoryLedgerOptions = {}): Promise<MemoryLedger> {
  const store = options.store ?? new MemoryLogStore();
  const files = options.files ?? new MemoryPublicFiles();
  const errors: unknown[] = [];
  const ledger = await openLedger({
    origin: ORIGIN,
    store,
    files,
    signers: [ownSigner()],
    verifierKey: formatVerifierKey(parsedVerifierKey()),
    tagKeyOf: options.tagKeyOf ?? ((tenant) => sha256(utf8Encode(tenant))),
    clock: options.clock ?? instantClock(),
    rng: seededRng(1),
    publishIntervalMs: 10,
    witnessing: options.witnessing,
    events: {
      onError: (error) => errors.push(error),
      ...(options.onPublish ? { onPublish: options.onPublish } : {}),
    },
    ...(options.limits ? { limits: options.limits } : {}),
  });
  return { ledger, store, files, errors };
}

/** Entry number `n`; the same number has the same key, another `version` another digest. */
export function entryOf(n: number, version = 0): NewEntry {
  return {
    tenant: `tenant-${n % 3}`,
    key: sha256(utf8Encode(`key ${n}`)),
    digest: sha256(utf8Encode(`digest ${n} ${version}`)),
    body: utf8Encode(JSON.stringify({ n, version })),
  };
}

/** A ledger over the embedded store in a directory, with a fixed key: what suites use that need a log but no server. */
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Ledger, openLedger } from '@fractal/ledger';
import { type DataDirectory, guardFolder, openDataDirectory } from '@fractal/store-embedded';
import {
  type Ed25519,
  formatVerifierKey,
  makeVerifierKey,
  type NoteSigner,
  nobleEd25519,
  noteSigner,
  sha256,
  utf8Encode,
} from '@fractal/tlog';

export const ORIGIN = 'example.com/suite/0';
const SECRET_KEY = new Uint8Array(32).fill(9);

export function embeddedVerifierKey(): string {
  const key = makeVerifierKey({ name: ORIGIN, type: 0x01, publicKey: nobleEd25519.publicKey(SECRET_KEY) });
  if (!key.ok) throw new Error(key.code);
  return formatVerifierKey(key.value);
}

/** Node's own signing: the pure one takes milliseconds, and a group commit signs once. */
function nodeSigning(): Ed25519 {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), SECRET_KEY]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { ...nobleEd25519, sign: (_secret, message) => new Uint8Array(sign(null, message, key)) };
}

/** The log's own signer, under its fixed key. */
export function embeddedSigner(): NoteSigner {
  return noteSigner({ name: ORIGIN, secretKey: SECRET_KEY, ed25519: nodeSigning() });
}

export type EmbeddedLog = {
  ledger: Ledger;
  directory: DataDirectory;
  publicFolder: string;
  close: () => Promise<void>;
};

/** With `guard`, a folder, each checkpoint is recorded there before it is signed, as a server does it. */
export async function openEmbeddedLog(
  path: string,
  options: { guard?: string; publishIntervalMs?: number } = {},
): Promise<EmbeddedLog> {
  const directory = await openDataDirectory(path, randomBytes(16));
  const { store, files, publicFolder } = await directory.openLog('0');
  const ledger = await openLedger({
    origin: ORIGIN,
    store,
    files,
    signers: [embeddedSigner()],
    verifierKey: embeddedVerifierKey(),
    tagKeyOf: (tenant) => sha256(utf8Encode(`tag key of ${tenant}`)),
    clock: {
      nowMs: () => Date.now(),
      sleep: (durationMs, signal) => setTimeout(durationMs, undefined, { signal }).catch(() => {}),
    },
    rng: { bytes: (length) => new Uint8Array(randomBytes(length)) },
    ...(options.guard === undefined ? {} : { guard: guardFolder(options.guard) }),
    ...(options.publishIntervalMs === undefined ? {} : { publishIntervalMs: options.publishIntervalMs }),
  });
  return {
    ledger,
    directory,
    publicFolder,
    close: async () => {
      await ledger.close();
      await directory.close();
    },
  };
}

/** Entry number n of the suites: the same number is always the same entry. */
export function numberedEntry(n: number): Parameters<Ledger['append']>[0] {
  return {
    tenant: `tenant-${n % 5}`,
    key: sha256(utf8Encode(`key ${n}`)),
    digest: sha256(utf8Encode(`digest ${n}`)),
    body: utf8Encode(JSON.stringify({ n, type: 'suite' })),
  };
}

/** Appends entries from..to−1, many at once, and waits until the last is published. */
export async function growTo(log: EmbeddedLog, size: number): Promise<void> {
  const start = log.ledger.size;
  for (let from = start; from < size; from += 4_000) {
    const count = Math.min(4_000, size - from);
    await Promise.all(Array.from({ length: count }, (_, i) => log.ledger.append(numberedEntry(from + i))));
  }
  if (size > 0 && !(await log.ledger.waitPublished(size - 1, 30_000)))
    throw new Error(`size ${size} was not published`);
}

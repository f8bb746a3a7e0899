/** A data directory with one log, a control log and a vault, to be backed up: real rows and files, a fixed key, no server. */
import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ledger, type LogStore, openLedger, type PublicFiles } from '@fractal/ledger';
import {
  type Ed25519,
  formatVerifierKey,
  makeVerifierKey,
  nobleEd25519,
  noteSigner,
  sha256,
  toHex,
  utf8Encode,
} from '@fractal/tlog';
import { type ContentAddress, type Keyring, openVault, type Vault, type VaultStore } from '@fractal/vault';
import { openDataDirectory } from '../../directory/data-directory.ts';
import { openKeyring } from '../../keyring/index.ts';
import { openVaultStore } from '../../vault/index.ts';
import type { DerivedFromEntry } from '../restore.ts';
import { type BackupOptions, type BackupReport, runBackup } from '../run-backup.ts';

export const TENANT = 'acme';
const rng = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
export const clock = {
  nowMs: Date.now,
  sleep: (durationMs: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};

export interface SourceDirectory {
  readonly path: string;
  readonly keyringFile: string;
  readonly keyring: Keyring;
  readonly store: LogStore;
  readonly files: PublicFiles;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly vaultStore: VaultStore;
  readonly verifierKey: string;
  /** Logs so many new entries, the same at every run, and waits until they are published. */
  grow(count: number): Promise<void>;
  /** Stores a content of its own. */
  put(text: string): Promise<ContentAddress>;
  close(): Promise<void>;
}

export interface SourceOptions {
  readonly origin?: string;
  /** Of the entries: other ones give another history. */
  readonly seed?: string;
  readonly path?: string;
  /** Checkpoints are signed, and none is published. */
  readonly unpublished?: boolean;
}

const folders: string[] = [];

export async function scratch(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `fractal-${name}-`));
  folders.push(folder);
  return folder;
}

export async function removeScratch(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export async function openSourceDirectory(options: SourceOptions = {}): Promise<SourceDirectory> {
  const { origin = 'example.com/backup/0', seed = 'a', path = await scratch('source') } = options;
  const directory = await openDataDirectory(path, rng.bytes(16));
  const keyringFile = join(path, 'keys', 'keyring');
  const keyring = await openKeyring({ file: keyringFile });
  const log = await directory.openLog('0');
  const secretKey = sha256(utf8Encode(origin));
  const files: PublicFiles =
    options.unpublished === true
      ? { ...log.files, read: (file) => log.files.read(file), writeAll: () => Promise.reject(new Error('not now')) }
      : log.files;
  const ledger = await openLedger({
    origin,
    store: log.store,
    files,
    signers: [noteSigner({ name: origin, secretKey, ed25519: nodeSigning(secretKey) })],
    verifierKey: vkeyOf(origin, secretKey),
    tagKeyOf: (tenant) => sha256(utf8Encode(tenant)),
    clock,
    rng: { bytes: (length) => new Uint8Array(length).fill(7) },
    publishIntervalMs: 5,
  });
  await mkdir(join(path, 'keys'), { recursive: true });
  await writeFile(join(path, 'keys', '0.vkey'), `${vkeyOf(origin, secretKey)}\n`);
  const vaultStore = await openVaultStore({ folder: join(path, 'vault') });
  const vault = openVault({ store: vaultStore, keyring, rng, clock });
  await vault.ensureTenantKey(TENANT);
  return {
    path,
    keyringFile,
    keyring,
    store: log.store,
    files: log.files,
    ledger,
    vault,
    vaultStore,
    verifierKey: vkeyOf(origin, secretKey),
    async grow(count) {
      const from = ledger.size;
      await Promise.all(Array.from({ length: count }, (_, i) => ledger.append(entryOf(seed, from + i))));
      if (options.unpublished !== true) await ledger.waitPublished(from + count - 1, 60_000);
    },
    async put(text) {
      const address = { tenant: TENANT, pcsId: toHex(sha256(utf8Encode(text))) };
      const items = [{ kind: 'output', salt: rng.bytes(16), text }] as const;
      await vault.put({ ...address, items });
      return address;
    },
    async close() {
      await vault.close();
      await ledger.close().catch((error: unknown) => {
        if (options.unpublished !== true) throw error;
      });
      await directory.close();
    },
  };
}

/** Entry n of a history; each third one carries a row. */
function entryOf(seed: string, n: number): Parameters<Ledger['append']>[0] {
  const key = sha256(utf8Encode(`key ${n}`));
  const body = utf8Encode(JSON.stringify({ n, seed }));
  const row = { table: 'carried', key: key.slice(0, 8), value: body, carried: true } as const;
  return { tenant: `tenant-${n % 5}`, key, digest: sha256(body), body, rows: n % 3 === 0 ? [row] : [] };
}

/** What is derived from the entries here: a row each, and those they carry. */
export const derive = (_log: string, entry: Parameters<typeof toRow>[0]): DerivedFromEntry => ({
  ok: true,
  value: { rows: [toRow(entry), ...(entry.carried ?? [])], content: undefined },
});

function toRow({
  key,
  body,
}: {
  key: Uint8Array;
  body: Uint8Array;
  carried?: readonly { table: string; key: Uint8Array; value: Uint8Array }[];
}) {
  return { table: 'derived', key, value: body };
}

export function backUp(
  source: { path: string },
  target: string,
  options: Partial<BackupOptions> = {},
): Promise<BackupReport> {
  const token = randomBytes(8).toString('hex');
  return runBackup({ dataDirectory: source.path, target, token, clock, ...options });
}

/** Every file below a folder, with what tells whether it was written again. */
export async function filesBelow(folder: string): Promise<Map<string, { inode: number; bytes: Buffer }>> {
  const found = new Map<string, { inode: number; bytes: Buffer }>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found.set(file.slice(folder.length + 1), { inode: (await stat(file)).ino, bytes: await readFile(file) });
  }
  return found;
}

function vkeyOf(origin: string, secretKey: Uint8Array): string {
  const key = makeVerifierKey({ name: origin, type: 0x01, publicKey: nobleEd25519.publicKey(secretKey) });
  if (!key.ok) throw new Error(key.code);
  return formatVerifierKey(key.value);
}

/** Node's own signing: the pure one takes milliseconds. */
function nodeSigning(secretKey: Uint8Array): Ed25519 {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secretKey]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { ...nobleEd25519, sign: (_secret, message) => new Uint8Array(sign(null, message, key)) };
}

/**
 * Damage after a stop in order: one byte of what a write left is changed, where readers of it will meet it. In LMDB's files
 * that is a verdict's row or a sealed content wherever it lies (old pages hold copies), or the newest meta page's root. Damage of
 * LMDB's own structure inside a page is not tried: it has no checksums there, and may end the process that reads it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openVaultReader } from '../../packages/store-embedded/src/vault/lmdb-vault-store.ts';
import { type Write, withoutDrawn } from './write-classes.ts';

const PAGE_BYTES = 4_096;
/** In a meta page (LMDB's mdb.c, MDB_meta after the page header of 24 bytes): root of the main table, transaction id. */
const MAIN_ROOT_AT = 24 + 24 + 48 + 40;
const TRANSACTION_AT = 24 + 24 + 2 * 48 + 8;

export async function damage(dataDirectory: string, write: Write, pcsId: string): Promise<void> {
  const file = join(dataDirectory, lastOf(dataDirectory, drawnAgain(dataDirectory, write.path)));
  const sealed = write.what === 'vault: pages' ? await sealedContent(dataDirectory, pcsId) : Buffer.alloc(0);
  const bytes = readFileSync(file);
  if (write.what === 'rows: pages') flipAll(bytes, Buffer.from('"type":"verdict"'));
  else if (write.what === 'vault: pages') flipAll(bytes, sealed);
  else if (write.what.endsWith('meta page')) flip(bytes, newestMeta(bytes) + MAIN_ROOT_AT + 4);
  else flip(bytes, Math.floor(bytes.length / 2));
  writeFileSync(file, bytes);
}

/** The path with the origin that this directory drew: the first folder on it that matches. */
function drawnAgain(dataDirectory: string, path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    const names = part.includes('S') && part.includes('%') ? readdirSync(join(dataDirectory, ...parts)) : [part];
    parts.push(names.find((name) => withoutDrawn(name) === part) ?? part);
  }
  return join(...parts);
}

/** A partial tile of the scenario's first publications may have grown: the newest of its folder is what readers read. */
function lastOf(dataDirectory: string, path: string): string {
  const partial = /^(.*\.p)\/\d+$/.exec(path);
  if (partial === null) return path;
  const widths = readdirSync(join(dataDirectory, partial[1]!)).map(Number);
  return `${partial[1]}/${Math.max(...widths)}`;
}

function flip(bytes: Buffer, at: number): void {
  if (at >= bytes.length) throw new Error(`there is no byte ${at}`);
  bytes[at]! ^= 0x10;
}

/** Changes a byte of each place where `text` stands. */
function flipAll(bytes: Buffer, text: Buffer): void {
  const places: number[] = [];
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1)) places.push(at);
  if (places.length === 0) throw new Error('what was to be damaged is not in the file');
  for (const at of places) flip(bytes, at + 2);
}

function newestMeta(bytes: Buffer): number {
  const first = bytes.readBigUInt64LE(TRANSACTION_AT);
  const second = bytes.readBigUInt64LE(PAGE_BYTES + TRANSACTION_AT);
  return first > second ? 0 : PAGE_BYTES;
}

async function sealedContent(dataDirectory: string, pcsId: string): Promise<Buffer> {
  const vault = openVaultReader({ folder: join(dataDirectory, 'vault') });
  try {
    const held = await vault.read({ tenant: 'default', pcsId });
    if (held?.content === undefined) throw new Error(`the vault has no content of ${pcsId}`);
    return Buffer.from(held.content);
  } finally {
    await vault.close();
  }
}

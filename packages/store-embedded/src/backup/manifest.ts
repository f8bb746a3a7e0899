/**
 * The manifest of a backup (spec/backup.md): JSON, written last and atomically, so that what it names is there.
 *
 * `checksum` is the SHA-256 of the same text without that member. Parsing is strict: the bytes must be those that the
 * parsed value would be written as, and every member in its form. Not checked here: that files are what is said of them.
 */
import { createHash } from 'node:crypto';
import { fromHex, toHex, utf8Decode, utf8Encode } from '@fractal/tlog';
import { BackupError, damaged } from './errors.ts';
import type { FileFacts } from './framed-file.ts';

export const BACKUP_VERSION = 1;
const FORMAT = 'fractal-backup';

/** Entries [from, to) of a log. */
export interface Segment extends FileFacts {
  readonly from: number;
  readonly to: number;
}

export interface LogBackup {
  readonly name: string;
  readonly origin: string;
  /** Verifier keys of the log, newest first. */
  readonly verifierKeys: readonly string[];
  /** Why and when it was closed, as its file says; null where it is not. */
  readonly closed: string | null;
  readonly size: number;
  /** Compact range at `size`, largest subtree first, hex. */
  readonly range: readonly string[];
  /** Clock of the last commit, ms. */
  readonly headMs: number;
  /** The newest published checkpoint that covers no more than `size` entries; null where nothing was published. */
  readonly checkpoint: { readonly size: number; readonly note: string } | null;
  readonly segments: readonly Segment[];
}

/** Vault rows in order of address, and the contents of those that have one, in the same order. */
export interface Pack {
  readonly keys: FileFacts & { readonly rows: number };
  readonly contents: FileFacts & { readonly count: number };
}

export interface Owed {
  readonly tenant: string;
  readonly sinceMs: number;
  readonly count: number;
}

export interface Manifest {
  readonly createdMs: number;
  /** Format of the data directory it was made from. */
  readonly dataFormat: number;
  readonly logs: readonly LogBackup[];
  readonly packs: readonly Pack[];
  readonly owed: readonly Owed[];
  /** Names given to packs so far; the next one is new. */
  readonly packsMade: number;
}

/** The text of a manifest, and its checksum. */
export function formatManifest(manifest: Manifest): { readonly text: string; readonly checksum: string } {
  const body = {
    format: FORMAT,
    version: BACKUP_VERSION,
    created_ms: manifest.createdMs,
    data_format: manifest.dataFormat,
    logs: manifest.logs.map((log) => ({
      name: log.name,
      origin: log.origin,
      verifier_keys: log.verifierKeys,
      closed: log.closed,
      size: log.size,
      range: log.range,
      head_ms: log.headMs,
      checkpoint: log.checkpoint === null ? null : { size: log.checkpoint.size, note: log.checkpoint.note },
      segments: log.segments.map(({ from, to, ...facts }) => ({ from, to, ...fileJson(facts) })),
    })),
    packs: manifest.packs.map(({ keys, contents }) => ({
      keys: { rows: keys.rows, ...fileJson(keys) },
      contents: { count: contents.count, ...fileJson(contents) },
    })),
    packs_made: manifest.packsMade,
    owed: manifest.owed.map(({ tenant, sinceMs, count }) => ({ tenant, since_ms: sinceMs, count })),
  };
  const checksum = createHash('sha256')
    .update(JSON.stringify(body, null, 1))
    .digest('hex');
  return { text: `${JSON.stringify({ ...body, checksum }, null, 1)}\n`, checksum };
}

const fileJson = ({ file, bytes, sha256 }: FileFacts) => ({ file, bytes, sha256 });

/**
 * @param file how messages name it
 * @throws BackupError backup_format_unknown, backup_damaged, not_a_backup
 */
export function parseManifest(bytes: Uint8Array, file: string): { manifest: Manifest; checksum: string } {
  const value = jsonOf(bytes);
  if (value === undefined) throw damaged(file, 'it is not JSON');
  if (!isObject(value) || value.format !== FORMAT) throw new BackupError('not_a_backup', `${file} is no manifest`);
  if (value.version !== BACKUP_VERSION) {
    const message = `${file} says version ${String(value.version)}, this program knows ${BACKUP_VERSION}: use the release that wrote it`;
    throw new BackupError('backup_format_unknown', message);
  }
  const manifest = manifestOf(value);
  if (manifest === undefined) throw damaged(file, 'a member is missing or out of form');
  const { text, checksum } = formatManifest(manifest);
  if (value.checksum !== checksum || text !== utf8Decode(bytes)) throw damaged(file, 'its checksum is wrong');
  return { manifest, checksum };
}

function manifestOf(value: Json): Manifest | undefined {
  const logs = listOf(value.logs, logOf);
  const packs = listOf(value.packs, packOf);
  const owed = listOf(value.owed, owedOf);
  const { created_ms: createdMs, data_format: dataFormat, packs_made: packsMade } = value;
  if (logs === undefined || packs === undefined || owed === undefined) return undefined;
  if (!isCount(createdMs) || !isCount(dataFormat) || !isCount(packsMade)) return undefined;
  if (new Set(logs.map(({ name }) => name)).size !== logs.length) return undefined;
  return { createdMs, dataFormat, logs, packs, owed, packsMade };
}

/** Names of logs are names of folders: nothing that could lead out of one. */
export const LOG_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const SEGMENT_FILE = /^logs\/[a-z0-9-]{1,64}\/\d{1,16}-\d{1,16}\.entries$/;
const PACK_FILE = /^vault\/\d{1,16}\.(keys|contents)$/;

function logOf(value: Json): LogBackup | undefined {
  const { name, origin, closed, size, head_ms: headMs } = value;
  const verifierKeys = textsOf(value.verifier_keys);
  const range = textsOf(value.range);
  const segments = listOf(value.segments, segmentOf);
  const checkpoint = value.checkpoint === null ? null : checkpointOf(value.checkpoint);
  if (typeof name !== 'string' || !LOG_NAME.test(name) || typeof origin !== 'string') return undefined;
  if (closed !== null && (typeof closed !== 'string' || closed.includes('\n'))) return undefined;
  if (verifierKeys === undefined || range === undefined || segments === undefined || checkpoint === undefined) return;
  if (!isCount(size) || !isCount(headMs) || (checkpoint !== null && checkpoint.size > size)) return undefined;
  if (range.length !== onesOf(size) || !range.every((hash) => fromHex(hash)?.length === 32)) return undefined;
  let end = 0;
  for (const { from, to, file } of segments) {
    if (from !== end || to <= from || !file.startsWith(`logs/${name}/`)) return undefined;
    end = to;
  }
  if (end !== size) return undefined;
  return { name, origin, verifierKeys, closed, size, range, headMs, checkpoint, segments };
}

function segmentOf(value: Json): Segment | undefined {
  const facts = factsOf(value, SEGMENT_FILE);
  const { from, to } = value;
  return facts === undefined || !isCount(from) || !isCount(to) ? undefined : { from, to, ...facts };
}

function checkpointOf(value: unknown): { size: number; note: string } | undefined {
  if (!isObject(value) || !isCount(value.size) || typeof value.note !== 'string') return undefined;
  return { size: value.size, note: value.note };
}

function packOf({ keys, contents }: Json): Pack | undefined {
  if (!isObject(keys) || !isObject(contents) || !isCount(keys.rows) || !isCount(contents.count)) return undefined;
  const [ofKeys, ofContents] = [factsOf(keys, PACK_FILE), factsOf(contents, PACK_FILE)];
  if (ofKeys === undefined || ofContents === undefined) return undefined;
  return { keys: { ...ofKeys, rows: keys.rows }, contents: { ...ofContents, count: contents.count } };
}

function owedOf({ tenant, since_ms: sinceMs, count }: Json): Owed | undefined {
  if (typeof tenant !== 'string' || !isCount(sinceMs) || !isCount(count)) return undefined;
  return { tenant, sinceMs, count };
}

function factsOf({ file, bytes, sha256 }: Json, path: RegExp): FileFacts | undefined {
  if (typeof file !== 'string' || !path.test(file) || !isCount(bytes)) return undefined;
  return typeof sha256 === 'string' && fromHex(sha256)?.length === 32 ? { file, bytes, sha256 } : undefined;
}

type Json = Readonly<Record<string, unknown>>;

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8Decode(bytes) ?? '');
  } catch {
    return undefined; // the caller says that it is not JSON
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function listOf<T>(value: unknown, read: (item: Json) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item) => (isObject(item) ? read(item) : undefined));
  return items.some((item) => item === undefined) ? undefined : (items as T[]);
}

function textsOf(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

/** How many subtrees a compact range of that size has. */
export function onesOf(size: number): number {
  return size.toString(2).replaceAll('0', '').length;
}

export const rangeText = (range: readonly Uint8Array[]): string[] => range.map(toHex);
export const rangeOf = (texts: readonly string[]): Uint8Array[] => texts.map((text) => fromHex(text)!);
export const manifestBytes = (manifest: Manifest): Uint8Array => utf8Encode(formatManifest(manifest).text);

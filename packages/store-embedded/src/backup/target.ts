/**
 * The folder of a backup, while a run writes it (spec/backup.md).
 *
 *     manifest.json           the backup; whatever it does not name is no part of it
 *     progress.json           what an interrupted run had copied: the next one goes on from there
 *     run                     token of the run that writes here; a later run takes over, and the first one stops
 *     logs/, vault/           immutable files
 *     unfinished/             files being written
 *
 * Files that a manifest names are removed only after the next manifest is durable.
 */
import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { utf8Encode } from '@fractal/tlog';
import { makeFolder, syncFolder } from '../files/folders.ts';
import { BackupError, damaged } from './errors.ts';
import { createFramedFile, type FileFacts, type FrameWriter, onTarget } from './framed-file.ts';
import { formatManifest, type Manifest, parseManifest } from './manifest.ts';

export const MANIFEST = 'manifest.json';
const PROGRESS = 'progress.json';
const RUN = 'run';
const UNFINISHED = 'unfinished';
const OURS: ReadonlySet<string> = new Set([MANIFEST, PROGRESS, RUN, UNFINISHED, 'logs', 'vault']);

export interface BackupTarget {
  readonly path: string;
  /** The backup that is there; undefined where none was finished yet. */
  readonly before: Manifest | undefined;
  /** Where this run starts: what an interrupted run had copied beyond `before`, or `before`. */
  readonly start: Manifest | undefined;
  /** Bytes written by this run so far, manifests included. */
  readonly writtenBytes: number;
  create(file: string): Promise<FrameWriter>;
  /** Keeps what is copied so far for the next run, should this one be cut short. */
  keepProgress(manifest: Manifest): Promise<void>;
  /** Makes it the backup, then removes what it does not name. */
  finish(manifest: Manifest): Promise<void>;
}

/** @throws BackupError not_a_backup, backup_format_unknown, backup_damaged, backup_target_full */
export async function openTarget(path: string, token: string): Promise<BackupTarget> {
  await onTarget(() => makeFolder(path, 0o700));
  const foreign = (await readdir(path)).filter((name) => !OURS.has(name.replace(/\.new$/, '')));
  if (foreign.length > 0) {
    throw new BackupError(
      'not_a_backup',
      `${path} holds ${foreign[0]}, which is no part of a backup: name another folder`,
    );
  }
  // Before the manifest is read: a run that ends now is either seen by it, or sees that it was taken over.
  await replace(path, RUN, `${token}\n`);
  const before = await readManifest(path, MANIFEST);
  await rm(join(path, UNFINISHED), { recursive: true, force: true });
  await onTarget(() => makeFolder(join(path, UNFINISHED), 0o700));
  return new Target(path, token, before?.manifest, await progressAfter(path, before?.checksum));
}

/** The manifest of a finished backup. @throws BackupError not_a_backup, backup_format_unknown, backup_damaged */
export async function readBackup(path: string): Promise<Manifest> {
  const read = await readManifest(path, MANIFEST);
  if (read !== undefined) return read.manifest;
  throw new BackupError('not_a_backup', `${path} holds no ${MANIFEST}: it is no backup, or its first run never ended`);
}

async function readManifest(path: string, file: string) {
  const bytes = await readFile(join(path, file)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw damaged(file, `it can't be read (${cause.code})`, cause);
  });
  return bytes === undefined ? undefined : parseManifest(bytes, file);
}

/** Progress names the manifest it goes on from in its first line; any other is of no use. */
async function progressAfter(path: string, checksum: string | undefined): Promise<Manifest | undefined> {
  const bytes = await readFile(join(path, PROGRESS)).catch(() => undefined); // unreadable: copied again
  if (bytes === undefined) return undefined;
  const line = bytes.indexOf(0x0a);
  if (line < 0 || bytes.toString('utf8', 0, line) !== (checksum ?? 'none')) return undefined;
  try {
    return parseManifest(bytes.subarray(line + 1), PROGRESS).manifest;
  } catch {
    return undefined; // damaged: what it told is copied again
  }
}

class Target implements BackupTarget {
  readonly path: string;
  readonly before: Manifest | undefined;
  readonly start: Manifest | undefined;
  readonly #token: string;
  readonly #base: string;
  #writtenBytes = 0;
  #files = 0;

  constructor(path: string, token: string, before: Manifest | undefined, progress: Manifest | undefined) {
    this.path = path;
    this.#token = token;
    this.before = before;
    this.start = progress ?? before;
    this.#base = before === undefined ? 'none' : formatManifest(before).checksum;
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  async create(file: string): Promise<FrameWriter> {
    this.#files += 1;
    const temporary = join(this.path, UNFINISHED, `${this.#token}-${this.#files}`);
    const writer = await this.#ofThisRun(() => createFramedFile({ target: this.path, file, temporary }));
    return {
      get bytes() {
        return writer.bytes;
      },
      append: (frame) => this.#ofThisRun(() => writer.append(frame)),
      finish: async () => {
        const facts = await this.#ofThisRun(() => writer.finish());
        this.#writtenBytes += facts.bytes;
        return facts;
      },
      abandon: () => writer.abandon(),
    };
  }

  async keepProgress(manifest: Manifest): Promise<void> {
    await this.#checkRun();
    await this.#replace(PROGRESS, `${this.#base}\n${formatManifest(manifest).text}`);
  }

  async finish(manifest: Manifest): Promise<void> {
    await this.#checkRun();
    await this.#checkFiles(manifest);
    await this.#replace(MANIFEST, formatManifest(manifest).text);
    await this.#checkRun();
    await rm(join(this.path, PROGRESS), { force: true });
    await this.#removeUnnamed(manifest);
    await rm(join(this.path, UNFINISHED), { recursive: true, force: true });
    await syncFolder(this.path);
  }

  async #replace(file: string, text: string): Promise<void> {
    this.#writtenBytes += utf8Encode(text).length;
    await replace(this.path, file, text);
  }

  async #checkRun(): Promise<void> {
    const token = await readFile(join(this.path, RUN), 'utf8');
    if (token.trim() === this.#token) return;
    throw new BackupError('backup_taken_over', `another run began on ${this.path}: this one has stopped`);
  }

  /** A run that was ending when this one began may have removed what it did not know. */
  async #checkFiles(manifest: Manifest): Promise<void> {
    for (const { file, bytes } of filesOf(manifest)) {
      const found = await stat(join(this.path, file)).catch(() => undefined); // missing: told below
      if (found?.size === bytes) continue;
      const message = `${file} went while this run went on: another one was ending on ${this.path}; run it again`;
      throw new BackupError('backup_taken_over', message);
    }
  }

  /** A later run removes what this one was writing: then that is what is told. */
  async #ofThisRun<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') await this.#checkRun();
      throw error;
    }
  }

  /** Old tails, and packs that held what is erased. */
  async #removeUnnamed(manifest: Manifest): Promise<void> {
    const named = new Set(filesOf(manifest).map(({ file }) => file));
    const touched = new Set<string>();
    for (const top of ['logs', 'vault']) {
      const found = await readdir(join(this.path, top), { recursive: true, withFileTypes: true }).catch(() => []); // none made
      for (const entry of found) {
        if (!entry.isFile()) continue;
        const folder = entry.parentPath;
        const file = relative(this.path, join(folder, entry.name)).replaceAll('\\', '/');
        if (named.has(file)) continue;
        await rm(join(folder, entry.name), { force: true });
        touched.add(folder);
      }
    }
    for (const folder of touched) await syncFolder(folder);
  }
}

async function replace(folder: string, name: string, text: string): Promise<void> {
  const file = join(folder, name);
  await onTarget(async () => {
    const handle = await open(`${file}.new`, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    await syncFolder(dirname(file));
  });
}

/** All that a manifest names. */
function filesOf({ logs, packs }: Manifest): readonly FileFacts[] {
  return [...logs.flatMap(({ segments }) => segments), ...packs.flatMap(({ keys, contents }) => [keys, contents])];
}

/**
 * Immutable files of frames (spec/backup.md), each with its own checksum.
 *
 *     magic (8) ‖ { length (uint32 BE) ‖ bytes } … ‖ 0xffffffff ‖ SHA-256 of all before (32)
 *
 * Written under a temporary name, synced, renamed, and the folder synced: a file that has its name is whole. Read front to
 * back with one buffer; the frames of a file are good only once its end was reached, which is when it is checked.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { equalBytes, toHex, utf8Encode } from '@fractal/tlog';
import { makeFolder, syncFolder } from '../files/folders.ts';
import { BackupError, damaged } from './errors.ts';

const MAGIC = utf8Encode('FRCTLBK1');
const END = 0xffff_ffff;
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
/** Above the largest content a vault takes (64 MiB) and its sealing. */
export const FRAME_BYTES_MAX = 1 << 27;
const WRITE_BYTES = 1 << 20;

/** A file as the manifest names it. */
export interface FileFacts {
  /** Path below the target, with `/`. */
  readonly file: string;
  readonly bytes: number;
  /** Of the whole file, hex: what sha256sum prints. */
  readonly sha256: string;
}

export interface FrameWriter {
  readonly bytes: number;
  append(frame: Uint8Array): Promise<void>;
  /** Whole, durable and under its name when it resolves. */
  finish(): Promise<FileFacts>;
  /** Leaves nothing. */
  abandon(): Promise<void>;
}

/** @throws BackupError backup_target_full, from each call */
export async function createFramedFile(options: {
  readonly target: string;
  readonly file: string;
  readonly temporary: string;
}): Promise<FrameWriter> {
  const { target, file, temporary } = options;
  const final = join(target, file);
  await onTarget(() => makeFolder(dirname(final), 0o700));
  const handle = await onTarget(() => open(temporary, 'w', 0o600));
  const hash = createHash('sha256');
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let bytes = 0;

  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    await onTarget(() => handle.writeFile(chunk));
  };
  const write = async (part: Uint8Array): Promise<void> => {
    hash.update(part);
    waiting.push(part);
    waitingBytes += part.length;
    bytes += part.length;
    if (waitingBytes >= WRITE_BYTES) await flush();
  };
  await write(MAGIC);
  return {
    get bytes() {
      return bytes;
    },
    async append(frame) {
      if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
      await write(lengthOf(frame.length));
      await write(frame);
    },
    async finish() {
      await write(lengthOf(END));
      await write(hash.copy().digest());
      await flush();
      await onTarget(() => handle.sync());
      await handle.close();
      await onTarget(() => rename(temporary, final));
      await onTarget(() => syncFolder(dirname(final)));
      return { file, bytes, sha256: hash.digest('hex') };
    },
    async abandon() {
      await handle.close().catch(() => undefined); // closed by finish already
      await rm(temporary, { force: true });
    },
  };
}

/**
 * The frames of a file, in order.
 * @throws BackupError backup_damaged where it is not, byte for byte, a file that was written whole (and the one expected)
 */
export async function* readFrames(
  target: string,
  expected: FileFacts,
  bufferBytes: number = 1 << 18,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { file } = expected;
  const handle = await open(join(target, file), 'r').catch((cause: NodeJS.ErrnoException) => {
    throw damaged(file, cause.code === 'ENOENT' ? 'it is missing' : `it can't be read (${cause.code})`, cause);
  });
  try {
    const reader = new Reader(handle, file, bufferBytes);
    if (!equalBytes(await reader.take(MAGIC.length), MAGIC)) throw damaged(file, 'it is no file of a backup');
    for (;;) {
      const length = uint32(await reader.take(LENGTH_BYTES));
      if (length === END) break;
      if (length > FRAME_BYTES_MAX) throw damaged(file, `a length of ${length} is beyond what is written`);
      yield await reader.take(length);
    }
    const own = reader.hash.copy().digest();
    if (!equalBytes(await reader.take(DIGEST_BYTES), own)) throw damaged(file, 'its checksum is wrong');
    if (!(await reader.atEnd())) throw damaged(file, 'bytes follow its end');
    if (reader.taken !== expected.bytes || toHex(reader.hash.digest()) !== expected.sha256) {
      throw damaged(file, 'it is whole, but not the file that the manifest names');
    }
  } finally {
    await handle.close();
  }
}

/** Reads and hashes what it gives out. */
class Reader {
  readonly hash: Hash = createHash('sha256');
  taken = 0;
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #buffer: Buffer;
  #start = 0;
  #end = 0;

  constructor(handle: FileHandle, file: string, bufferBytes: number) {
    this.#handle = handle;
    this.#file = file;
    this.#buffer = Buffer.alloc(bufferBytes);
  }

  /** The next `length` bytes, the caller's to keep. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.#start === this.#end && !(await this.#fill())) throw damaged(this.#file, 'it ends too early');
      const part = this.#buffer.subarray(this.#start, Math.min(this.#end, this.#start + missing));
      parts.push(new Uint8Array(part));
      this.#start += part.length;
      missing -= part.length;
    }
    const bytes = parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts));
    this.hash.update(bytes);
    this.taken += length;
    return bytes;
  }

  async atEnd(): Promise<boolean> {
    return this.#start === this.#end && !(await this.#fill());
  }

  async #fill(): Promise<boolean> {
    const { bytesRead } = await this.#handle
      .read(this.#buffer, 0, this.#buffer.length)
      .catch((cause: NodeJS.ErrnoException) => {
        throw damaged(this.#file, `it can't be read (${cause.code})`, cause);
      });
    this.#start = 0;
    this.#end = bytesRead;
    return bytesRead > 0;
  }
}

/** Codes of a file system that takes no more: no space, no quota, no larger file. */
const FULL: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The same, with a full target told by its code. */
export async function onTarget<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!FULL.has(code)) throw error;
    const message = `the target is full (${code}); the backup before this run is as it was: make room and run it again`;
    throw new BackupError('backup_target_full', message, { cause: error });
  }
}

function lengthOf(value: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function uint32(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getUint32(0);
}

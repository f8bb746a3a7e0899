/**
 * The keyring in a file (port: Keyring of the vault and of control). All keys are in memory; each change rewrites the
 * file whole, durably, before it is seen. Changes that come while a write is under way share the next one.
 *
 * One process owns the file: a change is refused (`keyring_changed`) where someone else replaced it since. The file is
 * meant for thousands of keys (a write of 10,000 is about a megabyte), and for a place that backups of the rows leave out.
 * Not protected against: whoever may read the file. Secrets are not encrypted in it; they are hidden from JSON and console.
 */
import { dirname } from 'node:path';
import { equalBytes } from '@fractal/tlog';
import type { Keyring, KeyringKey } from '@fractal/vault';
import type { FileSystem } from '../disk/file-system.ts';
import { nodeFileSystem } from '../disk/node-file-system.ts';
import { makeFolder } from '../files/folders.ts';
import { formatKeyringFile, isHoldable, parseKeyringFile } from './keyring-file.ts';
import { removeTemporary, replaceFile } from './replace-file.ts';

export type KeyringErrorCode =
  /** Not a keyring file, or a broken one. */
  | 'keyring_malformed'
  | 'keyring_version_unknown'
  /** There is none, where one must have been. */
  | 'keyring_missing'
  /** Another process replaced the file. */
  | 'keyring_changed'
  /** Another secret is held under the same name and generation. */
  | 'keyring_conflict'
  /** A name, generation or secret that can't be held. */
  | 'keyring_key_malformed'
  /** The file could not be written: outcome unknown, try again. */
  | 'keyring_write_failed';

export class KeyringError extends Error {
  readonly code: KeyringErrorCode;
  readonly retryable: boolean;
  constructor(code: KeyringErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'KeyringError';
    this.code = code;
    this.retryable = code === 'keyring_write_failed';
  }
}

export interface KeyringOptions {
  /** Path of the file. Its folder is made (mode 0700) where it is missing. */
  readonly file: string;
  /** Told once, at opening, when others than the owner may read the file. */
  readonly warn?: (message: string) => void;
  readonly fileSystem?: FileSystem;
}

/** Throws KeyringError `keyring_malformed` or `keyring_version_unknown`. A missing file is an empty keyring. */
export async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const { file, warn, fileSystem = nodeFileSystem } = options;
  await makeFolder(dirname(file), 0o700, fileSystem);
  await removeTemporary(fileSystem, file);
  const keyring = new FileKeyring(file, fileSystem);
  await keyring.load();
  await warnOfReaders(fileSystem, file, warn);
  return keyring;
}

type Keys = ReadonlyMap<string, ReadonlyMap<number, KeyringKey>>;

interface Change {
  /** The keys after the change; throws KeyringError where it is refused. */
  readonly apply: (keys: Keys) => Keys;
  readonly forgets: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

class FileKeyring implements Keyring {
  readonly #file: string;
  readonly #fileSystem: FileSystem;
  #keys: Keys = new Map();
  #version: string | undefined;
  /** A write failed: what is in memory may not be durable, so the next write happens even if nothing changes. */
  #uncertain = false;
  #waiting: Change[] = [];
  #writing = false;

  constructor(file: string, fileSystem: FileSystem) {
    this.#file = file;
    this.#fileSystem = fileSystem;
  }

  async load(): Promise<void> {
    const version = await this.#versionNow();
    this.#keys = version === undefined ? new Map() : await readKeys(this.#fileSystem, this.#file);
    this.#version = version;
  }

  latest(name: string): KeyringKey | undefined {
    const generation = this.generations(name).at(-1);
    return generation === undefined ? undefined : this.get(name, generation);
  }

  get(name: string, generation: number): KeyringKey | undefined {
    return this.#keys.get(name)?.get(generation);
  }

  generations(name: string): readonly number[] {
    return [...(this.#keys.get(name)?.keys() ?? [])].sort((a, b) => a - b);
  }

  names(prefix: string): readonly string[] {
    return [...this.#keys.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  add(key: KeyringKey): Promise<void> {
    if (!isHoldable(key)) {
      return Promise.reject(new KeyringError('keyring_key_malformed', 'name, generation, time or secret out of form'));
    }
    const held = hiding({ ...key, secret: key.secret.slice() });
    return this.#change(false, (keys) => withKey(keys, held));
  }

  remove(name: string, generation: number): Promise<void> {
    return this.#change(true, (keys) => withoutKey(keys, name, generation));
  }

  toJSON(): unknown {
    return { file: this.#file, names: this.#keys.size };
  }

  #change(forgets: boolean, apply: Change['apply']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ apply, forgets, resolve, reject });
      if (!this.#writing) void this.#writeWaiting();
    });
  }

  async #writeWaiting(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) await this.#writeGroup(this.#waiting.splice(0));
    this.#writing = false;
  }

  /** Settles each change of the group; never throws. */
  async #writeGroup(group: readonly Change[]): Promise<void> {
    let keys = this.#keys;
    const applied: Change[] = [];
    for (const change of group) {
      try {
        keys = change.apply(keys);
        applied.push(change);
      } catch (error) {
        change.reject(error);
      }
    }
    try {
      if (keys !== this.#keys || this.#uncertain)
        await this.#write(
          keys,
          applied.some(({ forgets }) => forgets),
        );
      for (const change of applied) change.resolve();
    } catch (error) {
      for (const change of applied) change.reject(error);
    }
  }

  async #write(keys: Keys, scrubOld: boolean): Promise<void> {
    if ((await this.#versionNow()) !== this.#version) {
      throw new KeyringError('keyring_changed', `${this.#file} was replaced by another process`);
    }
    try {
      await replaceFile(this.#fileSystem, { path: this.#file, text: formatKeyringFile(listed(keys)), scrubOld });
      this.#version = await this.#versionNow();
      this.#keys = keys;
      this.#uncertain = false;
    } catch (error) {
      this.#uncertain = true;
      await this.load(); // the old keys or the new: whatever the file says now
      throw new KeyringError('keyring_write_failed', `${this.#file} could not be written`, { cause: error });
    }
  }

  /** Changes when anybody replaces the file; undefined where there is none. */
  async #versionNow(): Promise<string | undefined> {
    return (await this.#fileSystem.stat(this.#file))?.version;
  }
}

function withKey(keys: Keys, key: KeyringKey): Keys {
  const held = keys.get(key.name)?.get(key.generation);
  if (held !== undefined && equalBytes(held.secret, key.secret)) return keys;
  if (held !== undefined) {
    throw new KeyringError('keyring_conflict', `${key.name} generation ${key.generation} holds another secret`);
  }
  return new Map(keys).set(key.name, new Map(keys.get(key.name)).set(key.generation, key));
}

function withoutKey(keys: Keys, name: string, generation: number): Keys {
  if (keys.get(name)?.has(generation) !== true) return keys;
  const named = new Map(keys.get(name));
  named.delete(generation);
  const next = new Map(keys);
  if (named.size === 0) next.delete(name);
  else next.set(name, named);
  return next;
}

function listed(keys: Keys): readonly KeyringKey[] {
  return [...keys.keys()]
    .sort()
    .flatMap((name) => [...(keys.get(name)?.values() ?? [])].sort((a, b) => a.generation - b.generation));
}

async function readKeys(fileSystem: FileSystem, file: string): Promise<Keys> {
  const bytes = await fileSystem.read(file);
  const parsed = parseKeyringFile(Buffer.from(bytes ?? []).toString('utf8'));
  if (!parsed.ok) throw new KeyringError(parsed.code, `${file}: ${parsed.detail}`);
  const keys = new Map<string, Map<number, KeyringKey>>();
  for (const key of parsed.keys) {
    keys.set(key.name, (keys.get(key.name) ?? new Map<number, KeyringKey>()).set(key.generation, hiding(key)));
  }
  return keys;
}

/** The secret is there for whoever asks for it by name, and for no printer. */
function hiding({ secret, ...shown }: KeyringKey): KeyringKey {
  return Object.freeze(Object.defineProperty({ ...shown }, 'secret', { value: secret }) as KeyringKey);
}

async function warnOfReaders(fileSystem: FileSystem, file: string, warn: KeyringOptions['warn']): Promise<void> {
  const mode = (await fileSystem.stat(file))?.mode ?? 0;
  if ((mode & 0o077) === 0) return;
  warn?.(`${file} has mode ${mode.toString(8)}: others than its owner may reach the secrets in it; chmod 600 it`);
}

/** A guarded log in memory for tests of I5: every checkpoint that is signed anywhere is kept and compared with the others. */
import {
  appendToRange,
  formatVerifierKey,
  leafHash,
  type NoteSigner,
  noteSigner,
  parseCheckpoint,
  rootOfRange,
  sha256,
  toBase64,
  utf8Encode,
} from '@fractal/tlog';
import type { ClosedLog } from '../closed/closed-log.ts';
import type { LedgerError } from '../errors.ts';
import type { Ledger } from '../ledger.ts';
import { type LogParts, openLedger } from '../open/open-ledger.ts';
import type { StoredEntry } from '../ports/log-store.ts';
import { leafOf } from '../sequence/leaf.ts';
import { MemoryCheckpointGuard } from './memory-checkpoint-guard.ts';
import { instantClock, MemoryLogStore, MemoryPublicFiles, seededRng } from './memory-parts.ts';

/** The rows and public files of a log: what a backup copies and a restore puts back. */
export interface Copy {
  readonly store: MemoryLogStore;
  readonly files: MemoryPublicFiles;
}

export interface Opened {
  readonly ledger: Ledger;
  readonly copy: Copy;
  /** What `onGuard` told, in order: codes, and `works`. */
  readonly guardEvents: string[];
  readonly errors: unknown[];
}

/** Everything there is of one origin: its key, its guard, and all that was ever signed under it. */
export class GuardedLog {
  readonly origin: string;
  readonly guard = new MemoryCheckpointGuard();
  /** Size → root of each checkpoint that was signed. */
  readonly signed = new Map<number, string>();
  /** The rows of each opening, in order. */
  readonly histories: MemoryLogStore[] = [];
  readonly signer: NoteSigner;
  #openings = 0;

  constructor(origin: string) {
    this.origin = origin;
    this.signer = noteSigner({ name: origin, secretKey: sha256(utf8Encode(origin)) });
  }

  get verifierKey(): string {
    return formatVerifierKey(this.signer.verifierKey);
  }

  parts(copy: Copy): LogParts {
    return { origin: this.origin, verifierKey: this.verifierKey, ...copy };
  }

  async open(copy: Copy = newCopy(), past: readonly ClosedLog[] = []): Promise<Opened> {
    this.#openings += 1;
    const guardEvents: string[] = [];
    const errors: unknown[] = [];
    const ledger = await openLedger({
      ...this.parts(copy),
      signers: [this.#spy()],
      guard: this.guard,
      past,
      tagKeyOf: (tenant) => sha256(utf8Encode(tenant)),
      clock: instantClock(),
      rng: seededRng(this.#openings * 7919),
      publishIntervalMs: 10,
      events: {
        onGuard: (failure: LedgerError | undefined) => guardEvents.push(failure?.code ?? 'works'),
        onError: (error) => errors.push(error),
      },
    });
    this.histories.push(copy.store);
    return { ledger, copy, guardEvents, errors };
  }

  /** Keeps each checkpoint and refuses a second root at one size: that would be a fork. */
  #spy(): NoteSigner {
    return {
      verifierKey: this.signer.verifierKey,
      sign: (text) => {
        const checkpoint = parseCheckpoint(text);
        if (checkpoint.ok) {
          const size = Number(checkpoint.value.size);
          const root = toBase64(checkpoint.value.root);
          if ((this.signed.get(size) ?? root) !== root) throw new Error(`${this.origin} forks at ${size}`);
          this.signed.set(size, root);
        }
        return this.signer.sign(text);
      },
    };
  }

  /** Sizes of signed checkpoints that are not of the history that the largest one is of: none, where nothing forked. */
  forkedSizes(): number[] {
    const largest = Math.max(...this.signed.keys());
    const history = this.histories.find(
      ({ entries }) => entries.length >= largest && rootAt(entries, largest) === this.signed.get(largest),
    );
    if (history === undefined) throw new Error(`no rows are those of the checkpoint of size ${largest}`);
    return [...this.signed].filter(([size, root]) => rootAt(history.entries, size) !== root).map(([size]) => size);
  }
}

export function newCopy(): Copy {
  return { store: new MemoryLogStore(), files: new MemoryPublicFiles() };
}

/** As `cp -a` does it while nothing runs. */
export function copyOf({ store, files }: Copy): Copy {
  const copy = { store: store.copy(), files: new MemoryPublicFiles() };
  for (const [path, bytes] of files.files) copy.files.files.set(path, bytes.slice());
  return copy;
}

export function rootAt(entries: readonly StoredEntry[], size: number): string {
  const leafHashes = entries.slice(0, size).map((entry) => leafHash(leafOf(entry)));
  return toBase64(rootOfRange(appendToRange({ size: 0, range: [], leafHashes }).range));
}

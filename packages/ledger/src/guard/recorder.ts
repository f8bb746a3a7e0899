/**
 * Records checkpoints with a guard for one opening of a log. Knows what this opening put there, so that a write of unknown
 * outcome is told from another writer's: the first is gone on from, the second means that this writer was overtaken.
 */
import type { Hash, NoteSigner } from '@fractal/tlog';
import { LedgerError } from '../errors.ts';
import { type CheckpointGuard, GuardConflict, type GuardEntry } from '../ports/checkpoint-guard.ts';
import { formatGuardNote } from './guard-note.ts';

export interface RecorderOptions {
  readonly guard: CheckpointGuard;
  readonly origin: string;
  /** 32 hex digits that no other opening has. */
  readonly claim: string;
  readonly signer: NoteSigner;
  /** What the guard held when this opening compared itself with it. */
  readonly held: GuardEntry | undefined;
}

/** Reads and writes of one `record` before it gives up: each conflict with ourselves is gone on from once. */
const ROUNDS_MAX = 3;

export class Recorder {
  readonly #options: RecorderOptions;
  #held: GuardEntry | undefined;
  #signer: NoteSigner;
  /** Texts whose writing failed, so that they may or may not be there. */
  readonly #uncertain = new Set<string>();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#held = options.held;
    this.#signer = options.signer;
  }

  /** Signs what it records by this key from now on. */
  signBy(signer: NoteSigner): void {
    this.#signer = signer;
  }

  /**
   * Resolves when the guard durably holds this size and root under our claim. One call at a time.
   * @throws LedgerError checkpoint_guard_unavailable (retryable), ledger_stopped when another writer's entry is there
   */
  async record(head: { readonly size: number; readonly root: Hash }): Promise<void> {
    const { guard, origin, claim } = this.#options;
    const text = formatGuardNote({ origin, claim, ...head }, this.#signer);
    try {
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        if (round > 0 || this.#uncertain.size > 0) await this.#look();
        try {
          this.#held = await guard.record(origin, text, this.#held);
          this.#uncertain.clear();
          return;
        } catch (error) {
          if (!(error instanceof GuardConflict)) {
            this.#uncertain.add(text);
            throw error;
          }
        }
      }
      throw new GuardConflict(`the entry of ${origin} changed ${ROUNDS_MAX} times while it was to be replaced`);
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      const message = `the checkpoint guard could not record size ${head.size} of ${origin}: nothing is signed until it can`;
      throw new LedgerError('checkpoint_guard_unavailable', message, { cause });
    }
  }

  /**
   * Looks at what is there now, to replace it. Our own text from a write of unknown outcome is replaced too: that it can be
   * read does not say that it would survive a crash. Throws where it is another writer's.
   */
  async #look(): Promise<void> {
    const { guard, origin } = this.#options;
    const found = await guard.read(origin);
    // Nothing there: the guard lost it. What we are about to write is newer than all that was ever there.
    if (found !== undefined && found.text !== this.#held?.text && !this.#uncertain.has(found.text)) {
      throw new LedgerError(
        'ledger_stopped',
        `the checkpoint guard holds an entry of ${origin} that this process did not write: another one opened this log ` +
          'or a copy of it; nothing more is signed here',
      );
    }
    this.#held = found;
  }
}

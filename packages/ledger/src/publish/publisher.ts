/**
 * Publishes what is committed: tiles and bundles first, durable, then the checkpoint that covers them, so that a
 * published checkpoint never names a byte a stranger can't fetch. One publication at a time, at most one an interval.
 *
 * Where witnesses are configured, what they cosign joins the published checkpoint (cosigning.ts): same text, more
 * signature lines, never in the place of a larger one.
 *
 * A failure is reported and tried again, each time after a longer pause: answers don't depend on publication (their
 * receipts are complete).
 */

import type { TileState } from '../integrate/tile-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { WitnessStatus } from '../ports/witness.ts';
import type { Cosigning } from './cosigning.ts';
import { obsoletePartials } from './partials.ts';

/** How far an entry has come: durable and signed, covered by the published checkpoint, covered by a witnessed one. */
export type Reached = 'committed' | 'published' | 'witnessed';

/** A checkpoint in hand: the size it covers and its signed note. */
export interface SignedCheckpoint {
  readonly size: number;
  readonly note: string;
}

export interface PublisherOptions {
  readonly files: PublicFiles;
  readonly clock: Clock;
  readonly tiles: TileState;
  readonly intervalMs: number;
  /** What the public files hold now; undefined where nothing was ever published. */
  readonly published: SignedCheckpoint | undefined;
  /** The newest signed checkpoint; its size is that of the tiles whenever no commit is being integrated. */
  readonly latest: () => SignedCheckpoint;
  readonly onPublished?: (checkpoint: SignedCheckpoint, publishedMs: number) => void;
  readonly onError?: (error: unknown) => void;
  /** Has the published checkpoints cosigned; absent where no witness is configured. */
  readonly cosigning?: (publisher: {
    readonly republish: (checkpoint: SignedCheckpoint) => Promise<void>;
    readonly onWitnessed: () => void;
  }) => Cosigning;
}

/** Longest pause between two attempts while they fail. */
const PAUSE_MS_MAX = 5_000;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #stop = new AbortController();
  #published: SignedCheckpoint | undefined;
  readonly #waiters = new Set<{ readonly isOver: () => boolean; readonly wake: () => void }>();
  readonly #cosigning: Cosigning | undefined;
  /** The largest size that may be in the public files by now: a replacement that failed may have happened all the same. */
  #attemptedSize = 0;
  /** The last of the replacements of the checkpoint: one at a time. */
  #turn: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#published = options.published;
    this.#cosigning = options.cosigning?.({
      republish: (checkpoint) => this.#inTurn(() => this.#republish(checkpoint)),
      onWitnessed: () => this.#wakeWaiters(),
    });
  }

  get published(): SignedCheckpoint | undefined {
    return this.#published;
  }

  get witnesses(): readonly WitnessStatus[] {
    return this.#cosigning?.statuses ?? [];
  }

  /** The largest checkpoint that met the quorum of the witnesses. */
  get witnessed(): SignedCheckpoint | undefined {
    return this.#cosigning?.witnessed;
  }

  /** The best published checkpoint over `size` leaves: one that met the quorum, else the newest; undefined where none is. */
  covering(size: number): SignedCheckpoint | undefined {
    return [this.witnessed, this.#published].find((checkpoint) => covers(checkpoint, size));
  }

  /** Publishes what a crash left unpublished, once; then goes on by itself. A failure is reported and tried again. */
  async start(): Promise<void> {
    if (this.#dirty()) await this.#attempt();
    await this.#cosigning?.start(this.#published);
    this.#loop = this.#run();
  }

  /** Says that there may be something new to publish. */
  notify(): void {
    this.#wake?.();
  }

  /** Resolves true once a checkpoint of at least `size` is published, false when `timeoutMs` passed first. */
  async waitFor(size: number, timeoutMs: number): Promise<boolean> {
    return this.#wait(() => covers(this.#published, size), timeoutMs);
  }

  /** Waits until a checkpoint of at least `size` met the quorum, at most `timeoutMs`; says what was reached. */
  async waitWitnessed(size: number, timeoutMs: number): Promise<Reached> {
    const isPublished = (): boolean => covers(this.#published, size);
    const isWitnessed = (): boolean => covers(this.witnessed, size);
    await this.#wait(this.#cosigning?.canWitness === true ? isWitnessed : isPublished, timeoutMs);
    if (isWitnessed()) return 'witnessed';
    return isPublished() ? 'published' : 'committed';
  }

  /** The same tree under other signatures: it takes the place of the one that is published, if that is of its size. */
  signedAgain(checkpoint: SignedCheckpoint): Promise<void> {
    const note = this.#cosigning?.signedAgain(checkpoint) ?? checkpoint.note;
    return this.#inTurn(() => this.#republish({ ...checkpoint, note }));
  }

  /** Publishes what is left and stops. Throws what the last publication threw, if it failed. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    await this.#cosigning?.close();
    if (this.#dirty()) await this.#inTurn(() => this.#publishNow());
  }

  async #publishNow(): Promise<void> {
    const { files, tiles, latest, clock } = this.#options;
    const snapshot = tiles.snapshot();
    const checkpoint = latest();
    this.#attemptedSize = checkpoint.size;
    await files.writeAll(snapshot.files);
    await files.replaceCheckpoint(new TextEncoder().encode(checkpoint.note));
    tiles.markPublished(snapshot);
    const before = this.#published?.size ?? 0;
    this.#published = checkpoint;
    this.#wakeWaiters();
    this.#options.onPublished?.(checkpoint, clock.nowMs());
    this.#cosigning?.published(checkpoint);
    await files.removePartials(obsoletePartials(before, checkpoint.size));
  }

  async #republish(checkpoint: SignedCheckpoint): Promise<void> {
    if (this.#published?.size !== checkpoint.size || this.#published.note === checkpoint.note) return;
    if (this.#attemptedSize > checkpoint.size) return;
    await this.#options.files.replaceCheckpoint(new TextEncoder().encode(checkpoint.note));
    this.#published = checkpoint;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn === undefined ? work() : this.#turn.then(work);
    const over = (): void => {
      if (this.#turn === turn) this.#turn = undefined;
    };
    const turn = done.then(over, over); // whoever asked for it hears of its failure
    this.#turn = turn;
    return done;
  }

  async #wait(isOver: () => boolean, timeoutMs: number): Promise<boolean> {
    if (isOver()) return true;
    const given = new AbortController();
    const { promise: over, resolve: wake } = Promise.withResolvers<void>();
    const waiter = { isOver, wake };
    this.#waiters.add(waiter);
    await Promise.race([over, this.#options.clock.sleep(timeoutMs, given.signal)]);
    given.abort();
    this.#waiters.delete(waiter);
    return isOver();
  }

  #dirty(): boolean {
    return this.#published === undefined || this.#published.size < this.#options.latest().size;
  }

  async #run(): Promise<void> {
    const { clock, intervalMs } = this.#options;
    let pauseMs = intervalMs;
    while (!this.#stop.signal.aborted) {
      if (!this.#dirty()) await this.#notified();
      if (this.#stop.signal.aborted) return;
      pauseMs = (await this.#attempt()) ? intervalMs : Math.min(pauseMs * 2, Math.max(intervalMs, PAUSE_MS_MAX));
      await clock.sleep(pauseMs, this.#stop.signal);
    }
  }

  /** Whether all is published. */
  async #attempt(): Promise<boolean> {
    try {
      await this.#inTurn(() => this.#publishNow());
      return true;
    } catch (error) {
      this.#options.onError?.(error);
      return false;
    }
  }

  #notified(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  #wakeWaiters(): void {
    for (const waiter of this.#waiters) if (waiter.isOver()) waiter.wake();
  }
}

function covers(checkpoint: SignedCheckpoint | undefined, size: number): boolean {
  return checkpoint !== undefined && checkpoint.size >= size;
}

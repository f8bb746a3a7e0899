/**
 * Publishes what is committed: tiles and bundles first, durable, then the checkpoint that covers them, so that a
 * published checkpoint never names a byte a stranger can't fetch. One publication at a time, at most one an interval.
 *
 * A failure is reported and tried again, each time after a longer pause: answers don't depend on publication (their
 * receipts are complete).
 */

import type { TileState } from '../integrate/tile-state.ts';
import type { Clock } from '../ports/clock.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import { obsoletePartials } from './partials.ts';

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
}

/** Longest pause between two attempts while they fail. */
const PAUSE_MS_MAX = 5_000;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #stop = new AbortController();
  #published: SignedCheckpoint | undefined;
  readonly #waiters = new Set<{ readonly size: number; readonly wake: () => void }>();
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#published = options.published;
  }

  get published(): SignedCheckpoint | undefined {
    return this.#published;
  }

  /** Publishes what a crash left unpublished, once; then goes on by itself. A failure is reported and tried again. */
  async start(): Promise<void> {
    if (this.#dirty()) await this.#attempt();
    this.#loop = this.#run();
  }

  /** Says that there may be something new to publish. */
  notify(): void {
    this.#wake?.();
  }

  /** Resolves true once a checkpoint of at least `size` is published, false when `timeoutMs` passed first. */
  async waitFor(size: number, timeoutMs: number): Promise<boolean> {
    if (this.#covers(size)) return true;
    const given = new AbortController();
    const { promise: covered, resolve: wake } = Promise.withResolvers<void>();
    const waiter = { size, wake };
    this.#waiters.add(waiter);
    await Promise.race([covered, this.#options.clock.sleep(timeoutMs, given.signal)]);
    given.abort();
    this.#waiters.delete(waiter);
    return this.#covers(size);
  }

  /** Publishes what is left and stops. Throws what the last publication threw, if it failed. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    if (this.#dirty()) await this.#publishNow();
  }

  async #publishNow(): Promise<void> {
    const { files, tiles, latest, clock } = this.#options;
    const snapshot = tiles.snapshot();
    const checkpoint = latest();
    await files.writeAll(snapshot.files);
    await files.replaceCheckpoint(new TextEncoder().encode(checkpoint.note));
    tiles.markPublished(snapshot);
    const before = this.#published?.size ?? 0;
    this.#published = checkpoint;
    this.#wakeCovered();
    this.#options.onPublished?.(checkpoint, clock.nowMs());
    await files.removePartials(obsoletePartials(before, checkpoint.size));
  }

  #covers(size: number): boolean {
    return this.#published !== undefined && this.#published.size >= size;
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
      await this.#publishNow();
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

  #wakeCovered(): void {
    for (const waiter of this.#waiters) if (this.#covers(waiter.size)) waiter.wake();
  }
}

/**
 * Asks one witness for its cosignature, again and again (C2SP tlog-witness, the client's side):
 *
 *     target ─► add-checkpoint with the proof from the size it holds ─► verified line ─► the next target
 *                    │409: it holds another size ─► proof from there, at most twice
 *                    └ any other end ─► a pause, longer each time, with jitter; then the newest target
 *
 * One request is under way at a time, under a time limit. What the witness holds is kept in memory and learned again by
 * 409. Nobody waits for this loop but those who asked to (I12); what the witness says is believed once verified, and a size
 * it claims decides only which proof it is sent.
 */
import type { Ed25519, Hash } from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import type { AddCheckpoint, Witness, WitnessAnswer, WitnessFault, WitnessStatus } from '../ports/witness.ts';
import { type Cosignature, cosignatureIn } from './cosignature.ts';
import type { SignedCheckpoint } from './publisher.ts';

export interface WitnessLimits {
  /** For one request. */
  readonly timeoutMs: number;
  /** Pause after the first failure; doubled after each further one. */
  readonly pauseMs: number;
  readonly pauseMsMax: number;
}

export const DEFAULT_WITNESS_LIMITS: WitnessLimits = { timeoutMs: 10_000, pauseMs: 500, pauseMsMax: 60_000 };

export interface WitnessLoopOptions {
  readonly witness: Witness;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly ed25519: Ed25519;
  readonly limits: WitnessLimits;
  /** The checkpoint to be cosigned now: never a smaller one than before. */
  readonly target: () => SignedCheckpoint | undefined;
  /** The consistency proof between two sizes of the public log. */
  readonly proof: (from: number, to: number) => Promise<readonly Hash[]>;
  readonly onCosigned: (checkpoint: SignedCheckpoint, cosignature: Cosignature) => void;
  /** After each attempt; `changed` where the last one ended otherwise. */
  readonly onAttempt: (fault: WitnessFault | undefined, changed: boolean) => void;
  readonly onError: (error: unknown) => void;
}

/** Requests in one attempt: the first, and again from the size it says it holds, which others may move meanwhile. */
const REQUESTS_MAX = 3;

export class WitnessLoop {
  readonly #options: WitnessLoopOptions;
  readonly #stop = new AbortController();
  /** The size it holds, as far as is known. */
  #heldSize: number;
  #cosigned: { readonly size: number; readonly seconds: number } | undefined;
  #failures = 0;
  #failuresInRow = 0;
  #fault: WitnessFault | undefined;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(options: WitnessLoopOptions) {
    this.#options = options;
    this.#heldSize = 0;
  }

  get status(): WitnessStatus {
    return {
      name: this.#options.witness.name,
      cosignedSize: this.#cosigned?.size ?? 0,
      cosignedSeconds: this.#cosigned?.seconds,
      failures: this.#failures,
      fault: this.#fault,
    };
  }

  /** Whether its last attempt failed: nobody should wait for it. */
  get isFailing(): boolean {
    return this.#failuresInRow > 0;
  }

  /** `known`: what is published carries its cosignature already. */
  start(known: { readonly size: number; readonly seconds: number } | undefined): void {
    this.#cosigned = known;
    this.#heldSize = known?.size ?? 0;
    this.#loop = this.#run();
  }

  /** There is a new target. */
  notify(): void {
    this.#wake?.();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, target } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const checkpoint = target();
      if (checkpoint === undefined || checkpoint.size <= (this.#cosigned?.size ?? 0)) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const fault = await this.#attempt(checkpoint);
      if (signal.aborted) return;
      this.#account(fault);
      if (fault !== undefined) await clock.sleep(this.#pauseMs(), signal);
    }
  }

  #account(fault: WitnessFault | undefined): void {
    const changed = fault !== this.#fault;
    this.#fault = fault;
    this.#failures += fault === undefined ? 0 : 1;
    this.#failuresInRow = fault === undefined ? 0 : this.#failuresInRow + 1;
    this.#options.onAttempt(fault, changed);
  }

  /** Between half and all of the doubled pause: witnesses that went down together are not asked in step for ever. */
  #pauseMs(): number {
    const { limits, rng } = this.#options;
    const wholeMs = Math.min(limits.pauseMsMax, limits.pauseMs * 2 ** Math.min(this.#failuresInRow - 1, 30));
    const share = new DataView(rng.bytes(4).slice().buffer).getUint32(0) / 2 ** 32;
    return Math.ceil(wholeMs * (0.5 + share / 2));
  }

  /** Undefined once the checkpoint, or a newer one, is cosigned. */
  async #attempt(first: SignedCheckpoint): Promise<WitnessFault | undefined> {
    const { target } = this.#options;
    let checkpoint = first;
    for (let requests = 0; requests < REQUESTS_MAX; requests += 1) {
      // Someone else may have brought it a newer checkpoint of ours than the one it is asked for.
      if (this.#heldSize > checkpoint.size) checkpoint = target() ?? checkpoint;
      if (this.#heldSize > checkpoint.size) return this.#forget('ahead_of_us');
      const oldSize = this.#heldSize;
      const answer = await this.#ask(checkpoint, oldSize);
      if (answer.kind === 'cosigned') return this.#take(checkpoint, answer.lines);
      if (answer.kind === 'refused') return this.#forget(answer.fault);
      if (answer.size === BigInt(oldSize)) return this.#forget('conflict_repeated');
      if (answer.size > BigInt(Number.MAX_SAFE_INTEGER)) return this.#forget('ahead_of_us');
      this.#heldSize = Number(answer.size);
    }
    return this.#forget('conflict_repeated');
  }

  /** The next attempt asks from zero and is told by 409 what it holds. */
  #forget(fault: WitnessFault): WitnessFault {
    this.#heldSize = 0;
    return fault;
  }

  #take(checkpoint: SignedCheckpoint, lines: string): WitnessFault | undefined {
    const { witness, clock, ed25519, onCosigned } = this.#options;
    const nowSeconds = Math.floor(clock.nowMs() / 1000);
    const taken = cosignatureIn({ note: checkpoint.note, lines, key: witness.verifierKey, nowSeconds, ed25519 });
    if (!taken.ok) return this.#forget(taken.fault);
    this.#heldSize = checkpoint.size;
    this.#cosigned = { size: checkpoint.size, seconds: Number(taken.value.verified.timestamp) };
    onCosigned(checkpoint, taken.value);
    return undefined;
  }

  async #ask(checkpoint: SignedCheckpoint, oldSize: number): Promise<WitnessAnswer> {
    let proof: readonly Hash[];
    try {
      proof = await this.#options.proof(oldSize, checkpoint.size);
    } catch (error) {
      this.#options.onError(error);
      return { kind: 'refused', fault: 'proof_unavailable' };
    }
    return this.#withinTime({ oldSize, proof, checkpoint: checkpoint.note });
  }

  async #withinTime(request: AddCheckpoint): Promise<WitnessAnswer> {
    const { witness, clock, limits } = this.#options;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stop.signal]);
    const late = clock
      .sleep(limits.timeoutMs, signal)
      .then((): WitnessAnswer => ({ kind: 'refused', fault: 'timeout' }));
    const asked = witness
      .addCheckpoint(request, signal)
      .catch((): WitnessAnswer => ({ kind: 'refused', fault: 'unreachable' }));
    try {
      return await Promise.race([asked, late]);
    } finally {
      over.abort();
    }
  }
}

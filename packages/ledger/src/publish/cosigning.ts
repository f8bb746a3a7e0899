/**
 * Has what is published cosigned by the witnesses of a policy, and keeps what they signed.
 *
 *     published ─► target, one for all witnesses ─► lines, each verified ─► joined to the published checkpoint
 *                                                        └─ quorum ─► `checkpoint.witnessed`, durable ─► receipts
 *
 * All witnesses are asked for the same checkpoint: each for its own newest might never give a quorum on one. The target
 * moves to the newest published checkpoint once the quorum is met, once nobody who answers is left to ask, or once it is
 * older than a request may last; so a witness that is down or slow holds up nothing but itself.
 *
 * `checkpoint.witnessed` in the public files is the largest checkpoint that met the quorum: never a smaller one, and at one
 * size never fewer cosignatures. `checkpoint` itself goes on to be the newest, witnessed or not.
 */
import {
  type Ed25519,
  nobleEd25519,
  openNote,
  parseCheckpoint,
  satisfies,
  type TlogPolicy,
  type VerifiedSignature,
  type VerifierKey,
} from '@fractal/tlog';
import type { Clock, Rng } from '../ports/clock.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { Witness, WitnessFault, WitnessStatus } from '../ports/witness.ts';
import { consistencyOf } from '../receipt/proof.ts';
import { type Cosignature, takeApart, textOf } from './cosignature.ts';
import type { SignedCheckpoint } from './publisher.ts';
import { DEFAULT_WITNESS_LIMITS, type WitnessLimits, WitnessLoop } from './witness-loop.ts';

/** Who is asked, and how many of them are enough. */
export interface Witnessing {
  /** Its quorum counts; the log is ours whatever logs it lists. */
  readonly policy: TlogPolicy;
  /** At most `WITNESSES_MAX`. */
  readonly witnesses: readonly Witness[];
  readonly ed25519?: Ed25519;
  readonly limits?: Partial<WitnessLimits>;
  readonly onAttempt?: (attempt: {
    readonly witness: string;
    readonly fault: WitnessFault | undefined;
    /** Whether the attempt before ended otherwise. */
    readonly changed: boolean;
  }) => void;
}

/** With the log's own, far below the 100 signatures of a note that verifiers must bear at most. */
export const WITNESSES_MAX = 32;

export const WITNESSED_PATH = 'checkpoint.witnessed';

export interface CosigningOptions {
  readonly witnessing: Witnessing;
  readonly origin: string;
  /** The log's own, those it signed by before among them. */
  readonly verifierKeys: readonly VerifierKey[];
  readonly files: PublicFiles;
  readonly clock: Clock;
  readonly rng: Rng;
  /** Puts the note in the place of the published checkpoint if that is still of this size; durable when it resolves. */
  readonly republish: (checkpoint: SignedCheckpoint) => Promise<void>;
  readonly onWitnessed: () => void;
  readonly onError: (error: unknown) => void;
}

/** Its note carries the signatures of nobody but the log. */
interface Target extends SignedCheckpoint {
  readonly sinceMs: number;
  /** In the order of the witnesses. */
  readonly cosignatures: (Cosignature | undefined)[];
}

/** Targets remembered: a slow witness may answer for one that is not the present one. */
const TARGETS_KEPT = 8;
const FLUSH_PAUSE_MS = 1_000;

export class Cosigning {
  readonly #options: CosigningOptions;
  readonly #ed25519: Ed25519;
  readonly #limits: WitnessLimits;
  readonly #loops: readonly WitnessLoop[];
  readonly #stop = new AbortController();
  #published: SignedCheckpoint | undefined;
  /** The last is the present one. */
  #targets: Target[] = [];
  #witnessed: SignedCheckpoint | undefined;
  /** Sizes whose new cosignatures are not durable yet. */
  readonly #toWrite = new Set<number>();
  #isWriting = false;
  #writing: Promise<void> | undefined;

  constructor(options: CosigningOptions) {
    const { witnessing } = options;
    this.#options = options;
    this.#ed25519 = witnessing.ed25519 ?? nobleEd25519;
    this.#limits = { ...DEFAULT_WITNESS_LIMITS, ...witnessing.limits };
    this.#loops = witnessing.witnesses.map(
      (witness, at) =>
        new WitnessLoop({
          witness,
          clock: options.clock,
          rng: options.rng,
          ed25519: this.#ed25519,
          limits: this.#limits,
          target: () => this.#target(),
          proof: (from, to) => consistencyOf(options.files, from, to),
          onCosigned: ({ size }, cosignature) => this.#take(size, at, cosignature),
          onAttempt: (fault, changed) => {
            witnessing.onAttempt?.({ witness: witness.name, fault, changed });
            this.#advance();
          },
          onError: options.onError,
        }),
    );
  }

  /** Whether there is a quorum to be met; where the policy asks for nobody, "witnessed" would say nothing. */
  get canWitness(): boolean {
    return this.#options.witnessing.policy.quorum.kind !== 'none';
  }

  /** The largest checkpoint whose quorum is met, durable. */
  get witnessed(): SignedCheckpoint | undefined {
    return this.#witnessed;
  }

  get statuses(): readonly WitnessStatus[] {
    return this.#loops.map((loop) => loop.status);
  }

  /** Takes up what the public files hold, then asks by itself. */
  async start(published: SignedCheckpoint | undefined): Promise<void> {
    this.#witnessed = await this.#readWitnessed(published).catch((error: unknown) => {
      this.#options.onError(error); // an opening does not fail for want of it
      return undefined;
    });
    if (published !== undefined) this.#aim(published);
    const target = this.#targets.at(-1);
    if (target !== undefined && this.#witnessed?.size === target.size) {
      this.#takeApart(this.#witnessed.note).cosignatures.forEach((kept, at) => {
        target.cosignatures[at] ??= kept;
      });
    }
    if (target?.cosignatures.some((each) => each !== undefined)) this.#toWrite.add(target.size);
    this.#loops.forEach((loop, at) => {
      const known = target?.cosignatures[at]?.verified.timestamp;
      loop.start(
        target === undefined || known === undefined ? undefined : { size: target.size, seconds: Number(known) },
      );
    });
    this.#flush();
  }

  /** A larger checkpoint was published. */
  published(checkpoint: SignedCheckpoint): void {
    this.#published = checkpoint;
    this.#advance();
  }

  /** Other signatures of ours on the same tree. Returns the note with what the witnesses signed of it so far. */
  signedAgain({ size, note }: SignedCheckpoint): string {
    const { bare } = this.#takeApart(note);
    this.#targets = this.#targets.map((target) => (target.size === size ? { ...target, note: bare } : target));
    if (this.#published?.size === size) this.#published = { size, note };
    const target = this.#targets.find((each) => each.size === size);
    if (target === undefined) return note;
    if (target.cosignatures.some((each) => each !== undefined)) this.#toWrite.add(size);
    this.#flush();
    return noteOf(target);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops.map((loop) => loop.close()));
    await this.#writing;
  }

  #target(): SignedCheckpoint | undefined {
    this.#advance();
    return this.#targets.at(-1);
  }

  /** Moves the target to the newest published checkpoint where nobody is to be waited for any more. */
  #advance(): void {
    const target = this.#targets.at(-1);
    const published = this.#published;
    if (published === undefined || published.size <= (target?.size ?? 0)) return;
    if (target === undefined || this.#isDone(target)) this.#aim(published);
  }

  #isDone(target: Target): boolean {
    const isOld = this.#options.clock.nowMs() - target.sinceMs > this.#limits.timeoutMs;
    if (target.size === 0) return true; // nobody is asked to cosign an empty log
    const nobodyLeft = this.#loops.every((loop, at) => target.cosignatures[at] !== undefined || loop.isFailing);
    return isOld || nobodyLeft || this.#isEnough(target);
  }

  #aim(checkpoint: SignedCheckpoint): void {
    this.#published = checkpoint;
    const { bare, cosignatures } = this.#takeApart(checkpoint.note);
    const target = { size: checkpoint.size, note: bare, sinceMs: this.#options.clock.nowMs(), cosignatures };
    this.#targets = [...this.#targets, target].slice(-TARGETS_KEPT);
    for (const loop of this.#loops) loop.notify();
  }

  #takeApart(note: string): { bare: string; cosignatures: (Cosignature | undefined)[] } {
    const keys = this.#options.witnessing.witnesses.map(({ verifierKey }) => verifierKey);
    return takeApart(note, keys, this.#ed25519);
  }

  #take(size: number, at: number, cosignature: Cosignature): void {
    const target = this.#targets.find((each) => each.size === size);
    if (target === undefined) return;
    target.cosignatures[at] = cosignature;
    this.#toWrite.add(size);
    this.#flush();
  }

  #isEnough({ cosignatures }: Target): boolean {
    const { policy } = this.#options.witnessing;
    const verified = cosignatures.flatMap((each): VerifiedSignature[] => (each === undefined ? [] : [each.verified]));
    return this.canWitness && satisfies({ ...policy, logs: [] }, verified);
  }

  /** Writes what was cosigned, smaller sizes first; a failure is reported and tried again. */
  #flush(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    const { clock, onError } = this.#options;
    const { signal } = this.#stop;
    while (this.#toWrite.size > 0 && !signal.aborted) {
      const size = Math.min(...this.#toWrite);
      this.#toWrite.delete(size);
      try {
        await this.#write(size);
      } catch (error) {
        this.#toWrite.add(size);
        onError(error);
        await clock.sleep(FLUSH_PAUSE_MS, signal);
      }
    }
    this.#isWriting = false;
  }

  async #write(size: number): Promise<void> {
    const target = this.#targets.find((each) => each.size === size);
    if (target === undefined) return;
    const checkpoint = { size, note: noteOf(target) };
    await this.#options.republish(checkpoint);
    if (!this.#isEnough(target) || size < (this.#witnessed?.size ?? 0)) return;
    const bytes = new TextEncoder().encode(checkpoint.note);
    await this.#options.files.writeAll([{ path: WITNESSED_PATH, bytes }]);
    this.#witnessed = checkpoint;
    this.#options.onWitnessed();
  }

  /** What an earlier run kept; undefined where it is missing, damaged, ahead, or not enough under the present policy. */
  async #readWitnessed(published: SignedCheckpoint | undefined): Promise<SignedCheckpoint | undefined> {
    const { files, origin, verifierKeys, witnessing } = this.#options;
    const bytes = await files.read(WITNESSED_PATH);
    if (bytes === undefined || published === undefined) return undefined;
    const note = new TextDecoder().decode(bytes);
    const keys = witnessing.policy.witnesses.map(({ key }) => key);
    const opened = openNote(bytes, [...verifierKeys, ...keys], this.#ed25519);
    const checkpoint = opened.ok ? parseCheckpoint(textOf(note)) : undefined;
    if (!opened.ok || checkpoint?.ok !== true || checkpoint.value.origin !== origin) return undefined;
    const isOurs = opened.value.verified.some(({ name, keyId }) =>
      verifierKeys.some((key) => key.name === name && key.keyId === keyId),
    );
    const size = Number(checkpoint.value.size);
    const isEnough = this.canWitness && satisfies({ ...witnessing.policy, logs: [] }, opened.value.verified);
    return isOurs && isEnough && size <= published.size ? { size, note } : undefined;
  }
}

/** The target with the cosignatures there are. */
function noteOf({ note, cosignatures }: Target): string {
  return note + cosignatures.map((each) => each?.line ?? '').join('');
}

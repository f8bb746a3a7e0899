/**
 * The ledger of one log: sequence → integrate → publish (DESIGN sections 1 and 3).
 *
 *     append ─► waiting ─► one group a commit ─► rows durable ─► guard ─► checkpoint signed ─► answers with receipts
 *                                                                              └─► tiles ─► public files ─► public checkpoint
 *
 * The guard records group n while group n+1 commits; groups that are durable by then share one record, the newest's.
 *
 * I2: the checkpoint of a group is signed after its commit is durable, and answers leave after that.
 * I3: an entry is unique by its key: among those in flight here, by the row read before, and by the store's own refusal.
 * I5: the head only moves by commits; a commit of unknown outcome is decided by what the store holds, made durable first.
 *   What is signed is with the guard before. While the guard can't be written nothing is signed, answered or committed: groups
 *   that were committed already are answered `checkpoint_guard_unavailable` and signed once the guard is back.
 *
 * Not checked here: what a body says, who may append. That is the caller's.
 */
import { formatReceipt, type Hash, type NoteSigner, signNote, toHex, type VerifierKey } from '@fractal/tlog';
import type { ClosedLog } from './closed/closed-log.ts';
import { invariant, LedgerError } from './errors.ts';
import type { Recorder } from './guard/recorder.ts';
import type { TileState } from './integrate/tile-state.ts';
import { SIGNED_KEY, SIGNED_TABLE, signHead } from './open/compare-guard.ts';
import type { Clock, Rng } from './ports/clock.ts';
import { CommitRefused, type Head, type LogStore, type Row, type StoredEntry } from './ports/log-store.ts';
import type { PublicFiles } from './ports/public-files.ts';
import type { WitnessStatus } from './ports/witness.ts';
import { textOf } from './publish/cosignature.ts';
import { Cosigning, type Witnessing } from './publish/cosigning.ts';
import { Publisher, type PublisherOptions, type Reached, type SignedCheckpoint } from './publish/publisher.ts';
import { entryUnder } from './receipt/entry-under.ts';
import { proofOf } from './receipt/proof.ts';
import { buildGroup, type Group, type NewEntry } from './sequence/group.ts';
import { RowsInFlight, type RowsOfGroup } from './sequence/rows-in-flight.ts';

export type { NewEntry } from './sequence/group.ts';

/** Entry bodies end here (C2SP bundles carry uint16 lengths; DESIGN section 4). */
export const BODY_BYTES_MAX = 65_535;

export interface LedgerLimits {
  /** Entries in one commit. */
  readonly groupEntriesMax: number;
  /** Bytes of bodies in one commit; one entry may exceed it alone. */
  readonly groupBytesMax: number;
  /** Entries waiting for a commit or, committed, for the guard before `busy`. */
  readonly waitingEntriesMax: number;
}

export const DEFAULT_LIMITS: LedgerLimits = {
  groupEntriesMax: 2_000,
  groupBytesMax: 16 << 20,
  waitingEntriesMax: 20_000,
};

/** What the ledger tells whoever watches it; none of it is needed for its work. */
export interface LedgerEvents {
  readonly onCommit?: (group: { readonly entries: number; readonly size: number; readonly durationMs: number }) => void;
  readonly onPublish?: (checkpoint: { readonly size: number; readonly publishedMs: number }) => void;
  /** After each attempt to record with the guard that failed, and once with undefined when it works again. */
  readonly onGuard?: (failure: LedgerError | undefined) => void;
  readonly onError?: (error: unknown) => void;
}

export interface LedgerParts {
  readonly origin: string;
  readonly store: LogStore;
  readonly files: PublicFiles;
  /** The log's own signer first; its key name is the origin. */
  readonly signers: readonly NoteSigner[];
  /** Those it signs and has signed by. */
  readonly verifierKeys: readonly VerifierKey[];
  readonly tagKeyOf: (tenant: string) => Uint8Array;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly limits: LedgerLimits;
  readonly publishIntervalMs: number;
  /** Records each checkpoint before it is signed; undefined where the log has no guard. */
  readonly recorder: Recorder | undefined;
  /** Closed generations of the same log, the newest first. */
  readonly past: readonly ClosedLog[];
  /** Who cosigns what is published; absent: nobody. */
  readonly witnessing?: Witnessing | undefined;
  readonly events: LedgerEvents;
}

/** The state a ledger starts from; `openLedger` finds it. */
export interface LedgerStart {
  readonly head: Head;
  readonly checkpoint: SignedCheckpoint;
  readonly tiles: TileState;
  readonly published: SignedCheckpoint | undefined;
}

/** An entry and the log that holds it: this one, or a closed generation of it. */
export interface LoggedEntry extends StoredEntry {
  readonly origin: string;
}

/** An entry that is in the log: new, there already, or there with another digest (nothing was written then). */
export interface Appended {
  readonly status: 'committed' | 'replayed' | 'conflict';
  readonly entry: LoggedEntry;
  /** Size of the tree the receipt is under, once it is made; only for `committed`. */
  readonly size: number;
  /** The receipt as tlog-proof text. */
  receipt(): Promise<string>;
}

interface Waiting {
  readonly entry: NewEntry;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/** A group whose rows are durable and whose checkpoint is not signed yet. */
interface Unsigned {
  readonly group: Group;
  readonly startedMs: number;
  readonly rows: RowsOfGroup;
  /** Empty once they were told that the guard can't be written. */
  waiting: readonly Waiting[];
}

/** Pauses between two attempts to record while they fail. */
const GUARD_PAUSE_MS_MIN = 50;
const GUARD_PAUSE_MS_MAX = 5_000;

export class Ledger {
  readonly #parts: LedgerParts;
  readonly #publisher: Publisher;
  #signers: readonly NoteSigner[];
  readonly #tiles: TileState;
  readonly #inFlight = new Map<string, Promise<Appended>>();
  #head: Head;
  #checkpoint: SignedCheckpoint;
  #waiting: Waiting[] = [];
  #committing: Promise<void> | undefined;
  /** In order; together they lead from the checkpoint to the head. */
  #unsigned: Unsigned[] = [];
  readonly #rowsInFlight = new RowsInFlight();
  #signing: Promise<void> | undefined;
  #guardFailure: LedgerError | undefined;
  readonly #closing = new AbortController();
  #stopped: LedgerError | undefined;

  constructor(parts: LedgerParts, start: LedgerStart) {
    this.#parts = parts;
    this.#signers = parts.signers;
    this.#head = start.head;
    this.#checkpoint = start.checkpoint;
    this.#tiles = start.tiles;
    this.#publisher = new Publisher({
      files: parts.files,
      clock: parts.clock,
      tiles: start.tiles,
      intervalMs: parts.publishIntervalMs,
      published: start.published,
      latest: () => this.#checkpoint,
      onPublished: ({ size }, publishedMs) => parts.events.onPublish?.({ size, publishedMs }),
      onError: (error) => parts.events.onError?.(this.#publishingFailed(error)),
      ...cosigningOf(parts, (error) => parts.events.onError?.(this.#publishingFailed(error))),
    });
  }

  /** Brings the public files up to the head, then keeps them so. `openLedger` calls it once. */
  start(): Promise<void> {
    return this.#publisher.start();
  }

  get origin(): string {
    return this.#parts.origin;
  }

  /** Leaves committed so far. */
  get size(): number {
    return this.#head.size;
  }

  /** The newest signed checkpoint, published or not. */
  get checkpoint(): SignedCheckpoint {
    return this.#checkpoint;
  }

  get published(): SignedCheckpoint | undefined {
    return this.#publisher.published;
  }

  /** The largest checkpoint that met the quorum of the witnesses; undefined while there is none. */
  get witnessed(): SignedCheckpoint | undefined {
    return this.#publisher.witnessed;
  }

  get witnesses(): readonly WitnessStatus[] {
    return this.#publisher.witnesses;
  }

  get waitingEntries(): number {
    return this.#waiting.length;
  }

  /** Why nothing can be signed now: the guard failed, and is tried again by itself. */
  get guardFailure(): LedgerError | undefined {
    return this.#guardFailure;
  }

  /** Closed generations of this log, the newest first. */
  get past(): readonly ClosedLog[] {
    return this.#parts.past;
  }

  /** Why the ledger no longer writes; undefined while it does. */
  get stopped(): LedgerError | undefined {
    return this.#stopped;
  }

  /**
   * Logs the entry once for its key; resolves when it is durable.
   * @throws LedgerError busy, store_failed, checkpoint_guard_unavailable (all retryable with the same entry),
   *   ledger_stopped, entry_too_large; what `tagKeyOf` throws, for this entry alone
   */
  append(entry: NewEntry): Promise<Appended> {
    if (entry.body.length > BODY_BYTES_MAX) {
      const message = `a body has ${entry.body.length} bytes, ${BODY_BYTES_MAX} is the limit`;
      return Promise.reject(new LedgerError('entry_too_large', message));
    }
    if (this.#closing.signal.aborted) return Promise.reject(new LedgerError('ledger_stopped', 'the ledger is closed'));
    const id = toHex(entry.key);
    const running = this.#inFlight.get(id);
    if (running !== undefined) return running.then((first) => again(first, entry));
    const first = this.#appendFirst(entry).finally(() => this.#inFlight.delete(id));
    this.#inFlight.set(id, first);
    return first;
  }

  /**
   * The entry under a key, here or in a closed generation; undefined where there is none. Only what is durable and signed is
   * seen: an entry whose group is being committed is waited for.
   * @throws LedgerError checkpoint_guard_unavailable (retryable) for one that is durable and can't be signed now
   */
  async lookup(key: Uint8Array): Promise<LoggedEntry | undefined> {
    const entry = await this.#find(key);
    if (entry?.origin === this.origin) await this.#waitSigned(entry);
    return entry;
  }

  /**
   * A derived row, the newest generation's first; undefined where no generation has it. Like `lookup` it waits for a group
   * that is being committed, and throws what that throws.
   */
  async readRow(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    await this.#rowsInFlight.readable(table, key);
    const row = await this.#parts.store.readRow(table, key);
    if (row !== undefined) return row;
    for (const log of this.past) {
      const old = await log.readRow(table, key);
      if (old !== undefined) return old;
    }
    return undefined;
  }

  /** Entries of this generation. */
  async entries(from: number, to: number): Promise<readonly LoggedEntry[]> {
    const entries = await this.#parts.store.readEntries(from, to);
    return entries.map((entry) => ({ ...entry, origin: this.origin }));
  }

  /**
   * Resolves true once a published checkpoint covers the index, false when `timeoutMs` passed first. A closed generation is
   * not waited for: it says at once what it shows.
   */
  async waitPublished(index: number, timeoutMs: number, origin = this.origin): Promise<boolean> {
    if (origin !== this.origin) return index < this.#pastOf(origin).shownSize;
    return this.#publisher.waitFor(index + 1, timeoutMs);
  }

  /**
   * Waits until a checkpoint that covers the index met the quorum of the witnesses, at most `timeoutMs`, and says what was
   * reached. Where no witness is asked for, it waits for the publication.
   */
  async waitWitnessed(index: number, timeoutMs: number, origin = this.origin): Promise<Reached> {
    if (origin !== this.origin) return index < this.#pastOf(origin).shownSize ? 'published' : 'committed';
    return this.#publisher.waitWitnessed(index + 1, timeoutMs);
  }

  /**
   * A receipt for an entry: under the newest witnessed checkpoint, or, where that does not cover it yet, under the newest
   * published or at last the newest signed one, so that no answer waits for a publication or a witness (I12). For an entry
   * of a closed generation: under the checkpoint that one shows.
   * @throws LedgerError store_failed when the entry is not integrated: its commit was of unknown outcome;
   *   checkpoint_guard_unavailable; receipt_unavailable
   */
  async receiptOf(entry: LoggedEntry): Promise<string> {
    if (entry.origin !== this.origin) return this.#pastOf(entry.origin).receiptOf(entry);
    await this.#waitSigned(entry);
    const published = this.#publisher.covering(entry.index + 1);
    const checkpoint = published ?? this.#checkpoint;
    const files = published !== undefined ? this.#parts.files : this.#unpublishedFiles();
    return receiptText(entry, await proofOf(files, entry, checkpoint), checkpoint);
  }

  #pastOf(origin: string): ClosedLog {
    const log = this.past.find((each) => each.origin === origin);
    invariant(log !== undefined, `an entry of ${origin}, which is no generation of ${this.origin}`);
    return log;
  }

  /** Rows are visible a moment before their group is signed, or longer where the guard can't be written. */
  async #waitSigned({ index, key }: StoredEntry): Promise<void> {
    if (index < this.#checkpoint.size) return;
    await this.#inFlight.get(toHex(key))?.catch(() => undefined); // its caller has the rejection
    if (index < this.#checkpoint.size) return;
    throw this.#unsignedBecause(index);
  }

  #unsignedBecause(index: number): LedgerError {
    const unknown = new LedgerError('store_failed', `entry ${index} has no checkpoint`);
    return this.#stopped ?? this.#guardFailure ?? unknown;
  }

  async #find(key: Uint8Array): Promise<LoggedEntry | undefined> {
    const here = await entryUnder(this.#parts.store, key);
    if (here !== undefined) return { ...here, origin: this.origin };
    for (const log of this.past) {
      const entry = await log.lookup(key);
      if (entry !== undefined) return { ...entry, origin: log.origin };
    }
    return undefined;
  }

  /** Tiles that are durable in the public files or still in memory; what leaves memory is in the files by then. */
  #unpublishedFiles(): Pick<PublicFiles, 'read'> {
    return { read: async (path) => this.#tiles.read(path) ?? this.#parts.files.read(path) };
  }

  /**
   * Signs by these keys from now on, all of this log's name, the first of them also for its guard. The newest checkpoint is
   * signed again, the same tree: when this resolves, what is published carries these signatures, or is about to. Resolves
   * with that checkpoint; throws where it could not be published again (the next one carries them all the same).
   */
  async signBy(signers: readonly NoteSigner[]): Promise<SignedCheckpoint> {
    invariant(
      signers.length > 0 && signers.every(({ verifierKey }) => verifierKey.name === this.origin),
      'own signers',
    );
    this.#signers = signers;
    this.#parts.recorder?.signBy(signers[0]!);
    const { size, note } = this.#checkpoint;
    const checkpoint = { size, note: signNote(textOf(note), signers) };
    this.#checkpoint = checkpoint;
    await this.#publisher.signedAgain(checkpoint);
    return checkpoint;
  }

  /** Commits what is waiting, publishes it and closes the store. Entries sent after it are refused. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#drain();
    this.#stopped ??= new LedgerError('ledger_stopped', 'the ledger is closed');
    try {
      await this.#publisher.close();
    } finally {
      await this.#parts.store.close();
    }
  }

  async #drain(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled(this.#inFlight.values());
    await this.#committing;
    await this.#signing;
  }

  async #appendFirst(entry: NewEntry): Promise<Appended> {
    if (this.#stopped !== undefined) throw this.#stopped;
    const stored = await this.#find(entry.key);
    if (stored !== undefined) {
      // No waiting here: what is in flight under this key is this append, and an earlier one has been answered.
      const isHere = stored.origin === this.origin;
      if (isHere && stored.index >= this.#checkpoint.size) throw this.#unsignedBecause(stored.index);
      return again({ entry: stored, size: 0, receipt: () => this.receiptOf(stored) }, entry);
    }
    if (this.#guardFailure !== undefined) throw this.#guardFailure;
    // Asked here already: a tenant without a tag key must fail alone, not with the group it would be committed in (I13).
    this.#parts.tagKeyOf(entry.tenant);
    const unsigned = this.#head.size - this.#checkpoint.size;
    if (this.#waiting.length + unsigned >= this.#parts.limits.waitingEntriesMax) {
      const message = `${this.#waiting.length} entries are waiting for a commit, ${unsigned} for the checkpoint guard`;
      throw new LedgerError('busy', message);
    }
    return new Promise<Appended>((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#committing ??= this.#commitWaiting();
    });
  }

  async #commitWaiting(): Promise<void> {
    // One turn of the microtask queue, so that entries appended together are committed together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commitGroup(this.#takeGroup());
    this.#committing = undefined;
  }

  #takeGroup(): Waiting[] {
    const { groupEntriesMax, groupBytesMax } = this.#parts.limits;
    let count = 0;
    let bytes = 0;
    for (const { entry } of this.#waiting) {
      bytes += entry.body.length;
      if (count > 0 && (count >= groupEntriesMax || bytes > groupBytesMax)) break;
      count += 1;
    }
    const taken = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return taken;
  }

  async #commitGroup(waiting: readonly Waiting[]): Promise<void> {
    try {
      const refusal = this.#stopped ?? this.#guardFailure;
      if (refusal !== undefined) throw refusal;
      const startedMs = this.#parts.clock.nowMs();
      const group = buildGroup({
        origin: this.#parts.origin,
        head: this.#head,
        entries: waiting.map(({ entry }) => entry),
        nowMs: startedMs,
        rng: this.#parts.rng,
        tagKeyOf: this.#parts.tagKeyOf,
      });
      const rows = this.#rowsInFlight.add(waiting.flatMap(({ entry }) => entry.rows ?? []));
      await this.#commitDurably(group, waiting).catch((error: unknown) => {
        rows.settled(); // they are not there, or nothing more is answered here
        throw error;
      });
      this.#head = group.head;
      this.#unsigned.push({ group, waiting, startedMs, rows });
      this.#signing ??= this.#signCommitted();
    } catch (error) {
      // Anything but a plain refusal leaves memory and store possibly apart: only a restart brings them together.
      const reason = error instanceof LedgerError ? error : this.#stop('a commit broke off', error);
      this.#parts.events.onError?.(reason);
      for (const { reject } of waiting) reject(reason);
    }
  }

  /** Resolves only if the group is durable. Throws store_failed only if it is known not to be there. */
  async #commitDurably(group: Group, waiting: readonly Waiting[]): Promise<void> {
    const rows = [...waiting.flatMap(({ entry }) => entry.rows ?? []), ...this.#signedRow()];
    try {
      await this.#parts.store.commit({
        previousSize: group.previousSize,
        head: group.head,
        entries: group.entries,
        rows,
      });
    } catch (cause) {
      if (cause instanceof CommitRefused) throw this.#stop(refusedBecause('a commit', cause), cause);
      await this.#decideOutcome(group, cause);
    }
  }

  /** A commit threw: what the store holds decides, after making it durable. */
  async #decideOutcome(group: Group, cause: unknown): Promise<void> {
    let size: number;
    try {
      size = (await this.#parts.store.readHead())?.size ?? 0;
      if (size === group.head.size) await this.#parts.store.sync();
    } catch (error) {
      throw this.#stop('a commit failed and its outcome could not be read back', error);
    }
    if (size === group.head.size) return;
    if (size !== group.previousSize) throw this.#stop(`the head moved to ${size} during a failed commit`, cause);
    throw new LedgerError('store_failed', 'the store could not commit', { cause });
  }

  #stop(message: string, cause: unknown): LedgerError {
    this.#stopped ??= new LedgerError('ledger_stopped', message, { cause });
    return this.#stopped;
  }

  /** Whoever may not publish has lost the store: another opening writes it, and what is read here grows old. */
  #publishingFailed(error: unknown): unknown {
    return error instanceof CommitRefused ? this.#stop(refusedBecause('a publication', error), error) : error;
  }

  /** The newest signed checkpoint goes along with a guarded log's rows, for when the log has to be closed. */
  #signedRow(): readonly Row[] {
    if (this.#parts.recorder === undefined) return [];
    return [{ table: SIGNED_TABLE, key: SIGNED_KEY, value: new TextEncoder().encode(this.#checkpoint.note) }];
  }

  /** Records what is committed, signs it, answers; goes on until nothing is left, or closing finds the guard failing. */
  async #signCommitted(): Promise<void> {
    let pauseMs = GUARD_PAUSE_MS_MIN;
    while (this.#unsigned.length > 0) {
      const groups = [...this.#unsigned];
      try {
        const { head, root } = groups.at(-1)!.group;
        await this.#parts.recorder?.record({ size: head.size, root });
        if (this.#guardFailure !== undefined) this.#guardWorks();
        for (const each of groups) {
          this.#sign(each);
          this.#unsigned.shift();
        }
        pauseMs = GUARD_PAUSE_MS_MIN;
      } catch (error) {
        if (!this.#notRecorded(error) || this.#closing.signal.aborted) break;
        await this.#parts.clock.sleep(pauseMs, this.#closing.signal);
        pauseMs = Math.min(pauseMs * 2, GUARD_PAUSE_MS_MAX);
      }
    }
    this.#signing = undefined;
  }

  #guardWorks(): void {
    this.#guardFailure = undefined;
    this.#parts.events.onGuard?.(undefined);
  }

  /** Tells all who wait for a checkpoint. Whether it may be tried again. */
  #notRecorded(error: unknown): boolean {
    const isUnavailable = error instanceof LedgerError && error.retryable;
    const reason = error instanceof LedgerError ? error : this.#stop('a checkpoint could not be signed', error);
    if (isUnavailable) {
      this.#guardFailure = reason;
      this.#parts.events.onGuard?.(reason);
    } else {
      this.#stopped ??= reason;
      this.#parts.events.onError?.(reason);
    }
    for (const each of this.#unsigned) {
      for (const { reject } of each.waiting) reject(reason);
      each.waiting = [];
      each.rows.refused(reason);
    }
    return isUnavailable;
  }

  #sign({ group, waiting, startedMs, rows }: Unsigned): void {
    const { origin, clock, events } = this.#parts;
    this.#tiles.add(group.leaves, group.leafHashes);
    this.#checkpoint = signHead({ origin, size: group.head.size, root: group.root, signers: this.#signers });
    rows.settled();
    this.#publisher.notify();
    events.onCommit?.({
      entries: group.entries.length,
      size: group.head.size,
      durationMs: clock.nowMs() - startedMs,
    });
    this.#answer(group, waiting);
  }

  #answer(group: Group, waiting: readonly Waiting[]): void {
    const checkpoint = this.#checkpoint;
    waiting.forEach(({ resolve }, offset) => {
      const entry: LoggedEntry = { ...group.entries[offset]!, origin: this.origin };
      const proof = group.proofs[offset]!;
      const receipt = (): Promise<string> => Promise.resolve(receiptText(entry, proof, checkpoint));
      resolve({ status: 'committed', entry, size: checkpoint.size, receipt });
    });
  }
}

function cosigningOf(parts: LedgerParts, onError: (error: unknown) => void): Partial<PublisherOptions> {
  const { witnessing, origin, files, clock, rng, verifierKeys } = parts;
  if (witnessing === undefined) return {};
  const shared = { witnessing, origin, verifierKeys, files, clock, rng, onError };
  return { cosigning: (publisher) => new Cosigning({ ...shared, ...publisher }) };
}

function refusedBecause(what: string, { refusal, message }: CommitRefused): string {
  return `the store refused ${what} (${refusal}): ${message}`;
}

function again(first: Omit<Appended, 'status'>, entry: NewEntry): Appended {
  const same = toHex(first.entry.digest) === toHex(entry.digest);
  return { entry: first.entry, size: first.size, receipt: first.receipt, status: same ? 'replayed' : 'conflict' };
}

function receiptText(entry: StoredEntry, proof: readonly Hash[], checkpoint: SignedCheckpoint): string {
  const { tag, salt, body } = entry;
  return formatReceipt({ tag, salt, body, index: BigInt(entry.index), proof, checkpoint: checkpoint.note });
}

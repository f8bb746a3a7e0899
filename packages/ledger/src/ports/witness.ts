/**
 * The port to a witness (C2SP tlog-witness): someone else who cosigns our checkpoints when they are consistent with those
 * it saw before. The ledger declares it; the server speaks HTTP behind it.
 *
 * Concurrency: one call at a time for each witness. Retries: the ledger decides; an adapter never retries by itself.
 * Ends: a call settles soon after `signal` aborts; its outcome is then not looked at.
 * Trust: none. Whoever owns the other side can be silent, slow, or answer anything: an answer is bounded by the adapter in
 * bytes and time, and counts for nothing before the cosignature in it is verified (publish/cosignature.ts).
 */
import type { Hash, VerifierKey } from '@fractal/tlog';

export interface AddCheckpoint {
  /** The size that the witness is believed to hold; 0 where nothing is known. */
  readonly oldSize: number;
  /** Consistency proof from `oldSize` to the checkpoint's size, at most 63 hashes. */
  readonly proof: readonly Hash[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** Why a witness did not cosign. Operators read it; nothing branches on it but the pause before the next attempt. */
export type WitnessFault =
  /** No connection, or it broke. */
  | 'unreachable'
  | 'timeout'
  /** It says it has too much to do (429, 503). */
  | 'busy'
  /** 404: it does not know the origin; its operator has to add the log. */
  | 'log_unknown'
  /** 403: it knows the origin with another key. */
  | 'log_key_refused'
  /** 422: it holds another tree of the size it told us. */
  | 'proof_refused'
  /** 400. */
  | 'request_refused'
  /** An answer the protocol does not know. */
  | 'answer_malformed'
  /** A cosignature that is not of its key over this checkpoint. */
  | 'signature_invalid'
  /** A cosignature whose time is more than five minutes off. */
  | 'time_implausible'
  /** 409 again and again: it holds another tree of this size, or others move it while we ask. */
  | 'conflict_repeated'
  /** It holds a larger tree than was ever published here: these rows are from the past, or it lies. */
  | 'ahead_of_us'
  /** The proof could not be made: a tile is missing. */
  | 'proof_unavailable';

export type WitnessAnswer =
  /** The signature lines as they came, not verified. */
  | { readonly kind: 'cosigned'; readonly lines: string }
  /** 409: the size it holds, a u64. */
  | { readonly kind: 'conflict'; readonly size: bigint }
  | { readonly kind: 'refused'; readonly fault: WitnessFault };

export interface Witness {
  /** Unique among the witnesses of a log: what metrics and log lines call it. */
  readonly name: string;
  /** Type 0x04. */
  readonly verifierKey: VerifierKey;
  /** May reject where the other side cannot be reached. */
  addCheckpoint(request: AddCheckpoint, signal: AbortSignal): Promise<WitnessAnswer>;
}

/** A witness as an operator sees it. */
export interface WitnessStatus {
  readonly name: string;
  /** The largest checkpoint of ours that it cosigned; 0 where none is known. */
  readonly cosignedSize: number;
  /** Time in that cosignature, seconds since the Unix epoch. */
  readonly cosignedSeconds: number | undefined;
  /** Attempts that failed since the start. */
  readonly failures: number;
  /** Why the last attempt failed; undefined while it cosigns. */
  readonly fault: WitnessFault | undefined;
}

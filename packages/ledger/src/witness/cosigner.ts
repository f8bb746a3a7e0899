/**
 * A witness for others' logs (C2SP tlog-witness): cosigns a checkpoint once it is proven consistent with the largest one it
 * cosigned before, and never two that are not.
 *
 *     request ─► read what is held ─► decide ─► time taken ─► held ─compare and replace, durable─► new head ─► cosignature
 *                        ▲                                            │another head by now
 *                        └────────────────────────────────────────────┘
 *
 * The time is taken before the head is replaced: so no cosignature states a time at which a larger tree was held already.
 * Where the store fails, nothing leaves: the client asks again and is told by 409 what is held.
 *
 * Not checked: who sends the request (the log's signature is all that counts), and what is in the log.
 */
import { type Ed25519, formatSignatureLine, noteCosigner, signCosignature, type VerifierKey } from '@fractal/tlog';
import { LedgerError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { WitnessStore } from '../ports/witness-store.ts';
import { type AddCheckpointRefusal, decide, isSignedByLog, NOTHING_HELD } from './decide.ts';
import { type AddCheckpointRequest, parseAddCheckpoint } from './request.ts';

export interface CosignerOptions {
  /** Key name of the witness. */
  readonly name: string;
  /** 32-byte seed. */
  readonly secretKey: Uint8Array;
  /** Keys of the logs it cosigns; a key's name is the log's origin. */
  readonly logKeys: readonly VerifierKey[];
  readonly store: WitnessStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ed25519: Ed25519;
  /** Asked once the log's signature is verified, before anything is looked up or written; false: too often. */
  readonly admit?: (origin: string) => boolean;
  /** The log has signed two trees of one size: the note is the proof. */
  readonly onEvidence?: (evidence: { readonly origin: string; readonly note: string }) => void;
}

export type CosignerAnswer =
  | { readonly kind: 'cosigned'; readonly lines: string }
  | { readonly kind: 'refused'; readonly refusal: AddCheckpointRefusal; readonly detail?: string | undefined }
  | { readonly kind: 'rate_limited' };

export interface Cosigner {
  readonly verifierKey: VerifierKey;
  /** @throws LedgerError store_failed: the store failed, or what it holds of the log is damaged; nothing was signed */
  addCheckpoint(body: Uint8Array): Promise<CosignerAnswer>;
}

/** Others may move the head between look and step; each time one of them got its cosignature, so this ends. */
const ROUNDS_MAX = 100;

export function cosigner(options: CosignerOptions): Cosigner {
  const { name, secretKey, store, clock, ed25519 } = options;
  const keysOf = new Map<string, VerifierKey[]>();
  for (const key of options.logKeys) keysOf.set(key.name, [...(keysOf.get(key.name) ?? []), key]);
  const { verifierKey } = noteCosigner({ name, secretKey, ed25519, timeSeconds: 0n });

  async function answer(request: AddCheckpointRequest, keys: readonly VerifierKey[]): Promise<CosignerAnswer> {
    const { origin } = request.checkpoint;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const stored = await store.read(origin);
      const decision = decide({ request, keys, held: stored ?? NOTHING_HELD, ed25519 });
      if (decision.kind === 'refuse') {
        if (decision.isEvidence) options.onEvidence?.({ origin, note: request.note });
        return { kind: 'refused', refusal: decision.refusal };
      }
      const timeSeconds = BigInt(Math.floor(clock.nowMs() / 1000));
      if (!(await store.advance({ origin, from: stored, to: decision.head }))) continue;
      const signature = signCosignature({ noteText: request.text, time: timeSeconds, secretKey, ed25519 });
      return { kind: 'cosigned', lines: formatSignatureLine({ name, keyId: verifierKey.keyId, signature }) };
    }
    return { kind: 'rate_limited' };
  }

  return {
    verifierKey,
    async addCheckpoint(body) {
      const parsed = parseAddCheckpoint(body);
      if (!parsed.ok) return { kind: 'refused', refusal: { code: parsed.code }, detail: parsed.detail };
      const { origin } = parsed.value.checkpoint;
      const keys = keysOf.get(origin);
      if (keys === undefined) return { kind: 'refused', refusal: { code: 'log_unknown' } };
      if (!isSignedByLog(parsed.value, keys, ed25519)) {
        return { kind: 'refused', refusal: { code: 'log_signature_refused' } };
      }
      if (options.admit?.(origin) === false) return { kind: 'rate_limited' };
      try {
        return await answer(parsed.value, keys);
      } catch (cause) {
        const message = `the witness could not read or keep what it cosigned of ${origin}; nothing was signed`;
        throw new LedgerError('store_failed', message, { cause });
      }
    },
  };
}

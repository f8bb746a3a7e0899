/**
 * A new key for a log, under the same origin (spec/log.md, "A new key"):
 *
 *     new seed in the keyring ► rotation file ► all keys, the key of now ► checkpoint by both keys ► control log ► marked as logged
 *
 * and when the overlap is over: checkpoint by the new key alone ► the old seed forgotten ► rotation file removed.
 *
 * Each step is durable before the next, and each may be done again: what a crash left is finished at the next start (the files
 * by log-identity.ts, the rest by `finish`). One change at a time.
 */

import type { Actor, Control, LogKeyRotation } from '@fractal/control';
import type { Ledger } from '@fractal/ledger';
import { readVerifierKeys } from '@fractal/store-embedded';
import { type Ed25519, formatVerifierKey, noteSigner } from '@fractal/tlog';
import type { Refusal } from '../edge/problem.ts';
import { heldSigner, signerName } from './log-identity.ts';
import { type LogRotation, readRotation, removeRotation, writeRotation, writeVerifierKeys } from './log-keys.ts';
import type { SecretTools } from './secrets.ts';

export interface LogKeyChanger {
  rotate(input: { readonly overlapMs: number; readonly actor: Actor }): Promise<RotateLogKeyOutcome>;
  /** Does what is owed: logs a change that a crash left unlogged, and ends an overlap that is over. */
  finish(): Promise<void>;
}

export type RotateLogKeyOutcome =
  | { readonly ok: true; readonly value: Omit<LogKeyRotation, 'checkpoint'> }
  | { readonly ok: false; readonly refusal: Refusal };

export interface LogKeyChangerOptions {
  /** Name of the generation that is written. */
  readonly log: string;
  readonly ledger: Pick<Ledger, 'origin' | 'checkpoint' | 'signBy' | 'stopped'>;
  readonly control: Pick<Control, 'recordLogKeyRotation'>;
  readonly keysFolder: string;
  readonly secrets: SecretTools;
  readonly ed25519: Ed25519;
  /** Told of a publication that failed; the next one carries the signatures all the same. */
  readonly onError: (error: unknown) => void;
}

const SEED_BYTES = 32;

export function logKeyChanger(options: LogKeyChangerOptions): LogKeyChanger {
  const { log, ledger, control, keysFolder, secrets, ed25519, onError } = options;
  const { keyring, clock, rng } = secrets;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work);
    turn = next.catch(() => undefined); // whoever asked has the rejection
    return next;
  }

  const held = (verifierKey: string) => heldSigner({ keyring, log, verifierKey, ed25519 });

  /** A key nobody knows yet: one that a crash left in the keyring, or a new one. */
  async function newKey(known: readonly string[]): Promise<string> {
    const name = signerName(log);
    const textOf = (secretKey: Uint8Array) =>
      formatVerifierKey(noteSigner({ name: ledger.origin, secretKey, ed25519 }).verifierKey);
    const latest = keyring.latest(name);
    if (latest !== undefined && !known.includes(textOf(latest.secret))) return textOf(latest.secret);
    const secret = rng.bytes(SEED_BYTES);
    await keyring.add({ name, generation: (latest?.generation ?? 0) + 1, createdMs: clock.nowMs(), secret });
    return textOf(secret);
  }

  async function signBy(...verifierKeys: readonly string[]): Promise<void> {
    const signers = verifierKeys.flatMap((key) => held(key)?.signer ?? []);
    await ledger.signBy(signers).catch(onError);
  }

  async function record(rotation: LogRotation, actor: Actor): Promise<Omit<LogKeyRotation, 'checkpoint'>> {
    const { oldKey, newKey: next, overlapUntilMs } = rotation;
    const { size, note: checkpoint } = ledger.checkpoint;
    const facts = { log, origin: ledger.origin, oldKey, newKey: next, size, overlapUntilMs };
    await control.recordLogKeyRotation({ ...facts, checkpoint, actor });
    await writeRotation(keysFolder, log, { ...rotation, isLogged: true });
    return facts;
  }

  async function end({ oldKey, newKey: next }: LogRotation): Promise<void> {
    await signBy(next);
    const old = held(oldKey);
    if (old !== undefined) await keyring.remove(signerName(log), old.generation);
    await removeRotation(keysFolder, log);
  }

  async function finish(): Promise<void> {
    const rotation = await readRotation(keysFolder, log);
    if (rotation === undefined) return;
    if (!rotation.isLogged) await record(rotation, 'system');
    if (clock.nowMs() >= rotation.overlapUntilMs) await end(rotation);
  }

  return {
    finish: () => inTurn(finish),
    rotate: ({ overlapMs, actor }) =>
      inTurn(async () => {
        await finish();
        if (ledger.stopped !== undefined) return { ok: false, refusal: { code: 'store_unavailable' } };
        if ((await readRotation(keysFolder, log)) !== undefined) {
          const detail = 'both keys still sign: wait until the overlap of the change before is over';
          return { ok: false, refusal: { code: 'log_key_overlap', detail } };
        }
        const known = await readVerifierKeys(keysFolder, log);
        const rotation: LogRotation = {
          oldKey: known[0]!,
          newKey: await newKey(known),
          overlapUntilMs: clock.nowMs() + overlapMs,
          isLogged: false,
        };
        await writeRotation(keysFolder, log, rotation);
        await writeVerifierKeys(keysFolder, log, rotation);
        // By both, however short the overlap: that checkpoint is the old key's word for the new one.
        await signBy(rotation.newKey, rotation.oldKey);
        const value = await record(rotation, actor);
        await finish();
        return { ok: true, value };
      }),
  };
}

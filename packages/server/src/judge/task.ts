/**
 * What goes to a judge and what comes back: plain data that can cross to a worker thread. A judge holds no state and
 * touches no store; everything it needs is in the task and in the tenant's snapshot.
 */

import type { VerificationKey } from '@fractal/record';
import type { TaskPolicy } from '@fractal/trust';
import type { TenantKey } from '@fractal/vault';
import type { Refusal } from '../edge/problem.ts';

/** A tenant as judges see it. `revision` changes with every change; a worker is sent each revision once. */
export interface TenantSnapshot {
  readonly tenant: string;
  readonly revision: string;
  readonly keys: readonly VerificationKey[];
  /** Policies by task; a task without one is judged by the default policy, which is version 0. */
  readonly policies: Readonly<Record<string, TaskPolicy>>;
  readonly defaultPolicy: TaskPolicy;
  readonly tenantKey: TenantKey;
}

interface TaskBase {
  readonly tenant: string;
  /** The request's body as it came. */
  readonly bytes: Uint8Array;
  /** Clock at arrival: the verdict's `time`, and the instant keys are valid at. */
  readonly nowMs: number;
}

/** A record the caller signed, with its content. */
export interface VerifyTask extends TaskBase {
  readonly kind: 'verify';
}

/** An output and its evidence; the edge builds the record and signs it. */
export interface CheckTask extends TaskBase {
  readonly kind: 'check';
  /** 32 bytes the salts are derived from: random, or derived from the idempotency key. */
  readonly saltSeed: Uint8Array;
}

/** A record of profile fractal-lba-kakeya, as deployed agents send it. */
export interface AgentTask extends TaskBase {
  readonly kind: 'agent';
}

export type JudgeTask = VerifyTask | CheckTask | AgentTask;

/** A verdict ready to be committed. */
export interface Judged {
  readonly decision: string;
  /** The canonical body to be logged. */
  readonly body: Uint8Array;
  /** Sealed content for the vault; absent where the record brings none. */
  readonly sealed?: Uint8Array;
}

/** What the edge made itself, for a check. */
export interface EdgeMade {
  /** Base64 salt of the output item. */
  readonly salt: string;
  /** 32 bytes that two requests under one salt seed share exactly when they say the same. */
  readonly fingerprint: Uint8Array;
}

/**
 * What a judge says of a task.
 * - `refused`: nothing is known about the record; where the signature was what failed, `security` is set (I1).
 * - `identified`: the signature holds, so pcs_id and digest are the record's own; `outcome` is the verdict, or why there
 *   is none (content missing, policy unusable …). A repeat is answered from the log whatever the outcome says (I4).
 */
export type Judgement =
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly security: boolean }
  | {
      readonly kind: 'identified';
      readonly pcsId: string;
      /** SHA-256 of the signed payload, 32 bytes. */
      readonly digest: Uint8Array;
      readonly kid: string;
      /** Check only. */
      readonly edge?: EdgeMade;
      readonly outcome:
        | { readonly ok: true; readonly value: Judged }
        | { readonly ok: false; readonly refusal: Refusal };
    };

export type Identified = Extract<Judgement, { kind: 'identified' }>;

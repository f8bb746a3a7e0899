/**
 * The one way state changes: decide on the state of the whole log, append, fold what the log now holds. One change at a
 * time, so that nothing is decided on a state that is about to change.
 */
import { sha256, toHex, utf8Encode } from '@fractal/tlog';
import { decisionBytes, formatEntry, parseEntry } from '../entry/entry-body.ts';
import type { ActorId, Decision } from '../entry/types.ts';
import { ControlError } from '../errors.ts';
import type { Clock, Rng } from '../ports/clock.ts';
import type { ControlLog } from '../ports/control-log.ts';
import { type ControlState, emptyState, fold } from '../state/state.ts';

const PAGE_ENTRIES = 500;
const ACCESS_KEY_BYTES = 32;

export interface Writer {
  readonly state: ControlState;
  /** Folds what the log has beyond the state. */
  catchUp(): Promise<void>;
  /** Runs `work` alone, on the state of the whole log. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Only inside `inTurn`: appends and folds. Throws `control_conflict` where another writer was faster. */
  append(actor: ActorId, decision: Decision): Promise<void>;
  /** Waits for the turns taken so far. */
  settled(): Promise<void>;
}

export function openWriter({ log, clock, rng }: { log: ControlLog; clock: Clock; rng: Rng }): Writer {
  const state = emptyState();
  let turn: Promise<unknown> = Promise.resolve();

  async function catchUp(): Promise<void> {
    const size = await log.size();
    while (state.applied < size) {
      const from = state.applied;
      const page = await log.entries(from, Math.min(size, from + PAGE_ENTRIES));
      if (page[0]?.index !== from)
        throw new ControlError('control_log_corrupt', `entry ${from} of ${size} is not there`);
      for (const entry of page) foldBody(state, entry);
    }
  }

  async function append(actor: ActorId, decision: Decision): Promise<void> {
    const body = formatEntry({ actor, timeMs: clock.nowMs(), decision });
    const key = decision.kind === 'access' ? rng.bytes(ACCESS_KEY_BYTES) : sha256(utf8Encode(identityOf(decision)));
    const { status } = await log.append({ kind: decision.kind, key, digest: sha256(decisionBytes(decision)), body });
    await catchUp();
    // `replayed` is ours: an append whose answer was lost, repeated after the log was read again
    if (status === 'conflict') throw new ControlError('control_conflict', 'another writer appends to this control log');
  }

  return {
    state,
    catchUp,
    append,
    inTurn<T>(work: () => Promise<T>): Promise<T> {
      const next = turn.then(async () => {
        await catchUp();
        return work();
      });
      turn = next.catch(() => undefined); // whoever asked has the rejection; the next turn starts all the same
      return next;
    },
    async settled() {
      await turn;
    },
  };

  /** What an entry is unique by: a key is added, replaced and revoked once, a policy has each version once. */
  function identityOf(decision: Exclude<Decision, { kind: 'access' }>): string {
    switch (decision.kind) {
      case 'tenant': {
        const revision = decision.op === 'create' ? 0 : (state.tenants.get(decision.tenant)?.revision ?? 0);
        return joined('tenant', decision.op, decision.tenant, revision);
      }
      case 'policy':
        return joined('policy', decision.tenant, decision.task, decision.policy.version);
      case 'key': {
        if (decision.op === 'revoke') return joined('revoke', decision.use, decision.tenant ?? '', decision.id);
        if (decision.op === 'rotate_log') return joined('rotate_log', decision.log, decision.newKey);
        const { key } = decision;
        const tenant = 'tenant' in key ? key.tenant : '';
        if (decision.op === 'rotate') return joined('rotate', key.use, tenant, decision.replaces);
        return joined('add', key.use, tenant, key.id);
      }
      case 'follower':
        return joined('follower', decision.follower, decision.event);
      case 'generation':
        // all that it says: what a damaged file says otherwise is another entry, not a conflict that keeps from starting
        return joined('generation', toHex(sha256(decisionBytes(decision))));
    }
  }
}

function joined(...parts: readonly (string | number)[]): string {
  return ['fractal-control/1', ...parts].join('\0');
}

function foldBody(state: ControlState, { index, body }: { readonly index: number; readonly body: Uint8Array }): void {
  if (index !== state.applied) {
    throw new ControlError('control_log_corrupt', `entry ${index} comes where ${state.applied} should`);
  }
  const parsed = parseEntry(body);
  if (parsed.status === 'version_unknown') {
    throw new ControlError('control_version_unknown', `entry ${index} is of a newer release`);
  }
  if (parsed.status === 'malformed') throw new ControlError('control_log_corrupt', `entry ${index}: ${parsed.detail}`);
  const contradiction = fold(state, parsed.status === 'read' ? parsed.entry : undefined);
  if (contradiction !== undefined) throw new ControlError('control_log_corrupt', `entry ${index}: ${contradiction}`);
}

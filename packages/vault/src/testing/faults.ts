/**
 * Faults under the ports: the n-th change fails before anything was kept (`failed`), or is kept and then reported as
 * failed (`persisted`). Every later change fails too, as after the loss of a process, until a test lets go of it.
 */
import type { Keyring } from '../ports/keyring.ts';
import type { VaultStore } from '../ports/vault-store.ts';

export type Fault = 'failed' | 'persisted';

/** Shared by the store and the keyring of one run, so that `at` counts the changes of both in the order they come. */
export interface FaultPlan {
  /** Changes seen so far. */
  seen: number;
  /** The change that fails, from 1; absent: none. */
  at?: number;
  fault: Fault;
}

async function change<T>(plan: FaultPlan, work: () => Promise<T>): Promise<T> {
  plan.seen++;
  if (plan.at !== undefined && plan.seen > plan.at) throw new Error('injected: the process is gone');
  if (plan.at === plan.seen) {
    if (plan.fault === 'persisted') await work();
    throw new Error(`injected: change ${plan.seen} ${plan.fault}`);
  }
  return work();
}

export function faultyVaultStore(store: VaultStore, plan: FaultPlan): VaultStore {
  return {
    ...store,
    insert: (row) => change(plan, () => store.insert(row)),
    replaceKeys: (changes) => change(plan, () => store.replaceKeys(changes)),
    erase: (changes, erasedMs) => change(plan, () => store.erase(changes, erasedMs)),
    settle: (contents) => change(plan, () => store.settle(contents)),
    settleOwed: (tenant, count) => change(plan, () => store.settleOwed(tenant, count)),
  };
}

export function faultyKeyring(keyring: Keyring, plan: FaultPlan): Keyring {
  return {
    ...keyring,
    add: (key) => change(plan, () => keyring.add(key)),
    remove: (name, generation) => change(plan, () => keyring.remove(name, generation)),
  };
}

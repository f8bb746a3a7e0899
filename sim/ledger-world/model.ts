/**
 * What the world outside knows: which records exist, what was acknowledged, every receipt handed out. It never looks into
 * the system; it holds what the system says against itself.
 */

import { parseVerifierKey, toHex, type VerifierKey, verifyReceipt } from '@fractal/tlog';
import { nodeEd25519 } from '../../packages/server/src/judge/node-ed25519.ts';
import type { Answer, Verdict } from './messages.ts';
import { verifierKeyOf } from './node.ts';
import type { SimRecord } from './records.ts';
import { Violation } from './violation.ts';

export interface Acknowledged {
  readonly record: SimRecord;
  readonly origin: string;
  readonly index: number;
  readonly verdictText: string;
  readonly body: Uint8Array;
}

const ED25519 = nodeEd25519();

export class Model {
  /** Signed as they should be, by tenant and id: the payloads that may be logged. */
  readonly #valid = new Map<string, Map<string, SimRecord>>();
  readonly acknowledged = new Map<string, Acknowledged>();
  readonly receipts: { readonly origin: string; readonly text: string; readonly body: Uint8Array }[] = [];
  readonly #keys = new Map<string, VerifierKey>();
  /** Grows when a backup is put back: answers from before are about rows that may be gone. */
  era = 0;

  submitted(record: SimRecord): void {
    if (record.isForged) return;
    const id = idOf(record);
    const payloads = this.#valid.get(id) ?? new Map<string, SimRecord>();
    this.#valid.set(id, payloads.set(record.payload, record));
  }

  /** How many different payloads were validly signed under one id. */
  payloads(tenant: string, pcsId: string): number {
    return this.#valid.get(`${tenant} ${pcsId}`)?.size ?? 0;
  }

  /** Whether some record of this id may be accepted at all. */
  mayAccept(tenant: string, pcsId: string): boolean {
    return [...(this.#valid.get(`${tenant} ${pcsId}`)?.values() ?? [])].some(({ mayAccept }) => mayAccept);
  }

  /** An answer to a submission, as the client got it. */
  answered(record: SimRecord, answer: Answer, era: number): void {
    if (record.isForged) {
      const refused = answer.kind === 'refused' || answer.kind === 'failed';
      if (!refused) throw new Violation('I1', `a forged record of ${record.tenant} was answered with a verdict`);
      return;
    }
    if (answer.kind === 'refused' && answer.code === 'equivocation' && this.payloads(record.tenant, record.pcsId) < 2) {
      throw new Violation('I4', `${record.pcsId} was refused as an equivocation and was signed once`);
    }
    if (answer.kind !== 'verdict') return;
    this.#checkVerdict(record, answer);
    if (era !== this.era) return;
    const known = this.acknowledged.get(idOf(record));
    if (known === undefined) {
      const { origin, index, verdictText, body } = answer;
      this.acknowledged.set(idOf(record), { record, origin, index, verdictText, body });
    } else this.#checkSame(known, record, answer);
  }

  known(record: SimRecord): Acknowledged | undefined {
    return this.acknowledged.get(idOf(record));
  }

  /** An answer to a look-up; `known` is what had been acknowledged when it was asked. */
  found(known: Acknowledged | undefined, answer: Answer): void {
    if (answer.kind === 'verdict' && known !== undefined) this.#checkSame(known, known.record, answer);
    if (answer.kind === 'refused' && answer.code === 'verdict_unknown' && known !== undefined) {
      throw new Violation('I2', `the acknowledged record ${known.index} of ${known.origin} is unknown`);
    }
  }

  /** A backup from before it was put back: what was acknowledged since is gone from the rows, its receipts are not. */
  wentBack(sizeOf: (origin: string) => number): void {
    this.era += 1;
    for (const [id, { origin, index }] of this.acknowledged) {
      if (index >= sizeOf(origin)) this.acknowledged.delete(id);
    }
  }

  #checkVerdict(record: SimRecord, { pcsId, decision, receipt, origin, index, body }: Verdict): void {
    if (pcsId !== record.pcsId) throw new Violation('I4', `record ${record.pcsId} was answered about ${pcsId}`);
    if (decision === 'accept' && !record.mayAccept) throw new Violation('I10', `record ${pcsId} was accepted`);
    if (receipt === undefined) return;
    const verified = verifyReceipt({ receipt, verifierKey: this.#key(origin), ed25519: ED25519 });
    if (!verified.ok) throw new Violation('I2', `a receipt of ${origin} does not verify: ${verified.code}`);
    if (Number(verified.value.index) !== index || toHex(verified.value.body) !== toHex(body)) {
      throw new Violation('I4', `the receipt of entry ${index} is about another entry`);
    }
    this.receipts.push({ origin, text: receipt, body });
  }

  #checkSame(known: Acknowledged, record: SimRecord, { origin, index, verdictText }: Verdict): void {
    if (record.payload !== known.record.payload) {
      throw new Violation('I4', `two payloads under ${record.pcsId} were both answered with the verdict`);
    }
    if (index !== known.index || origin !== known.origin || verdictText !== known.verdictText) {
      throw new Violation('I4', `record ${record.pcsId} was told entry ${known.index}, then ${index}, or other bytes`);
    }
  }

  #key(origin: string): VerifierKey {
    const known = this.#keys.get(origin);
    if (known !== undefined) return known;
    const key = parseVerifierKey(verifierKeyOf(origin));
    if (!key.ok) throw new Error(key.code);
    this.#keys.set(origin, key.value);
    return key.value;
  }
}

export function idOf({ tenant, pcsId }: Pick<SimRecord, 'tenant' | 'pcsId'>): string {
  return `${tenant} ${pcsId}`;
}

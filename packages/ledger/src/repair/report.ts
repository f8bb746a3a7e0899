/** What a repair did, or would do, and what it could not. */

export interface Repaired {
  readonly what: string;
  /** Out of what it was made again. */
  readonly from: string;
}

export interface Left {
  readonly what: string;
  readonly problem: string;
  /** What would help. */
  readonly help: string;
}

export interface RepairReport {
  readonly size: number;
  /** Leaves that a signed checkpoint covers, and that agree with it. */
  readonly signedSize: number;
  readonly repaired: readonly Repaired[];
  readonly left: readonly Left[];
}

export class Findings {
  readonly repaired: Repaired[] = [];
  readonly left: Left[] = [];

  add(what: string, from: string): void {
    this.repaired.push({ what, from });
  }

  leave(what: string, problem: string, help: string): void {
    this.left.push({ what, problem, help });
  }
}

export const FROM_COPY = 'another copy of the data or a backup (--from DIR)';
export const FROM_COPY_OR_RECEIPT = `${FROM_COPY}, or the receipt of this entry (--receipt FILE)`;

/** What both sides of `fractal bench ledger` are told, one JSON argument, and answer, one line of JSON. */

export interface Terms {
  /**
   * saturate: closed loops; rate: entries due at a fixed rate; duplicates: one entry by many clients at once;
   * acknowledge: until killed; resend: what was acknowledged before, again.
   */
  readonly mode: 'saturate' | 'rate' | 'duplicates' | 'acknowledge' | 'resend';
  readonly folder: string;
  readonly entryBytes: number;
  readonly seed: number;
  readonly loops?: number;
  readonly seconds?: number;
  readonly warmUpSeconds?: number;
  readonly ratePerSecond?: number;
  readonly hotEntries?: number;
  readonly backgroundLoops?: number;
  readonly resend?: readonly number[];
  /** Every n-th receipt is checked as a stranger would; Tessera's are made for these only. */
  readonly proofEvery?: number;
  /** Ours: shortest time between two publications. */
  readonly publishIntervalMs?: number;
}

/** Tessera's settings, given beside the terms; none are its defaults. */
export interface Settings {
  readonly batchSize: number;
  readonly batchAgeMs: number;
  readonly checkpointMs: number;
  readonly antispamBatch: number;
  readonly antispamPushback: number;
}

export interface Outcome {
  readonly entries: number;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly durableMs?: readonly number[];
  readonly receiptMs?: readonly number[];
  readonly publishedMs?: readonly number[];
  /** Answers "try again later" that the clients got; they tried again. */
  readonly pushbacks: number;
  readonly leaves: number;
  readonly unique: number;
  /** Leaves beyond the first of equal entries. */
  readonly duplicates: number;
  readonly hotWithDuplicates: number;
  /** Answers that named another index than the first answer for the entry; of `resend`: leaves that were added. */
  readonly otherIndexAnswers: number;
  readonly peakRssBytes: number;
}

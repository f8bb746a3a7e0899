/** The plan and the trace of the fault layer's errors at chosen writes (tests/fault-layer/inject.c says what they mean). */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type FaultKind = 'fail' | 'persisted' | 'torn' | 'full' | 'full-on' | 'readonly';

export type FaultRule = {
  fault: FaultKind;
  /** Operation of inject.c, or `*`. */
  operation: string;
  /** Which of the calls that match, from 1. */
  nth: number;
  /** Path below the root, as fnmatch takes it. */
  glob: string;
  /** What `full-on` and `readonly` reach once they fired; default everything. */
  scope?: string;
  /** Offsets [from, to) in the file; default any. */
  from?: number;
  to?: number;
};

export type Capacity = { bytes: number; scope?: string };

/** One write-like call that was made, in order. `rule` is the id of the rule that fired, 0 for none. */
export type TracedCall = {
  operation: string;
  path: string;
  other: string | undefined;
  offset: number;
  length: number;
  rule: number;
};

/** Plan and trace files of a process that is put under the layer; the plan may change at any time. */
export class FaultPlan {
  readonly #plan: string;
  readonly #trace: string;
  #lastId = 0;

  /** `folder` lies outside the watched root. */
  constructor(folder: string) {
    this.#plan = join(folder, 'plan');
    this.#trace = join(folder, 'trace');
    this.clear();
  }

  environment(): Record<string, string> {
    return { FRACTAL_FAULT_PLAN: this.#plan, FRACTAL_FAULT_TRACE: this.#trace };
  }

  /** Replaces the plan; counting begins anew. Returns the id by which the trace names what it did. */
  set(rule: FaultRule | Capacity): number {
    this.#lastId += 1;
    const scope = rule.scope ?? '*';
    const line =
      'fault' in rule
        ? `rule ${this.#lastId} ${rule.fault} ${rule.operation} ${rule.nth} ${rule.from ?? 0} ${rule.to ?? 2 ** 52} ${rule.glob} ${scope}`
        : `capacity ${this.#lastId} ${rule.bytes} ${scope}`;
    this.#write(`${line}\n`);
    return this.#lastId;
  }

  clear(): void {
    this.#write('');
  }

  /** All calls so far. */
  trace(): TracedCall[] {
    if (!existsSync(this.#trace)) return [];
    return readFileSync(this.#trace, 'utf8').split('\n').slice(0, -1).map(tracedCall);
  }

  forgetTrace(): void {
    writeFileSync(this.#trace, '');
  }

  /** Whole or not at all: the processes read it while it is replaced. */
  #write(text: string): void {
    writeFileSync(`${this.#plan}.new`, text);
    renameSync(`${this.#plan}.new`, this.#plan);
  }
}

function tracedCall(line: string): TracedCall {
  const [operation, path, other, offset, length, rule] = line.split('\t') as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    operation,
    path,
    other: other === '-' ? undefined : other,
    offset: Number(offset),
    length: Number(length),
    rule: rule === '-' ? 0 : Number(rule),
  };
}

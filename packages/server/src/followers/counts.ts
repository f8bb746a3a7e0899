/**
 * What is counted of a shard's log, and how one entry counts (DESIGN section 2; spec/leaf-and-body.md). Pure.
 *
 * Only what the log says: verdicts as they were given, not whether they were right. Rates of escapes and the like need
 * labels drawn for the purpose and are not here. A replay is no entry, so it is not counted.
 */
import { utf8Decode, utf8Encode } from '@fractal/tlog';

export const COUNTED_DECISIONS = ['accept', 'retry', 'retrieve', 'escalate', 'block'] as const;
type Decision = (typeof COUNTED_DECISIONS)[number];
type ByDecision = Readonly<Record<Decision, number>>;

export interface Counts {
  /** Verdicts by their decision, in either mode. */
  readonly decisions: ByDecision;
  /** Those among them that were given in mode observe: they guarded nothing. */
  readonly observed: number;
  /** Ids under which another payload came; one an id, however often it came. */
  readonly equivocations: number;
  /** Resolutions logged, by what they decided; of several about one record each counts. */
  readonly resolutions: ByDecision;
  /** Labels logged; of several about one record each counts. */
  readonly labels: { readonly grounded: number; readonly ungrounded: number };
  readonly erasures: number;
  /** As the records said, summed exactly; a record that says nothing adds nothing. */
  readonly usage: {
    readonly records: number;
    readonly inputTokens: bigint;
    readonly outputTokens: bigint;
    readonly costNanoUsd: bigint;
  };
}

export interface CountedEntry {
  readonly tenant: string;
  readonly pcsId: string;
  /** Only a verdict names its task; what is said of a record later belongs to the task of its verdict. */
  readonly task: string | undefined;
  /** UTC, `YYYY-MM-DD`, by the time in the entry. */
  readonly day: string;
  readonly counts: Counts;
}

const NO_DECISIONS: ByDecision = { accept: 0, retry: 0, retrieve: 0, escalate: 0, block: 0 };

export const NOTHING: Counts = {
  decisions: NO_DECISIONS,
  observed: 0,
  equivocations: 0,
  resolutions: NO_DECISIONS,
  labels: { grounded: 0, ungrounded: 0 },
  erasures: 0,
  usage: { records: 0, inputTokens: 0n, outputTokens: 0n, costNanoUsd: 0n },
};

/** A body that can't be counted: of a version this program does not know, or not what the specification says. */
export class BodyUnreadable extends Error {
  readonly code = 'body_unreadable';
  constructor(problem: string) {
    super(`the body can not be counted: ${problem}`);
    this.name = 'BodyUnreadable';
  }
}

/**
 * What the body of an entry counts; undefined for a type that is not counted.
 * @throws BodyUnreadable
 */
export function countedEntry(bytes: Uint8Array): CountedEntry | undefined {
  const body = objectOf(bytes);
  const { type, version, tenant, pcs_id: pcsId, task, time } = body;
  if (version !== 1) throw new BodyUnreadable('its version is not 1');
  const counts = countsOf(type, body);
  if (counts === undefined) return undefined;
  if (typeof tenant !== 'string' || typeof pcsId !== 'string') throw new BodyUnreadable('it names no record');
  if (type === 'verdict' && typeof task !== 'string') throw new BodyUnreadable('it names no task');
  return { tenant, pcsId, task: typeof task === 'string' ? task : undefined, day: dayOf(time), counts };
}

export function add(a: Counts, b: Counts): Counts {
  return {
    decisions: addDecisions(a.decisions, b.decisions),
    observed: a.observed + b.observed,
    equivocations: a.equivocations + b.equivocations,
    resolutions: addDecisions(a.resolutions, b.resolutions),
    labels: {
      grounded: a.labels.grounded + b.labels.grounded,
      ungrounded: a.labels.ungrounded + b.labels.ungrounded,
    },
    erasures: a.erasures + b.erasures,
    usage: {
      records: a.usage.records + b.usage.records,
      inputTokens: a.usage.inputTokens + b.usage.inputTokens,
      outputTokens: a.usage.outputTokens + b.usage.outputTokens,
      costNanoUsd: a.usage.costNanoUsd + b.usage.costNanoUsd,
    },
  };
}

/** As JSON shows it: sums that may pass 2^53 as decimal strings. */
export function countsJson({ usage, ...counts }: Counts) {
  return {
    ...counts,
    usage: {
      records: usage.records,
      input_tokens: String(usage.inputTokens),
      output_tokens: String(usage.outputTokens),
      cost_usd: decimalOf(usage.costNanoUsd),
    },
  };
}

/** Bytes of a row; `readCounts` reads them back. */
export function formatCounts(counts: Counts): Uint8Array {
  return utf8Encode(JSON.stringify(counts, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
}

/** For rows that `formatCounts` wrote; their checksums are the store's. */
export function readCounts(bytes: Uint8Array): Counts {
  const { usage, ...counts } = JSON.parse(utf8Decode(bytes) ?? '') as Counts & {
    usage: { records: number; inputTokens: string; outputTokens: string; costNanoUsd: string };
  };
  const { records, inputTokens, outputTokens, costNanoUsd } = usage;
  const sums = {
    inputTokens: BigInt(inputTokens),
    outputTokens: BigInt(outputTokens),
    costNanoUsd: BigInt(costNanoUsd),
  };
  return { ...counts, usage: { records, ...sums } };
}

type Body = Readonly<Record<string, unknown>>;

function countsOf(type: unknown, body: Body): Counts | undefined {
  switch (type) {
    case 'verdict': {
      const { decision, mode } = objectIn(body, 'verdict');
      const usage = usageOf(body.usage);
      return { ...NOTHING, decisions: one(decision), observed: mode === 'observe' ? 1 : 0, usage };
    }
    case 'equivocation':
      return { ...NOTHING, equivocations: 1 };
    case 'resolution':
      return { ...NOTHING, resolutions: one(body.decision) };
    case 'label': {
      const { label } = body;
      if (label !== 'grounded' && label !== 'ungrounded') throw new BodyUnreadable('its label is not known');
      return { ...NOTHING, labels: { ...NOTHING.labels, [label]: 1 } };
    }
    case 'erasure':
      return { ...NOTHING, erasures: 1 };
    default:
      return undefined;
  }
}

function one(decision: unknown): ByDecision {
  const known = COUNTED_DECISIONS.find((each) => each === decision);
  if (known === undefined) throw new BodyUnreadable('its decision is not known');
  return { ...NO_DECISIONS, [known]: 1 };
}

const NANO = 1e9;

function usageOf(usage: unknown): Counts['usage'] {
  if (usage === undefined) return NOTHING.usage;
  const { input_tokens: input, output_tokens: output, cost_usd: cost } = usage as Body;
  return {
    records: 1,
    inputTokens: wholeOf(input ?? 0),
    outputTokens: wholeOf(output ?? 0),
    // Nine places at most 10^6: below 2^53 nano, so the nearest whole number is the exact one.
    costNanoUsd: wholeOf(typeof cost === 'number' ? Math.round(cost * NANO) : (cost ?? 0)),
  };
}

function wholeOf(value: unknown): bigint {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new BodyUnreadable('its usage is no number');
  return BigInt(value as number);
}

const DAY_TEXT_LENGTH = 10;
const TIME_MAX_MS = 253_402_300_800_000; // the year 10000: a day has ten characters before it

function dayOf(time: unknown): string {
  if (!Number.isSafeInteger(time) || (time as number) < 0 || (time as number) >= TIME_MAX_MS) {
    throw new BodyUnreadable('its time is none');
  }
  return new Date(time as number).toISOString().slice(0, DAY_TEXT_LENGTH);
}

function addDecisions(a: ByDecision, b: ByDecision): ByDecision {
  const sums = COUNTED_DECISIONS.map((decision) => [decision, a[decision] + b[decision]] as const);
  return Object.fromEntries(sums) as unknown as ByDecision;
}

function decimalOf(nano: bigint): string {
  const whole = nano / BigInt(NANO);
  const rest = String(nano % BigInt(NANO)).padStart(9, '0');
  return rest === '000000000' ? String(whole) : `${whole}.${rest.replace(/0+$/, '')}`;
}

function objectOf(bytes: Uint8Array): Body {
  try {
    const value: unknown = JSON.parse(utf8Decode(bytes) ?? '');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  } catch {
    throw new BodyUnreadable('it is not JSON'); // the parser's own message would quote it
  }
  throw new BodyUnreadable('it is no object');
}

function objectIn(body: Body, name: string): Body {
  const value = body[name];
  if (typeof value !== 'object' || value === null) throw new BodyUnreadable(`it has no ${name}`);
  return value as Body;
}

/**
 * The client: DESIGN section 13's `/v1` over fetch. Every call takes a time limit and an AbortSignal, and is retried
 * with back-off where the server or the network asks for it. That is safe because each call is idempotent: `check`,
 * `resolve` and `label` by an Idempotency-Key made once a call, `verify` by the record's pcs_id, the rest by nature.
 *
 * The client believes the server. What is to be acted on is checked by `requireAccepted`, which does not.
 */
import { toHex } from '@fractal/tlog';
import { type CallLimits, runWithRetries } from '../http/attempt.ts';
import { exchangeJson, type HttpRequest, malformed } from '../http/exchange.ts';
import {
  type Appended,
  type Policy,
  parseAppended,
  parsePolicyAnswer,
  parseReceiptAnswer,
  parseResolved,
  parseVerdictAnswer,
  type ReceiptAnswer,
  type Resolved,
  type VerdictAnswer,
} from './answers.ts';
import { type BatchResult, runBatch } from './batch.ts';
import {
  type CallOptions,
  type FractalOptions,
  integerOf,
  optionInvalid,
  type Settings,
  settingsOf,
  timeoutOf,
} from './options.ts';
import { type EntriesPage, type EntriesQuery, entriesQuery, parseEntriesPage, parseTagKey } from './own-entries.ts';
import {
  type CheckInput,
  checkBody,
  type LabelInput,
  labelBody,
  type PolicyInput,
  pcsIdOf,
  policyBody,
  type ResolveInput,
  resolveBody,
  type SignedRecord,
  taskOf,
  verifyBody,
} from './requests.ts';

/** Of `check` and `verify`. */
export interface VerdictOptions extends CallOptions {
  /** false leaves the receipt out of the answer. */
  readonly receipt?: boolean;
  /** Wait until the entry is in a published, or a witnessed, checkpoint. The answer says what was reached in time. */
  readonly wait?: { readonly for: 'published' | 'witnessed'; readonly timeoutMs: number };
}

export interface CheckOptions extends VerdictOptions {
  /** The same key again gives the same verdict, also after this process is gone. Default: a fresh one for each call. */
  readonly idempotencyKey?: string;
}

export interface IdempotentOptions extends CallOptions {
  readonly idempotencyKey?: string;
}

export interface PutPolicyOptions extends CallOptions {
  /** Refused (`version_conflict`) unless this version is in force; 0 = the default policy. */
  readonly ifVersion?: number;
}

export interface BatchOptions extends VerdictOptions {
  /** How long a record may wait for others to go with it. Default 5. */
  readonly lingerMs?: number;
}

interface CallPlan<T> {
  readonly request: Omit<HttpRequest, 'url' | 'accept' | 'headers'> & { readonly path: string };
  readonly parse: (value: unknown) => T | undefined;
  readonly options: CallOptions;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time that the server was asked to hold the answer back. */
  readonly heldMs?: number;
}

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';

export class Fractal {
  // Private by the language: not in JSON, not in an inspection, not in a crash report.
  readonly #settings: Settings;

  constructor(options: FractalOptions) {
    this.#settings = settingsOf(options);
  }

  /** One verdict on an output and its evidence. The server builds the record and its edge signs it. */
  async check(input: CheckInput, options: CheckOptions = {}): Promise<VerdictAnswer> {
    return this.#call({
      request: {
        method: 'POST',
        route: 'POST /v1/check',
        path: `/v1/check${verdictQuery(options)}`,
        body: checkBody(input),
      },
      parse: parseVerdictAnswer,
      options,
      headers: { 'idempotency-key': this.#idempotencyKey(options.idempotencyKey) },
      heldMs: options.wait?.timeoutMs ?? 0,
    });
  }

  /** One verdict on a record that the caller signed, with the content behind it. */
  async verify(input: SignedRecord, options: VerdictOptions = {}): Promise<VerdictAnswer> {
    return this.#call({
      request: {
        method: 'POST',
        route: 'POST /v1/verify',
        path: `/v1/verify${verdictQuery(options)}`,
        body: verifyBody(input),
      },
      parse: parseVerdictAnswer,
      options,
      heldMs: options.wait?.timeoutMs ?? 0,
    });
  }

  /** Verdicts on a stream of records, in its order. `timeoutMs` bounds each window of at most 256 records. See batch.ts. */
  async *verifyBatch(
    source: AsyncIterable<SignedRecord> | Iterable<SignedRecord>,
    options: BatchOptions = {},
  ): AsyncGenerator<BatchResult> {
    const { baseUrl, fetch, clock, authorization } = this.#settings;
    const request: HttpRequest = {
      method: 'POST',
      route: 'POST /v1/verify:batch',
      url: `${baseUrl}/v1/verify:batch${verdictQuery(options)}`,
      accept: NDJSON_TYPE,
      contentType: NDJSON_TYPE,
      headers: { authorization },
    };
    const lingerMs = integerOf('lingerMs', options.lingerMs ?? 5, 0, 60_000);
    const limits = this.#limits(options, options.wait?.timeoutMs ?? 0);
    // Answers of a window stream in while it is judged, so one attempt may take the whole of the call's time.
    const windowLimits = { ...limits, attemptTimeoutMs: limits.timeoutMs };
    yield* runBatch({ fetch, clock, request, limits: windowLimits, lingerMs }, source);
  }

  /** The stored verdict of a record, with the present effective decision. */
  async getVerdict(pcsId: string, options: CallOptions = {}): Promise<VerdictAnswer> {
    const path = `/v1/verdicts/${pcsIdOf(pcsId)}`;
    return this.#call({
      request: { method: 'GET', route: 'GET /v1/verdicts/{pcs_id}', path },
      parse: parseVerdictAnswer,
      options,
    });
  }

  /** The receipt of a record's verdict, under the newest witnessed checkpoint that covers it, else the newest published. */
  async getReceipt(pcsId: string, options: CallOptions = {}): Promise<ReceiptAnswer> {
    const path = `/v1/receipts/${pcsIdOf(pcsId)}`;
    return this.#call({
      request: { method: 'GET', route: 'GET /v1/receipts/{pcs_id}', path },
      parse: parseReceiptAnswer,
      options,
    });
  }

  /** A person's later word on a verdict. */
  async resolve(input: ResolveInput, options: IdempotentOptions = {}): Promise<Resolved> {
    const body = resolveBody(input);
    return this.#call({
      request: { method: 'POST', route: 'POST /v1/resolutions', path: '/v1/resolutions', body },
      parse: parseResolved,
      options,
      headers: { 'idempotency-key': this.#idempotencyKey(options.idempotencyKey) },
    });
  }

  /** A word on whether an output was right. */
  async label(input: LabelInput, options: IdempotentOptions = {}): Promise<Appended> {
    const body = labelBody(input);
    return this.#call({
      request: { method: 'POST', route: 'POST /v1/labels', path: '/v1/labels', body },
      parse: parseAppended,
      options,
      headers: { 'idempotency-key': this.#idempotencyKey(options.idempotencyKey) },
    });
  }

  /** Destroys the key of a record's content. The verdict, its leaf and its receipt stay. */
  async eraseContent(pcsId: string, options: CallOptions = {}): Promise<Appended> {
    const path = `/v1/content/${pcsIdOf(pcsId)}`;
    return this.#call({
      request: { method: 'DELETE', route: 'DELETE /v1/content/{pcs_id}', path },
      parse: parseAppended,
      options,
    });
  }

  /** The key that the tags of this tenant's leaves are made with, 32 bytes. Needs a key with the scope `reviewer`. */
  async getTagKey(options: CallOptions = {}): Promise<Uint8Array> {
    return this.#call({
      request: { method: 'GET', route: 'GET /v1/tag-key', path: '/v1/tag-key' },
      parse: parseTagKey,
      options,
    });
  }

  /** A page of this tenant's own entries with `from` ≤ index < `to`, in their order. `timeoutMs` bounds one page. */
  async listEntries(query: EntriesQuery, options: CallOptions = {}): Promise<EntriesPage> {
    return this.#call({
      request: { method: 'GET', route: 'GET /v1/entries', path: `/v1/entries${entriesQuery(query)}` },
      parse: parseEntriesPage,
      options,
    });
  }

  async getPolicy(task: string, options: CallOptions = {}): Promise<Policy> {
    const path = `/v1/policies/${taskOf(task)}`;
    return this.#call({
      request: { method: 'GET', route: 'GET /v1/policies/{task}', path },
      parse: parsePolicyAnswer,
      options,
    });
  }

  /** Makes a policy the next version for a task. One that says what is in force already makes no new version. */
  async putPolicy(task: string, policy: PolicyInput, options: PutPolicyOptions = {}): Promise<Policy> {
    const path = `/v1/policies/${taskOf(task)}`;
    const { ifVersion } = options;
    return this.#call({
      request: { method: 'PUT', route: 'PUT /v1/policies/{task}', path, body: policyBody(policy) },
      parse: parsePolicyAnswer,
      options,
      ...(ifVersion === undefined
        ? {}
        : { headers: { 'if-match': `"${integerOf('ifVersion', ifVersion, 0, Number.MAX_SAFE_INTEGER)}"` } }),
    });
  }

  async #call<T>(plan: CallPlan<T>): Promise<T> {
    const { baseUrl, authorization, responseBytesMax } = this.#settings;
    const { path, ...rest } = plan.request;
    const request: HttpRequest = {
      ...rest,
      url: baseUrl + path,
      accept: JSON_TYPE,
      headers: { ...plan.headers, authorization },
      contentType: rest.body === undefined ? undefined : JSON_TYPE,
    };
    return runWithRetries(this.#limits(plan.options, plan.heldMs ?? 0), async (signal) => {
      const value = plan.parse(await exchangeJson(this.#settings, request, { signal, responseBytesMax }));
      if (value === undefined) throw malformed(request.route);
      return value;
    });
  }

  #limits(options: CallOptions, heldMs: number): CallLimits {
    const { clock, rng, backoff, attemptTimeoutMs, timeoutMs } = this.#settings;
    return {
      clock,
      rng,
      plan: backoff,
      timeoutMs: timeoutOf('timeoutMs', options.timeoutMs ?? timeoutMs + heldMs),
      attemptTimeoutMs: attemptTimeoutMs + heldMs,
      signal: options.signal,
    };
  }

  #idempotencyKey(given: string | undefined): string {
    if (given === undefined) return toHex(this.#settings.rng.bytes(16));
    if (!/^[\x21-\x7e]{1,128}$/.test(given)) {
      throw optionInvalid('idempotencyKey: 1 to 128 printable ASCII characters without spaces');
    }
    return given;
  }
}

function verdictQuery(options: VerdictOptions): string {
  const query = new URLSearchParams();
  if (options.receipt === false) query.set('receipt', 'none');
  if (options.wait !== undefined) {
    query.set('wait', options.wait.for);
    query.set('timeout_ms', String(integerOf('wait.timeoutMs', options.wait.timeoutMs, 0, 99_999)));
  }
  return query.size === 0 ? '' : `?${query}`;
}

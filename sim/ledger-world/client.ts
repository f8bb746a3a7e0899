/** A client: sends records over the network, again after errors and time-outs, and tells the model what it hears. */
import type { Network } from '../kernel/network.ts';
import type { Process } from '../kernel/process.ts';
import type { Random } from '../kernel/random.ts';
import { type Answer, RETRYABLE, type Reply, type Request } from './messages.ts';
import type { Model } from './model.ts';
import type { Plan } from './plan.ts';
import { makeRecord, type RecordOptions, type SimRecord, TENANTS } from './records.ts';

export interface ClientOptions {
  readonly name: string;
  readonly process: Process;
  readonly network: Network;
  readonly model: Model;
  readonly plan: Plan;
  /** Address of the node to ask, undefined while none is there. */
  readonly nodeAddress: () => string | undefined;
  /** Records that anybody sent, for repeats. */
  readonly sent: SimRecord[];
  readonly nextNumber: () => number;
}

const TIMEOUT_MS = 150;
const PAUSE_MS = 12;

export class Client {
  readonly #options: ClientOptions;
  readonly #random: Random;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #outstanding: SimRecord[] = [];
  #id = 0;
  #done = false;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#random = options.process.random;
    options.network.bind(options.name, (message) => {
      const { id, answer } = message as Reply;
      this.#waiting.get(id)?.(answer);
    });
  }

  get done(): boolean {
    return this.#done;
  }

  async run(): Promise<void> {
    const { plan, process } = this.#options;
    for (let n = 0; n < plan.requestsEach; n += 1) {
      await process.clock.sleep(this.#random.below(PAUSE_MS));
      if (this.#random.chance(plan.looking)) await this.#look();
      else await this.#submit(this.#draw(), 3);
    }
    this.#done = true;
  }

  /** Sends again whatever was not acknowledged, until it is. */
  async finish(): Promise<void> {
    this.#done = false;
    while (this.#outstanding.length > 0) await this.#submit(this.#outstanding.shift()!, 1_000);
    this.#done = true;
  }

  #draw(): SimRecord {
    const { plan, sent, nextNumber } = this.#options;
    if (sent.length > 0 && this.#random.chance(plan.repeated)) return this.#random.pick(sent);
    const tenant = this.#random.pick(TENANTS);
    const content: RecordOptions['content'] = this.#random.chance(plan.withContent)
      ? this.#random.pick(['supported', 'contradicted'])
      : 'none';
    const fresh = { tenant, number: nextNumber(), content, attempt: 1, forgery: 'none' as const, random: this.#random };
    if (this.#random.chance(plan.forged)) {
      return makeRecord({ ...fresh, forgery: this.#random.pick(['wrong key', 'wrong name']) });
    }
    if (content === 'none' && this.#random.chance(plan.equivocating)) {
      // The first payload now, the other one whenever somebody draws it.
      sent.push(makeRecord({ ...fresh, attempt: 2 }));
    }
    const record = makeRecord(fresh);
    sent.push(record);
    return record;
  }

  async #submit(record: SimRecord, attemptsMax: number): Promise<void> {
    const { model, process } = this.#options;
    model.submitted(record);
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const { era } = model;
      const answer = await this.#ask({ kind: 'verify', tenant: record.tenant, bytes: record.bytes });
      if (answer !== undefined) {
        model.answered(record, answer, era);
        if (answer.kind === 'verdict' || (answer.kind === 'refused' && !RETRYABLE.has(answer.code))) return;
      }
      await process.clock.sleep(PAUSE_MS * (1 + this.#random.below(1 + Math.min(attempt, 5))));
    }
    if (!record.isForged) this.#outstanding.push(record);
  }

  async #look(): Promise<void> {
    const { sent, model } = this.#options;
    if (sent.length === 0) return;
    const record = this.#random.pick(sent);
    const { era } = model;
    const known = model.known(record);
    const answer = await this.#ask({ kind: 'find', tenant: record.tenant, pcsId: record.pcsId });
    if (answer !== undefined && era === model.era) model.found(known, answer);
  }

  /** Undefined where no answer came in time. */
  #ask(request: Request): Promise<Answer | undefined> {
    const { name, network, nodeAddress, process } = this.#options;
    const to = nodeAddress();
    if (to === undefined) return Promise.resolve(undefined);
    const id = ++this.#id;
    const given = new AbortController();
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        this.#waiting.delete(id);
        given.abort();
        resolve(answer);
      });
      void process.clock.sleep(TIMEOUT_MS, given.signal).then(() => {
        if (this.#waiting.delete(id)) resolve(undefined);
      });
      network.send(name, to, request.kind, { id, request });
    });
  }
}

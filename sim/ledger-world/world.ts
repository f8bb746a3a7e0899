/**
 * One seed of the ledger's world: clients, a node that dies and comes back, a disk that misbehaves, and the checks. It runs
 * in three parts: the start (entries in the log before anybody looks), the storm (clients and fates), and the calm, in which
 * faults stop, the node recovers, clients get what they are owed, and the end is checked.
 */
import { noFaults } from '../disk/faults.ts';
import { type DiskSabotage, SimDisk } from '../disk/sim-disk.ts';
import { CALM, Network } from '../kernel/network.ts';
import { Process } from '../kernel/process.ts';
import { type Random, seededRandom } from '../kernel/random.ts';
import { Scheduler } from '../kernel/scheduler.ts';
import { Trace } from '../kernel/trace.ts';
import { type Checks, checks } from './checks.ts';
import { Client } from './client.ts';
import { endChecks } from './end-checks.ts';
import { Fates } from './fates.ts';
import { WorldDecisions } from './followers.ts';
import type { Answer, Envelope } from './messages.ts';
import { Model } from './model.ts';
import { generation, type NodeSabotage, type SimNode, startNode } from './node.ts';
import { drawPlan, type Plan } from './plan.ts';
import { makeRecord, type SimRecord, TENANTS } from './records.ts';
import { Violation } from './violation.ts';

/** Breaks the system on purpose, to see that the simulation finds it. */
export interface Sabotage {
  readonly disk?: DiskSabotage;
  /** Changes the node before it serves. */
  readonly parts?: NodeSabotage;
}

export interface WorldOptions {
  readonly seed: number;
  readonly keepTrace: boolean;
  readonly sabotage?: Sabotage;
}

export interface WorldReport {
  readonly seed: number;
  readonly hash: string;
  readonly steps: number;
  readonly simulatedMs: number;
  readonly plan: Plan;
  readonly violation: Violation | undefined;
  readonly lines: readonly string[];
  readonly counts: Counts;
}

export interface Counts {
  entries: number;
  acknowledged: number;
  receipts: number;
  starts: number;
  kills: number;
  powerCuts: number;
  takeOvers: number;
  restores: number;
  flips: number;
}

const STORM_STEPS_MAX = 60_000;
const RESTART_MS = 8;

export class World {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly disk: SimDisk;
  readonly guardDisk: SimDisk;
  readonly network: Network;
  readonly model = new Model();
  readonly decisions = new WorldDecisions();
  readonly checks: Checks;
  readonly counts: Counts = {
    entries: 0,
    acknowledged: 0,
    receipts: 0,
    starts: 0,
    kills: 0,
    powerCuts: 0,
    takeOvers: 0,
    restores: 0,
    flips: 0,
  };
  readonly random: Random;
  readonly sabotage: Sabotage;
  /** Living processes of the system, the newest last; `node` once it serves. */
  processes: { readonly process: Process; node: SimNode | undefined }[] = [];
  readonly #seed: number;
  readonly #trace: Trace;
  readonly #sent: SimRecord[] = [];
  #number = 0;
  readonly #closed = new Set<string>();
  #broken: unknown;
  /** What was flipped; each says where the wrong bit still lies, undefined where it is gone. */
  readonly flips: (() => string | undefined)[] = [];
  /** No process is started while a fate works on the disk. */
  held = false;

  constructor({ seed, keepTrace, sabotage = {} }: WorldOptions) {
    this.#seed = seed;
    this.random = seededRandom(seed);
    this.plan = drawPlan(this.random.fork('plan'));
    this.#trace = new Trace(keepTrace);
    this.scheduler = new Scheduler(this.random.fork('scheduler'), this.#trace);
    this.disk = new SimDisk(this.random.fork('disk'));
    this.guardDisk = new SimDisk(this.random.fork('guard disk'), 'guard');
    this.network = new Network(this.scheduler, this.random.fork('network'));
    this.sabotage = sabotage;
    this.disk.sabotage = sabotage.disk ?? {};
    this.checks = checks({
      disk: this.disk,
      guardDisk: this.plan.guarded ? this.guardDisk : undefined,
      model: this.model,
      originOf,
    });
    this.disk.watch = this.checks;
  }

  async run(): Promise<WorldReport> {
    let violation: Violation | undefined;
    try {
      await this.#start();
      await this.#storm();
      await this.#calm();
    } catch (error) {
      violation = error instanceof Violation ? error : new Violation('error', String((error as Error)?.stack ?? error));
    }
    const { scheduler, counts, model, plan } = this;
    counts.acknowledged = model.acknowledged.size;
    counts.receipts = model.receipts.length;
    return {
      seed: this.#seed,
      hash: this.#trace.hash,
      steps: scheduler.steps,
      simulatedMs: Math.floor(scheduler.nowUs / 1_000),
      plan,
      violation,
      lines: this.#trace.lines,
      counts,
    };
  }

  /** The node clients talk to: mostly the newest that serves, sometimes one that was taken over from. */
  nodeAddress(random: Random): string | undefined {
    const serving = this.processes.filter(({ process }) => this.network.isBound(process.name));
    if (serving.length === 0) return undefined;
    const at = random.chance(0.8) ? serving.length - 1 : random.below(serving.length);
    return serving[at]!.process.name;
  }

  /** Starts a process of the system; it opens the directory, and serves once that is done. */
  startProcess(): Process {
    const number = ++this.counts.starts;
    const process = new Process(`node${number}`, this.scheduler, this.random.fork(`node ${number}`));
    const slot: { readonly process: Process; node: SimNode | undefined } = { process, node: undefined };
    this.processes.push(slot);
    this.scheduler.note(`${process.name} starts`);
    void startNode({
      process,
      disk: this.disk,
      guardDisk: this.guardDisk,
      plan: this.plan,
      decisions: this.decisions,
      sabotage: this.sabotage.parts ?? {},
      closed: this.#closed,
      onSign: (by, text) => this.checks.onSign(by, text),
      onPublished: (log, size) => this.checks.onPublished(log, size),
      onFailed: (failed, error) => this.#failed(failed, error),
    }).then(
      (node) => {
        slot.node = node;
        this.scheduler.note(`${process.name} serves ${node.logName} at ${node.ledger.size}`);
        this.network.bind(process.name, (message, from) =>
          process.whenAwake({ kind: 'network', label: `${process.name} takes a message` }, () =>
            this.#serve(node, message as Envelope, from),
          ),
        );
      },
      (error: unknown) => {
        this.scheduler.note(`${process.name} could not start: ${codeOf(error)}`);
        this.checkStartFailure(error);
        this.endSoon(process);
      },
    );
    return process;
  }

  /** The store refuses by rule whoever was taken over from, and nobody else: any other refusal is a fault of the ledger. */
  #failed(process: Process, error: unknown): void {
    const { cause } = error as { cause?: { refusal?: unknown; message?: unknown } };
    const refusal = cause?.refusal;
    if (refusal !== undefined && refusal !== 'session_lost' && !this.checks.damaged) {
      this.fail(new Violation('I3', `the store had to refuse a commit: ${cause?.message}`));
    }
    this.endSoon(process);
  }

  /** A process that can't go on ends by itself a moment later. */
  endSoon(process: Process): void {
    this.scheduler.after(500, { kind: 'fate', label: `${process.name} ends itself` }, () => this.kill(process));
  }

  kill(process: Process): void {
    if (!process.alive) return;
    process.kill();
    this.network.bind(process.name, undefined);
    this.processes = this.processes.filter((slot) => slot.process !== process);
    if (this.processes.length === 0) this.#restartSoon();
  }

  killAll(): void {
    for (const { process } of [...this.processes]) this.kill(process);
  }

  /** First thing that went wrong outside the steps: a client that was told something false. */
  fail(error: unknown): void {
    this.#broken ??= error;
  }

  async step(done: () => boolean, stepsMax: number): Promise<boolean> {
    return this.scheduler.run({
      done: () => this.#broken !== undefined || done(),
      afterStep: async () => {
        await this.checks.check();
        if (this.#broken !== undefined) throw this.#broken;
      },
      stepsMax,
    });
  }

  /** Steps until a promise of the world is settled; a violation where it never is. */
  async until<T>(what: string, work: Promise<T>, stepsMax = 40_000): Promise<T> {
    let settled: { ok: true; value: T } | { ok: false; error: unknown } | undefined;
    work.then(
      (value) => {
        settled = { ok: true, value };
      },
      (error: unknown) => {
        settled = { ok: false, error };
      },
    );
    const done = await this.step(() => settled !== undefined, stepsMax);
    if (settled?.ok === true) return settled.value;
    if (settled?.ok === false) throw settled.error;
    throw new Violation('liveness', done ? `${what} broke off` : `${what} never ended (${this.scheduler.steps} steps)`);
  }

  newRecord(random: Random): SimRecord {
    const record = makeRecord({
      tenant: random.pick(TENANTS),
      number: ++this.#number,
      content: 'none',
      attempt: 1,
      forgery: 'none',
      random,
    });
    this.#sent.push(record);
    this.model.submitted(record);
    return record;
  }

  /** What a start may fail of. Where nothing was damaged, only errors of the disk and of the guard are good reasons. */
  checkStartFailure(error: unknown): void {
    const { code, refusal } = error as { code?: unknown; refusal?: unknown };
    const good = ['EIO', 'ENOSPC', 'EROFS', 'checkpoint_guard_unavailable', 'ledger_stopped'];
    if (refusal === 'session_lost' || good.includes(String(code)) || this.checks.damaged) return;
    this.fail(new Violation('start', `a node could not start: ${String((error as Error)?.stack ?? error)}`));
  }

  #serve(node: SimNode, { id, request }: Envelope, from: string): void {
    const { process } = node;
    void node.answer(request).then((answer: Answer) => {
      if (answer.kind === 'verdict') this.#watchAnswer(node, answer);
      if (answer.kind === 'failed') this.#watchFailure(answer.message);
      this.network.send(process.name, from, answer.kind, { id, answer });
    });
  }

  #watchAnswer({ process }: SimNode, answer: Extract<Answer, { kind: 'verdict' }>): void {
    this.checks.onAnswer(process, answer);
    const cause = this.scheduler.current?.kind;
    if (!answer.replayed && answer.receipt !== undefined && (cause === 'file' || cause === 'follower')) {
      this.fail(new Violation('I12', `the answer of entry ${answer.index} waited for a ${cause} event`));
    }
  }

  /** An answer without a code: good where the disk failed or is damaged, else a fault of ours. */
  #watchFailure(message: string): void {
    if (this.checks.damaged || /\bE(IO|NOSPC|ROFS)\b/.test(message)) return;
    this.fail(new Violation('error', `a request failed without a code: ${message}`));
  }

  #restartSoon(): void {
    this.scheduler.after(RESTART_MS * 1_000, { kind: 'fate', label: 'restart' }, () => {
      if (this.processes.length === 0 && !this.held) this.startProcess();
    });
  }

  async #start(): Promise<void> {
    const process = this.startProcess();
    await this.step(() => this.processes.some(({ node }) => node !== undefined), 5_000);
    const node = this.processes.find((slot) => slot.process === process)?.node;
    if (node === undefined) throw new Violation('liveness', 'the first node never served');
    const random = this.random.fork('start');
    const first = Array.from({ length: this.plan.startSize }, () => this.newRecord(random));
    const appended = Promise.all(
      first.map(async (record) => {
        const { era } = this.model;
        let answer = await node.answer({ kind: 'verify', tenant: record.tenant, bytes: record.bytes });
        while (answer.kind === 'refused' && answer.code === 'busy') {
          await process.clock.sleep(5);
          answer = await node.answer({ kind: 'verify', tenant: record.tenant, bytes: record.bytes });
        }
        this.model.answered(record, answer, era);
      }),
    );
    this.disk.faults.filesFail = this.plan.unpublishedStart;
    await this.until('the start', appended);
    if (this.plan.unpublishedStart) this.kill(process);
    this.disk.faults.filesFail = false;
  }

  async #storm(): Promise<void> {
    const { plan, disk, network } = this;
    Object.assign(disk.faults, {
      writeError: plan.writeError,
      readError: plan.readError,
      failedButDone: 0.4,
      commitError: plan.commitError,
    });
    Object.assign(this.guardDisk.faults, { writeError: plan.guardError, failedButDone: 0.4 });
    network.faults = { loss: plan.loss, doubled: plan.doubled, delayUsMax: plan.delayUsMax };
    const clients = Array.from({ length: plan.clients }, (_, i) => this.#client(`client${i + 1}`));
    for (const client of clients) client.run().catch((error: unknown) => this.fail(error));
    const fates = new Fates(this);
    fates.begin();
    const ended = await this.step(() => clients.every(({ done }) => done), STORM_STEPS_MAX);
    fates.end();
    if (!ended) throw new Violation('liveness', `clients never ended (${this.scheduler.steps} steps)`);
    this.#clients = clients;
  }

  #clients: Client[] = [];

  /** Faults stop; whoever is alive may stay or is ended in one of three ways; then all must come right. */
  async #calm(): Promise<void> {
    const { disk, guardDisk, network, random } = this;
    Object.assign(disk.faults, noFaults());
    Object.assign(guardDisk.faults, noFaults());
    network.heal();
    network.faults = CALM;
    this.held = false;
    for (const { process } of [...this.processes]) {
      process.whenCalls(0, undefined);
      // Whoever was taken over from has noticed by now, if only by its watch of the session.
      if (disk.lost.has(process) || process.name !== `node${this.counts.starts}`) this.kill(process);
    }
    const way = random.below(3);
    if (way > 0) this.killAll();
    if (way === 2) this.powerCut();
    if (this.checks.damaged) return endChecks(this);
    if (this.processes.length === 0) this.#restartSoon();
    const serving = (): boolean => this.processes.at(-1)?.node !== undefined;
    if (!(await this.step(serving, 20_000))) throw new Violation('liveness', 'the node never served again');
    for (const client of this.#clients) client.finish().catch((error: unknown) => this.fail(error));
    if (!(await this.step(() => this.#clients.every(({ done }) => done), 60_000))) {
      throw new Violation('liveness', 'clients were never answered though nothing fails any more');
    }
    await endChecks(this);
  }

  powerCut(): void {
    this.counts.powerCuts += 1;
    this.killAll();
    this.scheduler.note('power cut');
    this.disk.crash();
    this.guardDisk.crash(); // at worst it hangs on the same plug
  }

  #client(name: string): Client {
    const random = this.random.fork(name);
    const process = new Process(name, this.scheduler, random);
    return new Client({
      name,
      process,
      network: this.network,
      model: this.model,
      plan: this.plan,
      nodeAddress: () => this.nodeAddress(random),
      sent: this.#sent,
      nextNumber: () => ++this.#number,
    });
  }
}

function originOf(log: string): string {
  const number = log === '0' ? 1 : Number(log.slice(2));
  return generation(number).origin;
}

function codeOf(error: unknown): string {
  const { code, refusal, message } = error as { code?: unknown; refusal?: unknown; message?: unknown };
  return String(code ?? refusal ?? message);
}

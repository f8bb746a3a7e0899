/**
 * Runs cases of the fault matrix: a server meets a fault at one write and is asked things, then a server over what is left is
 * asked again. Two processes take the cases in turn, each case in a data directory of its own; a case that ends its process,
 * or whose power is cut, has a process to itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { powerCut, prepareSide } from '../fault-layer/power-cut.ts';
import { faultEnvironment } from '../harness/fault-layer.ts';
import { type FaultKind, FaultPlan, type FaultRule, type TracedCall } from '../harness/fault-plan.ts';
import { cacheDirectory, nodePath } from '../harness/project.ts';
import { scratchDirectory } from '../harness/scratch.ts';
import { damage } from './damage.ts';
import { LONG_SCRIPT, type Order, type Report, SHORT_SCRIPT, START_SCRIPT, type Step } from './protocol.ts';
import { classify, type Write } from './write-classes.ts';

export type Fault = FaultKind | 'damaged';

export type Case = { write: Write; fault: Fault };

export type CaseResult = {
  case: Case;
  /** Whether the write was reached. */
  fired: boolean;
  /** Signal or code with which the process ended by itself; undefined where it did not. */
  ended: string | number | undefined;
  reports: readonly Report[];
  /** What a server over what is left said. */
  recovered: readonly Report[];
  recoveryEnded: string | number | undefined;
  steps: readonly Step[];
  dataDirectory: string;
};

const program = join(dirname(fileURLToPath(import.meta.url)), 'case-program.ts');

/** Runs of a case whose process the heap's guard ended. */
const RUNS_AGAIN = 8;
/** Orders that one process takes. */
const ORDERS_MAX = 10;

/** A process that runs one order at a time. */
class CaseProcess {
  readonly root: string;
  readonly side: string;
  readonly plan: FaultPlan;
  readonly #child: ChildProcess;
  readonly #gone: Promise<string | number>;
  #ended: string | number | undefined;
  #orders = 0;
  #listener: ((line: string | undefined) => void) | undefined;

  constructor(library: string) {
    const scratch = scratchDirectory('faults');
    this.root = join(scratch, 'root');
    this.side = join(scratch, 'side');
    mkdirSync(this.root);
    prepareSide(this.side);
    this.plan = new FaultPlan(scratch);
    const layer = faultEnvironment({ library, root: this.root, side: this.side, syncUs: 0 });
    this.#child = spawn(nodePath, [program, scratch], {
      env: { ...process.env, NODE_COMPILE_CACHE: cacheDirectory('node-compile'), ...layer, ...this.plan.environment() },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    // A write to a process that is gone is told by its end.
    this.#child.stdin!.on('error', () => undefined);
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#listener?.(line));
    this.#gone = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => {
        this.#ended = signal ?? code ?? 'gone';
        this.#listener?.(undefined);
        resolve(this.#ended);
      }),
    );
  }

  get ended(): string | number | undefined {
    return this.#ended;
  }

  /** LMDB was made for a process that opens it once: after a while another process takes the cases. */
  get isWorn(): boolean {
    return this.#orders >= ORDERS_MAX;
  }

  /** All it said about the order; where the process ended, what it said until then. */
  order(order: Order): Promise<Report[]> {
    const reports: Report[] = [];
    this.#orders += 1;
    return new Promise((resolve) => {
      this.#listener = (line) => {
        const report: Report = line === undefined ? { say: 'done' } : JSON.parse(line);
        if (report.say !== 'done') {
          reports.push(report);
          return;
        }
        this.#listener = undefined;
        resolve(reports);
      };
      if (this.#ended === undefined) this.#child.stdin!.write(`${JSON.stringify(order)}\n`);
      else this.#listener(undefined);
    });
  }

  async end(): Promise<void> {
    this.#child.stdin!.end();
    await this.#gone;
  }
}

export class CaseRunner {
  readonly #library: string;
  /** Those that meet faults, and those that start over what is left: a restart is another process. */
  readonly #idle: CaseProcess[] = [];
  readonly #restarters: CaseProcess[] = [];
  #made = 0;
  #templates: { clean: string; behind: string } | undefined;

  constructor(library: string) {
    this.#library = library;
  }

  /** Counts the writes of all phases, and keeps the directories that later phases start from. */
  async count(): Promise<{ writes: Write[]; unknown: string[] }> {
    const process = this.#take();
    const { folder, dataDirectory } = this.#newDirectory(process);
    const run = await process.order({ do: 'run', dataDirectory, steps: LONG_SCRIPT, armed: 'while serving' });
    const counted = run.find((report) => report.say === 'counted');
    if (counted === undefined) throw new Error(`the scripted server did not end well: ${JSON.stringify(run)}`);
    const calls = process.plan.trace();
    const firstStart = classify(calls.slice(0, counted.servingFrom), folder, 'first start');
    const serving = classify(calls.slice(counted.servingFrom), folder, 'serving');
    this.#templates = { clean: await this.#clean(process), behind: await this.#behind(process) };
    const restart = await this.#countRestart(process);
    await giveBack(process, this.#idle);
    return {
      writes: [...firstStart.writes, ...serving.writes, ...restart.writes],
      unknown: [...firstStart.unknown, ...serving.unknown, ...restart.unknown],
    };
  }

  /**
   * One that ended its process is run again, in a process of its own: lmdb-js 3.5.6 tells a failed write of a page in a text
   * that may be longer than the 100 bytes it takes for it (mdb.c, mdb_page_flush), and what lies behind may be the heap's.
   * A case that ends its process every time is a broken promise.
   */
  async run(given: Case): Promise<CaseResult> {
    if (given.fault === 'damaged') return this.#runDamaged(given);
    let result = await this.#runOnce(given, given.fault === 'torn');
    for (let again = 0; again < RUNS_AGAIN && given.fault !== 'torn' && result.ended === 'SIGABRT'; again++) {
      result = await this.#runOnce(given, true);
    }
    return result;
  }

  async #runOnce(given: Case, inOwnProcess: boolean): Promise<CaseResult> {
    const { write, fault } = given;
    const { asked, steps, before } = this.#scriptOf(write);
    const cut = (fault === 'torn' && write.operation !== 'write') || (fault === 'fail' && write.operation === 'sync');
    const alone = cut || inOwnProcess;
    const process = alone ? new CaseProcess(this.#library) : this.#take();
    const from = write.phase === 'restart' ? this.#templates?.behind : undefined;
    const { folder, dataDirectory } = this.#newDirectory(process, from);
    const said = await process.order({
      do: 'run',
      dataDirectory,
      steps: asked,
      rule: ruleOf(given, folder),
      armed: write.phase === 'serving' ? 'while serving' : 'before the start',
    });
    const { ended } = process;
    const isStopped = said.some((report) => report.say === 'counted' && report.isStopped);
    if (alone || isStopped) await process.end();
    else await giveBack(process, this.#idle);
    if (cut) powerCut({ root: process.root, side: process.side, seed: 1, mode: 'all' });
    const reports = [...before, ...said];
    const counted = said.find((report) => report.say === 'counted');
    const fired = ended !== undefined || (counted?.fired ?? -1) >= 0;
    const recovery = await this.#recover(dataDirectory, steps, knownOf(reports));
    return { case: given, fired, ended, reports, ...recovery, steps, dataDirectory };
  }

  /** What the server that meets the fault is asked, what the next one is, and what was answered before the fault. */
  #scriptOf({ phase, what }: Write): { asked: readonly Step[]; steps: readonly Step[]; before: readonly Report[] } {
    if (phase === 'restart') {
      // A start that was answered nothing yet: `started` and what follows it come from the server that meets the fault.
      const before = this.#behindReports.filter(({ say }) => say === 'answered' || say === 'published');
      return { asked: START_SCRIPT, steps: [...SHORT_SCRIPT, ...START_SCRIPT], before };
    }
    const content = what.startsWith('vault') || what === 'keyring' || what === 'folder vault';
    const script = phase === 'first start' && !content ? START_SCRIPT : SHORT_SCRIPT;
    const steps = phase === 'serving' && what === 'obsolete partials' ? LONG_SCRIPT : script;
    return { asked: steps, steps, before: [] };
  }

  async close(): Promise<void> {
    const all = [...this.#idle.splice(0), ...this.#restarters.splice(0)];
    await Promise.all(all.map((process) => process.end()));
  }

  /** A directory that was stopped in order, one byte of which is then changed. */
  async #runDamaged(given: Case): Promise<CaseResult> {
    if (this.#templates === undefined) throw new Error('count first');
    const process = this.#take();
    const { dataDirectory } = this.#newDirectory(process, this.#templates.clean);
    await damage(dataDirectory, given.write, knownOf(this.#cleanReports)['check-b'] ?? '');
    const checked = await process.order({ do: 'check', dataDirectory });
    const { ended } = process;
    await giveBack(process, this.#idle);
    const { recovered, recoveryEnded } = await this.#recover(
      dataDirectory,
      SHORT_SCRIPT,
      knownOf(this.#cleanReports),
      false,
    );
    const all = { recovered: [...checked, ...recovered], recoveryEnded };
    return { case: given, fired: true, ended, reports: this.#cleanReports, ...all, steps: SHORT_SCRIPT, dataDirectory };
  }

  async #recover(
    dataDirectory: string,
    steps: readonly Step[],
    known: Partial<Record<Step, string>>,
    fsck = true,
  ): Promise<Pick<CaseResult, 'recovered' | 'recoveryEnded'>> {
    const process = this.#restarters.pop() ?? new CaseProcess(this.#library);
    const recovered = await process.order({ do: 'recover', dataDirectory, steps, known, fsck });
    const recoveryEnded = process.ended;
    await giveBack(process, this.#restarters);
    return { recovered, recoveryEnded };
  }

  #cleanReports: readonly Report[] = [];
  #behindReports: readonly Report[] = [];

  /** A data directory after the scripted requests and a stop in order. */
  async #clean(process: CaseProcess): Promise<string> {
    const { dataDirectory } = this.#newDirectory(process);
    const steps = SHORT_SCRIPT;
    this.#cleanReports = await process.order({ do: 'run', dataDirectory, steps, armed: 'while serving' });
    return dataDirectory;
  }

  /** A data directory whose public files are behind its rows: the disk of its unfinished files went read-only. */
  async #behind(process: CaseProcess): Promise<string> {
    const { folder, dataDirectory } = this.#newDirectory(process);
    const scope = `${folder}/data/temporary/0/*`;
    const rule: FaultRule = { fault: 'readonly', operation: 'open', nth: 1, glob: scope, scope };
    const steps = SHORT_SCRIPT;
    this.#behindReports = await process.order({ do: 'run', dataDirectory, steps, rule, armed: 'while serving' });
    return dataDirectory;
  }

  async #countRestart(process: CaseProcess): Promise<{ writes: Write[]; unknown: string[] }> {
    const { folder, dataDirectory } = this.#newDirectory(process, this.#templates?.behind);
    const run = await process.order({ do: 'run', dataDirectory, steps: [], armed: 'before the start' });
    const counted = run.find((report) => report.say === 'counted');
    const calls: TracedCall[] = process.plan.trace().slice(0, counted?.servingFrom ?? 0);
    return classify(calls, folder, 'restart');
  }

  #take(): CaseProcess {
    return this.#idle.pop() ?? new CaseProcess(this.#library);
  }

  #newDirectory(process: CaseProcess, copyOf?: string): { folder: string; dataDirectory: string } {
    this.#made += 1;
    const folder = `c${this.#made}`;
    if (copyOf === undefined) mkdirSync(join(process.root, folder));
    // With the guard beside it: without that the copy would be taken for a restored one.
    else cpSync(dirname(copyOf), join(process.root, folder), { recursive: true });
    const dataDirectory = join(process.root, folder, 'data');
    return { folder, dataDirectory };
  }
}

async function giveBack(process: CaseProcess, pool: CaseProcess[]): Promise<void> {
  if (process.ended !== undefined) return;
  if (process.isWorn) await process.end();
  else pool.push(process);
}

function ruleOf({ write, fault }: Case, folder: string): FaultRule {
  if (fault === 'damaged') throw new Error('damage is done after the stop');
  const at = write.glob === '' ? folder : `${folder}/${write.glob}`;
  const rule: FaultRule = { fault, operation: write.operation, nth: write.nth, glob: at, scope: `${folder}*` };
  return write.range === undefined ? rule : { ...rule, from: write.range[0], to: write.range[1] };
}

function knownOf(reports: readonly Report[]): Partial<Record<Step, string>> {
  const known: Partial<Record<Step, string>> = {};
  for (const report of reports) {
    if (report.say !== 'answered' || report.told?.verdict === undefined) continue;
    if (report.told.pcsId !== undefined) known[report.step] = report.told.pcsId;
  }
  return known;
}

export function removeDirectory({ dataDirectory }: CaseResult): void {
  rmSync(dirname(dataDirectory), { recursive: true, force: true });
}

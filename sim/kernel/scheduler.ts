/**
 * The one source of order in a simulation. Whatever takes time (a write, a message, a sleep, a crash) is an event here; code
 * under test runs only because an event resolved something it waits for. Events are taken by simulated time, those of the
 * same microsecond in seeded order; before the next one is taken, every promise the last one touched has run dry.
 *
 * Code under test must not use timers, threads, sockets or real files of its own: nothing here would see them.
 */
import type { Random } from './random.ts';
import type { Trace } from './trace.ts';

/** What an event is about; checks ask which kind of event made something happen. */
export type EventKind = 'file' | 'rows' | 'follower' | 'guard' | 'network' | 'timer' | 'client' | 'judge' | 'fate';

export interface SimEvent {
  readonly kind: EventKind;
  /** For the trace. */
  readonly label: string;
}

interface Queued extends SimEvent {
  readonly atUs: number;
  readonly tie: number;
  readonly order: number;
  readonly run: () => void;
}

export class Scheduler {
  readonly trace: Trace;
  readonly #random: Random;
  readonly #heap: Queued[] = [];
  #order = 0;
  #nowUs = 0;
  #steps = 0;
  #current: SimEvent | undefined;

  constructor(random: Random, trace: Trace) {
    this.#random = random;
    this.trace = trace;
  }

  /** Simulated time since the beginning, microseconds; never goes back. */
  get nowUs(): number {
    return this.#nowUs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** The event under way. */
  get current(): SimEvent | undefined {
    return this.#current;
  }

  after(delayUs: number, event: SimEvent, run: () => void): void {
    const atUs = this.#nowUs + Math.max(0, Math.floor(delayUs));
    push(this.#heap, { ...event, atUs, tie: this.#random.below(0x4000_0000), order: this.#order++, run });
  }

  /** A line of the trace that is no event. */
  note(text: string): void {
    this.trace.add(this.#nowUs, text);
  }

  /** Runs events until `done`; `afterStep` runs once all that an event touched has run dry. False where it never was done. */
  async run(options: {
    readonly done: () => boolean;
    readonly afterStep: () => void | Promise<void>;
    readonly stepsMax: number;
  }): Promise<boolean> {
    const last = this.#steps + options.stepsMax;
    await settled(); // what was asked for before the first step may need none
    while (!options.done()) {
      const event = pop(this.#heap);
      if (event === undefined || this.#steps >= last) return false;
      this.#nowUs = event.atUs;
      this.#steps += 1;
      this.#current = event;
      this.trace.add(this.#nowUs, event.label);
      event.run();
      await settled();
      const checks = options.afterStep();
      if (checks !== undefined) await checks;
      if (this.#steps % STEPS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#current = undefined;
    return true;
  }
}

/** Now and then the real event loop turns, for whoever runs beside us in this process. */
const STEPS_A_TURN = 200;

/** Resolves once no promise is left to run: Node's tick queue comes after all of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}

function before(a: Queued, b: Queued): boolean {
  if (a.atUs !== b.atUs) return a.atUs < b.atUs;
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie;
}

function push(heap: Queued[], event: Queued): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Queued[]): Queued | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
  return first;
}

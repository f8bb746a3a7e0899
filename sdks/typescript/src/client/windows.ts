/**
 * Gathers a stream of lines into windows: full by count or by length, or when the source had nothing more to give for
 * `lingerMs` after the first line. A line longer than a window goes alone. The source is asked for one line beyond the
 * window, and is told (`return`) when nobody wants more.
 */
import { AbortedError } from '../errors/errors.ts';
import type { Clock } from '../http/ports.ts';

export const WINDOW_LINES_MAX = 256;
/** In UTF-16 units; a window has at most three times as many bytes. */
export const WINDOW_CHARS_MAX = 1024 * 1024;

export type Window = readonly string[];

export interface WindowOptions {
  readonly lines: AsyncGenerator<string>;
  readonly clock: Clock;
  readonly lingerMs: number;
  readonly signal?: AbortSignal | undefined;
}

export async function* windowsOf(options: WindowOptions): AsyncGenerator<Window> {
  const source = new Source(options);
  try {
    for (;;) {
      const first = await source.take();
      if (first === undefined) return;
      const window = [first];
      await fill(options, source, window);
      yield window;
    }
  } finally {
    source.leave();
  }
}

/** Adds lines until the window is full, the source has ended or failed, or the wait is over. */
async function fill(options: WindowOptions, source: Source, window: string[]): Promise<void> {
  const endMs = options.clock.nowMs() + options.lingerMs;
  let chars = window[0]!.length;
  while (window.length < WINDOW_LINES_MAX) {
    const line = await source.peek(Math.max(0, endMs - options.clock.nowMs()));
    if (line === undefined || chars + line.length > WINDOW_CHARS_MAX) return;
    await source.take();
    chars += line.length;
    window.push(line);
  }
}

/** One line ahead of a generator, with time limits and cancellation of the wait, not of the generator. */
class Source {
  readonly #options: WindowOptions;
  #next: Promise<IteratorResult<string>> | undefined;

  constructor(options: WindowOptions) {
    this.#options = options;
  }

  /** The next line; undefined at the end. Rejects with the source's own error, or an AbortedError. */
  async take(): Promise<string | undefined> {
    const arrived = await this.#arrival();
    this.#next = undefined;
    return arrived === 'later' || arrived.done ? undefined : arrived.value;
  }

  /** The next line without taking it; undefined when there is none, none in time, or the source failed (take says so). */
  async peek(waitMs: number): Promise<string | undefined> {
    try {
      const arrived = await this.#arrival(waitMs);
      return arrived === 'later' || arrived.done ? undefined : arrived.value;
    } catch {
      return undefined;
    }
  }

  /** Tells the generator that nobody wants more. One that never answers is not waited for. */
  leave(): void {
    this.#options.lines.return(undefined).catch(() => undefined);
  }

  #arrival(waitMs?: number): Promise<IteratorResult<string> | 'later'> {
    const { clock, lines, signal } = this.#options;
    this.#next ??= lines.next();
    const next = this.#next;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        settle();
        reject(new AbortedError('the caller cancelled the call', { code: 'aborted', cause: signal?.reason }));
      };
      const stopTimer =
        waitMs === undefined
          ? () => undefined
          : clock.startTimer(waitMs, () => {
              settle();
              resolve('later');
            });
      const settle = (): void => {
        stopTimer();
        signal?.removeEventListener('abort', onAbort);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      next.then(
        (arrived) => {
          settle();
          resolve(arrived);
        },
        (error: unknown) => {
          settle();
          reject(error);
        },
      );
    });
  }
}

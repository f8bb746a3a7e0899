/**
 * Structured logs, one JSON object a line: time, level, event, and fields that are ids, counts, codes and durations.
 * Never a payload, a text, a key or a header value (I6): callers pass names and numbers, and this module has no way to
 * print an object it was not given.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** True where `debug` prints: lets a hot path skip building its fields. */
  readonly debugs: boolean;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A logger that hands each line, with its newline, to `write`. */
export function jsonLogger(options: { write: (line: string) => void; nowMs: () => number; level: LogLevel }): Logger {
  const lowest = LEVELS.indexOf(options.level);
  const log = (level: LogLevel) => (event: string, fields?: LogFields) => {
    if (LEVELS.indexOf(level) < lowest) return;
    const time = new Date(options.nowMs()).toISOString();
    options.write(`${JSON.stringify({ time, level, event, ...fields })}\n`);
  };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error'), debugs: lowest === 0 };
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, debugs: false };

/** What may be said of a thrown value in a log: its class and code, with the message, which our errors keep free of payloads. */
export function errorFields(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    error: error.name,
    message: error.message.slice(0, 300),
    ...(typeof code === 'string' ? { code } : {}),
  };
}

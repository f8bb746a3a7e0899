/** Exit codes of every command (DESIGN section 13), and the error that carries one to the top. */
export const EXIT = {
  ok: 0,
  /** The check said no. */
  refused: 1,
  /** The command was used wrongly. */
  usage: 2,
  /** The command could not run. */
  failed: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a message for the person who typed it: what is wrong, and what to do next. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

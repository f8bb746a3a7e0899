/** Operational errors of control. Codes are in the one registry (spec/error-codes.json). */
export type ControlErrorCode =
  /** An entry of a known kind can't be read, or contradicts what came before it. */
  | 'control_log_corrupt'
  /** An entry says a version this program does not know. */
  | 'control_version_unknown'
  /** Another writer appended what this one was about to. */
  | 'control_conflict'
  /** The log relies on a secret that the keyring does not hold. */
  | 'control_secret_missing';

export class ControlError extends Error {
  readonly code: ControlErrorCode;
  readonly retryable = false;
  constructor(code: ControlErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ControlError';
    this.code = code;
  }
}

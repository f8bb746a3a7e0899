/**
 * The shape of an expected outcome. Hostile input is an expected outcome: parsers and verifiers return a failure
 * with a code of the registry and never throw.
 */

/** A failure: `code` is from the registry of error codes; `detail` is for people, never for branching. */
export interface Failure<C extends string> {
  readonly ok: false;
  readonly code: C;
  readonly detail?: string;
}

/** Either a value or a failure with a code out of the closed set `C`. */
export type Result<T, C extends string> = { readonly ok: true; readonly value: T } | Failure<C>;

export function success<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** `detail` carries limits and positions; never payloads or keys. */
export function failure<C extends string>(code: C, detail?: string): Failure<C> {
  return detail === undefined ? { ok: false, code } : { ok: false, code, detail };
}

/** For tests: takes the value out of a result that must be one. */
import type { Result } from '../result.ts';

export function unwrap<T, C extends string>(result: Result<T, C>): T {
  if (result.ok) return result.value;
  throw new Error(`expected a value, got ${result.code}${result.detail === undefined ? '' : ` (${result.detail})`}`);
}

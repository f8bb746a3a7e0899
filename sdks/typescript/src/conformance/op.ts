/** What an op is: members of a case in, members of its answer out. Expected failures leave as a `CaseFault`. */
import type { Result } from '@fractal/tlog';
import type { ErrorCode } from '../errors/codes.ts';
import { type Case, CaseFault } from './case.ts';

export type Op = (input: Case) => Readonly<Record<string, unknown>>;

/** The value of a result, or its code as the answer of the case. */
export function okOrFault<T>(result: Result<T, ErrorCode>): T {
  if (!result.ok) throw new CaseFault(result.code);
  return result.value;
}

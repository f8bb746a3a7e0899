/** Codes of control as refusals of the edge; one that the registry does not have is a fault of ours. */

import { isErrorCode, type Refusal } from '../edge/problem.ts';

export function controlRefusal(failure: { readonly code: string; readonly detail?: string | undefined }): Refusal {
  const { code, detail } = failure;
  if (!isErrorCode(code)) throw new Error(`control answered a code that is not in the registry: ${code}`);
  return detail === undefined ? { code } : { code, detail };
}

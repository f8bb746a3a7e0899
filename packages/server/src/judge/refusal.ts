/** Judgements that end without a verdict. */

import type { ErrorCode } from '../edge/problem.ts';
import type { Judgement } from './task.ts';

/** Codes that mean somebody used a key they should not have, or none at all: counted as security events (I1). */
const SECURITY_CODES: ReadonlySet<string> = new Set([
  'signature_invalid',
  'signature_malformed',
  'key_unknown',
  'key_expired',
  'key_not_yet_valid',
  'tenant_mismatch',
]);

export function refused(failure: { readonly code: ErrorCode; readonly detail?: string | undefined }): Judgement {
  const { code, detail } = failure;
  return {
    kind: 'refused',
    refusal: detail === undefined ? { code } : { code, detail },
    security: SECURITY_CODES.has(code),
  };
}

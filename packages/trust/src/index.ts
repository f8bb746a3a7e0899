/** Signals, risk and decisions (DESIGN section 5). Pure. */
export { assess } from './assess/assess.ts';
export {
  type AssessInput,
  type Assessment,
  type Decision,
  type Evidence,
  REASON_CODES,
  REASONS_MAX,
  type Reason,
  type ReasonCode,
  type Span,
  type StructuralNumbers,
  type TaskPolicy,
  type TrustContent,
  type TrustRecord,
} from './assess/types.ts';
export { defaultPolicy } from './policy/default-policy.ts';
export { explain } from './reason/explain.ts';

export type {
  Actor,
  AddedKey,
  AddKeyCode,
  AddKeyInput,
  Authenticated,
  Control,
  EdgeKey,
  KeyChangeCode,
  KeyInfo,
  RotateKeyCode,
  RotateKeyInput,
  TenantInfo,
} from './engine/control.ts';
export { type ControlOptions, openControl } from './engine/open-control.ts';
export type {
  AccessFacts,
  ActorId,
  ControlEntry,
  Decision,
  FollowerFacts,
  GenerationFacts,
  KeyScope,
  LogKeyRotation,
} from './entry/types.ts';
export { ControlError, type ControlErrorCode } from './errors.ts';
export {
  formatPolicyDocument,
  type PolicyDocument,
  type PolicyTerms,
  parsePolicyDocument,
} from './policy/policy-document.ts';
export type { Clock, Rng } from './ports/clock.ts';
export type { ControlAppend, ControlLog } from './ports/control-log.ts';
export type { Keyring, KeyringKey } from './ports/keyring.ts';

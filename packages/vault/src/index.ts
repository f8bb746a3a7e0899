export { openVault, type VaultOptions } from './engine/open-vault.ts';
export type { RotationReport } from './engine/rotation.ts';
export type { SweepOptions } from './engine/sweep.ts';
export type { EraseOutcome, PutInput, PutOutcome, PutSealedInput, Vault } from './engine/vault.ts';
export type { VaultErrorCode } from './errors.ts';
export { VaultError } from './errors.ts';
export type { Clock, Rng } from './ports/clock.ts';
export type { Keyring, KeyringKey } from './ports/keyring.ts';
export type {
  ContentAddress,
  DueContent,
  Erasure,
  KeyReplacement,
  OwedRotation,
  StoredKeyRow,
  UnsettledContent,
  VaultInsert,
  VaultStore,
} from './ports/vault-store.ts';
export { formatKeyRow, type KeyRow, parseKeyRow } from './seal/key-row.ts';
export type { SealInput, TenantKey } from './seal/seal.ts';
export { generationOf, sealContent } from './seal/seal.ts';

/** Operational errors of the vault. Codes are in the one registry (spec/error-codes.json). Messages carry ids, never content. */
export type VaultErrorCode =
  /** Stored bytes do not authenticate, do not parse, or do not carry their merkle root: named, never served. */
  | 'vault_corrupt'
  /** The tenant has no key in the keyring, or not the generation that a row is wrapped by. */
  | 'vault_key_missing'
  /** Sealed by a generation of the tenant key that is gone by now: seal again. */
  | 'vault_key_retired'
  /** The store could not write (its own error is the cause): outcome unknown, try again. */
  | 'vault_write_failed'
  /** The address holds content with another merkle root. */
  | 'vault_conflict'
  /** Not a tenant name or not a pcs_id. */
  | 'vault_address_malformed'
  /** Items that are no content: see `sealContent`. */
  | 'content_malformed'
  | 'content_too_large';

const RETRYABLE: ReadonlySet<VaultErrorCode> = new Set(['vault_key_retired', 'vault_write_failed']);

export class VaultError extends Error {
  readonly code: VaultErrorCode;
  readonly retryable: boolean;
  constructor(code: VaultErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'VaultError';
    this.code = code;
    this.retryable = RETRYABLE.has(code);
  }
}

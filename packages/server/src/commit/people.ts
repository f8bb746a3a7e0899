/**
 * Pseudonyms of people: the first 16 bytes of HMAC-SHA-256(secret of the tenant, name or id), in hex. The name itself is
 * nowhere stored or logged. With the secret erased from the keyring nobody can tell any more whose pseudonyms those in
 * the log were, not even by trying names (I6).
 */

import { createHmac } from 'node:crypto';

export interface People {
  /** 32 hex digits; the same for the same person of the same tenant, as long as the tenant's secret lives. */
  pseudonym(tenant: string, person: string): string;
}

export function people(options: { secretOf: (tenant: string) => Uint8Array }): People {
  return {
    pseudonym: (tenant, person) =>
      createHmac('sha256', options.secretOf(tenant)).update(`person\0${person}`).digest('hex').slice(0, 32),
  };
}

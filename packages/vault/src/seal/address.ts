/** Checks of an address, and the bytes by which sealed content is bound to it. */
import { VaultError } from '../errors.ts';
import type { ContentAddress } from '../ports/vault-store.ts';

const TENANT = /^[A-Za-z0-9._-]{1,64}$/;
const PCS_ID = /^[0-9a-f]{64}$/;
const encoder = new TextEncoder();

/** Throws `vault_address_malformed` unless the name has its form. */
export function checkTenant(tenant: string): void {
  if (typeof tenant !== 'string' || !TENANT.test(tenant)) {
    throw new VaultError('vault_address_malformed', 'tenant is not [A-Za-z0-9._-]{1,64}');
  }
}

/** Throws `vault_address_malformed` unless both parts have their form; the message repeats neither. */
export function checkAddress({ tenant, pcsId }: ContentAddress): void {
  checkTenant(tenant);
  if (typeof pcsId !== 'string' || !PCS_ID.test(pcsId)) {
    throw new VaultError('vault_address_malformed', 'pcs_id is not 64 lower-case hex digits');
  }
}

/**
 * label ‖ 0x00 ‖ tenant ‖ 0x00 ‖ pcs_id ‖ 0x00 ‖ tail: unambiguous, since none of the first three can hold a zero byte.
 * All of them are ASCII, so a character is a byte.
 */
export function bindingOf(label: string, { tenant, pcsId }: ContentAddress, tail: Uint8Array): Uint8Array {
  const head = `${label}\0${tenant}\0${pcsId}\0`;
  const bytes = new Uint8Array(head.length + tail.length);
  encoder.encodeInto(head, bytes);
  bytes.set(tail, head.length);
  return bytes;
}

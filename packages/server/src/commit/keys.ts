/**
 * What entries are unique by. Each key is a SHA-256 over parts joined by a zero byte, none of which can hold one, the
 * tenant first (I13):
 *
 *     verdict       tenant ‖ 0 ‖ pcs_id                                   (DESIGN I3)
 *     equivocation  tenant ‖ 0 ‖ pcs_id ‖ 0 ‖ "equivocation"              one an id
 *     resolution    tenant ‖ 0 ‖ pcs_id ‖ 0 ‖ "resolution" ‖ 0 ‖ revision
 *     label         tenant ‖ 0 ‖ pcs_id ‖ 0 ‖ "label" ‖ 0 ‖ source ‖ 0 ‖ pseudonym ‖ 0 ‖ revision
 *     erasure       tenant ‖ 0 ‖ pcs_id ‖ 0 ‖ "erasure"                   one an id
 *     idempotency   tenant ‖ 0 ‖ "idempotency" ‖ 0 ‖ operation ‖ 0 ‖ the caller's key     (a row, not an entry)
 */

import { hash } from 'node:crypto';

function keyOf(...parts: string[]): Uint8Array {
  return sha256(parts.join('\0'));
}

export function sha256(message: string | Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', message, 'buffer'));
}

export const verdictKey = (tenant: string, pcsId: string): Uint8Array => keyOf(tenant, pcsId);
export const equivocationKey = (tenant: string, pcsId: string): Uint8Array => keyOf(tenant, pcsId, 'equivocation');
export const erasureKey = (tenant: string, pcsId: string): Uint8Array => keyOf(tenant, pcsId, 'erasure');

export function resolutionKey(tenant: string, pcsId: string, revision: number): Uint8Array {
  return keyOf(tenant, pcsId, 'resolution', String(revision));
}

export function labelKey(of: {
  tenant: string;
  pcsId: string;
  source: string;
  person: string;
  revision: number;
}): Uint8Array {
  return keyOf(of.tenant, of.pcsId, 'label', of.source, of.person, String(of.revision));
}

/** `operation` keeps one caller's key on two routes apart. */
export function idempotencyRowKey(tenant: string, operation: string, callersKey: string): Uint8Array {
  return keyOf(tenant, 'idempotency', operation, callersKey);
}

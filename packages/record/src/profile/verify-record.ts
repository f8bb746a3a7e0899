/** One entry for both profiles: which rules apply is the caller's choice, never read from the record. */
import type { Ed25519, Result } from '@fractal/tlog';
import type { PlainJson } from '../canonical/canonical-json.ts';
import { type SignAgentCode, signAgentRecord } from '../profile-lba/sign-record.ts';
import { type AuthenticAgentRecord, type VerifyAgentCode, verifyAgentRecord } from '../profile-lba/verify-record.ts';
import { type SignedRecord, type SignRecordCode, signPcsRecord } from '../profile-pcs/sign-record.ts';
import {
  type VerifiedPcsRecord,
  type VerifyOptions,
  type VerifyPcsCode,
  verifyPcsRecord,
} from '../profile-pcs/verify-record.ts';
import type { SigningKey } from '../signature/keys.ts';

export type Profile = 'fractal-pcs' | 'fractal-lba-kakeya';

/** Told apart by `profile`; `pcsId, digest, payload, alg, kid` are in both. */
export type VerifiedRecord = VerifiedPcsRecord | AuthenticAgentRecord;

export type VerifyRecordCode = VerifyPcsCode | VerifyAgentCode | 'record_check_failed';

/** Everything the profile demands of a record by itself. For the order of the checks see the profiles' own modules. */
export function verifyRecord(
  options: VerifyOptions & { readonly profile: Profile },
): Result<VerifiedRecord, VerifyRecordCode> {
  return options.profile === 'fractal-pcs' ? verifyPcsRecord(options) : verifyAgentRecord(options);
}

/** Signs a record that has no `sig` yet; `profile` is fractal-pcs unless said. */
export function signRecord(
  options:
    | {
        readonly profile?: 'fractal-pcs';
        readonly record: Uint8Array | { readonly [name: string]: PlainJson | undefined };
        readonly key: SigningKey;
        readonly ed25519?: Ed25519 | undefined;
      }
    | { readonly profile: 'fractal-lba-kakeya'; readonly record: Uint8Array; readonly key: SigningKey },
): Result<SignedRecord, SignRecordCode | SignAgentCode> {
  return options.profile === 'fractal-lba-kakeya' ? signAgentRecord(options) : signPcsRecord(options);
}

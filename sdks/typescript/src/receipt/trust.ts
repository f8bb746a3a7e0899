/** What a verifier is told to trust, parsed once: the key of a log, or a policy. */
import {
  type Failure,
  failure,
  parsePolicy,
  parseVerifierKey,
  type ReceiptTrust,
  type Result,
  success,
  type VerifierKey,
} from '@fractal/tlog';

/** By the log's verifier key (`name+id+base64`), or all of them where it changed its key; or by the text of a tlog-policy that names logs and witnesses. */
export type Trust =
  | { readonly key: string | readonly string[]; readonly policy?: undefined }
  | { readonly policy: string; readonly key?: undefined };

export type ParsedTrust = ReceiptTrust;

export function trustOf(
  options: Trust,
): Result<ParsedTrust, 'vkey_malformed' | 'policy_malformed'> | Failure<'client_option_invalid'> {
  const { key, policy } = options;
  // Both would leave open which one decides, neither would trust anyone.
  if ((key === undefined) === (policy === undefined)) return failure('client_option_invalid', 'one of key and policy');
  if (key !== undefined) {
    const keys: VerifierKey[] = [];
    for (const text of typeof key === 'string' ? [key] : key) {
      const parsed = parseVerifierKey(text);
      if (!parsed.ok) return parsed;
      keys.push(parsed.value);
    }
    const [verifierKey, ...olderKeys] = keys;
    return verifierKey === undefined ? failure('vkey_malformed', 'no key') : success({ verifierKey, olderKeys });
  }
  const parsed = parsePolicy(policy!);
  return parsed.ok ? success({ policy: parsed.value }) : parsed;
}

/**
 * The bytes of a keyring file: JSON, one key a line so that a person can see what is held.
 *
 *   {"format":"fractal-keyring","version":2,"keys":[
 *   {"name":"kek/acme","generation":1,"created_ms":1700000000000,"secret":"<base64>"}
 *   ],"check":"<hex SHA-256 of all before this member>"}
 *
 * Parsing is strict: another format, a newer version, a field too many, a key twice, anything malformed is refused with
 * its reason, and so is a file whose bytes changed: a keyring that is read wrongly would lose secrets for good at the next write.
 */
import { hash } from 'node:crypto';
import { fromBase64, toBase64 } from '@fractal/tlog';
import type { KeyringKey } from '@fractal/vault';

export const KEYRING_VERSION = 2;
const FORMAT = 'fractal-keyring';
/** Visible ASCII. */
const NAME = /^[\x21-\x7e]{1,256}$/;
const KEY_FIELDS = 'created_ms,generation,name,secret';
export const SECRET_BYTES_MAX = 4096;

export type ParsedKeyring =
  | { readonly ok: true; readonly keys: readonly KeyringKey[] }
  | { readonly ok: false; readonly code: 'keyring_malformed' | 'keyring_version_unknown'; readonly detail: string };

export function formatKeyringFile(keys: readonly KeyringKey[]): string {
  const lines = keys.map(({ name, generation, createdMs, secret }) =>
    JSON.stringify({ name, generation, created_ms: createdMs, secret: toBase64(secret) }),
  );
  const text = `{"format":"${FORMAT}","version":${KEYRING_VERSION},"keys":[\n${lines.join(',\n')}\n]`;
  return `${text},"check":"${hash('sha256', text)}"}\n`;
}

/** Never throws; a detail names a key by its name at most. */
export function parseKeyringFile(text: string): ParsedKeyring {
  const file = jsonOf(text);
  if (!isObject(file)) return malformed('not a JSON object');
  if (file.format !== FORMAT) return malformed(`"format" is not "${FORMAT}"`);
  if (typeof file.version !== 'number') return malformed('"version" is missing');
  if (file.version !== KEYRING_VERSION) {
    const detail = `version ${file.version}, this program knows ${KEYRING_VERSION}: use the release that wrote it`;
    return { ok: false, code: 'keyring_version_unknown', detail };
  }
  if (Object.keys(file).sort().join() !== 'check,format,keys,version' || !Array.isArray(file.keys)) {
    return malformed('fields other than format, version, keys and check');
  }
  const keys: KeyringKey[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of file.keys.entries()) {
    const key = keyOf(entry);
    if (key === undefined) return malformed(`key ${index} is malformed`);
    const id = `${key.generation} ${key.name}`;
    if (seen.has(id)) return malformed(`key ${key.name} generation ${key.generation} is there twice`);
    seen.add(id);
    keys.push(key);
  }
  // One text for each list of keys: a bit that changed in a secret still parses, and would be kept for good.
  if (formatKeyringFile(keys) !== text) return malformed('its check is wrong: it was changed; bring back a copy of it');
  return { ok: true, keys };
}

/** Whether a key can be held: name of visible ASCII, generation a uint32 from 1, 1 to 4,096 bytes of secret. */
export function isHoldable({ name, generation, createdMs, secret }: KeyringKey): boolean {
  return (
    typeof name === 'string' &&
    NAME.test(name) &&
    Number.isInteger(generation) &&
    generation >= 1 &&
    generation <= 0xffff_ffff &&
    Number.isSafeInteger(createdMs) &&
    createdMs >= 0 &&
    secret.length >= 1 &&
    secret.length <= SECRET_BYTES_MAX
  );
}

function keyOf(entry: unknown): KeyringKey | undefined {
  if (!isObject(entry) || Object.keys(entry).sort().join() !== KEY_FIELDS) return undefined;
  const { name, generation, created_ms: createdMs, secret: text } = entry;
  const secret = typeof text === 'string' ? fromBase64(text) : undefined;
  if (typeof name !== 'string' || typeof generation !== 'number' || typeof createdMs !== 'number' || !secret) {
    return undefined;
  }
  const key = { name, generation, createdMs, secret };
  return isHoldable(key) ? key : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller says that it is no JSON object
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(detail: string): ParsedKeyring {
  return { ok: false, code: 'keyring_malformed', detail };
}

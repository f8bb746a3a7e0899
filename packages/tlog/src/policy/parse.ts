/**
 * Trust policies (C2SP tlog-policy, a draft): which logs, which witnesses, and how many of them.
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <name>...
 *     quorum <name>|none
 *
 * One statement a line, items separated by spaces and tabs, `#` begins a comment line. A name must have been defined
 * on a line above; a name is a member of one group at most; there is exactly one quorum. Names are octets: nothing is
 * normalised. A last line without its newline is read all the same.
 *
 * Keys must be of the types this package speaks (`note/verifier-key.ts`): 0x01 for logs, 0x04 for witnesses.
 */
import { equalBytes } from '../bytes/bytes.ts';
import { utf8Decode, utf8EncodeStrict } from '../bytes/utf8.ts';
import { parseVerifierKey, TYPE_COSIGNATURE, TYPE_ED25519, type VerifierKey } from '../note/verifier-key.ts';
import { failure, type Result, success } from '../result.ts';

/** Bytes of a policy, and logs, witnesses and groups each. The specification asks for at least 32 of each. */
export const POLICY_BYTES_MAX = 1_000_000;
export const POLICY_STATEMENTS_MAX = 256;

export interface PolicyLog {
  /** Its name is the log's origin. */
  readonly key: VerifierKey;
  readonly url?: string;
}

/** What must have witnessed a checkpoint. A tree: each name is a member once. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly key: VerifierKey; readonly url?: string }
  | { readonly kind: 'group'; readonly threshold: number; readonly members: readonly Quorum[] };

export interface TlogPolicy {
  readonly logs: readonly PolicyLog[];
  /** Every witness listed, also those that the quorum does not need. */
  readonly witnesses: readonly (Quorum & { readonly kind: 'witness' })[];
  readonly quorum: Quorum;
}

interface Draft {
  readonly logs: PolicyLog[];
  readonly witnesses: (Quorum & { readonly kind: 'witness' })[];
  /** Every name that a line above has defined. */
  readonly named: Map<string, Quorum>;
  readonly members: Set<string>;
  groups: number;
  quorum: Quorum | undefined;
}

/** Why a statement cannot stand; undefined when it was taken into the draft. */
type Refusal = string | undefined;

// biome-ignore lint/suspicious/noControlCharactersInRegex: all octets but tab, newline, 0x20–0x7E and 0x80–0xFF
const FORBIDDEN_OCTET = /[\u0000-\u0008\u000B-\u001F\u007F]/;
const CANONICAL_COUNT = /^[1-9][0-9]{0,3}$/;

/** Parses a policy; one code for whatever is wrong, `detail` gives the line. */
export function parsePolicy(policy: Uint8Array | string): Result<TlogPolicy, 'policy_malformed'> {
  const bytes = typeof policy === 'string' ? utf8EncodeStrict(policy) : policy;
  if (bytes === undefined || bytes.length > POLICY_BYTES_MAX) {
    return failure('policy_malformed', 'not UTF-8 or more than 1,000,000 bytes');
  }
  const text = octetsToText(bytes);
  if (FORBIDDEN_OCTET.test(text)) return failure('policy_malformed', 'a control character');
  const draft: Draft = { logs: [], witnesses: [], named: new Map(), members: new Set(), groups: 0, quorum: undefined };
  for (const [number, line] of text.split('\n').entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    if (items.length === 0 || items[0]!.startsWith('#')) continue;
    const refusal = takeStatement(draft, items);
    if (refusal !== undefined) return failure('policy_malformed', `line ${number + 1}: ${refusal}`);
  }
  const { logs, witnesses, quorum } = draft;
  if (quorum === undefined) return failure('policy_malformed', 'no quorum');
  return success({ logs, witnesses, quorum });
}

function takeStatement(draft: Draft, [keyword, ...items]: readonly string[]): Refusal {
  switch (keyword) {
    case 'log':
      return takeLog(draft, items);
    case 'witness':
      return takeWitness(draft, items);
    case 'group':
      return takeGroup(draft, items);
    case 'quorum':
      return takeQuorum(draft, items);
    default:
      return 'an unknown statement';
  }
}

function takeLog(draft: Draft, items: readonly string[]): Refusal {
  const [vkey, url] = items;
  if (vkey === undefined || items.length > 2) return 'log <vkey> [<url>]';
  const key = parseKey(vkey);
  if (key?.type !== TYPE_ED25519) return 'the verifier key is malformed or not of type 0x01';
  if (draft.logs.some((log) => equalBytes(log.key.publicKey, key.publicKey))) return 'the log is listed twice';
  if (draft.logs.length === POLICY_STATEMENTS_MAX) return 'more than 256 logs';
  draft.logs.push({ key, ...urlMember(url) });
  return undefined;
}

function takeWitness(draft: Draft, items: readonly string[]): Refusal {
  const [name, vkey, url] = items;
  if (name === undefined || vkey === undefined || items.length > 3) return 'witness <name> <vkey> [<url>]';
  if (isTaken(draft, name)) return 'the name is taken';
  const key = parseKey(vkey);
  if (key?.type !== TYPE_COSIGNATURE) return 'the verifier key is malformed or not of type 0x04';
  if (draft.witnesses.some((witness) => equalBytes(witness.key.publicKey, key.publicKey))) {
    return 'the witness is listed twice';
  }
  if (draft.witnesses.length === POLICY_STATEMENTS_MAX) return 'more than 256 witnesses';
  const witness = { kind: 'witness', key, ...urlMember(url) } as const;
  draft.witnesses.push(witness);
  draft.named.set(name, witness);
  return undefined;
}

function takeGroup(draft: Draft, items: readonly string[]): Refusal {
  const [name, count, ...memberNames] = items;
  if (name === undefined || count === undefined || memberNames.length === 0)
    return 'group <name> all|any|<k> <name>...';
  if (isTaken(draft, name)) return 'the name is taken';
  if (draft.groups === POLICY_STATEMENTS_MAX) return 'more than 256 groups';
  const threshold = parseThreshold(count, memberNames.length);
  if (threshold === undefined) return 'the threshold is all, any or 1 to the number of members';
  const members: Quorum[] = [];
  for (const memberName of memberNames) {
    const member = draft.named.get(memberName);
    if (member === undefined) return 'a member is not defined above';
    if (draft.members.has(memberName)) return 'a member is in a group already';
    draft.members.add(memberName);
    members.push(member);
  }
  draft.groups++;
  draft.named.set(name, { kind: 'group', threshold, members });
  return undefined;
}

function takeQuorum(draft: Draft, items: readonly string[]): Refusal {
  const [name] = items;
  if (name === undefined || items.length > 1) return 'quorum <name>';
  if (draft.quorum !== undefined) return 'a second quorum';
  draft.quorum = name === 'none' ? { kind: 'none' } : draft.named.get(name);
  return draft.quorum === undefined ? 'the quorum is not defined above' : undefined;
}

function isTaken(draft: Draft, name: string): boolean {
  return name === 'none' || draft.named.has(name);
}

function parseThreshold(count: string, members: number): number | undefined {
  if (count === 'all') return members;
  if (count === 'any') return 1;
  const threshold = CANONICAL_COUNT.test(count) ? Number(count) : 0;
  return threshold >= 1 && threshold <= members ? threshold : undefined;
}

function urlMember(url: string | undefined): { readonly url?: string } {
  return url === undefined ? {} : { url: utf8Decode(textToOctets(url)) ?? url };
}

function parseKey(octets: string): VerifierKey | undefined {
  const vkey = utf8Decode(textToOctets(octets));
  const key = vkey === undefined ? undefined : parseVerifierKey(vkey);
  return key?.ok ? key.value : undefined;
}

/** One character for each octet, so that names compare as octets. */
function octetsToText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function textToOctets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

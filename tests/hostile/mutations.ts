/**
 * Ways to spoil a request: bytes (flips, cuts, splices), JSON (types, names, numbers, nesting), headers and paths. Each is
 * a pure function of the seeded stream it is given, so that a seed and a number give the same request again.
 */
import type { Random } from '../harness/random.ts';

export type HostileRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Uint8Array | undefined;
};

const utf8 = new TextEncoder();

/** Fragments that parsers have tripped over. */
const fragments = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '\\udc00\\ud800',
  '\\u00',
  '1e999',
  '-0',
  '1.0',
  '1E+2',
  'NaN',
  'Infinity',
  '-',
  '+1',
  '01',
  '0x10',
  '.5',
  '1.',
  '9007199254740993',
  '0.1234567891',
  '1e-400',
  'null',
  'true',
  '""',
  '{}',
  '[]',
  '"__proto__":',
  '"constructor":{"prototype":{}},',
  '/*',
  '//',
  '\u2028',
  '\ufeff',
  '\u0000',
  '\n',
  '"a":1,"a":2,',
  '\u202e',
  '\u0130',
  'ﬀ',
  '\ud83d\ude00',
  '"sig":',
  '"tenant":"other",',
  '"content":"none",',
].map((text) => utf8.encode(text));

export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const out = [...bytes];
  const at = random.below(out.length + 1);
  switch (random.below(9)) {
    case 0:
      if (out.length > 0) out[random.below(out.length)]! ^= 1 << random.below(8);
      break;
    case 1:
      if (out.length > 0) out[random.below(out.length)] = random.below(256);
      break;
    case 2:
      out.splice(at, 1 + random.below(8));
      break;
    case 3:
      out.splice(at, 0, ...random.bytes(1 + random.below(8)));
      break;
    case 4:
      out.splice(at, 0, ...random.pick(fragments));
      break;
    case 5:
      out.splice(at, random.below(12), ...random.pick(fragments));
      break;
    case 6:
      out.splice(at);
      break;
    case 7: {
      const start = random.below(out.length + 1);
      out.splice(at, 0, ...out.slice(start, start + random.below(200)));
      break;
    }
    default:
      out.push(...random.pick(fragments));
  }
  return Uint8Array.from(out);
}

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const values: Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  0.5,
  1e21,
  -0,
  2 ** 53,
  2 ** 53 - 1,
  1e-9,
  '',
  ' ',
  '0',
  'accept',
  'none',
  'vault',
  '\u0000',
  '\ud83d\ude00',
  'ed25519',
  'hmac-sha256',
  '../../etc/passwd',
  '__proto__',
  'x'.repeat(5_000),
  '٣'.repeat(300),
  [],
  {},
  [[]],
  [null],
  { toString: 1 },
  Array(300).fill(0),
  '2026-13-45T99:99:99Z',
  '0001-01-01T00:00:00Z',
  'AAAAAAAAAAAAAAAAAAAAAA==',
];

/** Changes one place of a JSON text that `JSON.parse` reads; other text is mutated as bytes. */
export function mutateJson(text: string, random: Random): string {
  let root: Json;
  try {
    root = JSON.parse(text);
  } catch {
    return new TextDecoder().decode(mutateBytes(utf8.encode(text), random));
  }
  const changed = changeSomewhere(root, random, 0);
  return serialize(changed, random);
}

function changeSomewhere(value: Json, random: Random, depth: number): Json {
  const inner = Array.isArray(value) ? value.length > 0 : typeof value === 'object' && value !== null;
  if (!inner || depth > 6 || random.chance(0.15)) return changeHere(value, random);
  if (Array.isArray(value)) {
    const i = random.below(value.length);
    return value.map((item, j) => (i === j ? changeSomewhere(item, random, depth + 1) : item));
  }
  const entries = Object.entries(value as Record<string, Json>);
  if (entries.length === 0) return changeHere(value, random);
  const [name, item] = random.pick(entries);
  const others = Object.fromEntries(entries.filter(([other]) => other !== name));
  switch (random.below(6)) {
    case 0:
      return others;
    case 1:
      return { ...others, [`${name}${random.pick(['_', '2', '\u0000', ' '])}`]: item };
    case 2:
      return {
        ...(value as object),
        [random.pick(['extra', '__proto__', 'constructor', 'id', 'sig', 'ft'])]: random.pick(values),
      };
    default:
      return { ...(value as object), [name]: changeSomewhere(item, random, depth + 1) };
  }
}

function changeHere(value: Json, random: Random): Json {
  if (random.chance(0.4)) return random.pick(values);
  if (typeof value === 'number')
    return random.pick([value + 1, -value, value * 10, value + 1e-9, value + 0.05, 1 / value, String(value)]);
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') return changeText(value, random);
  if (Array.isArray(value)) return random.pick([[...value, ...value], value.toReversed(), value.slice(1), [value]]);
  return random.pick([[value], JSON.stringify(value), null]);
}

function changeText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const letters = [...'abcdefABCDEF0123456789=+/-_ é\u0301\u200b😀'];
  return random.pick([
    text.slice(0, at) + random.pick(letters) + text.slice(at + 1),
    text.slice(0, at) + random.pick(letters) + text.slice(at),
    text.slice(0, at) + text.slice(at + 1),
    text.toUpperCase(),
    text.toLowerCase(),
    ` ${text}`,
    `${text}\n`,
    text + text,
    text.normalize('NFD'),
  ]);
}

/** JSON with, now and then, another order, escapes or spaces: the same meaning, other bytes. */
function serialize(value: Json, random: Random): string {
  const text = JSON.stringify(value);
  switch (random.below(5)) {
    case 0:
      return JSON.stringify(value, null, 1 + random.below(3));
    case 1:
      return text.replace(/[a-z]/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`);
    case 2:
      return Array.isArray(value) || typeof value !== 'object' || value === null
        ? text
        : JSON.stringify(Object.fromEntries(Object.entries(value).reverse()));
    default:
      return text;
  }
}

const headerValues: Record<string, string[]> = {
  'content-type': [
    'text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/xml',
    '',
    'multipart/form-data; boundary=x',
    'application/json, text/html',
    'application/json;;',
    'application/jsonx',
    '*/*',
    'application/x-www-form-urlencoded',
    'application/json; charset="utf-8"; charset=utf-7',
    'APPLICATION/JSON',
  ],
  'content-encoding': ['gzip', 'br', 'deflate', 'identity, gzip', 'x', 'zstd', ''],
  authorization: ['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer x', `Bearer ${'a'.repeat(4_000)}`, 'bearer \t'],
  'idempotency-key': ['', ' ', 'x'.repeat(300), 'a b', '"', 'a,b', '../x', '\u00ff'],
  'x-tenant-id': ['other', '', 'default,default', '../default', 'DEFAULT'],
  'x-api-key': ['x', ''],
  accept: ['text/plain', 'image/png', '*/*;q=0', ','],
  'if-match': ['*', '"0"', 'W/"1"'],
  expect: ['something-else'],
  range: ['bytes=0-', 'bytes=5-1'],
  'x-forwarded-for': ['127.0.0.1', 'x'],
  'x-http-method-override': ['DELETE'],
};

const paths = [
  '?receipt=maybe',
  '?receipt=none&receipt=full',
  '?wait=published&timeout_ms=-1',
  '?wait=witnessed&timeout_ms=1',
  '?x',
  '?%00',
  '?a[b]=c',
  '?__proto__[x]=1',
  '/',
  '//',
  '/..',
  '/%2e%2e/',
  '/%00',
  '/%ff',
  '?timeout_ms=1e9&wait=published',
  ';a=b',
  '%',
  '%zz',
  '?'.repeat(50),
  `?${'a=1&'.repeat(400)}`,
  '#x',
  '/*',
  '/{pcs_id}',
  '/constructor',
];

/** Spoils one part of a request; now and then two. */
export function mutateRequest(request: HostileRequest, random: Random): HostileRequest {
  let out = request;
  do {
    out = mutateOnce(out, random);
  } while (random.chance(0.2));
  return out;
}

function mutateOnce(request: HostileRequest, random: Random): HostileRequest {
  const choice = random.below(20);
  if (request.body !== undefined && choice < 17) {
    if (choice < 8) return { ...request, body: mutateBytes(request.body, random) };
    return { ...request, body: utf8.encode(mutateNested(new TextDecoder().decode(request.body), random)) };
  }
  if (choice === 17 || request.body === undefined) {
    if (random.chance(0.5)) return { ...request, path: request.path + random.pick(paths) };
    const text = new TextDecoder('latin1').decode(mutateBytes(utf8.encode(request.path), random));
    return { ...request, path: `/${text.replace(/[^\x21-\x7e]/g, (c) => encodeURIComponent(c)).replace(/^\/+/, '')}` };
  }
  if (choice === 18) {
    const name = random.pick(Object.keys(headerValues));
    return { ...request, headers: { ...request.headers, [name]: random.pick(headerValues[name]!) } };
  }
  return { ...request, method: random.pick(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'POST', 'PROPFIND']) };
}

/** A record inside a request is JSON in a string: half of the time the change goes in there. */
function mutateNested(text: string, random: Random): string {
  if (random.chance(0.5)) return mutateJson(text, random);
  try {
    const outer: Json = JSON.parse(text);
    if (typeof outer !== 'object' || outer === null || Array.isArray(outer) || typeof outer.record !== 'string') {
      return mutateJson(text, random);
    }
    return JSON.stringify({ ...outer, record: mutateJson(outer.record, random) });
  } catch {
    return mutateJson(text, random);
  }
}

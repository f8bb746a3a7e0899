/** The bodies that bench `verify` sends: signed records, each with an id of its own. */
import { randomBytes, sign } from 'node:crypto';
import { buildRecord, type ContentItem, type SigningKey, signPcsRecord } from '@fractal/record';
import { type Ed25519, nobleEd25519, toBase64 } from '@fractal/tlog';

export interface Material {
  readonly hmac: SigningKey;
  readonly ed25519: SigningKey;
}

export function makeKeys(): Material {
  return {
    hmac: { alg: 'hmac-sha256', kid: 'bench-hmac', value: new Uint8Array(randomBytes(32)) },
    ed25519: { alg: 'ed25519', kid: 'bench-ed25519', value: new Uint8Array(randomBytes(32)) },
  };
}

export function publicKeyOf(key: SigningKey): string {
  return toBase64(nobleEd25519.publicKey(key.value));
}

/** Signs through OpenSSL: making the load is not what is measured. */
const fastEd25519: Ed25519 = {
  ...nobleEd25519,
  sign: (secret, message) => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
    return new Uint8Array(sign(null, message, { key: der, format: 'der', type: 'pkcs8' }));
  },
};

/** A `/v1/verify` body; `content` adds 4 KB of evidence, a question and a 100-word answer. */
export function verifyBody(key: SigningKey, n: number, content: boolean): Buffer {
  const items = content ? contentItems(n) : undefined;
  const fields = {
    tenant: 'default',
    namespace: 'bench',
    stream: 'load',
    epoch: n,
    sentAtMs: Date.now(),
    task: 'bench',
  };
  const built = buildRecord(
    items === undefined
      ? { ...fields, content: 'none', merkleRoot: randomBytes(32).toString('hex') }
      : { ...fields, items },
  );
  if (!built.ok) throw new Error(built.code);
  const signed = signPcsRecord({ record: { ...built.value }, key, ed25519: fastEd25519 });
  if (!signed.ok) throw new Error(`${signed.code} ${signed.detail ?? ''}`);
  const record = Buffer.from(signed.value.record).toString('utf8');
  if (items === undefined) return Buffer.from(`{"record":${record}}`);
  const wire = items.map(({ kind, salt, text }) => ({ kind, salt: toBase64(salt), text }));
  return Buffer.from(`{"record":${record},"content":${JSON.stringify({ items: wire })}}`);
}

const WORDS =
  `the a river bridge opened in year company report said revenue rose by per cent million dollars after its board
approved plan to build second plant near city where about workers produce engines for ships and trains according to ministry
figures published on monday while exports fell slightly compared with last quarter because demand from abroad weakened`.split(
    /\s+/,
  );

function contentItems(n: number): ContentItem[] {
  const evidence = sentences(n, 4_096);
  const answer = `${evidence.split('. ').slice(3, 9).join('. ').split(' ').slice(0, 95).join(' ')} and more.`;
  const salt = (): Uint8Array => new Uint8Array(randomBytes(16));
  return [
    { kind: 'prompt', salt: salt(), text: 'What does the report say?' },
    { kind: 'output', salt: salt(), text: answer },
    { kind: 'evidence', salt: salt(), text: evidence },
  ];
}

/** Text of about `length` characters that differs for each `n`: nothing can be answered from a cache. */
function sentences(n: number, length: number): string {
  let state = (n + 1) * 2_654_435_761;
  let text = '';
  while (text.length < length) {
    const words = Array.from({ length: 14 }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state % 17 === 0 ? String(state % 10_000) : (WORDS[state % WORDS.length] ?? 'the');
    });
    text += `${words.join(' ').replace(/^./, (first) => first.toUpperCase())}. `;
  }
  return text.slice(0, length);
}

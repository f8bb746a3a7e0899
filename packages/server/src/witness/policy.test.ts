import { formatVerifierKey, makeVerifierKey, nobleEd25519, type VerifierKey } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { requireOthers, witnessPolicy } from './policy.ts';

function keyOf(fill: number, { name = `witness.example/${fill}`, type = 4 } = {}): VerifierKey {
  const publicKey = nobleEd25519.publicKey(new Uint8Array(32).fill(fill));
  const key = makeVerifierKey({ name, type, publicKey });
  if (!key.ok) throw new Error(key.code);
  return key.value;
}
const vkey = (fill: number, options = {}): string => formatVerifierKey(keyOf(fill, options));
const line = (n: number, url = `https://w${n}.example/submit`): string => `witness w${n} ${vkey(n)} ${url}`;

describe('a witness policy', () => {
  it('names whom to ask, by the names of their keys', () => {
    const { witnesses, policy } = witnessPolicy([line(1), line(2), 'group g any w1 w2', 'quorum g'].join('\n'));
    expect(witnesses.map(({ name }) => name)).toEqual(['witness.example/1', 'witness.example/2']);
    expect(policy.quorum).toMatchObject({ kind: 'group', threshold: 1 });
  });

  it('tells witnesses of one key name apart', () => {
    const twins = [1, 2].map((n) => `witness w${n} ${vkey(n, { name: 'twin' })} https://w${n}.example`);
    const names = witnessPolicy([...twins, 'quorum w1'].join('\n')).witnesses.map(({ name }) => name);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^twin\+[0-9a-f]{8}$/);
  });

  it('does not ask a witness without a URL, and is refused where the quorum needs it', () => {
    const text = [line(1), `witness w2 ${vkey(2)}`].join('\n');
    expect(witnessPolicy(`${text}\nquorum w1\n`).witnesses).toHaveLength(1);
    expect(() => witnessPolicy(`${text}\nquorum w2\n`)).toThrow(/no URL/);
    expect(() => witnessPolicy(`${text}\ngroup g all w1 w2\nquorum g\n`)).toThrow(/no URL/);
  });

  it('has at most 32 witnesses to ask', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n + 1)).join('\n');
    expect(witnessPolicy(`${lines(32)}\nquorum w1\n`).witnesses).toHaveLength(32);
    expect(() => witnessPolicy(`${lines(33)}\nquorum w1\n`)).toThrow(/at most 32/);
  });

  it.each([
    'w1.example',
    'ftp://w1.example',
    'https://user:secret@w1.example',
    'https://w1.example?q=1',
    'https://w1.example#x',
    'file:///x',
  ])('is refused with the URL %s, whose secrets it does not repeat', (url) => {
    const refused = () => witnessPolicy(`${line(1, url)}\nquorum w1\n`);
    expect(refused).toThrow(/no http\(s\) URL/);
    expect(refused).not.toThrow(/secret/);
  });

  it('is refused where it is no policy, with the line', () => {
    expect(() => witnessPolicy('witness w1\nquorum w1\n')).toThrow(/line 1/);
    expect(() => witnessPolicy('quorum none\nquorum none\n')).toThrow(/line 2/);
  });

  it('is refused where a log or witness of this server would be its own witness', () => {
    const policy = witnessPolicy(`${line(1)}\n${line(2)}\nquorum w1\n`);
    requireOthers(policy, [keyOf(3)]);
    expect(() => requireOthers(policy, [keyOf(3), keyOf(2, { name: 'log.example/0', type: 1 })])).toThrow(/itself/);
  });
});

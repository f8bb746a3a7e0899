import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../bytes/utf8.ts';
import { formatVerifierKey, makeVerifierKey } from '../note/verifier-key.ts';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { unwrap } from '../testing/expect.ts';
import { logSigner, witness } from '../testing/logs.ts';
import { bytesNamed, mutations } from '../testing/samples.ts';
import { POLICY_BYTES_MAX, POLICY_STATEMENTS_MAX, parsePolicy } from './parse.ts';

const log = formatVerifierKey(logSigner().verifierKey);
const key = (name: string) => formatVerifierKey(witness(name).verifierKey);
const malformed = { ok: false, code: 'policy_malformed' };

const TWO_LEVELS = `# Two organisations
log ${log} https://log.example/

witness X1 ${key('x1')}
witness X2 ${key('x2')} https://x2.example/
witness X3 ${key('x3')}
group X 2 X1 X2 X3

\twitness  Y1\t${key('y1')} \t
group Y any Y1
group X-and-Y all X Y
quorum X-and-Y
`;

describe('parsePolicy', () => {
  it('reads two levels of groups', () => {
    const policy = unwrap(parsePolicy(TWO_LEVELS));
    expect(policy.logs).toEqual([{ key: logSigner().verifierKey, url: 'https://log.example/' }]);
    expect(policy.witnesses.map((w) => w.key.name)).toEqual(['x1', 'x2', 'x3', 'y1']);
    const [x1, x2, x3, y1] = policy.witnesses;
    expect(policy.quorum).toEqual({
      kind: 'group',
      threshold: 2,
      members: [
        { kind: 'group', threshold: 2, members: [x1, x2, x3] },
        { kind: 'group', threshold: 1, members: [y1] },
      ],
    });
    expect(x2?.url).toBe('https://x2.example/');
    expect(parsePolicy(utf8Encode(TWO_LEVELS))).toEqual(parsePolicy(TWO_LEVELS));
  });

  it('reads the smallest ones, also without the last newline', () => {
    expect(unwrap(parsePolicy('quorum none'))).toEqual({ logs: [], witnesses: [], quorum: { kind: 'none' } });
    expect(unwrap(parsePolicy(`witness w ${key('w')}\nquorum w\n`)).quorum).toMatchObject({ kind: 'witness' });
  });

  it.each([
    ['nothing', ''],
    ['no quorum', `log ${log}\n`],
    ['two quorums', 'quorum none\nquorum none\n'],
    ['a quorum of two', `witness a ${key('a')}\nwitness b ${key('b')}\nquorum a b\n`],
    ['a quorum without a name', 'quorum\n'],
    ['a quorum that is not defined', 'quorum w\n'],
    ['a quorum that is defined below', `quorum w\nwitness w ${key('w')}\n`],
    ['an unknown statement', `logs ${log}\nquorum none\n`],
    ['an upper-case statement', `Log ${log}\nquorum none\n`],
    ['a log without a key', 'log\nquorum none\n'],
    ['a log with three items', `log ${log} https://a/ https://b/\nquorum none\n`],
    ['a comment behind a statement', `log ${log} https://a/ # ours\nquorum none\n`],
    ['a log twice', `log ${log}\nlog ${log}\nquorum none\n`],
    ['a log with a witness key', `log ${key('w')}\nquorum none\n`],
    ['a log with a broken key', `log ${log.slice(0, -1)}\nquorum none\n`],
    ['a witness without a key', 'witness w\nquorum none\n'],
    ['a witness with four items', `witness w ${key('w')} https://a/ x\nquorum none\n`],
    ['a witness with a log key', `witness w ${log}\nquorum none\n`],
    ['a witness twice', `witness a ${key('w')}\nwitness b ${key('w')}\nquorum none\n`],
    ['a name twice', `witness a ${key('a')}\nwitness a ${key('b')}\nquorum none\n`],
    ['a witness called none', `witness none ${key('w')}\nquorum none\n`],
    ['a group called none', `witness w ${key('w')}\ngroup none any w\nquorum none\n`],
    ['a group under a taken name', `witness w ${key('w')}\ngroup w any w\nquorum w\n`],
    ['a group without members', `witness w ${key('w')}\ngroup g any\nquorum none\n`],
    ['a group without a threshold', 'group g\nquorum none\n'],
    ['a group of none', 'group g any none\nquorum none\n'],
    ['a group of itself', 'group g any g\nquorum g\n'],
    ['a group of what is defined below', `group g any w\nwitness w ${key('w')}\nquorum g\n`],
    ['a member twice in a group', `witness w ${key('w')}\ngroup g any w w\nquorum g\n`],
    ['a member in two groups', `witness w ${key('w')}\ngroup g any w\ngroup h any w\nquorum g\n`],
    ['threshold 0', `witness w ${key('w')}\ngroup g 0 w\nquorum g\n`],
    ['threshold n + 1', `witness w ${key('w')}\ngroup g 2 w\nquorum g\n`],
    ['a threshold with a leading zero', `witness w ${key('w')}\ngroup g 01 w\nquorum g\n`],
    ['a threshold with a sign', `witness w ${key('w')}\ngroup g +1 w\nquorum g\n`],
    ['a huge threshold', `witness w ${key('w')}\ngroup g ${'9'.repeat(1000)} w\nquorum g\n`],
    ['an upper-case threshold', `witness w ${key('w')}\ngroup g ALL w\nquorum g\n`],
    ['a carriage return', 'quorum none\r\n'],
    ['a vertical tab', 'quorum\u000Bnone\n'],
    ['a DEL', '# \u007F\nquorum none\n'],
    ['a NUL', '# \u0000\nquorum none\n'],
    ['a lone surrogate', '# \uD800\nquorum none\n'],
  ])('refuses %s', (_why, text) => {
    expect(parsePolicy(text)).toMatchObject(malformed);
  });

  it('handles names as octets: a no-break space separates nothing, a Kelvin sign is no K', () => {
    const text = `witness a\u00A0b ${key('a')}\nwitness K ${key('b')}\nwitness \u212A ${key('c')}\nquorum \u212A\n`;
    expect(unwrap(parsePolicy(text)).quorum).toMatchObject({ key: { name: 'c' } });
    const bytes = Uint8Array.of(
      ...utf8Encode('# '),
      0xff,
      ...utf8Encode(`\nwitness `),
      0xfe,
      ...utf8Encode(` ${key('a')}\nquorum `),
      0xfe,
    );
    expect(unwrap(parsePolicy(bytes)).quorum).toMatchObject({ key: { name: 'a' } });
  });

  it('takes 256 logs, witnesses and groups each, and not 257', () => {
    const publicKey = (i: number) => nobleEd25519.publicKey(bytesNamed(`key ${i}`));
    const vkey = (type: number, i: number) =>
      formatVerifierKey(unwrap(makeVerifierKey({ name: 'n', type, publicKey: publicKey(i) })));
    const lines = (count: number, line: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => line(i)).join('\n');
    const chain = (i: number) => `group g${i} any ${i === 0 ? 'w' : `g${i - 1}`}`;
    for (const count of [POLICY_STATEMENTS_MAX, POLICY_STATEMENTS_MAX + 1]) {
      const fits = count === POLICY_STATEMENTS_MAX;
      expect(parsePolicy(`${lines(count, (i) => `log ${vkey(1, i)}`)}\nquorum none\n`).ok).toBe(fits);
      expect(parsePolicy(`${lines(count, (i) => `witness w${i} ${vkey(4, i)}`)}\nquorum w0\n`).ok).toBe(fits);
      expect(parsePolicy(`witness w ${key('w')}\n${lines(count, chain)}\nquorum g${count - 1}\n`).ok).toBe(fits);
    }
  });

  it('takes 1,000,000 bytes and not one more', () => {
    const longest = `quorum none\n#${'x'.repeat(POLICY_BYTES_MAX - 14)}\n`;
    expect(utf8Encode(longest).length).toBe(POLICY_BYTES_MAX);
    expect(parsePolicy(longest).ok).toBe(true);
    expect(parsePolicy(`${longest}\n`)).toMatchObject(malformed);
  });

  it('never throws on changed bytes', () => {
    fc.assert(
      fc.property(mutations(utf8Encode(TWO_LEVELS)), (bytes) => {
        const parsed = parsePolicy(bytes);
        if (!parsed.ok) expect(parsed.code).toBe('policy_malformed');
      }),
      { numRuns: 300 },
    );
  });
});

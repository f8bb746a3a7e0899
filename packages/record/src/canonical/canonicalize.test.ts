import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, NoCanonicalForm, type PlainJson, tryCanonicalJson } from './canonical-json.ts';
import { canonicalize, canonicalizeJcs, isCanonical, readCanonical } from './canonicalize.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);

function canonical(text: string, form = canonicalize): string {
  const result = form(encode(text));
  return result.ok ? decode(result.value) : result.code;
}

/** Integers and decimals in range, or any JSON around them. */
const inRange = fc.oneof(
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  fc.double({ min: -1e6, max: 1e6, noNaN: true }),
);
const { json } = fc.letrec<{ json: PlainJson }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    inRange,
    fc.string({ unit: 'binary' }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary', maxLength: 4 }), tie('json'), { maxKeys: 4 }),
  ),
}));

describe('canonicalize', () => {
  const cases: readonly [string, string][] = [
    [' { "b" : 1 , "a" : [ ] } ', '{"a":[],"b":1}'],
    ['{"\\u00e9":1,"z":{},"\\u0000":"\\/"}', '{"\\u0000":"/","z":{},"é":1}'],
    [
      '{"\ufb33":0,"\ud83d\ude00":1,"\\r":2,"1":3,"10":4,"":5}',
      '{"":5,"\\r":2,"1":3,"10":4,"\ud83d\ude00":1,"\ufb33":0}',
    ],
    ['"\\u007f\\u2028\\u001F\\b\\u0008"', '"\u007f\u2028\\u001f\\b\\b"'],
    ['[-0,0,-0.0,0e5,1.0,1e2,1E-9,-1e-10,1e-400,100000e1]', '[0,0,0,0,1,100,0.000000001,0,0,1000000]'],
    ['[9007199254740991,-9007199254740991]', '[9007199254740991,-9007199254740991]'],
    ['0.1000000005', '0.100000001'],
    ['0.30000000000000004', '0.3'],
    ['1000000.0', '1000000'],
    [`0.${'3'.repeat(5000)}`, '0.333333333'],
  ];
  it('writes the signer form', () => {
    expect(cases.map(([text]) => canonical(text))).toEqual(cases.map(([, form]) => form));
  });

  it('refuses numbers out of range, by the token', () => {
    const beyond = [
      '9007199254740992',
      '-9007199254740992',
      '9007199254740993',
      '1e7',
      '10000000.0',
      '1000000.5',
      '1e400',
      '-1e400',
      '1e1000000000',
      `1${'0'.repeat(400)}`,
    ];
    expect(beyond.map((text) => canonical(`[{"a":${text}}]`))).toEqual(beyond.map(() => 'json_number_range'));
  });

  it('reports faults of the document before a number out of range', () => {
    expect(canonical('[1e400,NaN]')).toBe('json_number_form');
    expect(canonical('{"a":1e400,"a":1}')).toBe('json_duplicate_key');
  });

  it('is idempotent, and its result is canonical', () => {
    fc.assert(
      fc.property(json, fc.nat(2), (value, indent) => {
        const form = canonical(JSON.stringify(value, undefined, indent).replaceAll('/', '\\/'));
        expect(canonical(form)).toBe(form);
        expect(isCanonical(encode(form))).toBe(true);
      }),
    );
  });

  it('agrees with isCanonical about every text: canonical exactly when it is its own form', () => {
    const texts = fc.oneof(
      json.map((value) => decode(canonicalJson(value))),
      json.map((value) => JSON.stringify(value)),
      fc.string(),
    );
    const edit = fc.tuple(fc.nat(), fc.constantFrom('', ' ', '0', '1', '.', 'e', '-', '"', '\\', ',', 'a', '\u00e9'));
    fc.assert(
      fc.property(texts, edit, fc.boolean(), (text, [position, piece], replace) => {
        const at = text.length === 0 ? 0 : position % text.length;
        const edited = (text.slice(0, at) + piece + text.slice(replace ? at + 1 : at)).toWellFormed();
        expect(isCanonical(encode(edited))).toBe(canonical(edited) === edited);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('readCanonical', () => {
  it('tells a number out of range from a text that is written otherwise', () => {
    const codes = (text: string) => {
      const read = readCanonical(encode(text));
      return read.ok ? 'ok' : read.code;
    };
    expect(['[1]', '[1, 2]', '[1.0]', '[-0]', '[1e400, 2]', '[1.0000000001,1e400]', '[1'].map(codes)).toEqual([
      'ok',
      'not_canonical',
      'not_canonical',
      'not_canonical',
      'json_number_range',
      'json_number_range',
      'json_malformed',
    ]);
  });
});

describe('canonicalizeJcs', () => {
  it("writes RFC 8785's own example", () => {
    const input =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],' +
      '"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    expect(canonical(input, canonicalizeJcs)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts names as RFC 8785's own example", () => {
    const input =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
      '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}';
    const form = canonical(input, canonicalizeJcs);
    expect([...form.matchAll(/:"(\w+)/g)].map((match) => match[1])).toEqual([
      'Carriage',
      'One',
      'Control',
      'Latin',
      'Euro',
      'Emoji',
      'Hebrew',
    ]);
  });

  it('refuses numbers that no binary64 holds, duplicate names and lone surrogates', () => {
    expect(['1e400', '{"a":1,"a":2}', '"\\ud800"'].map((text) => canonical(text, canonicalizeJcs))).toEqual([
      'json_number_range',
      'json_duplicate_key',
      'json_lone_surrogate',
    ]);
  });
});

describe('canonicalJson', () => {
  it('is the canonical form of what JSON.stringify writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(decode(canonicalJson(value))).toBe(canonical(JSON.stringify(value)));
      }),
    );
  });

  it('leaves out undefined members and sorts the rest', () => {
    expect(decode(canonicalJson({ b: 1, a: undefined, '\ufb33': 0, '\ud83d\ude00': [0.25, -0] }))).toBe(
      '{"b":1,"\ud83d\ude00":[0.25,0],"\ufb33":0}',
    );
  });

  it('names what has no canonical form', () => {
    const hostile: readonly [unknown, NoCanonicalForm['code']][] = [
      ['\ud800', 'json_lone_surrogate'],
      [{ '\udc00': 1 }, 'json_lone_surrogate'],
      [Number.NaN, 'json_number_range'],
      [1_000_000.5, 'json_number_range'],
      [2 ** 53, 'json_number_range'],
      [[undefined], 'json_malformed'],
      [new Array(2), 'json_malformed'],
      [1n, 'json_malformed'],
      [() => 1, 'json_malformed'],
    ];
    for (const [value, code] of hostile) {
      expect(tryCanonicalJson(value as PlainJson)).toEqual({ ok: false, code });
      expect(() => canonicalJson(value as PlainJson)).toThrow(NoCanonicalForm);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from './ast.ts';
import { JSON_BYTES_MAX, type JsonCode, parseJson, readDocument } from './reader.ts';

const encode = (text: string) => new TextEncoder().encode(text);

/** The plain value behind the reader's, to be compared with JSON.parse. */
function plain(value: JsonValue): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'number':
      return Number(value.raw);
    case 'array':
      return value.items.map(plain);
    case 'object':
      return Object.fromEntries(value.members.map((member) => [member.name, plain(member.value)]));
    default:
      return value.value;
  }
}

const FAULTS: readonly [JsonCode, readonly string[]][] = [
  [
    'json_malformed',
    [
      '',
      ' ',
      '\ufeff{}',
      '{',
      '}',
      '[',
      '[1',
      '[1,',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{,}',
      '{a:1}',
      "{'a':1}",
      '{"a" 1}',
      '{"a":1 "b":2}',
      '"',
      '"a',
      '"\\"',
      '"\\x41"',
      '"\\u12"',
      '"\\u12g4"',
      '"\\ud800',
      '"\\',
      '"\u0000"',
      '"\u001f"',
      '"\n"',
      'nul',
      'True',
      'undefined',
      'truefalse',
      '1 1',
      '{} {}',
      '[]x',
      '\u00a01',
      '\u20281',
      '1_000',
      '// c\n1',
      '/**/1',
      '\f1',
    ],
  ],
  [
    'json_number_form',
    [
      '01',
      '-01',
      '1.',
      '.5',
      '-.5',
      '+1',
      '1e',
      '1e+',
      '1.e1',
      '1.5.5',
      '0x10',
      '1a',
      '--1',
      '-',
      'NaN',
      '-NaN',
      'Infinity',
      '-Infinity',
      '[1,NaN]',
      '{"a":01}',
      '1E1.5',
      '1n',
    ],
  ],
  [
    'json_duplicate_key',
    ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"b":1,"a":2,"b":3}', '[{"":0,"":0}]', '{"a":1,"a":NaN}'],
  ],
  [
    'json_lone_surrogate',
    ['"\\ud800"', '"\\udc00"', '"\\udc00\\ud800"', '"\\ud800x\\udc00"', '{"\\uDBFF":1}', '["\\ud83d\\ud83d\\ude00"]'],
  ],
];

describe('parseJson', () => {
  for (const [code, texts] of FAULTS) {
    it(`refuses with ${code}`, () => {
      expect(texts.map((text) => [text, codeOf(encode(text))])).toEqual(texts.map((text) => [text, code]));
    });
  }

  it('refuses bytes that are not UTF-8 before it looks at the grammar', () => {
    const hostile = [
      [0xff],
      [0xc0, 0xaf],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0x22, 0xc3, 0x22],
      [0x5b, 0x80],
    ];
    for (const bytes of hostile) expect(codeOf(Uint8Array.from(bytes))).toBe('json_not_utf8');
  });

  it('allows 64 levels and not 65, arrays and objects alike', () => {
    const nest = (open: string, close: string, depth: number) => encode(`${open.repeat(depth)}1${close.repeat(depth)}`);
    expect(codeOf(nest('[', ']', 64))).toBe('ok');
    expect(codeOf(nest('[', ']', 65))).toBe('json_too_deep');
    expect(codeOf(nest('{"a":', '}', 64))).toBe('ok');
    expect(codeOf(nest('{"a":', '}', 65))).toBe('json_too_deep');
    expect(codeOf(encode('['.repeat(JSON_BYTES_MAX)))).toBe('json_too_deep');
  });

  it('allows a mebibyte and not a byte more, white space included', () => {
    expect(codeOf(encode(`${' '.repeat(JSON_BYTES_MAX - 1)}1`))).toBe('ok');
    expect(codeOf(encode(`${' '.repeat(JSON_BYTES_MAX)}1`))).toBe('json_too_large');
    expect(parseJson(encode('[1]'), { bytesMax: 2 })).toMatchObject({ ok: false, code: 'json_too_large' });
    expect(parseJson(encode('[[1]]'), { depthMax: 1 })).toMatchObject({ ok: false, code: 'json_too_deep' });
  });

  it('says at which byte the fault is', () => {
    expect(parseJson(encode('["ä",x]'))).toEqual({ ok: false, code: 'json_malformed', detail: 'byte 6' });
    expect(parseJson(encode('{"a":1,"a":2}'))).toEqual({ ok: false, code: 'json_duplicate_key', detail: 'byte 10' });
  });

  it('keeps the text of numbers', () => {
    const raws = ['0', '-0', '1.0', '1E+2', '1e-400', '9007199254740993', `0.${'1'.repeat(5000)}`];
    for (const raw of raws) expect(parseJson(encode(raw))).toMatchObject({ ok: true, value: { kind: 'number', raw } });
  });

  it('keeps names that objects of the host treat specially', () => {
    const read = parseJson(encode('{"__proto__":1,"constructor":2,"toString":3}'));
    expect(read.ok && read.value.kind === 'object' && read.value.members.map((member) => member.name)).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });

  it('gives byte ranges that cut every value out of the document', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.nat(3), (value, indent) => {
        const bytes = encode(JSON.stringify(value, undefined, indent));
        const read = parseJson(bytes);
        if (!read.ok) throw new Error(read.code);
        const visit = (node: JsonValue): void => {
          const cut = parseJson(bytes.slice(node.start, node.end));
          expect(cut.ok && plain(cut.value)).toEqual(plain(node));
          if (node.kind === 'array') node.items.forEach(visit);
          if (node.kind === 'object') for (const member of node.members) visit(member.value);
        };
        visit(read.value);
      }),
      { numRuns: 60 },
    );
  });

  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.nat(2), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const read = parseJson(encode(text));
        expect(read.ok && plain(read.value)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never throws and never accepts what JSON.parse refuses, on mutated bytes', () => {
    const seeds = [
      '{"a":[1,-0.5e3,"\\u00e9\\n",true,null],"b":{"c":"\ud83d\ude00"}}',
      '[[[{}]],"\\ud83d\\ude00",1E+2,false]',
    ];
    const mutation = fc.tuple(fc.nat(80), fc.constantFrom('set', 'insert', 'delete'), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 4 }), (seed, mutations) => {
        const bytes = [...encode(seed)];
        for (const [at, kind, byte] of mutations) {
          if (kind === 'set') bytes[at % bytes.length] = byte;
          else bytes.splice(at % bytes.length, kind === 'delete' ? 1 : 0, ...(kind === 'insert' ? [byte] : []));
        }
        const read = parseJson(Uint8Array.from(bytes));
        if (read.ok) {
          const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
          expect(plain(read.value)).toEqual(JSON.parse(text));
        }
      }),
      { numRuns: 5000 },
    );
  });
});

describe('readDocument', () => {
  it('calls a text tidy when structure, names and strings are as RFC 8785 writes them', () => {
    const tidy = [
      '{}',
      '[]',
      '{"a":1,"b":[{"a":1.0}]}',
      '"\\b\\t\\n\\f\\r\\"\\\\\\u0000\\u001f"',
      '"é\u007f\u2028/"',
      '{"":0,"\u00e9":1,"\ud83d\ude00":2,"\ufb33":3}',
    ];
    const untidy = [
      ' 1',
      '1\n',
      '[1, 2]',
      '{"a": 1}',
      '{"b":1,"a":2}',
      '"\\/"',
      '"\\u0041"',
      '"\\u0008"',
      '"\\u001F"',
      '"\\u00e9"',
      '{"\ufb33":0,"\ud83d\ude00":1}',
    ];
    expect(tidy.filter((text) => !isTidy(text))).toEqual([]);
    expect(untidy.filter(isTidy)).toEqual([]);
  });
});

function codeOf(bytes: Uint8Array): string {
  const read = parseJson(bytes);
  return read.ok ? 'ok' : read.code;
}

function isTidy(text: string): boolean {
  const read = readDocument(encode(text));
  if (!read.ok) throw new Error(`${text}: ${read.code}`);
  return read.value.tidy;
}

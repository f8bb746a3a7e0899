import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Decode, utf8Encode } from '../bytes/utf8.ts';
import { mutations } from '../testing/samples.ts';
import { stringMember } from './strict-json.ts';

const read = (text: string) => stringMember(text, 'output');

describe('stringMember', () => {
  it.each([
    ['{"output":"x"}', 'x'],
    [' {\t"a" : [ 1 , {"output":"inner"} ] ,\n"output"\r: "x" } ', 'x'],
    ['{"\\u006futput":"x"}', 'x'],
    ['{"output":"\\u00e9\\n\\ud83d\\ude00"}', 'é\n\u{1F600}'],
    ['{"n":[0,-0,1.5,1e9,-2.5E-3,true,false,null,[],{},""],"output":""}', ''],
  ])('reads %s', (text, value) => {
    expect(read(text)).toBe(value);
  });

  it.each([
    ['no such member', '{"a":"x"}'],
    ['one only further down', '{"a":{"output":"x"}}'],
    ['null', '{"output":null}'],
    ['a number', '{"output":1}'],
    ['an object', '{"output":{"output":"x"}}'],
    ['nothing', ''],
    ['an array', '["output","x"]'],
    ['a string', '"output"'],
    ['the name twice', '{"output":"x","output":"x"}'],
    ['the name twice, once escaped', '{"output":"x","\\u006futput":"y"}'],
    ['another name twice', '{"output":"x","a":1,"a":1}'],
    ['a name twice further down', '{"output":"x","a":[{"b":1,"b":2}]}'],
    ['two documents', '{"output":"x"}{}'],
    ['a trailing comma', '{"output":"x",}'],
    ['a leading comma', '{,"output":"x"}'],
    ['a comma in an array', '{"output":"x","a":[1,]}'],
    ['no colon', '{"output" "x"}'],
    ['a name without quotes', '{output:"x"}'],
    ['single quotes', "{'output':'x'}"],
    ['a comment', '{"output":"x"/**/}'],
    ['a byte order mark', '\uFEFF{"output":"x"}'],
    ['a no-break space', '{\u00A0"output":"x"}'],
    ['a tab in a string', '{"output":"\t"}'],
    ['a bad escape', '{"output":"\\x41"}'],
    ['a short escape', '{"output":"\\u12"}'],
    ['an open string', '{"output":"x'],
    ['an open object', '{"output":"x"'],
    ['a lone surrogate', '{"output":"\\ud800"}'],
    ['a lone surrogate elsewhere', '{"output":"x","a":"\\udc00"}'],
    ['a lone surrogate in a name', '{"output":"x","\\ud800":1}'],
    ['a leading zero', '{"output":"x","a":01}'],
    ['a bare point', '{"output":"x","a":1.}'],
    ['a plus', '{"output":"x","a":+1}'],
    ['NaN', '{"output":"x","a":NaN}'],
    ['a word', '{"output":"x","a":nul}'],
  ])('finds none in %s', (_why, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('takes 64 levels and not 65, and never overflows the stack', () => {
    const nested = (levels: number) => `{"output":"x","a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    expect(read(nested(64))).toBe('x');
    expect(read(nested(65))).toBeUndefined();
    expect(read(nested(200_000))).toBeUndefined();
    expect(read(`{"a":${'{"a":'.repeat(200_000)}`)).toBeUndefined();
  });

  it('reads a long string in linear time', () => {
    const long = 'x\\n'.repeat(100_000);
    expect(read(`{"output":"${long}"}`)?.length).toBe(200_000);
    expect(read(`{"output":"${long}`)).toBeUndefined();
  });

  it('agrees with JSON.parse wherever it finds a member', () => {
    const sample = '{"a":[1,{"b":"\\u00e9"}],"output":"0123abcd","t":true,"n":-1.5e3}';
    fc.assert(
      fc.property(mutations(utf8Encode(sample)), (bytes) => {
        const text = utf8Decode(bytes) ?? '';
        const found = read(text);
        if (found !== undefined) expect(JSON.parse(text)).toMatchObject({ output: found });
      }),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: 'grapheme' }), (json, output) => {
        expect(read(`{"value":${json},"output":${JSON.stringify(output)}}`)).toBe(output);
      }),
    );
  });
});

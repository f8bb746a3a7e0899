import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentReal, agentString, pythonRepr, roundNineHalfAway } from './python-repr.ts';

describe('pythonRepr', () => {
  /** Printed by CPython. */
  const PRINTED: readonly [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [100, '100.0'],
    [0.1, '0.1'],
    [0.0001, '0.0001'],
    [0.00012345, '0.00012345'],
    [0.00001, '1e-05'],
    [0.00003, '3e-05'],
    [0.000012345, '1.2345e-05'],
    [1e-9, '1e-09'],
    [-2.5e-8, '-2.5e-08'],
    [1e-10, '1e-10'],
    [1e-100, '1e-100'],
    [5e-324, '5e-324'],
    [123456789.125, '123456789.125'],
    [1e15, '1000000000000000.0'],
    [9007199254740992, '9007199254740992.0'],
    [1e16, '1e+16'],
    [12345678901234567000, '1.2345678901234567e+19'],
    [1e22, '1e+22'],
    [1e100, '1e+100'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9999999999999998, '9999999999999998.0'],
  ];
  it('prints as Python does', () => {
    expect(PRINTED.map(([x]) => pythonRepr(x))).toEqual(PRINTED.map(([, text]) => text));
  });

  it('reads back to the same number and has the digits ECMAScript prints', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        const text = pythonRepr(x);
        expect(Object.is(Number(text), x)).toBe(true);
        expect(text).toMatch(/^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d\d+)$/);
        expect(significant(text)).toBe(significant(String(x)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('roundNineHalfAway', () => {
  const ROUNDED: readonly [number, number][] = [
    [1.0449769585, 1.044976959],
    [1.1304772945, 1.130477295],
    [-1.1304772945, -1.130477295],
    [0.0000000005, 1e-9],
    [-0.0000000005, -1e-9],
    [0.00000000049999, 0],
    [0.99999999951, 1],
    [9.9999999995, 10],
    [123.4567891234, 123.456789123],
    [0.1, 0.1],
    [1e300, 1e300],
    [5e-324, 0],
    [2.5, 2.5],
  ];
  it('rounds ties on the printed decimal away from zero', () => {
    expect(ROUNDED.map(([x]) => roundNineHalfAway(x))).toEqual(ROUNDED.map(([, y]) => y));
  });

  it('keeps the sign of zero', () => {
    expect([-0, -1e-10, -5e-324].map(agentReal)).toEqual(['-0.0', '-0.0', '-0.0']);
    expect([0, 1e-10].map(agentReal)).toEqual(['0.0', '0.0']);
  });

  it('is what decimal arithmetic on the shortest digits gives', () => {
    const any = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    const ties = fc.tuple(fc.nat(1000), fc.nat(999_999_999)).map(([whole, part]) => Number(`${whole}.${part}5`));
    fc.assert(
      fc.property(fc.oneof(any, ties), (x) => {
        expect(roundNineHalfAway(x)).toBe(decimalOracle(x));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('agentString', () => {
  it('escapes all but visible ASCII and the space', () => {
    expect(
      ['', 'a b~', 'a"b\\c/', '\b\t\n\f\r', '\u0000\u001f\u007f\u0080', 'é東', '\ud83d\ude00', '\u2028'].map(
        agentString,
      ),
    ).toEqual([
      '""',
      '"a b~"',
      '"a\\"b\\\\c/"',
      '"\\b\\t\\n\\f\\r"',
      '"\\u0000\\u001f\\u007f\\u0080"',
      '"\\u00e9\\u6771"',
      '"\\ud83d\\ude00"',
      '"\\u2028"',
    ]);
  });

  it('is ASCII and reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(agentString(text)).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(agentString(text))).toBe(text);
      }),
    );
  });
});

function significant(text: string): string {
  return text.replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
}

/** Shortest digits as an integer of 10^-40, rounded by integers, back to a number. */
function decimalOracle(x: number): number {
  const [, sign, whole, part, power] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(
    Object.is(x, -0) ? '-0' : String(x),
  )!;
  const digits = BigInt(whole! + (part ?? ''));
  const scale = Number(power ?? 0) - (part ?? '').length;
  if (scale < -400) return sign === '-' ? -0 : 0;
  const units = digits * 10n ** BigInt(scale + 400);
  const step = 10n ** 391n;
  return Number(`${sign}${(units + step / 2n) / step}e-9`);
}

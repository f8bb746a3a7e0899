/** Mathematical letters and digits (U+1D400 to U+1D7FF), enclosed and squared Latin letters: read as the ASCII they are drawn like. */

export const LETTER = 1;
export const DIGIT = 2;

export type AstralReading = { readonly kind: typeof LETTER | typeof DIGIT; readonly as: string };

/** @param point a code point above U+FFFF. Undefined: not one of these. */
export function astral(point: number): AstralReading | undefined {
  if (point >= 0x1d7ce && point <= 0x1d7ff)
    return { kind: DIGIT, as: String.fromCharCode(0x30 + ((point - 0x1d7ce) % 10)) };
  if (point >= 0x1d400 && point <= 0x1d6a3) return letter((point - 0x1d400) % 52);
  if (point >= 0x1f130 && point <= 0x1f149) return letter(point - 0x1f130);
  return undefined;
}

function letter(index: number): AstralReading {
  return { kind: LETTER, as: String.fromCharCode(0x61 + (index % 26)) };
}

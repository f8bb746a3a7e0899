/**
 * What a UTF-16 code unit is and what it is compared as. Our own tables instead of the engine's Unicode data: that data changes with
 * the engine's version, and a verdict must come out the same, bit for bit, wherever it is computed (DESIGN section 5).
 *
 * Covered: ASCII, Latin with diacritics, Greek, Cyrillic, full-width forms, the digits of five scripts, spaces, invisible
 * characters. Other scripts are told from Latin but not folded. Not covered: normalisation forms as such; combining marks are ignored.
 */

export const OTHER = 0;
export const LETTER = 1;
export const DIGIT = 2;
export const SPACE = 3;
export const NEWLINE = 4;
/** Zero-width, soft hyphen, direction marks, variation selectors, combining marks, control characters. */
export const IGNORED = 5;
/** A character that is a word by itself: Han, kana, Hangul. */
export const IDEOGRAPH = 6;
export const APOSTROPHE = 7;
export const HYPHEN = 8;
export const SURROGATE = 9;

export const LATIN = 1;
export const GREEK = 2;
export const CYRILLIC = 3;
export const FOREIGN = 4;

/** Class of each code unit: one of the constants above. */
export const CLASS = new Uint8Array(65536);
/** Script of each letter, 0 where it has none. */
export const SCRIPT = new Uint8Array(65536);
/** Code unit each one is compared as: lower case, without diacritics, ASCII where it has an ASCII form. */
export const FOLD = new Uint16Array(65536);
/** 1 for a capital letter. */
export const CAPITAL = new Uint8Array(65536);
/** ASCII letter that a Greek or Cyrillic letter is drawn like, 0 where there is none. Cyrillic: look up the folded letter. */
export const LOOKALIKE = new Uint16Array(65536);

function range(from: number, to: number, charClass: number, script = 0): void {
  CLASS.fill(charClass, from, to + 1);
  SCRIPT.fill(script, from, to + 1);
}

for (let code = 0; code < 65536; code += 1) FOLD[code] = code;

range(0x00, 0x08, IGNORED);
range(0x0e, 0x1f, IGNORED);
range(0x7f, 0x9f, IGNORED);
range(0x0a, 0x0d, NEWLINE);
for (const code of [0x85, 0x2028, 0x2029]) range(code, code, NEWLINE);
for (const code of [0x09, 0x20, 0xa0, 0x1680, 0x202f, 0x205f, 0x3000]) range(code, code, SPACE);
range(0x2000, 0x200a, SPACE);
for (const code of [0x27, 0x60, 0xb4, 0x2bc, 0x2018, 0x2019, 0xff07]) range(code, code, APOSTROPHE);
for (const code of [0x2d, 0x2010, 0x2011, 0x2012, 0x2013, 0x2212]) range(code, code, HYPHEN);

range(0x41, 0x5a, LETTER, LATIN);
range(0x61, 0x7a, LETTER, LATIN);
range(0xc0, 0x24f, LETTER, LATIN);
for (const code of [0xd7, 0xf7]) range(code, code, OTHER);
range(0x250, 0x2af, LETTER, LATIN);
range(0x1e00, 0x1eff, LETTER, LATIN);
range(0xb5, 0xb5, LETTER, GREEK);
range(0x370, 0x3ff, LETTER, GREEK);
range(0x1f00, 0x1fff, LETTER, GREEK);
range(0x400, 0x52f, LETTER, CYRILLIC);
range(0x531, 0x587, LETTER, FOREIGN);
range(0x5d0, 0x5f2, LETTER, FOREIGN);
range(0x620, 0x65f, LETTER, FOREIGN);
range(0x66e, 0x6ef, LETTER, FOREIGN);
range(0x6fa, 0x8ff, LETTER, FOREIGN);
range(0x900, 0x10ff, LETTER, FOREIGN);
range(0x1100, 0x1aaf, LETTER, FOREIGN);
range(0x2d00, 0x2dff, LETTER, FOREIGN);
range(0xa000, 0xabff, LETTER, FOREIGN);
range(0xfb1d, 0xfdff, LETTER, FOREIGN);
range(0xfe70, 0xfefc, LETTER, FOREIGN);
range(0x2e80, 0x2fdf, IDEOGRAPH, FOREIGN);
range(0x3041, 0x9fff, IDEOGRAPH, FOREIGN);
range(0xac00, 0xd7af, IDEOGRAPH, FOREIGN);
range(0xf900, 0xfaff, IDEOGRAPH, FOREIGN);
range(0xd800, 0xdfff, SURROGATE);

for (const [from, to] of [
  [0xad, 0xad],
  [0x300, 0x36f],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x180b, 0x180e],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x20d0, 0x20ff],
  [0xfe00, 0xfe0f],
  [0xfe20, 0xfe2f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
] as const) {
  range(from, to, IGNORED);
}

// Digits of ASCII, Arabic-Indic, its eastern form, Devanagari, Bengali and full width, each block 0 to 9 in order.
for (const zero of [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xff10]) {
  range(zero, zero + 9, DIGIT);
  for (let digit = 0; digit < 10; digit += 1) FOLD[zero + digit] = 0x30 + digit;
}

function capital(code: number, lower: number): void {
  CAPITAL[code] = 1;
  FOLD[code] = FOLD[lower] ?? lower;
}

function foldTo(from: number, bases: string): void {
  for (let offset = 0; offset < bases.length; offset += 1) {
    const base = bases.charCodeAt(offset);
    if (base !== 0x2e) FOLD[from + offset] = base;
  }
}

for (let code = 0x41; code <= 0x5a; code += 1) capital(code, code + 0x20);
// One base letter per code unit, in order; '.' keeps the letter itself.
foldTo(0xe0, 'aaaaaaaceeeeiiiidnooooo.ouuuuyty');
foldTo(0xdf, 's');
const EXTENDED_A: readonly (readonly [string, number])[] = [
  ['a', 6],
  ['c', 8],
  ['d', 4],
  ['e', 10],
  ['g', 8],
  ['h', 4],
  ['i', 12],
  ['j', 2],
  ['k', 3],
  ['l', 10],
  ['n', 9],
  ['o', 8],
  ['r', 6],
  ['s', 8],
  ['t', 6],
  ['u', 12],
  ['w', 2],
  ['y', 3],
  ['z', 6],
  ['s', 1],
];
foldTo(0x100, EXTENDED_A.map(([base, count]) => base.repeat(count)).join(''));
foldTo(0x1ea0, 'a'.repeat(24) + 'e'.repeat(16) + 'i'.repeat(4) + 'o'.repeat(24) + 'u'.repeat(14) + 'y'.repeat(8));
for (let code = 0xc0; code <= 0xde; code += 1) if (code !== 0xd7) capital(code, code + 0x20);
// Extended A and Vietnamese: capitals on even code units, except two stretches where they are odd.
for (let code = 0x100; code <= 0x17e; code += 1) {
  const oddStretch = (code >= 0x139 && code <= 0x148) || code >= 0x179;
  if (code % 2 === (oddStretch ? 1 : 0) && code !== 0x138) CAPITAL[code] = 1;
}
CAPITAL[0x178] = 1;
for (let code = 0x1e00; code <= 0x1eff; code += 2) CAPITAL[code] = 1;

// Accented Greek vowels and the final sigma.
for (const pair of ['άα', 'έε', 'ήη', 'ίι', 'όο', 'ύυ', 'ώω', 'ςσ']) FOLD[pair.charCodeAt(0)] = pair.charCodeAt(1);
for (let code = 0x391; code <= 0x3a9; code += 1) capital(code, code + 0x20);
FOLD[0xb5] = 0x3bc;
for (let code = 0x410; code <= 0x42f; code += 1) capital(code, code + 0x20);
for (let code = 0x400; code <= 0x40f; code += 1) capital(code, code + 0x50);
for (let code = 0xff01; code <= 0xff5e; code += 1) {
  const plain = code - 0xfee0;
  CLASS[code] = CLASS[plain] ?? OTHER;
  SCRIPT[code] = SCRIPT[plain] ?? 0;
  CAPITAL[code] = CAPITAL[plain] ?? 0;
  FOLD[code] = FOLD[plain] ?? plain;
}

// Pairs: the letter, the Latin letter it looks like. Greek letters that science puts beside Latin ones (α, β, κ, μ …) are left alone.
const LOOKALIKES = 'аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdԛqԝwһhӏlοoιiΑaΒbΕeΖzΗhΙiΚkΜmΝnΟoΡpΤtΥyΧx';
for (let at = 0; at < LOOKALIKES.length; at += 2) {
  LOOKALIKE[LOOKALIKES.charCodeAt(at)] = LOOKALIKES.charCodeAt(at + 1);
}

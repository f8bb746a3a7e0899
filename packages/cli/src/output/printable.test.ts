import type { Reason } from '@fractal/trust';
import { describe, expect, it } from 'vitest';
import { markedAnswer } from './marked-answer.ts';
import { printable } from './printable.ts';

describe('printable', () => {
  it('shows what a terminal would obey, and leaves text, tabs and line ends', () => {
    expect(printable('a\tb\nc\r\nd é 😀')).toBe('a\tb\nc\r\nd é 😀');
    expect(printable('\u001b[2J\rACCEPT\u0007')).toBe('␛[2J␍ACCEPT␇');
    expect(printable('\u009b1A \u202etpecca\u202c \u007f')).toBe('\\u009b1A \\u202etpecca\\u202c \\u007f');
  });

  it('leaves no control character of any text but tab and line ends', () => {
    const all = String.fromCharCode(...Array.from({ length: 0x300 }, (_, code) => code));
    expect([...printable(all)].filter((character) => /\p{Cc}/u.test(character))).toEqual(['\t', '\n']);
  });
});

describe('markedAnswer', () => {
  it('marks by the offsets of the answer and obeys nothing in it, nor in what a reason quotes', () => {
    const output = '\u001b[31mopened\u001b[0m in 1942.';
    const reasons: Reason[] = [
      {
        code: 'number_differs',
        span: [output.indexOf('1942'), output.indexOf('1942') + 4],
        evidence: 0,
        window: [0, 8],
      },
    ];
    const shown = markedAnswer({ output, evidence: [{ text: '\u001b[1A1932 it was' }] }, reasons, false);
    expect(shown).toContain('␛[31mopened␛[0m in ⟦1942⟧¹.');
    expect(shown).not.toContain('\u001b');
  });
});

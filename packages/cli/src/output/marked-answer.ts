/** An answer with its stopped spans marked, and one line a reason below it. */
import { explain, type Reason, type TrustContent } from '@fractal/trust';
import { printable } from './printable.ts';
import { style } from './style.ts';

interface Mark {
  readonly start: number;
  readonly end: number;
  readonly number: number;
}

/**
 * The output with every reason's span marked: in colour on a terminal, `⟦…⟧¹` in plain text; then the numbered reasons.
 * Overlapping spans are merged under the first one's number.
 */
export function markedAnswer(content: TrustContent, reasons: readonly Reason[], colour: boolean): string {
  const marks = marksOf(reasons, content.output.length);
  let text = '';
  let at = 0;
  for (const mark of marks) {
    text += printable(content.output.slice(at, mark.start));
    const piece = printable(content.output.slice(mark.start, mark.end));
    text += colour
      ? style(['red', 'underline'], piece) + style('red', superscript(mark.number))
      : `⟦${piece}⟧${superscript(mark.number)}`;
    at = mark.end;
  }
  text += printable(content.output.slice(at));
  const lines = reasons.map(
    (reason, i) => `  ${style('red', superscript(i + 1))} ${printable(explain(reason, content))}`,
  );
  return [text.trimEnd(), ...(lines.length > 0 ? ['', ...lines] : [])].join('\n');
}

function marksOf(reasons: readonly Reason[], length: number): Mark[] {
  const marks = reasons
    .flatMap((reason, i) =>
      reason.span === undefined
        ? []
        : [{ start: reason.span[0], end: Math.min(reason.span[1], length), number: i + 1 }],
    )
    .filter((mark) => mark.start < mark.end)
    .sort((a, b) => a.start - b.start || a.number - b.number);
  const apart: Mark[] = [];
  for (const mark of marks) {
    const last = apart.at(-1);
    if (last === undefined || mark.start >= last.end) apart.push(mark);
  }
  return apart;
}

const DIGITS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function superscript(number: number): string {
  return [...String(number)].map((digit) => DIGITS[Number(digit)]).join('');
}

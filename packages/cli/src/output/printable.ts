/**
 * Text of others for a terminal. What a model said may hold escape sequences that move the cursor and write another
 * verdict over ours, or marks that turn the direction of a line: they are shown, not obeyed. Tabs and line ends stay.
 */
const OBEYED = /(?![\t\n]|\r\n)[\p{Cc}\p{Bidi_Control}]/gu;

export function printable(text: string): string {
  return text.replace(OBEYED, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people: three digits and a unit of 1,000. */
export function bytesText(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1_000 && unit < UNITS.length - 1; unit += 1) value /= 1_000;
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

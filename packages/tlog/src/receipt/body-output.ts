/**
 * Reads the one top-level member `output` of a body, which is canonical JSON.
 *
 * A body that names `output` twice would mean one thing to this reader and another to the next, so it is refused.
 * Other members are checked for being JSON and for nothing else.
 */
import { utf8Decode } from '../bytes/utf8.ts';

/** The commitment of the output; `none` when the body names none; `malformed` when the body is no JSON object. */
export function outputOfBody(body: Uint8Array): { readonly commitment: string } | 'none' | 'malformed' {
  const text = utf8Decode(body);
  if (text === undefined) return 'malformed';
  const parsed = parseObject(text);
  if (parsed === undefined || countTopLevelKey(text, 'output') > 1) return 'malformed';
  const commitment = Object.hasOwn(parsed, 'output') ? parsed.output : null;
  return typeof commitment === 'string' ? { commitment } : 'none';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    // JSON.parse throws on malformed text only, which is what undefined says.
    return undefined;
  }
}

/** How often `key` is a key of the outermost object. `text` is known to be valid JSON. */
function countTopLevelKey(text: string, key: string): number {
  let count = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const end = endOfString(text, i);
      const isKey = depth === 1 && /^[\t\n\r ]*:/.test(text.slice(end, end + 64));
      if (isKey && JSON.parse(text.slice(i, end)) === key) count++;
      i = end - 1;
    }
  }
  return count;
}

/** One past the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

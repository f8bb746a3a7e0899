/**
 * Readers for the JSON of answers: each gives the value when it has the shape asked for, else undefined. They take
 * what `JSON.parse` made; hostile record bytes go through @fractal/record's strict reader instead.
 */

export type JsonObject = { readonly [name: string]: unknown };

/**
 * `JSON.parse` as a value. Its SyntaxError quotes the text it stumbled over, so it is dropped here and never becomes the
 * cause of an error that somebody logs. `JSON.parse` has no depth limit of its own and neither overflows nor hangs;
 * the byte limit of the caller bounds it.
 */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A safe integer from `min` up. */
export function isCount(value: unknown, min = 0): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min;
}

/** 64 lower-case hex digits. */
export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** An object whose values are all finite numbers. */
export function isNumberMap(value: unknown): value is Readonly<Record<string, number>> {
  return isObject(value) && Object.values(value).every((entry) => Number.isFinite(entry));
}

/** An object whose values are all strings. */
export function isStringMap(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

/** One of a closed list of strings. */
export function isOneOf<T extends string>(list: readonly T[], value: unknown): value is T {
  return typeof value === 'string' && (list as readonly string[]).includes(value);
}

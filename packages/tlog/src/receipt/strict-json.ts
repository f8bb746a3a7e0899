/**
 * Reads one string member out of strict JSON, without building the rest.
 *
 * Strict as the parser of records is: RFC 8259, at most 64 levels, no name twice in any object, no lone surrogate. Text
 * that two readers could take for two things has no member at all. Numbers are checked for their form only.
 */

const DEPTH_MAX = 64;

const SPACE = /[\t\n\r ]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings hold no control characters
const STRING = /"[^"\\\u0000-\u001F]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001F]*)*"/y;

/** Thrown and caught within this module: the text is not strict JSON. */
class NotStrict extends Error {}

/** The string that the outermost object has under `name`; undefined when there is none or the text is not strict JSON. */
export function stringMember(text: string, name: string): string | undefined {
  const reader = new Reader(text);
  try {
    return reader.document(name);
  } catch (error) {
    if (error instanceof NotStrict) return undefined;
    throw error;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(wanted: string): string | undefined {
    let found: string | undefined;
    if (this.#peekAfterSpace() !== '{') throw new NotStrict();
    this.#object(1, (name, value) => {
      if (name === wanted) found = value;
    });
    if (this.#peekAfterSpace() !== '') throw new NotStrict();
    return found;
  }

  /** Skips a value; returns it where it is a string. */
  #value(depth: number): string | undefined {
    const first = this.#peekAfterSpace();
    if (first === '"') return this.#string();
    if (first === '{') this.#object(depth + 1, () => {});
    else if (first === '[') this.#array(depth + 1);
    else this.#take(LITERAL);
    return undefined;
  }

  #object(depth: number, onMember: (name: string, value: string | undefined) => void): void {
    this.#open(depth);
    const names = new Set<string>();
    if (this.#closes('}')) return;
    do {
      this.#take(SPACE);
      const name = this.#string();
      if (names.has(name)) throw new NotStrict();
      names.add(name);
      if (this.#peekAfterSpace() !== ':') throw new NotStrict();
      this.#at++;
      onMember(name, this.#value(depth));
    } while (this.#continues('}'));
  }

  #array(depth: number): void {
    this.#open(depth);
    if (this.#closes(']')) return;
    do this.#value(depth);
    while (this.#continues(']'));
  }

  #open(depth: number): void {
    if (depth > DEPTH_MAX) throw new NotStrict();
    this.#at++;
  }

  #closes(bracket: string): boolean {
    if (this.#peekAfterSpace() !== bracket) return false;
    this.#at++;
    return true;
  }

  /** Past a comma: there is more. Past the bracket: there is not. */
  #continues(bracket: string): boolean {
    if (this.#closes(bracket)) return false;
    if (!this.#closes(',')) throw new NotStrict();
    return true;
  }

  #string(): string {
    const value: string = JSON.parse(this.#take(STRING));
    if (!value.isWellFormed()) throw new NotStrict();
    return value;
  }

  #peekAfterSpace(): string {
    this.#take(SPACE);
    return this.#text.charAt(this.#at);
  }

  #take(token: RegExp): string {
    token.lastIndex = this.#at;
    const match = token.exec(this.#text);
    if (match === null) throw new NotStrict();
    this.#at = token.lastIndex;
    return match[0];
  }
}

/** Reads the members of a JSON object one by one and insists that none is left over. */

/** Never leaves the package: `parseEntry` turns it into a value. */
export class MalformedEntry extends Error {}

export class Members {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #left: Set<string>;

  constructor(value: Readonly<Record<string, unknown>>) {
    this.#value = value;
    this.#left = new Set(Object.keys(value));
  }

  skip(...names: readonly string[]): void {
    for (const name of names) this.#left.delete(name);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#value, name);
  }

  text(name: string, pattern: RegExp): string {
    const value = this.#take(name);
    if (typeof value !== 'string' || !pattern.test(value)) throw new MalformedEntry(`${name} is out of form`);
    return value;
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#take(name);
    const choice = choices.find((one) => one === value);
    if (choice === undefined) throw new MalformedEntry(`${name} is not one of ${choices.join(', ')}`);
    return choice;
  }

  /** A whole number from 0 to 2^53 − 1. */
  time(name: string): number {
    const value = this.#take(name);
    if (!Number.isSafeInteger(value) || (value as number) < 0) throw new MalformedEntry(`${name} is no whole number`);
    return value as number;
  }

  optional<T>(name: string, read: () => T): T | undefined {
    return this.has(name) ? read() : undefined;
  }

  object(name: string): Members {
    return new Members(this.plainObject(name));
  }

  plainObject(name: string): Readonly<Record<string, unknown>> {
    const value = this.#take(name);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new MalformedEntry(`${name} is not an object`);
    }
    return value as Readonly<Record<string, unknown>>;
  }

  array(name: string): readonly unknown[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) throw new MalformedEntry(`${name} is not an array`);
    return value;
  }

  end(): void {
    const [left] = this.#left;
    if (left !== undefined) throw new MalformedEntry(`unknown member ${left}`);
  }

  #take(name: string): unknown {
    if (!this.#left.delete(name)) throw new MalformedEntry(`${name} is missing`);
    return this.#value[name];
  }
}

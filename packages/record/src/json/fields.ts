/**
 * Reading the members of a record into typed fields, for both profiles. The first fault is kept and the rest is read on
 * with stand-ins, so that a reader is one straight list of fields in the order in which the specification reports them.
 */
import { type Failure, failure } from '@fractal/tlog';
import { isIntegerToken } from '../canonical/number-token.ts';
import type { JsonObject, JsonValue } from './ast.ts';

export type FieldCode = 'record_missing_field' | 'record_unknown_field' | 'record_bad_field';

/** Making a bigint costs more than linear time, and no field needs more digits than a 64-bit integer has. */
export const INTEGER_DIGITS_MAX = 400;

export class FieldReader<C extends string = never> {
  #fault: Failure<FieldCode | C> | undefined;
  readonly #values = new Map<string, JsonValue>();
  readonly #prefix: string;

  /** `prefix` goes before names in the detail of a fault (`sig.`). */
  constructor(object: JsonObject, prefix = '') {
    this.#prefix = prefix;
    for (const member of object.members) this.#values.set(member.name, member.value);
  }

  get fault(): Failure<FieldCode | C> | undefined {
    return this.#fault;
  }

  /** Notes a fault of a field; only the first one stays. */
  note(code: FieldCode | C, name: string): void {
    this.#fault ??= failure(code, this.#prefix + name);
  }

  adopt(fault: Failure<FieldCode | C> | undefined): void {
    this.#fault ??= fault;
  }

  /** Missing fields first, in the order of the list; then unknown ones, in document order. */
  checkNames(required: readonly string[], optional: readonly string[] = []): void {
    let known = 0;
    for (const name of required) {
      if (this.#values.has(name)) known += 1;
      else this.note('record_missing_field', name);
    }
    for (const name of optional) if (this.#values.has(name)) known += 1;
    if (known === this.#values.size) return;
    for (const name of this.#values.keys()) {
      // A name of a stranger may be long or hold anything: it is not repeated. The first fault stays.
      if (!required.includes(name) && !optional.includes(name)) this.note('record_unknown_field', 'unknown');
    }
  }

  value(name: string): JsonValue | undefined {
    return this.#values.get(name);
  }

  /** A string that passes `test`. */
  string(name: string, test?: (text: string) => boolean): string {
    const value = this.#values.get(name);
    if (value?.kind === 'string' && (test === undefined || test(value.value))) return value.value;
    this.note('record_bad_field', name);
    return '';
  }

  /** As `string`; undefined when the field is absent or null. */
  optionalString(name: string, test: (text: string) => boolean): string | undefined {
    const value = this.#values.get(name);
    return value === undefined || value.kind === 'null' ? undefined : this.string(name, test);
  }

  /** An integer token from 0 to 2^53 - 1. */
  count(name: string): number {
    const value = this.#values.get(name);
    if (value?.kind === 'number' && isIntegerToken(value.raw)) {
      const count = Number(value.raw);
      // Adding zero turns the -0 of the token `-0` into 0.
      if (Number.isSafeInteger(count) && count >= 0) return count + 0;
    }
    this.note('record_bad_field', name);
    return 0;
  }

  /** An integer token of at most 400 characters, exactly. */
  integer(name: string): bigint {
    const value = this.#values.get(name);
    if (value?.kind === 'number' && isIntegerToken(value.raw) && value.raw.length <= INTEGER_DIGITS_MAX) {
      return BigInt(value.raw);
    }
    this.note('record_bad_field', name);
    return 0n;
  }

  /** A number token whose binary64 is finite. */
  real(name: string): number {
    const value = this.#values.get(name);
    if (value?.kind === 'number') {
      const real = Number(value.raw);
      if (Number.isFinite(real)) return real;
    }
    this.note('record_bad_field', name);
    return 0;
  }

  object(name: string): JsonObject {
    const value = this.#values.get(name);
    if (value?.kind === 'object') return value;
    this.note('record_bad_field', name);
    return EMPTY_OBJECT;
  }

  array(name: string): readonly JsonValue[] {
    const value = this.#values.get(name);
    if (value?.kind === 'array') return value.items;
    this.note('record_bad_field', name);
    return [];
  }
}

const EMPTY_OBJECT: JsonObject = { kind: 'object', members: [], start: 0, end: 0 };

/**
 * The strict JSON reader (spec/record.md, "Reading JSON"): RFC 8259 from bytes, and stricter where readers differ.
 *
 * Refused beyond the grammar: more than `bytesMax` bytes, input that is not UTF-8, nesting deeper than `depthMax`, a name
 * that occurs twice in an object (after unescaping), a string with a lone surrogate. A byte order mark is no white space.
 *
 * While reading it notes whether the text was *tidy*: no white space, names ascending by UTF-16 code units, strings in the
 * one spelling of RFC 8785. A tidy text whose numbers are canonical too is canonical, and need not be written again.
 *
 * NOT judged: the range of numbers (the canonical forms and the profiles do that), and what the values mean.
 */
import { failure, type Result, success, utf8Decode } from '@fractal/tlog';
import type { JsonMember, JsonValue } from './ast.ts';
import { readEscape } from './escape.ts';

export type JsonCode =
  | 'json_malformed'
  | 'json_duplicate_key'
  | 'json_lone_surrogate'
  | 'json_too_deep'
  | 'json_too_large'
  | 'json_not_utf8'
  | 'json_number_form';

export interface JsonLimits {
  /** Arrays and objects within one another; the outermost counts as 1. Default 64. */
  readonly depthMax?: number;
  /** Size of the document. Default 1 MiB. */
  readonly bytesMax?: number;
}

export interface JsonDocument {
  readonly value: JsonValue;
  /** Structure, names and strings are as RFC 8785 writes them. Says nothing of numbers. */
  readonly tidy: boolean;
}

export const JSON_DEPTH_MAX = 64;
export const JSON_BYTES_MAX = 1_048_576;

/** Reads one JSON value from `bytes`. Errors: `json_*`, the first fault from the left; `detail` is its byte offset. */
export function parseJson(bytes: Uint8Array, limits?: JsonLimits): Result<JsonValue, JsonCode> {
  const read = readDocument(bytes, limits);
  return read.ok ? success(read.value.value) : read;
}

/** As `parseJson`, and says whether the text was tidy. */
export function readDocument(bytes: Uint8Array, limits?: JsonLimits): Result<JsonDocument, JsonCode> {
  const bytesMax = limits?.bytesMax ?? JSON_BYTES_MAX;
  if (bytes.length > bytesMax) return failure('json_too_large', `more than ${bytesMax} bytes`);
  const text = utf8Decode(bytes);
  if (text === undefined) return failure('json_not_utf8');
  const reader = new Reader(text, limits?.depthMax ?? JSON_DEPTH_MAX);
  const value = reader.document();
  if (value === undefined) return failure(reader.fault, `byte ${reader.faultAt}`);
  return success({ value, tidy: reader.tidy });
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One pass over the decoded text. Each method returns undefined after noting the fault. */
class Reader {
  tidy = true;
  fault: JsonCode = 'json_malformed';
  faultAt = 0;
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;
  /** Bytes read so far minus UTF-16 units read so far: turns a position in the text into a byte offset. */
  #extra = 0;
  #depth = 0;

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  document(): JsonValue | undefined {
    this.#skipSpace();
    const value = this.#value();
    if (value === undefined) return undefined;
    this.#skipSpace();
    if (this.#at < this.#text.length) return this.#refuse('json_malformed');
    return value;
  }

  #refuse(code: JsonCode): undefined {
    this.fault = code;
    this.faultAt = this.#at + this.#extra;
    return undefined;
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.tidy = false;
      this.#at += 1;
    }
  }

  #value(): JsonValue | undefined {
    const start = this.#at + this.#extra;
    switch (this.#text.charCodeAt(this.#at)) {
      case QUOTE: {
        const value = this.#string();
        return value === undefined ? undefined : { kind: 'string', value, start, end: this.#at + this.#extra };
      }
      case 0x7b:
        return this.#object(start);
      case 0x5b:
        return this.#array(start);
      case 0x74:
        return this.#word('true') ? { kind: 'boolean', value: true, start, end: start + 4 } : undefined;
      case 0x66:
        return this.#word('false') ? { kind: 'boolean', value: false, start, end: start + 5 } : undefined;
      case 0x6e:
        return this.#word('null') ? { kind: 'null', start, end: start + 4 } : undefined;
      default:
        return this.#number(start);
    }
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) {
      this.#refuse('json_malformed');
      return false;
    }
    this.#at += word.length;
    return true;
  }

  /** A run of `[0-9A-Za-z+.-]` that opens like a number must be one as a whole, so that `01` and `NaN` get a code of their own. */
  #number(start: number): JsonValue | undefined {
    const text = this.#text;
    if (!opensNumber(text.charCodeAt(this.#at))) return this.#refuse('json_malformed');
    let end = this.#at + 1;
    while (continuesNumber(text.charCodeAt(end))) end += 1;
    const raw = text.slice(this.#at, end);
    if (!NUMBER.test(raw)) return this.#refuse('json_number_form');
    this.#at = end;
    return { kind: 'number', raw, start, end: end + this.#extra };
  }

  #array(start: number): JsonValue | undefined {
    if (!this.#open()) return undefined;
    const items: JsonValue[] = [];
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== 0x5d) {
      for (;;) {
        const item = this.#value();
        if (item === undefined) return undefined;
        items.push(item);
        this.#skipSpace();
        const unit = this.#text.charCodeAt(this.#at);
        if (unit === 0x5d) break;
        if (unit !== 0x2c) return this.#refuse('json_malformed');
        this.#at += 1;
        this.#skipSpace();
      }
    }
    return { kind: 'array', items, start, end: this.#close() };
  }

  #object(start: number): JsonValue | undefined {
    if (!this.#open()) return undefined;
    const members: JsonMember[] = [];
    const names = new NameCheck();
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== 0x7d) {
      for (;;) {
        const member = this.#member(names, members);
        if (member === undefined) return undefined;
        members.push(member);
        const unit = this.#text.charCodeAt(this.#at);
        if (unit === 0x7d) break;
        if (unit !== 0x2c) return this.#refuse('json_malformed');
        this.#at += 1;
        this.#skipSpace();
      }
    }
    if (!names.ascending) this.tidy = false;
    return { kind: 'object', members, start, end: this.#close() };
  }

  #member(names: NameCheck, before: readonly JsonMember[]): JsonMember | undefined {
    const start = this.#at + this.#extra;
    if (this.#text.charCodeAt(this.#at) !== QUOTE) return this.#refuse('json_malformed');
    const name = this.#string();
    if (name === undefined) return undefined;
    if (!names.add(name, before)) return this.#refuse('json_duplicate_key');
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== 0x3a) return this.#refuse('json_malformed');
    this.#at += 1;
    this.#skipSpace();
    const value = this.#value();
    if (value === undefined) return undefined;
    this.#skipSpace();
    return { name, start, value };
  }

  #open(): boolean {
    if (this.#depth === this.#depthMax) {
      this.#refuse('json_too_deep');
      return false;
    }
    this.#depth += 1;
    this.#at += 1;
    return true;
  }

  #close(): number {
    this.#depth -= 1;
    this.#at += 1;
    return this.#at + this.#extra;
  }

  /** From the opening quotation mark to past the closing one. Most strings have no escape and are one slice. */
  #string(): string | undefined {
    const text = this.#text;
    let from = this.#at + 1;
    let at = from;
    let plain = '';
    let surrogates = false;
    for (;;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        const escaped = readEscape(text, at);
        if (escaped === undefined) return this.#refuseAt(at);
        plain += text.slice(from, at) + escaped.value;
        if (!escaped.tidy) this.tidy = false;
        if (escaped.surrogate) surrogates = true;
        at += escaped.length;
        from = at;
      } else if (unit >= 0x20) {
        if (unit >= 0x80) this.#extra += extraBytes(unit);
        at += 1;
      } else {
        // A control character, or NaN past the end of the text.
        return this.#refuseAt(at);
      }
    }
    plain += text.slice(from, at);
    this.#at = at + 1;
    // Decoded UTF-8 is well formed, so only an escape can have brought a lone surrogate.
    if (surrogates && !plain.isWellFormed()) return this.#refuse('json_lone_surrogate');
    return plain;
  }

  #refuseAt(at: number): undefined {
    this.#at = at;
    return this.#refuse('json_malformed');
  }
}

/** Finds a repeated name; a set is built only once the names are out of order. */
class NameCheck {
  ascending = true;
  #last: string | undefined;
  #seen: Set<string> | undefined;

  /** False when the name occurred before. `before` are the members read so far. */
  add(name: string, before: readonly JsonMember[]): boolean {
    if (this.#seen === undefined) {
      if (this.#last === undefined || this.#last < name) {
        this.#last = name;
        return true;
      }
      this.ascending = false;
      this.#seen = new Set(before.map((member) => member.name));
    }
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    return true;
  }
}

/** UTF-8 bytes of a unit beyond its own one; each half of a surrogate pair counts for two of the pair's four bytes. */
function extraBytes(unit: number): number {
  if (unit < 0x800) return 1;
  return unit >= 0xd800 && unit <= 0xdfff ? 1 : 2;
}

/** `-`, a digit, or what writers of bad numbers begin with: `+`, `.`, `N`(aN), `I`(nfinity). */
function opensNumber(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) || unit === 0x2d || unit === 0x2b || unit === 0x2e || unit === 0x4e || unit === 0x49
  );
}

function continuesNumber(unit: number): boolean {
  return (
    (unit >= 0x30 && unit <= 0x39) ||
    unit === 0x2e ||
    unit === 0x2d ||
    unit === 0x2b ||
    (unit >= 0x61 && unit <= 0x7a) ||
    (unit >= 0x41 && unit <= 0x5a)
  );
}

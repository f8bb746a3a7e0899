/**
 * The canonical forms (spec/record.md, "Canonical form").
 *
 * Profile 1.0: RFC 8785 for structure and strings, integers and nine-place decimals for numbers. Signers canonicalise;
 * verifiers refuse bytes that are not canonical already, which `readCanonical` decides in the one pass of the reader.
 *
 * JCS: RFC 8785 as it stands, with ECMAScript's numbers. For what other people's signers wrote.
 */
import { failure, type Result, success, utf8Encode } from '@fractal/tlog';
import type { JsonMember, JsonNumber, JsonValue } from '../json/ast.ts';
import { type JsonCode, type JsonLimits, readDocument } from '../json/reader.ts';
import { canonicalNumber, judgeNumber } from './number-token.ts';
import { quote } from './quote.ts';

export type CanonicalCode = JsonCode | 'json_number_range';

/** A signer's form of profile 1.0. The result may be `bytes` itself. Errors: `json_*`, the document's faults first. */
export function canonicalize(bytes: Uint8Array, limits?: JsonLimits): Result<Uint8Array, CanonicalCode> {
  const read = readDocument(bytes, limits);
  if (!read.ok) return read;
  const { value, tidy } = read.value;
  if (tidy && judgeNumbers(value) === 'canonical') return success(bytes);
  return write(value, (number) => canonicalNumber(number.raw));
}

/** RFC 8785. Duplicate names, lone surrogates and numbers beyond binary64 are refused. */
export function canonicalizeJcs(bytes: Uint8Array, limits?: JsonLimits): Result<Uint8Array, CanonicalCode> {
  const read = readDocument(bytes, limits);
  if (!read.ok) return read;
  return write(read.value.value, jcsNumber);
}

/** Parses what has to be canonical already. Errors: `json_*`, then `json_number_range`, then `not_canonical`. */
export function readCanonical(
  bytes: Uint8Array,
  limits?: JsonLimits,
): Result<JsonValue, CanonicalCode | 'not_canonical'> {
  const read = readDocument(bytes, limits);
  if (!read.ok) return read;
  const numbers = judgeNumbers(read.value.value);
  if (numbers === 'out_of_range') return failure('json_number_range');
  if (numbers !== 'canonical' || !read.value.tidy) return failure('not_canonical');
  return success(read.value.value);
}

/** Whether `canonicalize` would give back the same bytes. */
export function isCanonical(bytes: Uint8Array, limits?: JsonLimits): boolean {
  return readCanonical(bytes, limits).ok;
}

/** The worst of all numbers in the value. */
function judgeNumbers(value: JsonValue): 'canonical' | 'other' | 'out_of_range' {
  if (value.kind === 'number') return judgeNumber(value.raw);
  let worst: 'canonical' | 'other' = 'canonical';
  if (value.kind === 'array') {
    for (const item of value.items) {
      const verdict = judgeNumbers(item);
      if (verdict === 'out_of_range') return verdict;
      if (verdict === 'other') worst = verdict;
    }
  } else if (value.kind === 'object') {
    for (const member of value.members) {
      const verdict = judgeNumbers(member.value);
      if (verdict === 'out_of_range') return verdict;
      if (verdict === 'other') worst = verdict;
    }
  }
  return worst;
}

function jcsNumber(number: JsonNumber): Result<string, 'json_number_range'> {
  const value = Number(number.raw);
  return Number.isFinite(value) ? success(String(value)) : failure('json_number_range', `byte ${number.start}`);
}

type NumberWriter = (number: JsonNumber) => Result<string, 'json_number_range'>;

function write(value: JsonValue, writeNumber: NumberWriter): Result<Uint8Array, 'json_number_range'> {
  const out: Output = { text: '', fault: undefined };
  append(out, value, writeNumber);
  return out.fault === undefined ? success(utf8Encode(out.text)) : failure('json_number_range', out.fault);
}

interface Output {
  text: string;
  fault: string | undefined;
}

function append(out: Output, value: JsonValue, writeNumber: NumberWriter): void {
  switch (value.kind) {
    case 'null':
      out.text += 'null';
      return;
    case 'boolean':
      out.text += value.value ? 'true' : 'false';
      return;
    case 'string':
      out.text += quote(value.value);
      return;
    case 'number': {
      const text = writeNumber(value);
      if (text.ok) out.text += text.value;
      else out.fault ??= `byte ${value.start}`;
      return;
    }
    case 'array': {
      let separator = '[';
      for (const item of value.items) {
        out.text += separator;
        append(out, item, writeNumber);
        separator = ',';
      }
      out.text += separator === '[' ? '[]' : ']';
      return;
    }
    case 'object': {
      let separator = '{';
      for (const member of value.members.toSorted(byName)) {
        out.text += `${separator}${quote(member.name)}:`;
        append(out, member.value, writeNumber);
        separator = ',';
      }
      out.text += separator === '{' ? '{}' : '}';
    }
  }
}

/** RFC 8785 section 3.2.3: by UTF-16 code units, which is how ECMAScript compares strings. Names differ pairwise. */
function byName(a: JsonMember, b: JsonMember): number {
  return a.name < b.name ? -1 : 1;
}

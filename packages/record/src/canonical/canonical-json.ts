/**
 * Canonical JSON of values we built ourselves: bodies, verdicts, records before they are signed. Same form as
 * `canonicalize`; a host number that is whole is an integer, any other a nine-place decimal.
 */
import { failure, type Result, success, utf8Encode } from '@fractal/tlog';
import { tryNinePlace } from './nine-place.ts';
import { quote } from './quote.ts';

/** Members whose value is undefined are left out, as JSON.stringify does. */
export type PlainJson =
  | null
  | boolean
  | number
  | string
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson | undefined };

/** UTF-8 bytes of the canonical form. Throws a NoCanonicalForm: handing in such a value breaks the caller's promise. */
export function canonicalJson(value: PlainJson): Uint8Array {
  return utf8Encode(canonicalJsonText(value));
}

/** As `canonicalJson`, for values that hold what others said: a failure instead of an exception. */
export function tryCanonicalJson(value: PlainJson): Result<Uint8Array, NoCanonicalForm['code']> {
  try {
    return success(canonicalJson(value));
  } catch (error) {
    if (error instanceof NoCanonicalForm) return failure(error.code);
    throw error;
  }
}

/** The value holds a lone surrogate, a number out of range, or something that is no JSON at all. */
export class NoCanonicalForm extends TypeError {
  readonly code: 'json_lone_surrogate' | 'json_number_range' | 'json_malformed';

  constructor(code: NoCanonicalForm['code'], message: string) {
    super(`no canonical form for ${message}`);
    this.name = 'NoCanonicalForm';
    this.code = code;
  }
}

/** As `canonicalJson`, as text. */
export function canonicalJsonText(value: PlainJson): string {
  if (typeof value === 'string') return quoteWellFormed(value);
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  if (typeof value !== 'object') throw new NoCanonicalForm('json_malformed', `a ${typeof value}`);
  // Array.from visits the holes of a sparse array too, which have no canonical form.
  if (isArray(value)) return `[${Array.from(value, canonicalJsonText).join(',')}]`;
  let text = '';
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${quoteWellFormed(name)}:${canonicalJsonText(member)}`;
  }
  return `{${text}}`;
}

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: object): value is readonly PlainJson[] {
  return Array.isArray(value);
}

function quoteWellFormed(text: string): string {
  if (!text.isWellFormed()) throw new NoCanonicalForm('json_lone_surrogate', 'a lone surrogate');
  return quote(text);
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value);
  const text = Number.isInteger(value) ? undefined : tryNinePlace(value);
  if (!text?.ok) throw new NoCanonicalForm('json_number_range', 'a number out of range');
  return text.value;
}

/**
 * What the strict reader hands out. A number keeps the text it was written in, because each profile has a rule of its own
 * for it; `start` and `end` are byte offsets into the document (end exclusive), so that a value can be cut out untouched.
 */
export type JsonValue = JsonNull | JsonBoolean | JsonNumber | JsonString | JsonArray | JsonObject;

export interface JsonNull {
  readonly kind: 'null';
  readonly start: number;
  readonly end: number;
}

export interface JsonBoolean {
  readonly kind: 'boolean';
  readonly value: boolean;
  readonly start: number;
  readonly end: number;
}

export interface JsonNumber {
  readonly kind: 'number';
  /** The token as written, a number of RFC 8259. Its range is not judged here. */
  readonly raw: string;
  readonly start: number;
  readonly end: number;
}

export interface JsonString {
  readonly kind: 'string';
  /** Unescaped; holds no lone surrogate. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface JsonArray {
  readonly kind: 'array';
  readonly items: readonly JsonValue[];
  readonly start: number;
  readonly end: number;
}

export interface JsonObject {
  readonly kind: 'object';
  /** In document order; names differ pairwise. */
  readonly members: readonly JsonMember[];
  readonly start: number;
  readonly end: number;
}

export interface JsonMember {
  readonly name: string;
  /** Byte offset of the quotation mark that opens the name. */
  readonly start: number;
  readonly value: JsonValue;
}

/** The member of that name, or undefined. Linear; the objects of a record have some twenty members. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  for (const member of object.members) if (member.name === name) return member.value;
  return undefined;
}

/**
 * Reads the members of one case of the conformance runner. A member that is absent or of another JSON type is
 * `bad_request`, a `*_b64` text that is no strict base64 is `base64_malformed`, a number text that is no 64-bit decimal
 * is `bad_request`. Readers throw a `CaseFault`, which `runCase` turns into the answer; nothing else gets to see it.
 * Members that no op asks for are ignored.
 */
import { fromBase64, parseUint64 } from '@fractal/tlog';
import type { ErrorCode } from '../errors/codes.ts';
import { isObject, type JsonObject } from '../json/shape.ts';

export class CaseFault extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

export class Case {
  readonly #members: JsonObject;

  constructor(members: JsonObject) {
    this.#members = members;
  }

  /** Whether the member is there at all; `null` counts as being there, and as the wrong type. */
  has(name: string): boolean {
    return Object.hasOwn(this.#members, name);
  }

  text(name: string): string {
    return asText(this.#get(name));
  }

  bytes(name: string): Uint8Array {
    return asBytes(this.#get(name));
  }

  uint64(name: string): bigint {
    const value = parseUint64(this.text(name));
    if (value === undefined) throw new CaseFault('bad_request');
    return value;
  }

  /** Any JSON number: its range is the op's business. */
  number(name: string): number {
    const value = this.#get(name);
    if (typeof value !== 'number') throw new CaseFault('bad_request');
    return value;
  }

  object(name: string): Case {
    return asCase(this.#get(name));
  }

  texts(name: string): string[] {
    return this.#list(name).map(asText);
  }

  byteStrings(name: string): Uint8Array[] {
    return this.#list(name).map(asBytes);
  }

  objects(name: string): Case[] {
    return this.#list(name).map(asCase);
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw new CaseFault('bad_request');
    return value;
  }

  #get(name: string): unknown {
    return this.has(name) ? this.#members[name] : undefined;
  }
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw new CaseFault('bad_request');
  return value;
}

function asBytes(value: unknown): Uint8Array {
  const bytes = fromBase64(asText(value));
  if (bytes === undefined) throw new CaseFault('base64_malformed');
  return bytes;
}

function asCase(value: unknown): Case {
  if (!isObject(value)) throw new CaseFault('bad_request');
  return new Case(value);
}

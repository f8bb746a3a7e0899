/**
 * From the strict reader's tree (@fractal/record) to plain values for a schema. Numbers become binary64; one that
 * overflows is refused here, since the reader judges no ranges. Objects have no prototype, so that a member named
 * `__proto__` is a member like any other and is refused as unknown.
 */

import type { JsonValue } from '@fractal/record';

/** Undefined where a number of the document is no finite binary64. */
export function plainJson(value: JsonValue): { value: unknown } | undefined {
  const state = { finite: true };
  const plain = convert(value, state);
  return state.finite ? { value: plain } : undefined;
}

function convert(value: JsonValue, state: { finite: boolean }): unknown {
  switch (value.kind) {
    case 'null':
      return null;
    case 'string':
    case 'boolean':
      return value.value;
    case 'number': {
      const number = Number(value.raw);
      if (!Number.isFinite(number)) state.finite = false;
      return number;
    }
    case 'array':
      return value.items.map((item) => convert(item, state));
    case 'object': {
      const plain: Record<string, unknown> = Object.create(null);
      for (const member of value.members) plain[member.name] = convert(member.value, state);
      return plain;
    }
  }
}

/**
 * Records of deployed agents and hostile variants of them (vectors/agents): each must verify or be refused as stated, at
 * the stage that reading in order names, and the signed payload must come out byte for byte.
 */
import { readFileSync } from 'node:fs';
import { fromBase64, utf8Encode } from '@fractal/tlog';
import { describe, expect, it } from 'vitest';
import { verifyAgentRecord } from './verify-record.ts';

interface AgentCase {
  readonly id: string;
  readonly origin: string;
  readonly key_utf8?: string;
  readonly key_b64?: string;
  readonly record?: string;
  readonly record_b64?: string;
  readonly signed_payload_utf8?: string | null;
  readonly expect: 'verifies' | 'refused';
  readonly stage?: 'parse' | 'signature' | 'id' | 'check';
}

const FILE = new URL('../../../../vectors/agents/deployed-agents.jsonl', import.meta.url);
const cases = readFileSync(FILE, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as AgentCase);

/** `undefined` fields are an error of the file, not of the record. */
function bytesOf(text: string | undefined, base64: string | undefined): Uint8Array {
  const bytes = text === undefined ? fromBase64(base64 ?? '!') : utf8Encode(text);
  if (bytes === undefined) throw new Error('a case without bytes');
  return bytes;
}

function verdictOf(each: AgentCase) {
  const value = bytesOf(each.key_utf8, each.key_b64);
  return verifyAgentRecord({
    bytes: bytesOf(each.record, each.record_b64),
    keys: [{ alg: 'hmac-sha256', kid: 'agent', value }],
  });
}

function stageOf(code: string): string {
  if (code.startsWith('json_') || /_(missing|unknown|bad)_field$/.test(code)) return 'parse';
  if (/^(signature|key)_/.test(code)) return 'signature';
  return code === 'record_pcs_id_mismatch' ? 'id' : 'check';
}

describe('deployed agents', () => {
  it('has the cases', () => {
    // The agents' own four golden files may stand beside them; these are the generated ones.
    const generated = cases.filter((each) => each.origin !== 'golden-file');
    expect(generated.length).toBe(306);
    expect(generated.filter((each) => each.expect === 'verifies').length).toBe(168);
  });

  it('verifies and refuses as stated, at the stated stage', () => {
    const outcomes = cases.map((each) => {
      const verdict = verdictOf(each);
      return [each.id, verdict.ok ? 'verifies' : stageOf(verdict.code)];
    });
    expect(outcomes).toEqual(cases.map((each) => [each.id, each.stage ?? 'verifies']));
  });

  it('prints the payload that was signed', () => {
    const verifying = cases.filter((each) => each.expect === 'verifies');
    const payloads = verifying.map((each) => {
      const verdict = verdictOf(each);
      return verdict.ok ? new TextDecoder().decode(verdict.value.payload) : verdict.code;
    });
    expect(payloads).toEqual(verifying.map((each) => each.signed_payload_utf8));
  });
});

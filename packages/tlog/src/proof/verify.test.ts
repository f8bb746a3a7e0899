import { describe, expect, it } from 'vitest';
import { utf8Encode } from '../bytes/utf8.ts';
import { unwrap } from '../testing/expect.ts';
import { logOf, logSigner, ORIGIN, witness } from '../testing/logs.ts';
import { formatProof } from './format.ts';
import { verifyProof } from './verify.ts';

const log = logSigner();
const w = witness('w');
const entries = Array.from({ length: 11 }, (_, i) => utf8Encode(`entry ${i}`));
const { checkpoint, proofs, size } = logOf(entries, [log, w]);
const trust = { origin: ORIGIN, verifierKey: log.verifierKey };
const proofOf = (index: number) => formatProof({ index, proof: proofs[index]!, checkpoint, extra: utf8Encode('x') });

describe('verifyProof', () => {
  it('accepts each entry at its index, and hands the extra data through', () => {
    for (const [index, leaf] of entries.entries()) {
      const verified = unwrap(verifyProof({ ...trust, leaf, proof: proofOf(index), witnessKeys: [w.verifierKey] }));
      expect(verified).toMatchObject({ index: BigInt(index), size, origin: ORIGIN, extra: utf8Encode('x') });
      expect(verified.cosigned).toEqual([{ name: 'w', timestamp: 1_700_000_000n }]);
    }
  });

  it('says what is wrong, in the order of its checks', () => {
    const leaf = entries[4]!;
    const good = proofOf(4);
    const other = logSigner('log.example/other');
    const cases = {
      vkey_malformed: { leaf, proof: '', verifierKey: w.verifierKey },
      proof_malformed: { leaf, proof: good.slice(1) },
      note_malformed: { leaf, proof: good.slice(0, -1) },
      note_unverified: { leaf, proof: good, verifierKey: other.verifierKey },
      note_signature_invalid: { leaf, proof: good.replace(`\n${size}\n`, '\n12\n') },
      checkpoint_origin_mismatch: { leaf, proof: good, origin: 'log.example/other' },
      index_out_of_range: { leaf, proof: good.replace('index 4', 'index 11') },
      inclusion_invalid: { leaf: entries[5]!, proof: good },
    };
    for (const [code, input] of Object.entries(cases)) {
      expect(verifyProof({ ...trust, ...input })).toMatchObject({ ok: false, code });
    }
    expect(verifyProof({ ...trust, leaf, proof: proofOf(5) })).toMatchObject({ code: 'inclusion_invalid' });
    expect(verifyProof({ ...trust, leaf, proof: good.replace('index 4', 'index 18446744073709551615') })).toMatchObject(
      {
        code: 'index_out_of_range',
      },
    );
  });
});

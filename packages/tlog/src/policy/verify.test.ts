import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNote } from '../note/open.ts';
import { cosignNote, type NoteSigner } from '../note/sign.ts';
import { formatVerifierKey } from '../note/verifier-key.ts';
import { unwrap } from '../testing/expect.ts';
import { ARCHE_CHECKPOINT } from '../testing/known-notes.ts';
import { logOf, logSigner, ORIGIN, witness } from '../testing/logs.ts';
import { bytesNamed } from '../testing/samples.ts';
import { parsePolicy, type Quorum } from './parse.ts';
import { satisfies, verifyCheckpointByPolicy } from './verify.ts';

const log = logSigner();
const other = logSigner('log.example/other');
const witnesses = ['x1', 'x2', 'x3', 'y1', 'y2'].map((name) => witness(name));
const entries = [bytesNamed('a')];
const vkey = (signer: NoteSigner) => formatVerifierKey(signer.verifierKey);

const policy = unwrap(
  parsePolicy(
    [
      `log ${vkey(log)}`,
      `log ${vkey(other)}`,
      ...witnesses.map((w) => `witness ${w.verifierKey.name} ${vkey(w)}`),
      'group x 2 x1 x2 x3',
      'group y any y1 y2',
      'group xy all x y',
      'quorum xy\n',
    ].join('\n'),
  ),
);

const checkpointBy = (signers: readonly NoteSigner[], origin = ORIGIN) => logOf(entries, signers, origin).checkpoint;

describe('verifyCheckpointByPolicy', () => {
  it('demands two of the one and one of the other, for each set of witnesses', () => {
    const base = checkpointBy([log]);
    for (let set = 0; set < 32; set++) {
      const present = witnesses.filter((_, i) => (set >> i) % 2 === 1);
      const enough =
        present.filter((w) => w.verifierKey.name.startsWith('x')).length >= 2 &&
        present.some((w) => w.verifierKey.name.startsWith('y'));
      const verified = verifyCheckpointByPolicy({ checkpoint: cosignNote(base, present), policy });
      if (enough)
        expect(unwrap(verified).cosigned.map(({ name }) => name)).toEqual(present.map((w) => w.verifierKey.name));
      else expect(verified).toMatchObject({ ok: false, code: 'policy_unsatisfied' });
    }
  });

  it('takes the word of a listed log for its own origin only', () => {
    const asOther = checkpointBy([other, ...witnesses], 'log.example/other');
    expect(unwrap(verifyCheckpointByPolicy({ checkpoint: asOther, policy })).origin).toBe('log.example/other');
    const crossed = checkpointBy([other, ...witnesses], ORIGIN);
    expect(verifyCheckpointByPolicy({ checkpoint: crossed, policy })).toMatchObject({
      code: 'checkpoint_origin_mismatch',
    });
    const both = checkpointBy([other, log, ...witnesses], ORIGIN);
    expect(unwrap(verifyCheckpointByPolicy({ checkpoint: both, policy })).origin).toBe(ORIGIN);
  });

  it('says what is wrong, in the order of its checks', () => {
    const stranger = logSigner('log.example/stranger');
    const check = (checkpoint: string) => verifyCheckpointByPolicy({ checkpoint, policy });
    expect(check('')).toMatchObject({ code: 'note_malformed' });
    expect(check(checkpointBy([stranger]))).toMatchObject({ code: 'note_unverified' });
    expect(check(checkpointBy(witnesses))).toMatchObject({ code: 'checkpoint_unsigned' });
    const forger = { ...witnesses[0]!, sign: () => new Uint8Array(72) };
    expect(check(checkpointBy([log, forger]))).toMatchObject({ code: 'note_signature_invalid' });
  });

  it('finds no log in a policy that lists none, though satisfies leaves that to context', () => {
    const w = witnesses[0]!;
    const noLogs = unwrap(parsePolicy(`witness w ${vkey(w)}\nquorum w\n`));
    const checkpoint = checkpointBy([log, w]);
    expect(verifyCheckpointByPolicy({ checkpoint, policy: noLogs })).toMatchObject({ code: 'checkpoint_unsigned' });
    const { verified } = unwrap(openNote(checkpoint, [w.verifierKey]));
    expect(satisfies(noLogs, verified)).toBe(true);
    expect(satisfies(policy, verified)).toBe(false);
  });

  it('verifies a public checkpoint under three of four witnesses', () => {
    const names = Object.entries(ARCHE_CHECKPOINT.witnessKeys);
    const text = [
      `log ${ARCHE_CHECKPOINT.logKey} https://arche2025h1.staging.ct.transparency.dev/`,
      ...names.map(([, key], i) => `witness w${i} ${key}`),
      `group g 3 ${names.map((_, i) => `w${i}`).join(' ')}`,
      'quorum g',
    ].join('\n');
    const verified = unwrap(
      verifyCheckpointByPolicy({ checkpoint: ARCHE_CHECKPOINT.note, policy: unwrap(parsePolicy(text)) }),
    );
    expect(verified.cosigned.length).toBe(4);
  });
});

describe('satisfies', () => {
  it('agrees with counting, for any tree of groups over three witnesses', () => {
    const leaves = witnesses.slice(0, 3).map((w): Quorum => ({ kind: 'witness', key: w.verifierKey }));
    const group = (threshold: number, members: Quorum[]): Quorum => ({ kind: 'group', threshold, members });
    const keys = witnesses.map(({ verifierKey }) => verifierKey);
    fc.assert(
      fc.property(
        fc.subarray([0, 1, 2]),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
        (set, outer, inner) => {
          const quorum = group(outer, [leaves[0]!, group(inner, [leaves[1]!, leaves[2]!])]);
          const verified = set.map((i) => ({ ...keys[i]!, timestamp: 1n }));
          const innerMet = set.filter((i) => i > 0).length >= inner;
          const expected = Number(set.includes(0)) + Number(innerMet) >= outer;
          expect(satisfies({ logs: [], witnesses: [], quorum }, verified)).toBe(expected);
        },
      ),
    );
  });
});

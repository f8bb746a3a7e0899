import { describe, expect, it } from 'vitest';
import { cosignNote, noteCosigner, noteSigner, signNote } from '../note/sign.ts';
import { parseVerifierKey } from '../note/verifier-key.ts';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { unwrap } from '../testing/expect.ts';
import { ARCHE_CHECKPOINT } from '../testing/known-notes.ts';
import { logOf, logSigner, ORIGIN, witness } from '../testing/logs.ts';
import { bytesNamed } from '../testing/samples.ts';
import { formatCheckpoint } from './checkpoint.ts';
import { verifyCheckpoint } from './verify.ts';

const log = logSigner();
const entries = ['a', 'b', 'c'].map((name) => bytesNamed(name));
const { checkpoint, size, root } = logOf(entries, [log]);
const verifierKey = log.verifierKey;
const input = { checkpoint, origin: ORIGIN, verifierKey };

describe('verifyCheckpoint', () => {
  it('verifies a checkpoint of a public log with the word of four witnesses', () => {
    const { origin, logKey, witnessKeys, timestamp } = ARCHE_CHECKPOINT;
    const keys = Object.values(witnessKeys).map((key) => unwrap(parseVerifierKey(key)));
    const verified = verifyCheckpoint({
      checkpoint: ARCHE_CHECKPOINT.note,
      origin,
      verifierKey: unwrap(parseVerifierKey(logKey)),
      witnessKeys: keys.reverse(),
    });
    expect(unwrap(verified)).toMatchObject({ origin, size: ARCHE_CHECKPOINT.size, extensions: [] });
    expect(unwrap(verified).cosigned).toEqual(Object.keys(witnessKeys).map((name) => ({ name, timestamp })));
  });

  it('verifies one of ours', () => {
    expect(verifyCheckpoint(input)).toEqual({
      ok: true,
      value: { origin: ORIGIN, size, root, extensions: [], cosigned: [] },
    });
  });

  it('wants a log key of type 0x01 and witness keys of type 0x04', () => {
    const asWitness = noteCosigner({ name: ORIGIN, secretKey: bytesNamed('x'), timeSeconds: 0n });
    expect(verifyCheckpoint({ ...input, verifierKey: asWitness.verifierKey })).toMatchObject({
      code: 'vkey_malformed',
    });
    expect(verifyCheckpoint({ ...input, witnessKeys: [verifierKey] })).toMatchObject({ code: 'vkey_malformed' });
  });

  it('takes the word of any key of a log that changed its key, and an invalid one of none', () => {
    const next = noteSigner({ name: ORIGIN, secretKey: bytesNamed('the next key') });
    const other = noteSigner({ name: ORIGIN, secretKey: bytesNamed('a stranger') });
    const both = logOf(entries, [next, log]).checkpoint;
    const alone = logOf(entries, [next]).checkpoint;
    const keys = { verifierKey: next.verifierKey, olderKeys: [verifierKey] };
    for (const each of [checkpoint, both, alone]) {
      expect(verifyCheckpoint({ ...input, ...keys, checkpoint: each })).toMatchObject({ ok: true });
    }
    expect(verifyCheckpoint({ ...input, checkpoint: both })).toMatchObject({ ok: true });
    expect(verifyCheckpoint({ ...input, checkpoint: alone })).toMatchObject({ code: 'note_unverified' });
    const strangers = { ...keys, verifierKey: other.verifierKey, olderKeys: [other.verifierKey] };
    expect(verifyCheckpoint({ ...input, ...strangers, checkpoint: both })).toMatchObject({ code: 'note_unverified' });
    const wrong = { ...verifierKey, publicKey: other.verifierKey.publicKey };
    const withWrong = { ...keys, olderKeys: [wrong] };
    expect(verifyCheckpoint({ ...input, ...withWrong, checkpoint: both })).toMatchObject({
      code: 'note_signature_invalid',
    });
    const asWitness = noteCosigner({ name: ORIGIN, secretKey: bytesNamed('x'), timeSeconds: 0n });
    const notALogs = { ...keys, olderKeys: [asWitness.verifierKey] };
    expect(verifyCheckpoint({ ...input, ...notALogs })).toMatchObject({ code: 'vkey_malformed' });
  });

  it('is not satisfied by witnesses alone', () => {
    const w = witness('w');
    const witnessKeys = [w.verifierKey];
    const { checkpoint: alone } = logOf(entries, [w]);
    expect(verifyCheckpoint({ ...input, checkpoint: alone, witnessKeys })).toMatchObject({
      code: 'checkpoint_unsigned',
    });
    expect(verifyCheckpoint({ ...input, checkpoint: alone })).toMatchObject({ code: 'note_unverified' });
  });

  it('does not take the key of the log for a witness, though it be the same key', () => {
    const secretKey = bytesNamed(`log ${ORIGIN}`);
    const self = noteCosigner({ name: ORIGIN, secretKey, timeSeconds: 5n });
    expect(self.verifierKey.publicKey).toEqual(verifierKey.publicKey);
    const cosigned = cosignNote(checkpoint, [self]);
    const verified = verifyCheckpoint({ ...input, checkpoint: cosigned, witnessKeys: [self.verifierKey] });
    expect(unwrap(verified).cosigned).toEqual([{ name: ORIGIN, timestamp: 5n }]);
    const swapped = logOf(entries, [self]).checkpoint;
    expect(verifyCheckpoint({ ...input, checkpoint: swapped, witnessKeys: [self.verifierKey] })).toMatchObject({
      code: 'checkpoint_unsigned',
    });
  });

  it('refuses a log that signs under another origin, and a bad witness', () => {
    const other = logOf(entries, [log], 'log.example/other').checkpoint;
    expect(verifyCheckpoint({ ...input, checkpoint: other })).toMatchObject({ code: 'checkpoint_origin_mismatch' });
    const w = witness('w');
    const forger = { ...w, sign: () => new Uint8Array(72) };
    const forged = cosignNote(checkpoint, [forger]);
    expect(verifyCheckpoint({ ...input, checkpoint: forged, witnessKeys: [w.verifierKey] })).toMatchObject({
      code: 'note_signature_invalid',
    });
    expect(verifyCheckpoint({ ...input, checkpoint: forged }).ok).toBe(true);
  });

  it('looks at the signature before the text', () => {
    const malformed = signNote('no checkpoint\n', [log]);
    expect(verifyCheckpoint({ ...input, checkpoint: malformed })).toMatchObject({ code: 'checkpoint_malformed' });
    const stranger = noteSigner({ name: 'stranger', secretKey: bytesNamed('stranger') });
    const unsigned = signNote('no checkpoint\n', [stranger]);
    expect(verifyCheckpoint({ ...input, checkpoint: unsigned })).toMatchObject({ code: 'note_unverified' });
    const withEmptyLine = signNote(`${formatCheckpoint({ origin: ORIGIN, size, root })}\nx\n`, [log]);
    expect(verifyCheckpoint({ ...input, checkpoint: withEmptyLine })).toMatchObject({ code: 'checkpoint_malformed' });
  });

  it('uses the port it is given', () => {
    const no = { ...nobleEd25519, verify: () => false };
    expect(verifyCheckpoint({ ...input, ed25519: no })).toMatchObject({ code: 'note_signature_invalid' });
  });
});

import { describe, expect, it } from 'vitest';
import { fromBase64 } from '../bytes/base64.ts';
import { toHex } from '../bytes/hex.ts';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { unwrap } from '../testing/expect.ts';
import { GO_EXAMPLE } from '../testing/known-notes.ts';
import { bytesNamed } from '../testing/samples.ts';
import { openNote } from './open.ts';
import { parseNote } from './parse.ts';
import { cosignNote, noteCosigner, noteSigner, signNote } from './sign.ts';
import { formatVerifierKey } from './verifier-key.ts';

const peter = noteSigner({ name: 'PeterNeumann', secretKey: fromBase64(GO_EXAMPLE.peterSeed)! });
const enoch = noteSigner({ name: 'EnochRoot', secretKey: new Uint8Array(32) });

describe('signNote', () => {
  it('writes the note of Go byte for byte', () => {
    expect(formatVerifierKey(peter.verifierKey)).toBe(GO_EXAMPLE.peterKey);
    expect(formatVerifierKey(enoch.verifierKey)).toBe(GO_EXAMPLE.enochKey);
    expect(signNote(GO_EXAMPLE.text, [peter, enoch])).toBe(
      `${GO_EXAMPLE.text}\n${GO_EXAMPLE.peterSignature}${GO_EXAMPLE.enochSignature}`,
    );
  });

  it('throws on what no verifier could open', () => {
    expect(() => signNote('no newline', [peter])).toThrow('invariant');
    expect(() => signNote('text\n', [])).toThrow('invariant');
    expect(() => signNote('a tab\t\n', [peter])).toThrow('invariant');
    expect(() => signNote('a lone surrogate \uD800\n', [peter])).toThrow('invariant');
    expect(() => noteSigner({ name: 'a name', secretKey: bytesNamed('seed') })).toThrow('invariant');
    expect(() => noteSigner({ name: '', secretKey: bytesNamed('seed') })).toThrow('invariant');
  });
});

describe('cosignNote', () => {
  const witness = noteCosigner({ name: 'w.example', secretKey: bytesNamed('w'), timeSeconds: 1_700_000_000n });

  it('adds signatures behind those that are there', () => {
    const note = signNote(GO_EXAMPLE.text, [peter]);
    const cosigned = cosignNote(note, [witness]);
    expect(cosigned.startsWith(note)).toBe(true);
    const opened = unwrap(openNote(cosigned, [peter.verifierKey, witness.verifierKey]));
    expect(opened.verified).toEqual([
      { name: 'PeterNeumann', keyId: 0xc74f20a3, type: 1 },
      { name: 'w.example', keyId: witness.verifierKey.keyId, type: 4, timestamp: 1_700_000_000n },
    ]);
  });

  it('throws on a note that is none', () => {
    expect(() => cosignNote('text\n', [witness])).toThrow('invariant');
  });

  it('signs the message of the specification: header, time, text', () => {
    const { signatures } = unwrap(parseNote(signNote('text\n', [witness])));
    const blob = signatures[0]!.signature;
    expect(toHex(blob.slice(0, 8))).toBe(1_700_000_000n.toString(16).padStart(16, '0'));
    const message = new TextEncoder().encode('cosignature/v1\ntime 1700000000\ntext\n');
    expect(nobleEd25519.verify(witness.verifierKey.publicKey, message, blob.slice(8))).toBe(true);
  });
});

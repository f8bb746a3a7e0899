import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../bytes/base64.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import { nobleEd25519 } from '../signature/ed25519.ts';
import { unwrap } from '../testing/expect.ts';
import { C2SP_EXAMPLE, GO_EXAMPLE } from '../testing/known-notes.ts';
import { bytesNamed, mutations } from '../testing/samples.ts';
import { openNote } from './open.ts';
import { formatSignatureLine, NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from './parse.ts';
import { noteSigner, signNote } from './sign.ts';
import { parseVerifierKey, type VerifierKey } from './verifier-key.ts';

const { text, peterSignature, enochSignature } = GO_EXAMPLE;
const peter = unwrap(parseVerifierKey(GO_EXAMPLE.peterKey));
const enoch = unwrap(parseVerifierKey(GO_EXAMPLE.enochKey));
const note = `${text}\n${peterSignature}${enochSignature}`;
const names = (opened: ReturnType<typeof openNote>) => unwrap(opened).verified.map(({ name }) => name);

describe('openNote', () => {
  it('opens the example of the specification, and that of Go', () => {
    const key = unwrap(parseVerifierKey(C2SP_EXAMPLE.vkey));
    expect(openNote(`${C2SP_EXAMPLE.text}\n${C2SP_EXAMPLE.signature}`, [key])).toEqual({
      ok: true,
      value: { text: C2SP_EXAMPLE.text, verified: [{ name: 'example.com/foo', keyId: 0x530d903a, type: 1 }] },
    });
    expect(names(openNote(note, [enoch, peter]))).toEqual(['PeterNeumann', 'EnochRoot']);
    expect(names(openNote(utf8Encode(note), [enoch]))).toEqual(['EnochRoot']);
  });

  it('ignores unknown keys, also those that share a name or an id with a known one', () => {
    expect(openNote(note, [])).toMatchObject({ ok: false, code: 'note_unverified' });
    const sameName = { ...peter, keyId: peter.keyId + 1 };
    const sameId = { ...peter, name: 'PeterNeuman' };
    expect(openNote(note, [sameName, sameId])).toMatchObject({ ok: false, code: 'note_unverified' });
    expect(names(openNote(note, [sameName, enoch]))).toEqual(['EnochRoot']);
  });

  it('refuses the whole note for one bad signature of a known key, wherever it stands', () => {
    const forged = peterSignature.replace('x08go/ZJ', 'x08go/ZK');
    const invalid = { ok: false, code: 'note_signature_invalid' };
    for (const block of [
      forged,
      `${forged}${enochSignature}`,
      `${enochSignature}${forged}`,
      `${peterSignature}${forged}`,
    ]) {
      expect(openNote(`${text}\n${block}`, [peter, enoch])).toMatchObject(invalid);
    }
    expect(names(openNote(`${text}\n${forged}${enochSignature}`, [enoch]))).toEqual(['EnochRoot']);
    expect(openNote(note.replace('cryptography', 'Cryptography'), [peter])).toMatchObject(invalid);
  });

  it.each([1, 63, 65, 68])('refuses a plain signature of %i bytes under a known key', (length) => {
    const line = formatSignatureLine({ name: peter.name, keyId: peter.keyId, signature: new Uint8Array(length) });
    expect(openNote(`${text}\n${line}`, [peter])).toMatchObject({ ok: false, code: 'note_signature_invalid' });
  });

  it('names a key once, however often it signed or was given', () => {
    const twice = `${text}\n${peterSignature}${enochSignature}${peterSignature}`;
    expect(names(openNote(twice, [peter, enoch, peter]))).toEqual(['PeterNeumann', 'EnochRoot']);
  });

  it('refuses two known keys that share name and id', () => {
    const twin: VerifierKey = { ...peter, publicKey: enoch.publicKey };
    expect(openNote(note, [peter, twin])).toMatchObject({ ok: false, code: 'vkey_malformed' });
  });

  it('splits at the last empty line', () => {
    const signer = noteSigner({ name: 'a', secretKey: bytesNamed('a') });
    for (const inner of ['one\n\ntwo\n', '\n', '\n\n\n', `${note}`, 'x\n\n— b AAAAAAAA\n']) {
      const signed = signNote(inner, [signer]);
      expect(unwrap(openNote(signed, [signer.verifierKey])).text).toBe(inner);
    }
  });

  it.each([
    ['nothing', ''],
    ['no empty line', text],
    ['no signature', `${text}\n`],
    ['an empty line at the end', `${note}\n`],
    ['no newline at the end', note.slice(0, -1)],
    ['a carriage return', note.replace('\n', '\r\n')],
    ['a NUL in the text', note.replace('crypto', 'crypto\u0000')],
    ['a tab in the text', note.replace('crypto', 'crypto\t')],
    ['a unit separator in the text', note.replace('crypto', 'crypto\u001F')],
    ['a hyphen for the dash', note.replace('— P', '- P')],
    ['an en dash for the dash', note.replace('— P', '\u2013 P')],
    ['no space behind the dash', note.replace('— P', '—P')],
    ['two spaces behind the dash', note.replace('— P', '—  P')],
    ['two spaces behind the name', note.replace('Neumann x', 'Neumann  x')],
    ['no name', note.replace('PeterNeumann ', '')],
    ['a plus in the name', note.replace('PeterNeumann', 'Peter+Neumann')],
    ['a no-break space in the name', note.replace('PeterNeumann', 'Peter\u00A0Neumann')],
    ['no signature behind the name', `${text}\n— PeterNeumann\n`],
    ['an empty signature behind the name', `${text}\n— PeterNeumann \n`],
    ['a third word', note.replace('JnAM=', 'JnAM= x')],
    ['base64 without padding', note.replace('JnAM=', 'JnAM')],
    ['base64 with trailing bits', note.replace('JnAM=', 'JnAN=')],
    ['a key id and nothing more', `${text}\n— PeterNeumann ${toBase64(Uint8Array.of(0xc7, 0x4f, 0x20, 0xa3))}\n`],
    ['three bytes', `${text}\n— PeterNeumann AAAA\n`],
    ['a bad line of an unknown key', `${text}\n${peterSignature}— other !!!!\n`],
    ['a lone surrogate', note.replace('crypto', 'crypto\uD800')],
  ])('refuses %s', (_why, bad) => {
    expect(bad).not.toBe(note);
    expect(openNote(bad, [peter, enoch])).toMatchObject({ ok: false, code: 'note_malformed' });
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = utf8Encode(note);
    bytes[3] = 0xff;
    expect(openNote(bytes, [peter])).toMatchObject({ ok: false, code: 'note_malformed' });
  });

  it('takes DEL and C1 controls, which the specification allows', () => {
    const signer = noteSigner({ name: 'a', secretKey: bytesNamed('a') });
    const odd = 'a\u007F\u0085\u009F\uFEFF\n';
    expect(unwrap(openNote(signNote(odd, [signer]), [signer.verifierKey])).text).toBe(odd);
  });

  it('takes 100 signatures and not 101', () => {
    const other = formatSignatureLine({ name: 'other', keyId: 1, signature: Uint8Array.of(1) });
    const lines = other.repeat(NOTE_SIGNATURES_MAX - 1) + peterSignature;
    expect(names(openNote(`${text}\n${lines}`, [peter]))).toEqual(['PeterNeumann']);
    expect(openNote(`${text}\n${other}${lines}`, [peter])).toMatchObject({ ok: false, code: 'note_too_large' });
  });

  it('takes 1,000,000 bytes and not one more, as bytes and as text', () => {
    const signer = noteSigner({ name: 'a', secretKey: bytesNamed('a') });
    const around = utf8Encode(signNote('\n', [signer])).length;
    const longest = signNote(`${'x'.repeat(NOTE_BYTES_MAX - around)}\n`, [signer]);
    expect(utf8Encode(longest).length).toBe(NOTE_BYTES_MAX);
    expect(openNote(longest, [signer.verifierKey]).ok).toBe(true);
    expect(openNote(utf8Encode(longest), [signer.verifierKey]).ok).toBe(true);
    const longer = signNote(`${'x'.repeat(NOTE_BYTES_MAX - around + 1)}\n`, [signer]);
    expect(openNote(longer, [signer.verifierKey])).toMatchObject({ ok: false, code: 'note_too_large' });
    expect(openNote(utf8Encode(longer), [signer.verifierKey])).toMatchObject({ ok: false, code: 'note_too_large' });
  });

  it('hands the signature check to the port it is given', () => {
    const seen: Uint8Array[] = [];
    const port = {
      ...nobleEd25519,
      verify: (key: Uint8Array) => {
        seen.push(key);
        return false;
      },
    };
    expect(openNote(note, [peter], port)).toMatchObject({ code: 'note_signature_invalid' });
    expect(seen).toEqual([peter.publicKey]);
  });

  it('opens a changed note only with the text that was signed', () => {
    fc.assert(
      fc.property(mutations(utf8Encode(note)), (bytes) => {
        const opened = openNote(bytes, [peter, enoch]);
        if (opened.ok) expect(opened.value.text).toBe(text);
        else expect(opened.code).toMatch(/^note_(malformed|signature_invalid|unverified)$/);
      }),
      { numRuns: 400 },
    );
  });
});

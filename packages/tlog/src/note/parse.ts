/**
 * The grammar of signed notes (C2SP signed-note):
 *
 *     text, ending in "\n"      may hold empty lines: the last empty line of the note is the separator
 *     "\n"
 *     "— <name> <base64 of key id (4, BE) ‖ signature>\n"     one or more
 *
 * Well-formed UTF-8 without control characters under U+0020 but "\n". Verifies nothing: `open.ts` does.
 */
import { fromBase64, toBase64 } from '../bytes/base64.ts';
import { decodeText } from '../bytes/utf8.ts';
import { failure, type Result, success } from '../result.ts';
import { isKeyName } from './key-name.ts';

/** Bytes of a whole note. */
export const NOTE_BYTES_MAX = 1_000_000;
/** The specification asks for at least 16. */
export const NOTE_SIGNATURES_MAX = 100;

/** `— `: em dash and space. */
const SIGNATURE_PREFIX = '\u2014 ';
const KEY_ID_BYTES = 4;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u0009\u000B-\u001F]/;

export interface NoteSignature {
  readonly name: string;
  /** u32. */
  readonly keyId: number;
  /** What follows the key id: at least one byte. */
  readonly signature: Uint8Array;
}

export interface ParsedNote {
  /** With its final "\n", without the separating empty line. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export type NoteGrammarCode = 'note_malformed' | 'note_too_large';

/** Whether this can be the text of a note: ends in "\n", is well-formed and holds no other control character. */
export function isNoteText(text: string): boolean {
  return text.endsWith('\n') && text.isWellFormed() && !CONTROL_CHARACTER.test(text);
}

/** Splits a note into text and signatures. At most 1,000,000 bytes and 100 signatures. */
export function parseNote(note: Uint8Array | string): Result<ParsedNote, NoteGrammarCode> {
  const decoded = decodeNote(note);
  if (!decoded.ok) return decoded;
  const separator = decoded.value.lastIndexOf('\n\n');
  if (separator < 0) return failure('note_malformed', 'no empty line');
  const text = decoded.value.slice(0, separator + 1);
  const signatures = parseSignatures(decoded.value.slice(separator + 2));
  return signatures.ok ? success({ text, signatures: signatures.value }) : signatures;
}

function decodeNote(note: Uint8Array | string): Result<string, NoteGrammarCode> {
  const text = decodeText(note, NOTE_BYTES_MAX);
  if (!text.ok) return failure(text.code === 'too_large' ? 'note_too_large' : 'note_malformed', text.code);
  if (CONTROL_CHARACTER.test(text.value)) return failure('note_malformed', 'a control character');
  return text;
}

function parseSignatures(block: string): Result<NoteSignature[], NoteGrammarCode> {
  if (!block.endsWith('\n')) return failure('note_malformed', 'no signature line');
  const lines = block.slice(0, -1).split('\n', NOTE_SIGNATURES_MAX + 1);
  if (lines.length > NOTE_SIGNATURES_MAX) return failure('note_too_large', 'more than 100 signatures');
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignatureLine(line);
    if (signature === undefined) return failure('note_malformed', 'a malformed signature line');
    signatures.push(signature);
  }
  return success(signatures);
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(SIGNATURE_PREFIX)) return undefined;
  const nameEnd = line.indexOf(' ', SIGNATURE_PREFIX.length);
  if (nameEnd < 0) return undefined;
  const name = line.slice(SIGNATURE_PREFIX.length, nameEnd);
  const blob = fromBase64(line.slice(nameEnd + 1));
  if (!isKeyName(name) || blob === undefined || blob.length <= KEY_ID_BYTES) return undefined;
  const keyId = new DataView(blob.buffer, blob.byteOffset).getUint32(0);
  return { name, keyId, signature: blob.slice(KEY_ID_BYTES) };
}

/** One signature line, with its "\n". */
export function formatSignatureLine(signature: NoteSignature): string {
  const blob = new Uint8Array(KEY_ID_BYTES + signature.signature.length);
  new DataView(blob.buffer).setUint32(0, signature.keyId);
  blob.set(signature.signature, KEY_ID_BYTES);
  return `${SIGNATURE_PREFIX}${signature.name} ${toBase64(blob)}\n`;
}

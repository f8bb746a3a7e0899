/**
 * Cosignatures (C2SP tlog-cosignature) on a checkpoint of ours: taken out of a witness's answer after they are verified,
 * and put behind the log's own signature in the order of the policy. Pure.
 *
 * Not checked: whether the witnesses are enough. That is the policy's (`satisfies` of @fractal/tlog).
 */
import {
  type Ed25519,
  formatSignatureLine,
  openNote,
  parseNote,
  type VerifiedSignature,
  type VerifierKey,
} from '@fractal/tlog';
import { invariant } from '../errors.ts';
import type { WitnessFault } from '../ports/witness.ts';

/** How far the clock of a witness may be from ours. */
export const COSIGNATURE_SKEW_SECONDS = 300;

export interface Cosignature {
  /** One signature line with its line feed. */
  readonly line: string;
  readonly verified: VerifiedSignature;
}

/** The text of a note, with its final line feed; the note is our own. */
export function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1);
}

/**
 * The cosignature of one witness over the text of `note` among the lines it answered: its first. Lines of other keys are
 * ignored, as the specification asks.
 */
export function cosignatureIn(input: {
  readonly note: string;
  readonly lines: string;
  readonly key: VerifierKey;
  readonly nowSeconds: number;
  readonly ed25519: Ed25519;
}): { readonly ok: true; readonly value: Cosignature } | { readonly ok: false; readonly fault: WitnessFault } {
  const { note, lines, key, nowSeconds, ed25519 } = input;
  const answered = `${textOf(note)}\n${lines}`;
  const parsed = parseNote(answered);
  // A line feed too many in the answer would cut the note elsewhere, and another text would be the one that is signed.
  if (!parsed.ok || parsed.value.text !== textOf(note)) return { ok: false, fault: 'answer_malformed' };
  const opened = openNote(answered, [key], ed25519);
  const verified = opened.ok ? opened.value.verified[0] : undefined;
  const signature = parsed.value.signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  if (verified?.timestamp === undefined || signature === undefined) return { ok: false, fault: 'signature_invalid' };
  const isPlausible = Math.abs(Number(verified.timestamp) - nowSeconds) <= COSIGNATURE_SKEW_SECONDS;
  if (!isPlausible) return { ok: false, fault: 'time_implausible' };
  return { ok: true, value: { line: formatSignatureLine(signature), verified } };
}

/** A published note taken apart: what is not of these witnesses, and the valid cosignature of each that has one. */
export function takeApart(
  note: string,
  witnessKeys: readonly VerifierKey[],
  ed25519: Ed25519,
): { readonly bare: string; readonly cosignatures: (Cosignature | undefined)[] } {
  const parsed = parseNote(note);
  invariant(parsed.ok, 'a published checkpoint is a note');
  const { text, signatures } = parsed.value;
  const own = signatures.filter(
    ({ name, keyId }) => !witnessKeys.some((key) => key.name === name && key.keyId === keyId),
  );
  const cosignatures = witnessKeys.map((key) => {
    for (const signature of signatures) {
      const line = formatSignatureLine(signature);
      const opened = openNote(`${text}\n${line}`, [key], ed25519);
      if (opened.ok) return { line, verified: opened.value.verified[0]! };
    }
    return undefined;
  });
  return { bare: `${text}\n${own.map(formatSignatureLine).join('')}`, cosignatures };
}

/**
 * What the ledger records with a guard before it signs a checkpoint (spec/guard.md): a signed note by the log's own key
 * over a text that can't be taken for a checkpoint, since its second line is no number.
 *
 *     fractal.dev/checkpoint-guard@v1
 *     <origin>
 *     <size, decimal>
 *     <root, base64>
 *     <claim of the writer, 32 hex digits: one opening of one store>
 *
 * Does not check: that the rows agree; that is `open/compare-guard.ts`.
 */
import { fromBase64, type Hash, type NoteSigner, openNote, signNote, toBase64, type VerifierKey } from '@fractal/tlog';

const HEADER = 'fractal.dev/checkpoint-guard@v1';
const HASH_BYTES = 32;
const SIZE = /^(0|[1-9]\d{0,15})$/;
const CLAIM = /^[0-9a-f]{32}$/;

export interface GuardNote {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly claim: string;
}

export function formatGuardNote({ origin, size, root, claim }: GuardNote, signer: NoteSigner): string {
  return signNote(`${HEADER}\n${origin}\n${size}\n${toBase64(root)}\n${claim}\n`, [signer]);
}

/** The note of this origin under this key; why not, in words for an operator, where it is none. */
export function readGuardNote(input: {
  readonly text: string;
  readonly origin: string;
  readonly verifierKeys: readonly VerifierKey[];
}): { readonly ok: true; readonly value: GuardNote } | { readonly ok: false; readonly problem: string } {
  const opened = openNote(input.text, input.verifierKeys);
  if (!opened.ok) return { ok: false, problem: `its signature does not verify (${opened.code})` };
  const [header, origin, size, rootText, claim, end, ...rest] = opened.value.text.split('\n');
  const root = fromBase64(rootText ?? '');
  if (header !== HEADER || end !== '' || rest.length > 0) return { ok: false, problem: 'it is no guard note' };
  if (origin !== input.origin) return { ok: false, problem: `it is of origin ${origin}` };
  if (size === undefined || !SIZE.test(size) || !Number.isSafeInteger(Number(size))) {
    return { ok: false, problem: 'its size is no number' };
  }
  if (root?.length !== HASH_BYTES) return { ok: false, problem: 'its root is no hash' };
  if (claim === undefined || !CLAIM.test(claim)) return { ok: false, problem: 'its claim is malformed' };
  return { ok: true, value: { origin, size: Number(size), root, claim } };
}

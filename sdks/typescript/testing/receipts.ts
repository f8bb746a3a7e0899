/** Receipts and answers as a server would give them, made by the functions that a server uses. For tests only. */
import { canonicalJson, itemHash, type PlainJson } from '@fractal/record';
import {
  appendToRange,
  cosignNote,
  formatCheckpoint,
  formatReceipt,
  formatVerifierKey,
  leafEntry,
  leafHash,
  noteCosigner,
  noteSigner,
  signNote,
  toBase64,
  toHex,
} from '@fractal/tlog';

export const ORIGIN = 'log.example/shard-0';
export const OUTPUT = 'The bridge was opened in 1932 and is 1,149 metres long.';
export const PCS_ID = 'a1'.repeat(32);
/** Of the output's commitment. */
export const SALT = Uint8Array.from({ length: 16 }, (_, at) => at + 1);

const logSigner = noteSigner({ name: ORIGIN, secretKey: new Uint8Array(32).fill(7) });
const witness = noteCosigner({
  name: 'witness.example/1',
  secretKey: new Uint8Array(32).fill(9),
  timeSeconds: 1_790_000_000n,
});

export const LOG_KEY = formatVerifierKey(logSigner.verifierKey);
export const WITNESS_KEY = formatVerifierKey(witness.verifierKey);
/** A log nobody asked for, of the same name. */
export const OTHER_KEY = formatVerifierKey(
  noteSigner({ name: ORIGIN, secretKey: new Uint8Array(32).fill(8) }).verifierKey,
);
export const POLICY = `log ${LOG_KEY}\nwitness one ${WITNESS_KEY}\ngroup all-of-them all one\nquorum all-of-them\n`;

type Members = { readonly [name: string]: PlainJson };

export const VERDICT: Members = {
  decision: 'accept',
  risk: 0.02,
  bound: null,
  certificate: null,
  mode: 'enforce',
  policy: { version: 3 },
  reasons: [{ code: 'number_supported', span: [4, 10], evidence: 0, window: [0, 12], detail: { weight: 0.5 } }],
  signals: { 'grounding.coverage': 0.97 },
  versions: { grounding: '1' },
};

/** The body of a verdict on `OUTPUT`, members replaced as asked; undefined takes one away. */
export function bodyOf(
  changes: { readonly [name: string]: PlainJson | undefined } = {},
  verdictChanges: Members = {},
): Uint8Array {
  const body: { [name: string]: PlainJson | undefined } = {
    type: 'verdict',
    version: 1,
    tenant: 'acme',
    namespace: 'default',
    stream: 'support',
    epoch: 1,
    task: 'answers',
    attempt: 1,
    pcs_id: PCS_ID,
    digest: 'd'.repeat(64),
    profile: 'fractal-pcs',
    signer: 'edge',
    kid: 'edge-1',
    merkle_root: 'e'.repeat(64),
    output: toHex(itemHash({ kind: 'output', salt: SALT, text: OUTPUT })),
    content: 'vault',
    time: 1_790_000_000_000,
    verdict: { ...VERDICT, ...verdictChanges },
    ...changes,
  };
  return canonicalJson(body);
}

/** A receipt for `body` as entry 5 of a log of 8, under the log's signature and, where asked, the witness's. */
export function receiptOf(body: Uint8Array = bodyOf(), options: { readonly witnessed?: boolean } = {}): string {
  const tag = new Uint8Array(16).fill(0xaa);
  const salt = new Uint8Array(16).fill(0xbb);
  const leafHashes = Array.from({ length: 8 }, (_, index) =>
    leafHash(index === 5 ? leafEntry({ tag, salt, body }) : Uint8Array.of(index)),
  );
  const { root, proofs } = appendToRange({ size: 0, range: [], leafHashes });
  const signed = signNote(formatCheckpoint({ origin: ORIGIN, size: 8, root }), [logSigner]);
  const checkpoint = options.witnessed === true ? cosignNote(signed, [witness]) : signed;
  return formatReceipt({ tag, salt, body, index: 5, proof: proofs[5]!, checkpoint });
}

/** The answer of `POST /v1/check`. */
export function checkAnswer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    verdict: VERDICT,
    effective: { decision: 'accept', revision: 0 },
    pcs_id: PCS_ID,
    log: { origin: ORIGIN, index: 5 },
    receipt: receiptOf(),
    salt: toBase64(SALT),
    replayed: false,
    ...changes,
  };
}

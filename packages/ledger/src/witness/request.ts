/**
 * The body of `add-checkpoint` (C2SP tlog-witness), written and read:
 *
 *     old <size, decimal>
 *     <base64 of a hash>        0 to 63 lines: the consistency proof from the old size
 *                               one empty line
 *     <signed checkpoint, to the end>
 *
 * Parsing proves nothing: neither a signature nor the proof is looked at.
 */
import {
  type Checkpoint,
  failure,
  fromBase64,
  HASH_BYTES,
  type Hash,
  parseCheckpoint,
  parseNote,
  parseUint64,
  type Result,
  success,
  toBase64,
  utf8Decode,
} from '@fractal/tlog';

export const ADD_CHECKPOINT_BYTES_MAX = 65_536;
export const PROOF_LINES_MAX = 63;

const OLD = 'old ';

export interface AddCheckpointRequest {
  readonly oldSize: bigint;
  readonly proof: readonly Hash[];
  /** The note as it stands in the request. */
  readonly note: string;
  /** The text of the note: what is signed. */
  readonly text: string;
  /** What the text says; nothing of it is verified. */
  readonly checkpoint: Checkpoint;
}

export function formatAddCheckpoint(request: {
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  readonly checkpoint: string;
}): string {
  const lines = [`${OLD}${request.oldSize}`, ...request.proof.map(toBase64), ''];
  return `${lines.join('\n')}\n${request.checkpoint}`;
}

/** At most 65,536 bytes and 63 proof lines. */
export function parseAddCheckpoint(bytes: Uint8Array): Result<AddCheckpointRequest, 'add_checkpoint_malformed'> {
  if (bytes.length > ADD_CHECKPOINT_BYTES_MAX) return malformed('more than 65,536 bytes');
  const body = utf8Decode(bytes);
  if (body === undefined) return malformed('not UTF-8');
  const end = body.indexOf('\n\n');
  if (end < 0) return malformed('no empty line');
  const [old, ...lines] = body.slice(0, end).split('\n', PROOF_LINES_MAX + 2);
  const oldSize = old?.startsWith(OLD) ? parseUint64(old.slice(OLD.length)) : undefined;
  if (oldSize === undefined) return malformed('the old size line');
  if (lines.length > PROOF_LINES_MAX) return malformed('more than 63 proof lines');
  const proof = lines.map((line) => fromBase64(line));
  if (!proof.every((hash) => hash?.length === HASH_BYTES)) return malformed('a proof line');
  const note = body.slice(end + 2);
  const parsed = parseNote(note);
  if (!parsed.ok) return malformed('the checkpoint is no signed note');
  const { text } = parsed.value;
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint.ok) return malformed('the text of the note is no checkpoint');
  return success({ oldSize, proof: proof as Hash[], note, text, checkpoint: checkpoint.value });
}

function malformed(detail: string) {
  return failure('add_checkpoint_malformed', detail);
}

/**
 * Makes again what is damaged in one log, from what is not: files from leaves, key and derived rows from entries, entries
 * from copies and receipts (DESIGN sections 1 and 3). With no server on the directory.
 *
 *     choose    what each leaf is, out of rows, bundles, tiles and sources
 *     prove     all leaves give the signed roots; if not, nothing is changed
 *     mend      entry rows ► head ► tiles and bundles ► checkpoint ► key rows ► derived rows
 *
 * It never signs: a checkpoint is put back only as the log signed it. Every write is whole and right by itself, so a repair
 * may die anywhere and run again. Memory: a bundle, and what is damaged.
 *
 * Not repaired: the vault and the keyring. Not found: damage that a signed checkpoint agrees with, which there is none of.
 */
import { TILE_WIDTH, type VerifierKey } from '@fractal/tlog';
import { SIGNED_KEY, SIGNED_TABLE } from '../open/compare-guard.ts';
import type { Head, LogStore } from '../ports/log-store.ts';
import type { PublicFiles } from '../ports/public-files.ts';
import type { RepairableRows } from '../ports/repairable-rows.ts';
import { readOf } from '../scrub/scrub-rows.ts';
import { type ChosenLeaf, chooseLeaves } from './choose-leaves.ts';
import { type Proof, proveLog, type SignedTree, signedTree } from './prove-log.ts';
import { FileRepair } from './repair-files.ts';
import { type DeriveRows, RowRepair } from './repair-rows.ts';
import { Findings, FROM_COPY, FROM_COPY_OR_RECEIPT, type RepairReport } from './report.ts';
import type { EntrySource } from './sources.ts';

export interface RepairOptions {
  readonly origin: string;
  /** Keys under which the log has signed. */
  readonly verifierKeys: readonly VerifierKey[];
  readonly store: LogStore;
  readonly rows: RepairableRows;
  readonly files: PublicFiles;
  readonly sources: readonly EntrySource[];
  /** Signed notes of this log from elsewhere: of receipts, copies, the checkpoint guard. */
  readonly checkpoints: readonly string[];
  readonly derive: DeriveRows;
  /** Changes nothing and says what would be done. */
  readonly dryRun: boolean;
}

interface Found {
  readonly head: Head | undefined;
  readonly headProblem: string | undefined;
  readonly published: SignedTree | undefined;
  readonly publishedProblem: string | undefined;
  readonly trees: readonly SignedTree[];
  readonly size: number;
}

/** Throws what the ports throw but CorruptRow. */
export async function repairLog(options: RepairOptions): Promise<RepairReport> {
  const found = new Findings();
  const state = await readState(options);
  const { size } = state;
  if (state.published !== undefined && state.published.size > size) {
    const problem = `there are rows for ${size} entries, ${state.published.size} are published: rows from the past are not repaired`;
    found.leave(
      'rows/head',
      problem,
      'the newer rows; without them this log is closed at the next start and a new one opened',
    );
    return { size, signedSize: 0, repaired: [], left: found.left };
  }
  const servedSize = state.published?.size ?? Math.max(0, ...state.trees.map((tree) => tree.size));
  const leavesFrom = (first: number): Promise<readonly (ChosenLeaf | undefined)[]> =>
    chooseLeaves({ ...options, first, count: Math.min(TILE_WIDTH, size - first), publishedSize: servedSize });
  const proof = await proveLog({ size, trees: state.trees, head: state.head, leavesFrom });
  if (!proof.ok) {
    found.leave(proof.what, `${proof.problem}; nothing was changed`, FROM_COPY);
    return { size, signedSize: 0, repaired: [], left: found.left };
  }
  await mend(options, state, proof, leavesFrom, found);
  return { size, signedSize: proof.signed?.size ?? 0, repaired: found.repaired, left: found.left };
}

async function readState(options: RepairOptions): Promise<Found> {
  const { store, rows, files, checkpoints } = options;
  const head = await readOf(() => store.readHead());
  const note = await files.read('checkpoint');
  const published = note === undefined ? undefined : signedTree(note, options);
  const kept = await readOf(() => store.readRow(SIGNED_TABLE, SIGNED_KEY));
  const notes = [...checkpoints, ...(kept.ok && kept.value !== undefined ? [kept.value] : [])];
  const others = notes.map((each) => signedTree(each, options)).filter((tree) => tree !== undefined);
  const whole = head.ok ? head.value : undefined;
  const size = whole?.size ?? (await rows.entriesEnd());
  return {
    head: whole,
    headProblem: head.ok ? (size === 0 ? undefined : 'it is missing') : head.problem,
    published,
    publishedProblem:
      published !== undefined
        ? undefined
        : note === undefined
          ? 'it is missing'
          : 'it does not verify under the key of the log',
    trees: published === undefined ? others : [published, ...others],
    size,
  };
}

async function mend(
  options: RepairOptions,
  state: Found,
  proof: Extract<Proof, { ok: true }>,
  leavesFrom: (first: number) => Promise<readonly (ChosenLeaf | undefined)[]>,
  found: Findings,
): Promise<void> {
  const { rows, dryRun } = options;
  const { size } = state;
  // Leaves after the signed ones are proven by the committed head alone: the server would sign just that tree.
  const provenSize = proof.isOfHead ? size : (proof.signed?.size ?? 0);
  await mendStrays(options, size, found);
  await mendHead(options, state, proof, found);
  const served = state.published ?? proof.signed;
  const files = new FileRepair({ files: options.files, size: served?.size ?? 0, dryRun, found });
  for (let first = 0; first < size; first += TILE_WIDTH) {
    const leaves = (await leavesFrom(first)).filter((leaf) => leaf !== undefined);
    for (const leaf of leaves) await mendEntry(options, leaf, provenSize, found);
    await files.add(leaves);
  }
  await mendCheckpoint(options, state, proof.signed, found);
  const follows = new RowRepair({ ...options, found }, await rows.scanKeys());
  for (let first = 0; first < size; first += TILE_WIDTH) {
    for (const leaf of await leavesFrom(first)) {
      const entry = leaf?.row ?? (leaf !== undefined && leaf.index < provenSize ? leaf.brought?.entry : undefined);
      if (leaf !== undefined) await follows.add(leaf.index, entry);
    }
  }
  await follows.finish();
}

async function mendEntry({ rows, dryRun }: RepairOptions, leaf: ChosenLeaf, provenSize: number, found: Findings) {
  if (leaf.row !== undefined) return;
  const what = `rows/entries/${leaf.index}`;
  if (leaf.brought === undefined) found.leave(what, leaf.problem ?? 'it is missing', FROM_COPY_OR_RECEIPT);
  else if (leaf.index >= provenSize) {
    const problem = `${leaf.problem}; ${leaf.brought.from} has it, but no signed checkpoint in hand covers it`;
    found.leave(what, problem, 'a receipt whose checkpoint covers it (--receipt FILE)');
  } else {
    found.add(what, leaf.brought.from);
    if (!dryRun) await rows.putEntry(leaf.brought.entry);
  }
}

/** Damaged rows past the end, whose own key was damaged: the next commit would be refused because of them. */
async function mendStrays({ rows, dryRun }: RepairOptions, size: number, found: Findings): Promise<void> {
  const strays = await rows.strayEntries(size);
  for (const what of strays) found.add(what, 'nothing: it lies past the end of the log and is taken away');
  if (strays.length > 0 && !dryRun) await rows.removeStrayEntries(size);
}

async function mendHead(
  { rows, dryRun }: RepairOptions,
  { size, head, headProblem }: Found,
  proof: Extract<Proof, { ok: true }>,
  found: Findings,
): Promise<void> {
  if (head !== undefined || (size === 0 && headProblem === undefined)) {
    if (head !== undefined && !proof.isOfHead) {
      const problem = 'its compact range is not what the entries give, and no signed checkpoint covers all of them';
      if (proof.signed?.size !== size) return found.leave('rows/head', problem, FROM_COPY_OR_RECEIPT);
      return putHead();
    }
    return;
  }
  if (proof.signed?.size === size) return putHead();
  const problem = `${headProblem}; no signed checkpoint in hand covers all ${size} entries there are, so their number can't be proven`;
  found.leave('rows/head', problem, 'a receipt whose checkpoint covers all of them (--receipt FILE)');

  async function putHead(): Promise<void> {
    found.add('rows/head', 'the entries, under a signed checkpoint of all of them');
    if (!dryRun) await rows.putHead({ size, range: proof.range, timeMs: 0 });
  }
}

async function mendCheckpoint(
  { rows, files, store, dryRun }: RepairOptions,
  { size, published, publishedProblem }: Found,
  signed: SignedTree | undefined,
  found: Findings,
): Promise<void> {
  const kept = await readOf(() => store.readRow(SIGNED_TABLE, SIGNED_KEY));
  if (!kept.ok && signed === undefined) {
    found.leave(
      `rows/${SIGNED_TABLE}`,
      kept.problem,
      'a receipt of this log, which carries a checkpoint (--receipt FILE)',
    );
  }
  if (!kept.ok && signed !== undefined) {
    found.add(`rows/${SIGNED_TABLE}`, 'the newest signed checkpoint in hand');
    const value = new TextEncoder().encode(signed.note);
    if (!dryRun) await rows.putRow({ table: SIGNED_TABLE, key: SIGNED_KEY, value });
  }
  if (published !== undefined || publishedProblem === undefined || size === 0) return;
  if (signed === undefined) {
    const help = 'a receipt of this log, which carries a checkpoint (--receipt FILE), or another copy (--from DIR)';
    found.leave('checkpoint', publishedProblem, help);
    return;
  }
  found.add('checkpoint', `one that the log signed over ${signed.size} entries`);
  if (!dryRun) await files.replaceCheckpoint(new TextEncoder().encode(signed.note));
}

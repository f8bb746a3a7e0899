/**
 * Copies the vault into packs, beside a server that stores, erases and rotates.
 *
 * Backup and vault are walked side by side in order of address. What only the vault has goes into new packs. A pack with a
 * row that is gone, erased or wrapped anew is written again from the vault: the content of what was erased is left out, and
 * with it its wrapped key. After a rotation of a tenant's key only the small files of key rows change. Small packs are merged
 * now and then, so that their number stays small.
 *
 * A row and its content are read in one transaction. Rows that change while we look are found by looking again.
 */
import { equalBytes } from '@fractal/tlog';
import type { StoredKeyRow } from '@fractal/vault';
import { addressKey } from '../vault/address-key.ts';
import type { VaultReader } from '../vault/index.ts';
import type { FileFacts, FrameWriter } from './framed-file.ts';
import type { Pack } from './manifest.ts';
import { mergePacks } from './merge.ts';
import { contentHashOf, encodePackRow, type PackRow, packContents, packRows } from './pack.ts';
import type { BackupTarget } from './target.ts';

export interface VaultState {
  readonly packs: readonly Pack[];
  readonly packsMade: number;
}

export interface CopyVault {
  readonly vault: VaultReader;
  readonly start: VaultState;
  readonly target: BackupTarget;
  /** Told after each pack. */
  readonly onPack: (state: VaultState) => Promise<void>;
  /** Told how many contents are copied so far. */
  readonly onContents: (count: number) => void;
}

const PACK_BYTES_MAX = 64 << 20;
const PACK_ROWS_MAX = 16_384;
/** So many packs below half a pack are merged. */
const SMALL_PACKS_MAX = 8;
/** Looks at most: a server that rotates one tenant after another must not keep a backup from ending. */
const LOOKS_MAX = 4;
const PAGE_ROWS = 500;

export async function copyVault(options: CopyVault): Promise<VaultState> {
  const packer = new Packer(options.target, options.start.packsMade);
  try {
    return await copy(options, packer);
  } finally {
    await packer.abandon();
  }
}

async function copy({ vault, start, target, onPack, onContents }: CopyVault, packer: Packer): Promise<VaultState> {
  let packs = [...start.packs];
  let contents = 0;
  const changed = async (next: Pack[]): Promise<void> => {
    packs = next;
    await onPack({ packs, packsMade: packer.made });
  };
  const isFull = (pack: Pack | undefined) => pack !== undefined && changed([...packs, pack]);

  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const stale = new Set<Pack>();
    for await (const row of rowsOnlyIn(vault, target.path, packs, (pack) => stale.add(pack))) {
      const live = await vault.read(row.address);
      if (live === undefined) continue; // removed since
      await isFull(await packer.add({ address: row.address, ...live }));
      if (live.content !== undefined) contents += 1;
      onContents(contents);
    }
    await isFull(await packer.end());
    for (const pack of stale) {
      const next = await written(vault, target, pack, packer);
      await changed(packs.flatMap((each) => (each === pack ? next : [each])));
    }
    if (stale.size === 0) break;
  }
  const small = packs.filter(isSmall);
  if (small.length >= SMALL_PACKS_MAX) {
    const merged = await mergeSmall(target, small, packer);
    await changed([...packs.filter((pack) => !small.includes(pack)), ...merged]);
  }
  return { packs, packsMade: packer.made };
}

/** Rows that no pack has, in order; packs whose rows are not those of the vault are told. */
async function* rowsOnlyIn(
  vault: VaultReader,
  target: string,
  packs: readonly Pack[],
  onStale: (pack: Pack) => void,
): AsyncGenerator<StoredKeyRow, void, undefined> {
  const packed = mergePacks(packs, (pack) => packRows(target, pack));
  try {
    let next = await packed.next();
    for await (const row of liveRows(vault)) {
      const key = addressKey(row.address);
      while (next.done !== true && Buffer.compare(next.value.key, key) < 0) {
        onStale(next.value.pack); // gone from the vault
        next = await packed.next();
      }
      if (next.done === true || !next.value.key.equals(key)) {
        yield row;
        continue;
      }
      if (!equalBytes(next.value.row.keyRow, row.keyRow)) onStale(next.value.pack);
      next = await packed.next();
    }
    for (; next.done !== true; next = await packed.next()) onStale(next.value.pack);
  } finally {
    await packed.return(undefined);
  }
}

async function* liveRows(vault: VaultReader): AsyncGenerator<StoredKeyRow, void, undefined> {
  let after: StoredKeyRow | undefined;
  for (;;) {
    const page = await vault.listKeys({ limit: PAGE_ROWS, ...(after === undefined ? {} : { after: after.address }) });
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE_ROWS) return;
  }
}

/** The pack as the vault has its rows now: only its key rows where no content changed, all of it otherwise. */
async function written(vault: VaultReader, target: BackupTarget, pack: Pack, packer: Packer): Promise<Pack[]> {
  const rows: PackRow[] = [];
  let sameContents = true;
  for await (const row of packRows(target.path, pack)) {
    const keyRow = await vault.readKey(row.address);
    if (keyRow !== undefined && equalBytes(keyRow, row.keyRow)) {
      rows.push(row);
      continue;
    }
    const live = await vault.read(row.address);
    const contentHash = live?.content === undefined ? undefined : contentHashOf(live.content);
    if (live !== undefined) rows.push({ address: row.address, keyRow: live.keyRow, contentHash });
    if (!sameHash(contentHash, row.contentHash)) sameContents = false;
  }
  if (rows.length === 0) return [];
  if (sameContents) return [{ keys: await packer.keysAlone(rows), contents: pack.contents }];
  const packs: Pack[] = [];
  for (const { address } of rows) {
    const live = await vault.read(address);
    const full = live === undefined ? undefined : await packer.add({ address, ...live });
    if (full !== undefined) packs.push(full);
  }
  const last = await packer.end();
  return last === undefined ? packs : [...packs, last];
}

function sameHash(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

function isSmall({ keys, contents }: Pack): boolean {
  return contents.bytes < PACK_BYTES_MAX / 2 && keys.rows < PACK_ROWS_MAX / 2;
}

async function mergeSmall(target: BackupTarget, small: readonly Pack[], packer: Packer): Promise<Pack[]> {
  const packs: Pack[] = [];
  for await (const { row } of mergePacks(small, (pack) => packContents(target.path, pack))) {
    const { address, keyRow, content } = row;
    const full = await packer.add({ address, keyRow, ...(content === undefined ? {} : { content }) });
    if (full !== undefined) packs.push(full);
  }
  const last = await packer.end();
  return last === undefined ? packs : [...packs, last];
}

interface VaultRow extends StoredKeyRow {
  readonly content?: Uint8Array;
}

/** Writes rows, which come in order of address, into packs of bounded size. */
class Packer {
  readonly #target: BackupTarget;
  #made: number;
  #open: { keys: FrameWriter; contents: FrameWriter; rows: number; count: number } | undefined;

  constructor(target: BackupTarget, made: number) {
    this.#target = target;
    this.#made = made;
  }

  /** Names given so far. */
  get made(): number {
    return this.#made;
  }

  /** The pack that this row completed, if it did. */
  async add({ address, keyRow, content }: VaultRow): Promise<Pack | undefined> {
    this.#open ??= await this.#begin();
    const pack = this.#open;
    const contentHash = content === undefined ? undefined : contentHashOf(content);
    await pack.keys.append(encodePackRow({ address, keyRow, contentHash }));
    pack.rows += 1;
    if (content !== undefined) {
      await pack.contents.append(content);
      pack.count += 1;
    }
    return pack.rows >= PACK_ROWS_MAX || pack.contents.bytes >= PACK_BYTES_MAX ? this.end() : undefined;
  }

  /** The pack that is open, if one is. */
  async end(): Promise<Pack | undefined> {
    const pack = this.#open;
    if (pack === undefined) return undefined;
    const contents = await pack.contents.finish();
    const keys = await pack.keys.finish();
    this.#open = undefined;
    return { keys: { ...keys, rows: pack.rows }, contents: { ...contents, count: pack.count } };
  }

  /** Key rows of a pack whose contents stay where they are. */
  async keysAlone(rows: readonly PackRow[]): Promise<FileFacts & { rows: number }> {
    const keys = await this.#target.create(`vault/${this.#next()}.keys`);
    try {
      for (const row of rows) await keys.append(encodePackRow(row));
      return { ...(await keys.finish()), rows: rows.length };
    } catch (error) {
      await keys.abandon();
      throw error;
    }
  }

  /** Leaves nothing of a pack that is open. */
  async abandon(): Promise<void> {
    await this.#open?.keys.abandon();
    await this.#open?.contents.abandon();
  }

  async #begin() {
    const name = this.#next();
    const keys = await this.#target.create(`vault/${name}.keys`);
    const contents = await this.#target.create(`vault/${name}.contents`);
    return { keys, contents, rows: 0, count: 0 };
  }

  #next(): string {
    this.#made += 1;
    return String(this.#made).padStart(8, '0');
  }
}

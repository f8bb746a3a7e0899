/**
 * The invariants, held against what lies on the disk after every step (I1 to I5, I7). The watches only note what happened, at
 * the instant it happened; `check` looks once the step has run dry.
 */
import {
  leafEntry,
  parseCheckpoint,
  parseVerifierKey,
  toBase64,
  toHex,
  utf8Decode,
  verifyCheckpoint,
} from '@fractal/tlog';
import { nodeEd25519 } from '../../packages/server/src/judge/node-ed25519.ts';
import type { Files } from '../disk/files.ts';
import type { Rows } from '../disk/rows.ts';
import type { SimDisk } from '../disk/sim-disk.ts';
import type { Process } from '../kernel/process.ts';
import { History } from './history.ts';
import type { Verdict } from './messages.ts';
import type { Model } from './model.ts';
import { DATA, verifierKeyOf } from './node.ts';
import { logRowsOf } from './rows-view.ts';
import { Violation } from './violation.ts';

const ROWS_FILE = `${DATA}/rows/data.mdb`;
const ED25519 = nodeEd25519();
const TILE = 256;
/** Rows read at once by a check. */
const READ_ENTRIES = 512;

interface LogState {
  readonly name: string;
  readonly origin: string;
  /** Leaves that some signed checkpoint covers: they can never be others. */
  readonly signed: History;
  /** Hex of leaves that are durable, as far as they were looked at. */
  durable: string[];
  readonly keys: Map<string, number>;
  publishedSize: number;
  /** Full tiles that were found durable and right. */
  tilesChecked: number;
}

export interface Checks {
  /** Where damage was done on purpose, nothing is said about what lies there. */
  damaged: boolean;
  onSign(process: Process, text: string): void;
  onCommit(process: Process, tables: ReadonlySet<string>, durable: boolean): void;
  onRename(process: Process, to: string): void;
  onRemove(process: Process, path: string): void;
  onPublished(log: string, size: number): void;
  onAnswer(process: Process, answer: Verdict): void;
  /** To be called when every process is dead and a backup was put back. Gives the sizes it holds, by origin. */
  wentBack(): Promise<(origin: string) => number>;
  check(): Promise<void>;
  history(origin: string): History;
  readonly origins: readonly string[];
}

export function checks(options: {
  readonly disk: SimDisk;
  /** Where what is signed must have been recorded before; undefined: nowhere. */
  readonly guardDisk: SimDisk | undefined;
  readonly model: Model;
  /** Origin of a log by the name of its folder and tables. */
  readonly originOf: (log: string) => string;
}): Checks {
  const { disk, guardDisk, model, originOf } = options;
  const logs = new Map<string, LogState>();
  const signed: { readonly origin: string; readonly size: number; readonly root: string; readonly by: string }[] = [];
  const answers: Verdict[] = [];
  const published = new Set<string>();
  const told: { readonly log: string; readonly size: number }[] = [];
  let owner: Process | undefined;
  let changed = false;
  let broken: Violation | undefined;

  const fail = (violation: Violation): void => {
    broken ??= violation;
  };

  function logOf(name: string): LogState {
    let log = logs.get(name);
    if (log === undefined) {
      log = {
        name,
        origin: originOf(name),
        signed: new History(),
        durable: [],
        keys: new Map(),
        publishedSize: -1,
        tilesChecked: 0,
      };
      logs.set(name, log);
    }
    return log;
  }

  function byOrigin(origin: string): LogState {
    return logOf(origin.slice(origin.lastIndexOf('/') + 1));
  }

  /** What would be there if the machine lost power now, at worst; undefined where not even the file is certain. */
  function certainRows(): Rows | undefined {
    if (disk.files.possible(ROWS_FILE).length !== 1) return undefined;
    const rows = disk.files.file(ROWS_FILE)?.rows;
    return rows === undefined || rows.isDurable ? rows : rows.atWorst();
  }

  async function readDurable(): Promise<void> {
    const rows = certainRows();
    if (rows === undefined) return;
    for (const table of rows.tables) {
      if (!table.endsWith('/meta')) continue;
      const log = logOf(table.slice(0, -'/meta'.length));
      const store = logRowsOf(rows, log.name);
      const size = (await store.readHead())?.size ?? 0;
      if (size < log.durable.length) {
        throw new Violation('I2', `${log.name}: ${log.durable.length} entries were durable, ${size} are left`);
      }
      while (log.durable.length < size) {
        const from = log.durable.length;
        const entries = await store.readEntries(from, Math.min(size, from + READ_ENTRIES));
        if (entries.length === 0)
          throw new Violation('I2', `${log.name}: the head is ${size}, entry ${from} is not there`);
        for (const entry of entries) {
          const key = toHex(entry.key);
          const first = log.keys.get(key);
          if (first !== undefined)
            throw new Violation('I3', `${log.name}: entries ${first} and ${entry.index} have one key`);
          log.keys.set(key, entry.index);
          checkBody(log, entry.index, entry.body);
          const leaf = toHex(leafEntry(entry));
          const before = log.signed.leaf(entry.index);
          if (before !== undefined && before !== leaf) {
            throw new Violation('I5', `${log.name}: entry ${entry.index} was signed as another leaf`);
          }
          log.durable.push(leaf);
        }
      }
    }
  }

  /** I1, I3 and I10: nothing is logged but what a valid record brought about. */
  function checkBody(log: LogState, index: number, body: Uint8Array): void {
    const said = JSON.parse(utf8Decode(body) ?? '') as {
      type: string;
      tenant: string;
      pcs_id: string;
      verdict?: { decision?: string };
    };
    const id = `${said.type} ${said.tenant} ${said.pcs_id}`;
    const first = log.keys.get(id);
    if (first !== undefined) throw new Violation('I3', `${log.name}: entries ${first} and ${index} are both a ${id}`);
    log.keys.set(id, index);
    const payloads = model.payloads(said.tenant, said.pcs_id);
    if (payloads === 0) throw new Violation('I1', `${said.type} of ${said.pcs_id}: nobody signed such a record`);
    if (said.type === 'equivocation' && payloads < 2) {
      throw new Violation('I1', `an equivocation was logged for ${said.pcs_id}, which was signed once`);
    }
    if (said.verdict?.decision === 'accept' && !model.mayAccept(said.tenant, said.pcs_id)) {
      throw new Violation('I10', `${said.pcs_id} was accepted without evidence for it`);
    }
  }

  function checkSigned(): void {
    for (const { origin, size, root, by } of signed.splice(0)) {
      const log = byOrigin(origin);
      if (size > log.durable.length && size > log.signed.size) {
        throw new Violation(
          'I2',
          `${by} signed ${size} entries of ${origin}, ${log.durable.length} would survive a crash`,
        );
      }
      if (guardDisk !== undefined && size > log.signed.size) checkRecorded(guardDisk, origin, size, by);
      while (log.signed.size < size) log.signed.add(Buffer.from(log.durable[log.signed.size]!, 'hex'));
      const expected = log.signed.root(size);
      if (expected !== root) throw new Violation('I5', `${by} signed another root at ${size} of ${origin} than before`);
    }
  }

  function checkAnswers(): void {
    for (const { origin, index, body } of answers.splice(0)) {
      const log = byOrigin(origin);
      if (index >= log.signed.size || index >= log.durable.length) {
        throw new Violation('I2', `entry ${index} of ${origin} was answered before it was durable and signed`);
      }
      if (!log.signed.leaf(index)!.endsWith(bodyCommitment(log, index, body))) {
        throw new Violation('I4', `the body answered for entry ${index} of ${origin} is not the one in the log`);
      }
    }
  }

  /** A leaf ends with its commitment; the salt is in the rows, so the body is compared there. */
  function bodyCommitment(log: LogState, index: number, body: Uint8Array): string {
    const key = new Uint8Array(8);
    new DataView(key.buffer).setBigUint64(0, BigInt(index));
    const row = disk.files.file(ROWS_FILE)?.rows?.get(`${log.name}/entries`, key);
    if (row === undefined || !Buffer.from(row).includes(Buffer.from(body))) return 'missing';
    return '';
  }

  function checkPublished(): void {
    for (const name of published) {
      const log = logOf(name);
      const folder = `${DATA}/log/${name}`;
      const bytes = disk.files.read(`${folder}/checkpoint`);
      if (bytes === undefined) continue;
      const key = parseVerifierKey(verifierKeyOf(log.origin));
      if (!key.ok) throw new Error(key.code);
      const verified = verifyCheckpoint({
        checkpoint: bytes,
        origin: log.origin,
        verifierKey: key.value,
        ed25519: ED25519,
      });
      if (!verified.ok) throw new Violation('I5', `the published checkpoint of ${name}: ${verified.code}`);
      const size = Number(verified.value.size);
      if (size < log.publishedSize) {
        throw new Violation('I5', `the checkpoint of ${name} went back from ${log.publishedSize} to ${size}`);
      }
      if (size > log.signed.size || log.signed.root(size) !== toBase64(verified.value.root)) {
        throw new Violation('I5', `the published checkpoint of ${name} at ${size} is none that was signed`);
      }
      log.publishedSize = size;
      checkTiles(log, folder, size);
    }
    published.clear();
  }

  /** What a client hears to be published is there after any crash. */
  function checkTold(): void {
    for (const { log, size } of told.splice(0)) {
      const path = `${DATA}/log/${log}/checkpoint`;
      const sizes = disk.files
        .possible(path)
        .map((bytes) => Number(utf8Decode(bytes ?? new Uint8Array(0))?.split('\n')[1]));
      if (sizes.every((kept) => kept >= size)) continue;
      throw new Violation(
        'I5',
        `${size} entries of ${log} were called published, and a crash now could take that back`,
      );
    }
  }

  /** Whoever reads a checkpoint can read its entries and hashes, also after a crash. */
  function checkTiles(log: LogState, folder: string, size: number): void {
    const full = Math.floor(size / TILE);
    for (let index = log.tilesChecked; index < full; index += 1) {
      checkBundle(disk.files, log, `${folder}/tile/entries/${numbered(index)}`, index * TILE, TILE);
      checkHashes(disk.files, log, `${folder}/tile/0/${numbered(index)}`, index * TILE, TILE);
    }
    log.tilesChecked = full;
    if (full > 0) {
      const path = `${folder}/tile/1/000.p/${full}`;
      const roots = Array.from({ length: full }, (_, i) => log.signed.tileRoot(i));
      if (toHex(certainBytes(disk.files, path)) !== roots.join(''))
        throw new Violation('I5', `${path} holds other hashes`);
    }
    const rest = size % TILE;
    if (rest === 0) return;
    checkBundle(disk.files, log, `${folder}/tile/entries/${numbered(full)}.p/${rest}`, full * TILE, rest);
    checkHashes(disk.files, log, `${folder}/tile/0/${numbered(full)}.p/${rest}`, full * TILE, rest);
  }

  return {
    damaged: false,
    onSign(process, text) {
      const checkpoint = parseCheckpoint(text);
      if (!checkpoint.ok) return; // the guard's note is signed by the same key and is no checkpoint
      const { origin, size, root } = checkpoint.value;
      signed.push({ origin, size: Number(size), root: toBase64(root), by: process.name });
    },
    onCommit(process, tables, durable) {
      changed = true;
      if (tables.has('session')) owner = process;
      else if (owner !== process && [...tables].some((table) => table.startsWith('0'))) {
        fail(new Violation('I7', `${process.name} committed to a log that ${owner?.name} had taken over`));
      }
      void durable;
    },
    onRename(_process, to) {
      const match = /^\/data\/log\/([^/]+)\/checkpoint$/.exec(to);
      if (match?.[1] !== undefined) published.add(match[1]);
    },
    onRemove(_process, path) {
      const match = /^\/data\/log\/([^/]+)\/tile\//.exec(path);
      if (match?.[1] !== undefined) published.add(match[1]);
    },
    onPublished(log, size) {
      told.push({ log, size });
    },
    onAnswer(_process, answer) {
      answers.push(answer);
    },
    async wentBack() {
      owner = undefined;
      const rows = disk.files.file(ROWS_FILE)?.rows;
      const sizes = new Map<string, number>();
      for (const log of logs.values()) {
        const size = rows === undefined ? 0 : ((await logRowsOf(rows, log.name).readHead())?.size ?? 0);
        sizes.set(log.origin, size);
        log.durable = log.durable.slice(0, size);
        for (const [key, index] of log.keys) if (index >= size) log.keys.delete(key);
        log.publishedSize = -1;
        log.tilesChecked = 0;
      }
      return (origin) => sizes.get(origin) ?? 0;
    },
    async check() {
      if (broken !== undefined) throw broken;
      if (this.damaged) {
        // What lies there is no longer the truth; what was signed before still is.
        signed.splice(0, signed.length, ...signed.filter(({ origin, size }) => size <= byOrigin(origin).signed.size));
        checkSigned();
        answers.length = 0;
        published.clear();
        told.length = 0;
        return;
      }
      if (changed) {
        changed = false;
        await readDurable();
      }
      if (signed.length > 0) checkSigned();
      if (answers.length > 0) checkAnswers();
      if (published.size > 0) checkPublished();
      if (told.length > 0) checkTold();
    },
    history: (origin) => byOrigin(origin).signed,
    get origins() {
      return [...logs.values()].map(({ origin }) => origin);
    },
  };
}

/** The guard holds at least that size, whatever crashes now. */
function checkRecorded({ files }: SimDisk, origin: string, size: number, by: string): void {
  for (const path of files.paths) {
    const kept = files.possible(path).map((bytes) => utf8Decode(bytes ?? new Uint8Array(0)) ?? '');
    if (
      kept.every(
        (text) => text.includes(`\n${origin}\n`) && Number(text.split(`\n${origin}\n`)[1]?.split('\n')[0]) >= size,
      )
    )
      return;
  }
  throw new Violation('I5', `${by} signed ${size} entries of ${origin}, and no guard would remember it`);
}

function certainBytes(files: Files, path: string): Uint8Array {
  const [bytes, ...others] = files.possible(path);
  if (bytes === undefined || others.some((other) => other === undefined || !Buffer.from(other).equals(bytes))) {
    throw new Violation('I5', `a checkpoint was published, and a crash now could lose ${path}`);
  }
  return bytes;
}

function checkBundle(files: Files, log: LogState, path: string, from: number, count: number): void {
  const leaves = Array.from({ length: count }, (_, i) => `0031${log.signed.leaf(from + i)}`);
  if (toHex(certainBytes(files, path)) !== leaves.join('')) throw new Violation('I5', `${path} holds other entries`);
}

function checkHashes(files: Files, log: LogState, path: string, from: number, count: number): void {
  const hashes = Array.from({ length: count }, (_, i) => log.signed.leafHash(from + i));
  if (toHex(certainBytes(files, path)) !== hashes.join('')) throw new Violation('I5', `${path} holds other hashes`);
}

/** C2SP tile numbers below a thousand. */
function numbered(index: number): string {
  return String(index).padStart(3, '0');
}

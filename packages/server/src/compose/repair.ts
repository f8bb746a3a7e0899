/**
 * `fractal log repair`: every log of a data directory, from what is intact in it, from copies and from receipts. Opening for
 * writing takes the directory over: a server that still runs on it can write nothing from then on, and stops.
 */

import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CorruptRow,
  type EntrySource,
  type LogStore,
  type PublicFiles,
  type RepairReport,
  repairLog,
  type StoredEntry,
} from '@fractal/ledger';
import {
  backedUpLogs,
  logNames,
  openDataDirectory,
  openDataDirectoryReadOnly,
  readVerifierKeys,
  repairRows,
} from '@fractal/store-embedded';
import { parseReceipt, parseVerifierKey, type VerifierKey } from '@fractal/tlog';
import { deriveRowsOf, entryOfReceipt } from '../commit/derived.ts';

export interface RepairDirectoryOptions {
  readonly dataDir: string;
  /** Other data directories and backups. */
  readonly copies: readonly string[];
  readonly receipts: readonly { readonly name: string; readonly text: string }[];
  readonly dryRun: boolean;
}

export interface RepairedLog extends RepairReport {
  readonly log: string;
  readonly origin: string;
}

interface Elsewhere {
  readonly origin: string;
  readonly source: EntrySource;
  readonly notes: readonly string[];
}

type Opened = Pick<Awaited<ReturnType<typeof openDataDirectoryReadOnly>>, 'keyValue' | 'checkSession' | 'close'> & {
  readonly openLog: (name: string) => Promise<{ store: LogStore; files: PublicFiles }>;
};

/** @throws DataDirectoryError, BackupError; RepairInputError for a copy or a receipt that is none */
export async function repairDirectory(options: RepairDirectoryOptions): Promise<readonly RepairedLog[]> {
  const { dataDir, dryRun } = options;
  const receipts = options.receipts.map(receiptOf);
  const copies = await Promise.all(options.copies.map(openCopy));
  const directory = await openFor(dataDir, dryRun);
  try {
    const reports: RepairedLog[] = [];
    for (const name of await logNames(dataDir)) {
      const verifierKeys = keysOf(name, await readVerifierKeys(join(dataDir, 'keys'), name));
      const origin = verifierKeys[0]!.name;
      const ours = [...copies.flatMap(({ logs }) => logs), ...receipts].filter((each) => each.origin === origin);
      const { store, files } = await directory.openLog(name);
      const report = await repairLog({
        origin,
        verifierKeys,
        store,
        rows: repairRows({ ...directory, log: name }),
        files,
        sources: ours.map(({ source }) => source),
        checkpoints: ours.flatMap(({ notes }) => notes),
        derive: deriveRowsOf(name),
        dryRun,
      });
      reports.push({ log: name, origin, ...report });
    }
    return reports;
  } finally {
    await directory.close();
    for (const copy of copies) await copy.close();
  }
}

/** What was given as a copy or a receipt is none. */
export class RepairInputError extends Error {
  readonly code = 'repair_input_malformed';
}

async function openFor(dataDir: string, dryRun: boolean): Promise<Opened> {
  // Never made where there is none: reading says so, writing would make an empty one.
  const reading = await openDataDirectoryReadOnly(dataDir);
  if (dryRun) {
    return {
      ...reading,
      openLog: async (name) => {
        const { store, files } = reading.openLog(name);
        return { store, files: { ...files, writeAll: refuse, replaceCheckpoint: refuse, removePartials: refuse } };
      },
    };
  }
  await reading.close();
  return openDataDirectory(dataDir, new Uint8Array(randomBytes(16)));
}

function refuse(): never {
  throw new Error('a repair that runs dry writes nothing');
}

function keysOf(log: string, texts: readonly string[]): VerifierKey[] {
  const keys = texts.map((text) => parseVerifierKey(text));
  const parsed = keys.flatMap((key) => (key.ok ? [key.value] : []));
  if (parsed.length > 0 && parsed.length === keys.length) return parsed;
  throw new RepairInputError(`keys/${log}.vkey holds no verifier key: bring it back from a copy, it is public`);
}

function receiptOf({ name, text }: { name: string; text: string }): Elsewhere {
  const parsed = parseReceipt(text);
  if (!parsed.ok) throw new RepairInputError(`${name} is no receipt: ${parsed.code}`);
  const { index, tag, salt, body, checkpoint } = parsed.value;
  const entry = entryOfReceipt({ index: Number(index), tag, salt, body });
  const source: EntrySource = {
    name: `receipt ${name}`,
    entry: async (asked) => (asked === entry?.index ? entry : undefined),
  };
  return { origin: checkpoint.split('\n', 1)[0]!, source, notes: [checkpoint] };
}

interface Copy {
  readonly logs: readonly Elsewhere[];
  close(): Promise<void>;
}

async function openCopy(path: string): Promise<Copy> {
  if (await isThere(join(path, 'format.json'))) return openCopiedDirectory(path);
  const logs = await backedUpLogs(path);
  return {
    logs: logs.map(({ origin, note, entry }) => ({
      origin,
      source: { name: `backup ${path}`, entry },
      notes: note === undefined ? [] : [note],
    })),
    close: async () => {},
  };
}

async function openCopiedDirectory(path: string): Promise<Copy> {
  const directory = await openDataDirectoryReadOnly(path);
  const logs: Elsewhere[] = [];
  for (const name of await logNames(path)) {
    const { store, files } = directory.openLog(name);
    const note = await files.read('checkpoint');
    logs.push({
      origin: keysOf(name, await readVerifierKeys(join(path, 'keys'), name))[0]!.name,
      source: { name: `copy ${path}`, entry: (index) => wholeEntry(store, index) },
      notes: note === undefined ? [] : [new TextDecoder().decode(note)],
    });
  }
  return { logs, close: () => directory.close() };
}

/** A copy may be damaged as well, at another place. */
async function wholeEntry(store: LogStore, index: number): Promise<StoredEntry | undefined> {
  try {
    return await store.readEntry(index);
  } catch (error) {
    if (error instanceof CorruptRow) return undefined;
    throw error;
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

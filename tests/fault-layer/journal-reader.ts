/**
 * Reads the undo journal that the shim wrote (layout: journal.h). Pre-images stay in the file until somebody asks.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const HEADER_BYTES = 56;
const MAGIC = 0x31304a46;

/** One change of a file's bytes or size. `at` is its place in the journal: smaller is earlier. */
export type DataChange = {
  at: number;
  kind: 'write' | 'resize';
  /** First byte changed, and one past the last. */
  start: number;
  end: number;
  sizeBefore: number;
  /** True when the record itself was made durable (O_SYNC, O_DSYNC). */
  durable: boolean;
  preImage: { offset: number; length: number };
};

/** Changes of the range at journal places from ≤ place < upto are durable. `from` is above 0 after a sync that failed. */
export type RangeSync = { start: number; end: number; from: number; upto: number };

export type NameChange = { at: number } & (
  | { kind: 'create' | 'mkdir'; directory: bigint; name: string }
  | { kind: 'unlink' | 'rmdir'; directory: bigint; name: string; inode: bigint }
  | { kind: 'rename'; directory: bigint; name: string; toDirectory: bigint; toName: string; replaced: bigint }
);

/** `lostUpto`: what a failed sync left undone before this place is made durable by no later sync. */
export type FileHistory = { changes: DataChange[]; syncs: RangeSync[]; lostUpto: number };

export type Journal = {
  records: number;
  files: Map<bigint, FileHistory>;
  names: NameChange[];
  /** Directory inode → journal place up to which its names are durable. */
  directorySyncs: Map<bigint, number>;
  /** Place up to which everything is durable (sync, syncfs). */
  allSynced: number;
  readPreImage: (change: DataChange) => Uint8Array;
  close: () => void;
};

type Header = { kind: number; length: number; numbers: [bigint, bigint, bigint, bigint]; names: [number, number] };

function parseHeader(view: DataView): Header {
  if (view.getUint32(0, true) !== MAGIC) throw new Error('the fault journal is damaged: wrong magic');
  return {
    kind: view.getUint32(4, true),
    length: Number(view.getBigUint64(8, true)),
    numbers: [16, 24, 32, 40].map((at) => view.getBigUint64(at, true)) as Header['numbers'],
    names: [view.getUint32(48, true), view.getUint32(52, true)],
  };
}

/** Opens and indexes a journal. A record cut short at the end belongs to an operation that never ran: it is dropped. */
export function readJournal(path: string): Journal {
  const fd = openSync(path, 'r');
  const size = fstatSync(fd).size;
  const journal: Journal = {
    records: 0,
    files: new Map(),
    names: [],
    directorySyncs: new Map(),
    allSynced: 0,
    readPreImage: (change) => readBytes(fd, change.preImage.offset, change.preImage.length),
    close: () => closeSync(fd),
  };
  const byPlace = new Map<number, DataChange>();
  for (let at = 0; at + HEADER_BYTES <= size; ) {
    const header = parseHeader(new DataView(readBytes(fd, at, HEADER_BYTES).buffer));
    if (at + header.length > size) break;
    const nameBytes = readBytes(fd, at + HEADER_BYTES, header.names[0] + header.names[1]);
    addRecord(journal, byPlace, at, header, nameBytes);
    journal.records++;
    at += header.length;
  }
  return journal;
}

function readBytes(fd: number, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let got = 0; got < length; ) {
    const n = readSync(fd, bytes, got, length - got, offset + got);
    if (n === 0) throw new Error('the fault journal ended early');
    got += n;
  }
  return bytes;
}

function fileOf(journal: Journal, inode: bigint): FileHistory {
  let file = journal.files.get(inode);
  if (file === undefined) {
    file = { changes: [], syncs: [], lostUpto: 0 };
    journal.files.set(inode, file);
  }
  return file;
}

function addRecord(
  journal: Journal,
  byPlace: Map<number, DataChange>,
  at: number,
  header: Header,
  nameBytes: Uint8Array,
): void {
  const [a, b, c, d] = header.numbers;
  const name = Buffer.from(nameBytes.subarray(0, header.names[0])).toString('utf8');
  const toName = Buffer.from(nameBytes.subarray(header.names[0])).toString('utf8');
  const dataOffset = at + HEADER_BYTES + nameBytes.length;
  const preImage = { offset: dataOffset, length: at + header.length - dataOffset };
  const addChange = (change: DataChange): void => {
    fileOf(journal, a).changes.push(change);
    byPlace.set(at, change);
  };
  switch (header.kind) {
    case 1: {
      const [start, sizeBefore] = [Number(b), Number(c)];
      addChange({ at, kind: 'write', start, end: start + Number(d), sizeBefore, durable: false, preImage });
      return;
    }
    case 2: {
      const [sizeAfter, sizeBefore] = [Number(b), Number(c)];
      const [start, end] = [Math.min(sizeAfter, sizeBefore), Math.max(sizeAfter, sizeBefore)];
      addChange({ at, kind: 'resize', start, end, sizeBefore, durable: false, preImage });
      return;
    }
    case 3: {
      const file = fileOf(journal, a);
      file.syncs.push({ start: Number(b), end: Number(c), from: file.lostUpto, upto: Number(d) });
      return;
    }
    case 4: {
      const change = byPlace.get(Number(d));
      if (change === undefined) throw new Error('the fault journal is damaged: it names a record that is not there');
      change.durable = true;
      return;
    }
    case 5:
    case 6:
      journal.names.push({ at, kind: header.kind === 5 ? 'create' : 'mkdir', directory: a, name });
      return;
    case 7:
      journal.names.push({ at, kind: 'rename', directory: a, name, toDirectory: b, toName, replaced: c });
      return;
    case 8:
    case 9:
      journal.names.push({ at, kind: header.kind === 8 ? 'unlink' : 'rmdir', directory: a, name, inode: b });
      return;
    case 10:
      journal.directorySyncs.set(a, Math.max(journal.directorySyncs.get(a) ?? 0, Number(d)));
      return;
    case 11:
      journal.allSynced = Math.max(journal.allSynced, Number(d));
      return;
    case 12:
      fileOf(journal, a).lostUpto = Number(d);
      return;
    default:
      throw new Error(`the fault journal is damaged: kind ${header.kind}`);
  }
}

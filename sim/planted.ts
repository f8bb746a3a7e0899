/**
 * Faults planted on purpose: each breaks one promise of the system or of what it stands on, and the simulation must find it
 * within some seeds. They show that the checks can fail; the seeds that find nothing are only worth what these are.
 */
import type { CommitBatch, LogStore, PublicFile, PublicFiles } from '@fractal/ledger';
import type { FollowerStore } from '@fractal/store-embedded';
import type { Sabotage } from './ledger-world/world.ts';

export interface Planted {
  readonly name: string;
  readonly sabotage: Sabotage;
  /** Invariants that may notice first. */
  readonly foundBy: readonly string[];
}

export const PLANTED: readonly Planted[] = [
  {
    name: 'a transaction is answered before it is durable',
    sabotage: { disk: { answersBeforeDurable: true } },
    foundBy: ['I2'],
  },
  {
    name: 'a commit that failed is taken for one that worked',
    sabotage: {
      parts: { store: (store) => wrapStore(store, { commit: (batch) => store.commit(batch).catch(() => {}) }) },
    },
    foundBy: ['I2', 'start', 'liveness', 'error'],
  },
  {
    name: 'a commit is not waited for',
    sabotage: {
      parts: {
        store: (store) =>
          wrapStore(store, {
            commit: async (batch) => {
              store.commit(batch).catch(() => {});
            },
          }),
      },
    },
    foundBy: ['I2'],
  },
  {
    name: 'what a failed commit left visible is signed without making it durable',
    sabotage: { parts: { store: (store) => wrapStore(store, { sync: async () => {} }) } },
    foundBy: ['I2'],
  },
  {
    name: 'the folder of the rows is not synced',
    sabotage: { disk: { skipsFolderSync: (folder) => folder === '/data/rows' } },
    foundBy: ['I2'],
  },
  {
    name: 'folders of tiles are not synced',
    sabotage: { disk: { skipsFolderSync: (folder) => folder.includes('/tile/') } },
    foundBy: ['I5'],
  },
  {
    name: 'files are not synced before they are renamed',
    sabotage: { disk: { skipsFileSync: true } },
    foundBy: ['I5', 'start'],
  },
  {
    name: 'the checkpoint is published before its tiles',
    sabotage: { parts: { files: checkpointFirst } },
    foundBy: ['I5'],
  },
  {
    name: 'the look for an entry that is there already is left out, and its key is another each time',
    sabotage: { parts: { store: forgetful } },
    foundBy: ['I3', 'I4'],
  },
  {
    name: 'a process that was taken over from is not told',
    sabotage: { disk: { everybodyOwns: 'always' } },
    foundBy: ['I7', 'I5'],
  },
  {
    name: 'a process that was taken over from still publishes',
    sabotage: { disk: { everybodyOwns: 'outside transactions' } },
    foundBy: ['I5'],
  },
  {
    name: 'the name of a new checkpoint is not synced',
    sabotage: { disk: { skipsFolderSync: (folder) => folder === '/data/log/0' } },
    foundBy: ['I5'],
  },
  {
    name: 'partial tiles are removed while a checkpoint still needs them',
    sabotage: { parts: { files: removesTooMuch } },
    foundBy: ['I5'],
  },
  {
    name: 'a signature is not looked at',
    sabotage: { parts: { trustsForgeries: true } },
    foundBy: ['I1'],
  },
  {
    name: 'the guard is not told what is signed',
    sabotage: { parts: { forgetsGuard: true } },
    foundBy: ['I5'],
  },
  {
    name: 'a cursor is committed before its effect',
    sabotage: { parts: { followerStore: cursorFirst } },
    foundBy: ['I12'],
  },
];

function wrapStore(store: LogStore, changed: Partial<LogStore>): LogStore {
  return {
    readHead: () => store.readHead(),
    readKey: (key) => store.readKey(key),
    readEntry: (index) => store.readEntry(index),
    readEntries: (from, to) => store.readEntries(from, to),
    readRow: (table, key) => store.readRow(table, key),
    listRows: (table, limit, after) => store.listRows(table, limit, after),
    commit: (batch: CommitBatch) => store.commit(batch),
    sync: () => store.sync(),
    close: () => store.close(),
    ...changed,
  };
}

function forgetful(store: LogStore): LogStore {
  return wrapStore(store, {
    readKey: async () => undefined,
    commit: (batch) =>
      store.commit({ ...batch, entries: batch.entries.map((entry) => ({ ...entry, key: keyOfIndex(entry.index) })) }),
  });
}

function keyOfIndex(index: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, index);
  return key;
}

function checkpointFirst(files: PublicFiles): PublicFiles {
  let waiting: readonly PublicFile[] = [];
  return {
    read: (path) => files.read(path),
    writeAll: async (given) => {
      waiting = given;
    },
    replaceCheckpoint: async (bytes) => {
      await files.replaceCheckpoint(bytes);
      await files.writeAll(waiting);
    },
    removePartials: (paths) => files.removePartials(paths),
  };
}

function removesTooMuch(files: PublicFiles): PublicFiles {
  let last: readonly PublicFile[] = [];
  return {
    read: (path) => files.read(path),
    writeAll: (given) => {
      last = given;
      return files.writeAll(given);
    },
    replaceCheckpoint: (bytes) => files.replaceCheckpoint(bytes),
    removePartials: (paths) => files.removePartials([...paths, ...last.map(({ path }) => path).filter(isPartial)]),
  };
}

function isPartial(path: string): boolean {
  return path.includes('.p/');
}

/** The engine commits state and effect as one; here the state goes first, and the effect after it. */
function cursorFirst(store: FollowerStore): FollowerStore {
  return {
    read: (follower, key) => store.read(follower, key),
    list: (follower, range) => store.list(follower, range),
    async commit(change) {
      const state = change.writes.slice(-1);
      const effect = change.writes.slice(0, -1);
      await store.commit({ ...change, writes: state });
      if (effect.length > 0) await store.commit({ follower: change.follower, writes: effect });
    },
    close: () => store.close(),
  };
}

export {
  type BackedUpLog,
  BackupError,
  type BackupErrorCode,
  type BackupOptions,
  type BackupProgress,
  type BackupReport,
  backedUpLogs,
  type DerivedFromEntry,
  logNames,
  type RestoreOptions,
  type RestoreProgress,
  type RestoreReport,
  readVerifierKeys,
  restore,
  runBackup,
  type VerifyBackupOptions,
  type VerifyBackupReport,
  verifyBackup,
} from './backup/index.ts';
export {
  type DataDirectory,
  DataDirectoryError,
  FORMAT_VERSION,
  type OpenLog,
  openDataDirectory,
  openDataDirectoryReadOnly,
  type ReadOnlyDataDirectory,
} from './directory/data-directory.ts';
export { isStoreLost } from './disk/committed.ts';
export type { Disk } from './disk/disk.ts';
export type { FileState, FileSystem, OpenFile } from './disk/file-system.ts';
export type { KeyValue, KeyValueRow, RowRange, Table } from './disk/key-value.ts';
export { openLmdb } from './disk/lmdb-key-value.ts';
export { nodeFileSystem } from './disk/node-file-system.ts';
export { makeFolder, syncFolder } from './files/folders.ts';
export { openPublicFolder, readOnlyPublicFolder } from './files/public-files.ts';
export { type FollowerStore, type FollowerStoreOptions, followerStore } from './follow/follower-rows.ts';
export { guardFolder } from './guard/guard-folder.ts';
export { KeyringError, type KeyringErrorCode, type KeyringOptions, openKeyring } from './keyring/index.ts';
export { repairRows } from './log/repair-rows.ts';
export { openVaultStore, type VaultStoreOptions } from './vault/index.ts';
export { markWitnessKey, type WitnessRowsOptions, witnessRows } from './witness/witness-rows.ts';

export { type BackedUpLog, backedUpLogs } from './entry-source.ts';
export { BackupError, type BackupErrorCode } from './errors.ts';
export {
  type DerivedFromEntry,
  type RestoreOptions,
  type RestoreProgress,
  type RestoreReport,
  restore,
} from './restore.ts';
export { type BackupOptions, type BackupProgress, type BackupReport, runBackup } from './run-backup.ts';
export { logNames, readVerifierKeys } from './source.ts';
export { type VerifyBackupOptions, type VerifyBackupReport, verifyBackup } from './verify-backup.ts';

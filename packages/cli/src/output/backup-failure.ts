/** Why a backup or a restore stopped, as an exit code: what was named wrongly, what the check refused, what could not run. */
import { BackupError, type BackupErrorCode, DataDirectoryError } from '@fractal/store-embedded';
import { CommandError, EXIT, type ExitCode } from './exit.ts';

const EXIT_OF: Readonly<Record<BackupErrorCode, ExitCode>> = {
  not_a_backup: EXIT.usage,
  backup_format_unknown: EXIT.failed,
  backup_damaged: EXIT.refused,
  backup_of_another_log: EXIT.refused,
  backup_ahead: EXIT.refused,
  backup_source_damaged: EXIT.refused,
  backup_target_full: EXIT.failed,
  backup_taken_over: EXIT.failed,
  restore_target_not_empty: EXIT.usage,
  restore_keyring_too_old: EXIT.refused,
};

export function backupFailure(error: unknown): never {
  if (error instanceof DataDirectoryError) {
    const code = error.code === 'not_a_data_directory' ? EXIT.usage : EXIT.failed;
    throw new CommandError(code, `${error.code}: ${error.message}`, { cause: error });
  }
  if (!(error instanceof BackupError)) throw error;
  throw new CommandError(EXIT_OF[error.code], `${error.code}: ${error.message}`, { cause: error });
}

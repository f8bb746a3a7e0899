/** Why a backup, its check or a restore stopped. Codes are in the one registry (spec/error-codes.json). */
export type BackupErrorCode =
  /** The folder holds something else than a backup. */
  | 'not_a_backup'
  /** Written by a newer release. */
  | 'backup_format_unknown'
  /** A file of the backup is missing or not what it was: `file` names it. */
  | 'backup_damaged'
  /** The target holds the backup of another log, or of another history of this one. */
  | 'backup_of_another_log'
  /** The data directory has fewer entries than the backup. */
  | 'backup_ahead'
  /** What should be copied can't be read, or contradicts itself. */
  | 'backup_source_damaged'
  | 'backup_target_full'
  /** Another run began on the same target. */
  | 'backup_taken_over'
  | 'restore_target_not_empty'
  /** The keyring given holds older keys than the content is sealed by. */
  | 'restore_keyring_too_old';

export class BackupError extends Error {
  readonly code: BackupErrorCode;
  /** Path below the target, of `backup_damaged`. */
  readonly file: string | undefined;
  constructor(
    code: BackupErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly file?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BackupError';
    this.code = code;
    this.file = options.file;
  }
}

export function damaged(file: string, problem: string, cause?: unknown): BackupError {
  return new BackupError('backup_damaged', `${file}: ${problem}`, { file, cause });
}

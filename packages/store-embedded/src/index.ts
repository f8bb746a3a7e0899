export {
  type DataDirectory,
  DataDirectoryError,
  FORMAT_VERSION,
  type OpenLog,
  openDataDirectory,
  openDataDirectoryReadOnly,
  type ReadOnlyDataDirectory,
} from './directory/data-directory.ts';
export { makeFolder, syncFolder } from './files/folders.ts';
export { openPublicFolder, readOnlyPublicFolder } from './files/public-files.ts';
export { KeyringError, type KeyringErrorCode, type KeyringOptions, openKeyring } from './keyring/index.ts';
export { openVaultStore, type VaultStoreOptions } from './vault/index.ts';

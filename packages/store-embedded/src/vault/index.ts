export {
  type LoadedRow,
  openVaultLoader,
  openVaultReader,
  openVaultStore,
  type VaultLoader,
  type VaultReader,
  type VaultStoreOptions,
} from './lmdb-vault-store.ts';

export { openVaultStore, type VaultStoreOptions } from './lmdb-vault-store.ts';

import { keyringContract } from './keyring-contract.ts';
import { memoryKeyring } from './memory-keyring.ts';
import { memoryVaultStore } from './memory-vault-store.ts';
import { vaultStoreContract } from './vault-store-contract.ts';

vaultStoreContract('memory', async () => {
  const store = memoryVaultStore();
  return { store, reopen: async () => store };
});

keyringContract('memory', async () => {
  const keyring = memoryKeyring();
  return { keyring, reopen: async () => keyring };
});

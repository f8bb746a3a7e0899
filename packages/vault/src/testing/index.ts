/** For tests and simulations: stand-ins for the ports and the suites their adapters must pass. Needs vitest. */
export { type Fault, type FaultPlan, faultyKeyring, faultyVaultStore } from './faults.ts';
export { type TestClock, type TestContent, testClock, testContent, testRng } from './fixtures.ts';
export { keyringContract } from './keyring-contract.ts';
export { memoryKeyring } from './memory-keyring.ts';
export { memoryVaultStore } from './memory-vault-store.ts';
export { vaultStoreContract } from './vault-store-contract.ts';

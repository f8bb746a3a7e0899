/** For the tests of adapters and engines: the contract suite and ports in memory. Never imported by what ships. */
export { logStoreContract } from './log-store-contract.ts';
export { instantClock, MemoryLogStore, MemoryPublicFiles, seededRng } from './memory-parts.ts';

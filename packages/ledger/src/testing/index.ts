/** For the tests of adapters and engines: the contract suite and ports in memory. Never imported by what ships. */
export { checkpointGuardContract, type MakeGuardPlace } from './checkpoint-guard-contract.ts';
export { cursorStoreContract } from './cursor-store-contract.ts';
export { MemoryFollowedLog, numberedBodies } from './followed-logs.ts';
export { type FollowerSubject, followerContract, MemoryDecisions, until } from './follower-contract.ts';
export { logStoreContract } from './log-store-contract.ts';
export { type GuardFault, MemoryCheckpointGuard } from './memory-checkpoint-guard.ts';
export { MemoryCursorStore } from './memory-cursor-store.ts';
export { instantClock, MemoryLogStore, MemoryPublicFiles, seededRng } from './memory-parts.ts';
export { type AdvanceFault, MemoryWitnessStore } from './memory-witness-store.ts';
export { entryOf, ORIGIN, openMemoryLedger, parsedVerifierKey } from './open-memory-ledger.ts';
export { type SmallLog, smallLog } from './small-log.ts';
export { witnessStoreContract } from './witness-store-contract.ts';

import { describe } from 'vitest';
import { MemoryWitnessStore } from './memory-witness-store.ts';
import { witnessStoreContract } from './witness-store-contract.ts';

describe('MemoryWitnessStore', () => {
  witnessStoreContract(async () => new MemoryWitnessStore());
});

import { describe } from 'vitest';
import { logStoreContract } from './log-store-contract.ts';
import { MemoryLogStore } from './memory-parts.ts';

describe('MemoryLogStore', () => {
  logStoreContract(async () => new MemoryLogStore());
});

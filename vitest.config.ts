import { defineConfig } from 'vitest/config';

/** Unit and property tests beside the code; suites that start processes lie in tests/, a folder each. */
export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'sdks/typescript/src/**/*.test.ts',
      'tests/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});

import { defineConfig } from 'vitest/config';

/**
 * The limits say when something hangs, not how long it takes: machines are several times slower than one another, and are
 * stopped for seconds. What is waited for is waited for by `expect.poll`, with the limit that is set here.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'hermetic',
          include: ['test/{unit,integration,docs}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        // Hermetic as well, and long: whole commands as processes, interrupted, faulty, started again.
        test: {
          name: 'flows',
          include: ['test/flows/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          expect: { poll: { timeout: 120_000 } },
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          expect: { poll: { timeout: 120_000 } },
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';

// `npm test` runs all but the slow tests (`*.slow.test.ts`); `npm run test:full` runs these too.
export default defineConfig(({ mode }) => ({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: mode === 'full' ? [] : ['**/*.slow.test.ts'],
    setupFiles: ['test/to-be-near.ts'],
    pool: 'forks',
    // the engine tells nobody of tests that speak to it themselves; `full` where there is time for more draws
    env: { ORT_DISABLE_TELEMETRY: '1', TESTS: mode },
    // Each inference session takes the cores it finds: more test files at once would only contend for them.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
}));

// The parts of the test suite. Those that start real programs run one file after another: they share ports and two cores.
import { defineConfig } from 'vitest/config';

const real = { fileParallelism: false, testTimeout: 180_000, hookTimeout: 180_000, teardownTimeout: 30_000, maxWorkers: 1 };

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/unit/**/*.test.tsx'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...real } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...real } },
      { test: { name: 'lab', include: ['test/lab/**/*.test.ts'], ...real } },
      { test: { name: 'desktop', include: ['test/desktop/**/*.test.ts'], ...real } },
    ],
  },
});

// The parts of the test suite. Those that start real programs run two files at a time: they mostly wait for limits and time-outs, each with folders,
// ports and network namespaces of its own. Those of the desktop run one after another: they share a screen and a session.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Cores run from their source: with what Node made of it last time they start in half the time.
const env = { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) };
const real = { testTimeout: 180_000, hookTimeout: 180_000, teardownTimeout: 30_000 };
const twoAtATime = { ...real, env, maxWorkers: 2, sequence: { groupOrder: 1 } };

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
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...twoAtATime } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...twoAtATime } },
      { test: { name: 'lab', include: ['test/lab/**/*.test.ts'], ...twoAtATime } },
      { test: { name: 'desktop', include: ['test/desktop/**/*.test.ts'], ...real, fileParallelism: false, maxWorkers: 1 } },
    ],
  },
});

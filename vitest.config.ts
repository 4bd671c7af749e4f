// The parts of the test suite. Files run side by side, each with folders, ports, displays and network namespaces of its own: more of those at a time that do
// little but wait for limits, routers and time-outs. Those of the desktop run one after another: some share the packages that one of them makes.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

// Cores run from their source: with what Node made of it last time they start in half the time.
const env = { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) };
const real = { testTimeout: 180_000, hookTimeout: 180_000, teardownTimeout: 30_000 };

/** Short texts that take long: begun first, so that none is still at it when all others are done. Of the rest vitest takes large ones first. */
const long = [
  'mutated-packages', 'latency-watch', 'freeloaders', 'packages-kill', 'packages-live', 'discovery', 'transport', 'clients', 'webrtc-turn', 'lease', 'doctor', 'renewal',
  'webrtc-direct', 'screens-wide', 'screens-narrow',
];
class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const parts = [...new Set(sorted.map(({ project }) => project.name))];
    const place = ({ project, moduleId }: TestSpecification): number => (
      parts.indexOf(project.name) * 2 + (long.some((name) => moduleId.endsWith(`/${name}.test.ts`)) ? 0 : 1)
    );
    return sorted.sort((a, b) => place(a) - place(b));
  }
}

/** @param group parts with unlike numbers of files at a time cannot mix when all run under one vitest */
const atATime = (maxWorkers: number, group: number) => ({ env, maxWorkers, sequence: { groupOrder: group } });

export default defineConfig({
  test: {
    passWithNoTests: true,
    sequence: { sequencer: LongOnesFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/unit/**/*.test.tsx'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...real, ...atATime(3, 1) } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...real, ...atATime(2, 2) } },
      { test: { name: 'lab', include: ['test/lab/**/*.test.ts'], ...real, ...atATime(4, 3) } },
      { test: { name: 'desktop', include: ['test/desktop/**/*.test.ts'], ...real, fileParallelism: false, maxWorkers: 1, sequence: { groupOrder: 4 } } },
    ],
  },
});

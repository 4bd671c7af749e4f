// Runs the benchmarks: `run.mjs engine [part ...]`, `run.mjs crowd [options]` or `run.mjs desktop [part ...]`. Prints tables and writes bench-results/*.json.
import { crowdBenchmark } from './crowd/crowd-bench.mjs';
import { desktopBenchmark } from './desktop/desktop-bench.mjs';
import { engineBenchmark } from './engine-bench.mjs';

const [, , which, ...words] = process.argv;
const benchmarks = { engine: engineBenchmark, crowd: crowdBenchmark, desktop: desktopBenchmark };
if (!Object.hasOwn(benchmarks, which ?? '')) {
  console.error('Usage: run.mjs engine [part ...] | crowd [options; --help] | desktop [part ...; --help]');
  process.exit(2);
}
process.exitCode = (await benchmarks[which](words)) ? 0 : 1;

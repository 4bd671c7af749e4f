// Runs the benchmarks: `run.mjs engine [part ...]` or `run.mjs crowd [options]`. Prints tables and writes bench-results/*.json.
import { crowdBenchmark } from './crowd/crowd-bench.mjs';
import { engineBenchmark } from './engine-bench.mjs';

const [, , which, ...words] = process.argv;
const benchmarks = { engine: engineBenchmark, crowd: crowdBenchmark };
if (!Object.hasOwn(benchmarks, which ?? '')) {
  console.error('Usage: run.mjs engine [part ...] | crowd [options; --help]');
  process.exit(2);
}
process.exitCode = (await benchmarks[which](words)) ? 0 : 1;

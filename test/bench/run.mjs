// Runs the benchmarks: `run.mjs engine` or `run.mjs crowd`. Prints tables and writes bench-results/*.json.
import { engineBenchmark } from './engine-bench.mjs';
import { crowdBenchmark } from './crowd-bench.mjs';

const [, , which, ...names] = process.argv;
const benchmarks = { engine: engineBenchmark, crowd: crowdBenchmark };
if (!Object.hasOwn(benchmarks, which ?? '')) {
  console.error('Usage: run.mjs engine|crowd [part ...]');
  process.exit(2);
}
process.exitCode = (await benchmarks[which](names)) ? 0 : 1;

// Runs the simulator: `node test/bench/simulator/run.mjs --clients 200 --links 50`; `--help` says what else.
import { simulatorCommand } from './command.ts';

process.exitCode = await simulatorCommand(process.argv.slice(2));

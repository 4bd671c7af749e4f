// Entry of the headless host's bundle.
import { serveCommand } from './serve-command.ts';

process.exit(await serveCommand(process.argv.slice(2)));

#!/usr/bin/env node
// Entry of the command line: finds the command and ends with its exit code.
import { productVersion, serveCommand } from '../headless/starter.ts';
import { createCommand } from './create-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { exitCodes, exitCodesHelp } from './exit-codes.ts';
import { forecastCommand } from './forecast-command.ts';
import { getCommand } from './get-command.ts';
import { infoCommand } from './info-command.ts';
import { keygenCommand } from './keygen-command.ts';
import { packCommand } from './pack-command.ts';
import { probeServerCommand } from './probe-server-command.ts';
import { revokeCommand } from './revoke-command.ts';
import { rotateCommand } from './rotate-command.ts';
import { seedCommand } from './seed-command.ts';
import { signCommand } from './sign-command.ts';
import { verifyCommand } from './verify-command.ts';

const commands: Record<string, (args: string[]) => Promise<number>> = {
  get: getCommand, seed: seedCommand, create: createCommand, info: infoCommand, serve: serveCommand,
  keygen: keygenCommand, pack: packCommand, sign: signCommand, verify: verifyCommand, rotate: rotateCommand, revoke: revokeCommand,
  'doctor': doctorCommand, 'forecast': forecastCommand, 'probe-server': probeServerCommand,
};

const help = `Usage: flashswarm COMMAND ...

  get SOURCE --out DIR      fetch a torrent, a magnet link or an event package, from a file or the web
  seed PATH|FILE            share a file, a folder or what belongs to a torrent or package
  create PATH --out FILE    make a torrent file
  info FILE|MAGNET          say what is in it
  serve                     the interface in a browser, and the control interface for automation
  doctor                    whether others can reach you, and what to change when they cannot

For publishers:
  keygen --out PREFIX       make or convert the key that packages are signed with
  pack DIR --out FILE       make a signed event package from a folder, and a torrent for each layer
  sign MANIFEST --key FILE  sign a manifest that was made without a key
  verify FILE --key PUB     say whether a package holds for a key
  rotate, revoke            say which key follows, and which is not to be trusted any more
  forecast                  how long a crowd will need, and how many seeds it takes
  probe-server              tell those who ask whether they can be reached from outside

flashswarm COMMAND --help says more. flashswarm --version says which version this is.

${exitCodesHelp}`;

async function main(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${productVersion()}\n`);
    return exitCodes.done;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(help);
    return name === undefined ? exitCodes.usage : exitCodes.done;
  }
  if (!Object.hasOwn(commands, name)) {
    process.stderr.write(`There is no command "${name.slice(0, 100)}". See: flashswarm --help\n`);
    return exitCodes.usage;
  }
  return commands[name]!(rest);
}

// npm moves to the project's folder before it runs a script; paths are meant from where it was called.
if (process.env.npm_lifecycle_event === 'flashswarm' && process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const code = await main(process.argv.slice(2));
// What was said must be out before the end: a pipe takes its time.
await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
process.exit(code);

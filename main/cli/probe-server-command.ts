// `flashswarm probe-server`: a small server that tells others whether they can be reached, for those who publish to a crowd.
import { isIP } from 'node:net';
import { DEFAULT_PROBE_PORT } from '../net/probe-server/probe-protocol.ts';
import { startProbeServer } from '../net/probe-server/probe-server.ts';
import { UsageError } from '../headless/starter.ts';
import { parseNone } from './arguments.ts';
import { CliError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { openReport } from './report.ts';

export const probeServerHelp = `Usage: flashswarm probe-server [options]

Runs a server that tells Flashswarm whether its user can be reached from outside: it connects back to whoever asks, and
to nobody else, measures whether large packets pass, and answers STUN. It keeps nothing about anybody. It needs one
port, for TCP and UDP, open to the internet; docs/probe-server.md says what it answers and how often.

  --port N               the port, for TCP and UDP (default ${DEFAULT_PROBE_PORT})
  --bind ADDR            an own address to listen on; may be repeated (default: all)
  --second-address ADDR  another own address, to connect back from: without it a router that lets in whom one has spoken
                         to looks open. Needs --bind with the first one; may be given once for IPv4 and once for IPv6.
                         STUN then takes the next port too (RFC 5780)
  --json                 one JSON line: {"type": "listening", "port", "addresses"}
  --help                 this text

${exitCodesHelp}`;

const options = {
  'port': { type: 'string' }, 'bind': { type: 'string', multiple: true }, 'second-address': { type: 'string', multiple: true },
  'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

/** Runs until a signal ends it. @returns the exit code */
export async function probeServerCommand(args: string[]): Promise<number> {
  const report = openReport(args.includes('--json'));
  try {
    const values = parseNone(args, options);
    if (values.help) {
      process.stdout.write(probeServerHelp);
      return exitCodes.done;
    }
    const port = values.port === undefined ? DEFAULT_PROBE_PORT : Number(values.port);
    // The last port has no next one for STUN.
    if (!Number.isInteger(port) || port < 0 || port > 65_534) throw new UsageError(`--port wants a number from 0 to 65534, not "${values.port}".`);
    for (const address of [...values.bind ?? [], ...values['second-address'] ?? []]) {
      if (isIP(address) === 0) throw new UsageError(`"${address}" is no address. --bind and --second-address want addresses of this machine.`);
    }
    const seconds = values['second-address'] ?? [];
    if (new Set(seconds.map(isIP)).size !== seconds.length) throw new UsageError('--second-address wants one address of each kind at most.');
    const stopped = new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
    const server = await startProbeServer({ port, bind: values.bind ?? [], secondAddresses: seconds }).catch((error: NodeJS.ErrnoException) => {
      throw refusal(error, port);
    });
    report.say({ type: 'listening', port: server.port, addresses: server.addresses }, `Listening on port ${server.port} of ${server.addresses.join(', ')}. Ctrl-C ends it.`);
    await stopped;
    await server.close();
    return exitCodes.done;
  } catch (error) {
    return report.fail(error);
  }
}

function refusal(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') return new CliError('refused', `Port ${port} is taken by another program. Choose another with --port.`);
  if (error.code === 'EADDRNOTAVAIL') return new CliError('usage', 'This machine does not have one of the addresses of --bind and --second-address.');
  if (error.code === 'EACCES') return new CliError('refused', `Port ${port} is for administrators only. Choose one above 1023 with --port.`);
  return error.code === undefined ? new CliError('usage', error.message) : error;
}

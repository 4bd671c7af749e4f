// `flashswarm doctor`: whether others reach this machine, what stands in the way, and what to do; the page of the interface as text.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Connectivity } from '../../contract/index.ts';
import { commonHelp, commonOptions, coreOptions, productVersion } from '../headless/starter.ts';
import { doctorText, meaningOf } from './doctor-text.ts';
import { CliError, describeError, exitCodes, exitCodesHelp } from './exit-codes.ts';
import { onInterruption } from './interruption.ts';
import { Session } from './session.ts';

export const doctorHelp = `Usage: flashswarm doctor [options]

Checks the network: the router and its port mappings, how addresses are translated, IPv6, whether others reach us, large packets, delays.
Servers outside are asked only when they are named here, or with --allow-outside.

  --probe HOST:PORT   a probe server (flashswarm probe-server) that tries to reach us (may be repeated); it has to stand
                      outside: one on this machine or in its network tells nothing, and is named as such
  --stun HOST:PORT    a STUN server (may be repeated; two tell more than one)
  --portal "URL TEXT" a plain http address and what it answers, to find a network that wants one to sign in
  --allow-outside     ask the STUN servers of the settings
  --json              the report as JSON, without private data
  --private           with --json: everything, addresses whole
${commonHelp}
  --help              this text

${exitCodesHelp}`;

const options = {
  ...commonOptions, 'probe': { type: 'string', multiple: true }, 'stun': { type: 'string', multiple: true }, 'portal': { type: 'string', multiple: true },
  'allow-outside': { type: 'boolean' }, 'json': { type: 'boolean' }, 'private': { type: 'boolean' },
} as const;

const lookEveryMs = 200;
const giveUpMs = 90_000;

/** @returns the exit code */
export async function doctorCommand(args: string[]): Promise<number> {
  let session: Session | null = null;
  let folder: string | null = null;
  try {
    const { values } = parse(args);
    if (values.help) {
      process.stdout.write(doctorHelp);
      return exitCodes.done;
    }
    folder = await mkdtemp(join(tmpdir(), 'flashswarm-doctor-'));
    const signal = onInterruption('Stopped.');
    const core = coreOptions(values, { dataDir: values['data-dir'] ?? join(folder, 'data'), downloadDir: join(folder, 'files') }, productVersion());
    session = await Session.start(core, signal, (line) => process.stderr.write(`${line}\n`));
    const named = values.probe ?? values.stun ?? values.portal;
    const { diagnosis } = await session.ask('settings.get', {});
    const servers = named ? { stun: values.stun ?? [], probe: values.probe ?? [], turn: [], portal: values.portal ?? [] } : diagnosis.servers;
    await session.ask('settings.update', { diagnosis: { consent: named !== undefined || values['allow-outside'] === true || diagnosis.consent, servers } });
    await session.ask('connectivity.run', {});
    const report = await finished(session, signal);
    if (!values.json) process.stdout.write(doctorText(report));
    else if (values.private) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else process.stdout.write((await session.ask('connectivity.export', { format: 'json' })).text);
    return exitCodes.done;
  } catch (error) {
    const { exitCode, code, message } = describeError(error);
    if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ type: 'error', code, message })}\n`);
    process.stderr.write(`${message}\n`);
    return exitCode;
  } finally {
    await session?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: false });
  } catch (error) {
    throw new CliError('usage', (error as Error).message);
  }
}

async function finished(session: Session, signal: AbortSignal): Promise<Connectivity> {
  const giveUpAt = Date.now() + giveUpMs;
  let isTold = false;
  for (;;) {
    const report = await session.ask('connectivity.get', {});
    if (report.state === 'done' || Date.now() > giveUpAt) return report;
    if (!isTold && report.verdict.reach !== 'unknown') {
      isTold = true;
      process.stderr.write(`After ${((Date.now() - (report.startedAt ?? Date.now())) / 1000).toFixed(1)} s: ${meaningOf(report)} Still checking ...\n`);
    }
    await sleep(lookEveryMs, undefined, { signal });
  }
}

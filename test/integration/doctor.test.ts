// The built `flashswarm doctor` on this machine: a probe server here proves nothing about the outside, and one that is not there is named.
import { describe, expect, it } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { freePort } from '../support/ports.ts';
import { startFlashswarm } from '../support/processes-flashswarm.ts';
import { addressClass } from '../../main/net/address-rules.ts';
import { readOsNetwork } from '../../main/net/diagnosis/os-network.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';

leaveNothingBehind();

// A machine without a way out, or behind a carrier's translator, knows more than that it knows nothing.
const { outwardIpv4 } = await readOsNetwork();
const lacks = outwardIpv4 === null ? 'this machine has no way out over IPv4' : addressClass(outwardIpv4.address) === 'shared' ? "this machine has a carrier's address" : null;
if (lacks) console.log(`Skipped: ${lacks}.`);

// The router of whoever runs the test is left alone.
const alone = ['--no-dht', '--no-port-mapping'];

async function doctor(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const program = await startFlashswarm(['doctor', ...alone, ...args]);
  await until('doctor ends', () => program.ended, { withinMs: 100_000, describe: () => program.tail() });
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

async function startProbeServer(): Promise<number> {
  const port = await freePort();
  const program = await startFlashswarm(['probe-server', '--port', String(port), '--bind', '127.0.0.1', '--json']);
  await until('the probe server listens', () => program.stdout.includes('"listening"'), { withinMs: 30_000, describe: () => program.tail() });
  return port;
}

const checkOf = (report: Connectivity, id: string) => report.checks.find((check) => check.id === id);

describe.skipIf(lacks)('a probe server on the same machine', () => {
  it('leaves unknown whether people outside reach one, by name and by address, and is named', async () => {
    const port = await startProbeServer();
    const server = `127.0.0.1:${port}`;
    const { code, stdout, stderr } = await doctor('--probe', server, '--stun', server);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'It is not known whether others can reach you.',
      `The server ${server} stands on this computer or in your own network: it cannot tell whether people outside reach you. Name one outside (--probe HOST:PORT).`,
    ]);
    expect(stdout + stderr).not.toMatch(/can reach you:|\b(open|moderate)\b/);
    for (const id of ['probe', 'nat', 'path-mtu']) expect(stdout).toMatch(new RegExp(`^${id} +unknown, not-outside \\(${server}\\)`, 'm'));
    const { stdout: json } = await doctor('--json', '--private', '--probe', `localhost:${port}`, '--stun', server);
    const report = JSON.parse(json) as Connectivity;
    expect(report.verdict).toMatchObject({ reach: 'unknown', means: 'unknown', action: { kind: 'check-again', facts: { server: `localhost:${port}`, reason: 'not-outside' } } });
    expect(checkOf(report, 'probe')).toMatchObject({ state: 'done', outcome: 'unknown', says: 'not-outside', facts: { server: `localhost:${port}` } });
  }, 150_000);
});

describe.skipIf(lacks)('a probe server that is not there', () => {
  it('is named when nothing listens at its port, here', async () => {
    const server = `127.0.0.1:${await freePort()}`;
    const { stdout } = await doctor('--probe', server);
    expect(stdout).toContain(`The server ${server} stands on this computer`);
  }, 100_000);

  it('is named when its name leads nowhere', async () => {
    const { code, stdout } = await doctor('--probe', 'nowhere.invalid');
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(0, 2)).toEqual(['It is not known whether others can reach you.', 'The server nowhere.invalid:8469 could not be found. Check its name, or try again later.']);
    expect(stdout).toMatch(/^probe +unknown, server-not-found \(nowhere\.invalid:8469\)/m);
  }, 100_000);

  it('is refused by name when it is no address', async () => {
    const { code, stdout, stderr } = await doctor('--probe', 'two words');
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain("This is not a server's address: two words. Give HOST:PORT");
  });

  it('is not named in the report for others', async () => {
    const { stdout } = await doctor('--json', '--probe', 'nowhere.invalid');
    expect(stdout).toContain('server-not-found');
    expect(stdout).not.toContain('nowhere');
  }, 100_000);
});

// Networks made of kernel namespaces, with real routers in them; everything is taken down after each test, however it ended.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach } from 'vitest';
import { startProgram, temporaryFolder, until } from '../support/processes.ts';
import type { Program, StartOptions } from '../support/processes.ts';

const ip = '/usr/sbin/ip';
const nft = '/usr/sbin/nft';
let numberOfNetworks = 0;

/** Why the lab cannot be built here; null when it can. */
export function labLacks(...programs: string[]): string | null {
  if (process.platform !== 'linux') return 'network namespaces are there on Linux alone';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = [ip, nft, ...programs].filter((program) => !existsSync(program));
  if (missing.length > 0) return `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not here`;
  try {
    execFileSync(ip, ['netns', 'add', `fs${process.pid}probe`], { stdio: 'pipe' });
    execFileSync(ip, ['netns', 'del', `fs${process.pid}probe`], { stdio: 'pipe' });
    return null;
  } catch {
    return 'the kernel gives no network namespaces here';
  }
}

export class LabNetwork {
  readonly #prefix = `fs${process.pid}x${++numberOfNetworks}`;
  readonly #namespaces: string[] = [];

  /** The kernel's name of a namespace. */
  nameOf(namespace: string): string {
    return `${this.#prefix}-${namespace}`;
  }

  add(...namespaces: string[]): void {
    for (const namespace of namespaces) {
      execFileSync(ip, ['netns', 'add', this.nameOf(namespace)]);
      this.#namespaces.push(namespace);
      this.ip(namespace, 'link set lo up');
    }
  }

  /** `ip` inside a namespace; the arguments as one would type them. */
  ip(namespace: string, command: string): void {
    execFileSync(ip, ['-n', this.nameOf(namespace), ...command.split(' ')], { stdio: 'pipe' });
  }

  /** Runs a program inside and gives its output. @throws Error when it fails */
  run(namespace: string, command: string, args: string[] = []): string {
    return execFileSync(ip, ['netns', 'exec', this.nameOf(namespace), command, ...args], { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  start(namespace: string, name: string, command: string, args: string[], options: StartOptions = {}): Promise<Program> {
    return startProgram(name, ip, ['netns', 'exec', this.nameOf(namespace), command, ...args], options);
  }

  /** A cable between two namespaces, both ends up. */
  cable(one: string, oneName: string, other: string, otherName: string): void {
    execFileSync(ip, ['link', 'add', oneName, 'netns', this.nameOf(one), 'type', 'veth', 'peer', 'name', otherName, 'netns', this.nameOf(other)]);
    this.ip(one, `link set ${oneName} up`);
    this.ip(other, `link set ${otherName} up`);
  }

  /** Loads rules of nftables. */
  nft(namespace: string, rules: string): void {
    const file = path.join(temporaryFolder('nft'), 'rules');
    writeFileSync(file, rules);
    this.run(namespace, nft, ['-f', file]);
  }

  forward(namespace: string): void {
    this.run(namespace, '/bin/sh', ['-c', 'cd /proc/sys/net && echo 1 > ipv4/ip_forward && echo 0 > ipv4/conf/all/rp_filter && echo 1 > ipv6/conf/all/forwarding']);
  }

  async untilListening(namespace: string, protocol: 'tcp' | 'udp', port: number): Promise<void> {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const pattern = new RegExp(`^ *\\d+: [0-9A-F]+:${hex} [0-9A-F]+:0000 0[A7]`, 'm');
    await until(`${protocol} ${port} in ${namespace}`, () => (
      ['', '6'].some((six) => pattern.test(this.run(namespace, '/bin/cat', [`/proc/net/${protocol}${six}`])))
    ), { withinMs: 30_000, everyMs: 50 });
  }

  /** Takes the network down; programs still inside are ended, for only ours can be there. */
  remove(): void {
    for (const namespace of this.#namespaces.splice(0)) {
      const name = this.nameOf(namespace);
      try {
        for (const pid of execFileSync(ip, ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // ended in between
      }
      execFileSync(ip, ['netns', 'del', name], { stdio: 'pipe' });
    }
  }
}

const networks: LabNetwork[] = [];

/** Removes what a run left that was killed in the middle: networks whose process is gone. */
function removeAbandoned(): void {
  for (const name of existsSync('/run/netns') ? readdirSync('/run/netns') : []) {
    const pid = /^fs(\d+)x\d+-/.exec(name)?.[1];
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    try {
      for (const left of execFileSync(ip, ['netns', 'pids', name], { encoding: 'utf8' }).split('\n').filter(Boolean)) process.kill(Number(left), 'SIGKILL');
      execFileSync(ip, ['netns', 'del', name], { stdio: 'pipe' });
    } catch {
      // somebody else did
    }
  }
}

/** A network that is gone when the running test has ended. Call `removeNetworks()` once at the top of the file. */
export function labNetwork(): LabNetwork {
  if (numberOfNetworks === 0) removeAbandoned();
  const network = new LabNetwork();
  networks.push(network);
  return network;
}

/** Call before `leaveNothingBehind()`, whose hook then runs first. */
export function removeNetworks(): void {
  const removeAll = (): void => networks.splice(0).forEach((network) => network.remove());
  process.on('exit', removeAll);
  afterEach(removeAll);
}

/** Bytes and packets of a named counter. */
export function counter(network: LabNetwork, namespace: string, name: string): number {
  const text = network.run(namespace, nft, ['list', 'counter', 'inet', 'filter', name]);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}

export const peakMemoryBytes = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

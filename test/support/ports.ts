// Free ports for real programs: below the kernel's ephemeral range, so that no outgoing connection takes one in between.
import { randomInt } from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const lowest = 12_000;
const highest = 32_000;
const given = new Set<number>();

function isFreeForTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '::', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function isFreeForUdp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket('udp6');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** A port that is free for TCP and UDP, IPv4 and IPv6, and is given to nobody else in this test file. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(lowest, highest);
    if (given.has(port)) continue;
    if ((await isFreeForTcp(port)) && (await isFreeForUdp(port))) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`no free port between ${lowest} and ${highest}`);
}

function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Waits until something accepts TCP connections there. @throws Error after `withinMs` or when `gone` says the program ended */
export async function waitForPort(port: number, host: string, withinMs: number, gone: () => boolean = () => false): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await answers(port, host))) {
    if (gone()) throw new Error(`the program that should listen on ${host}:${port} has ended`);
    if (Date.now() > until) throw new Error(`nothing listens on ${host}:${port} after ${withinMs} ms`);
    await sleep(30);
  }
}

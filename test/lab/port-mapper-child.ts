// The port mapper as a process of its own, for the namespaces of the lab: states as JSON lines out, commands in.
import { createInterface } from 'node:readline';
import { PortMapper } from '../../main/net/port-mapping/port-mapper.ts';
import type { MapperTiming, WantedPort } from '../../main/net/port-mapping/port-mapper.ts';

const { want, timing, secret } = JSON.parse(process.argv[2]!) as { want: WantedPort[]; timing: Partial<MapperTiming>; secret?: string };
const mapper = new PortMapper({
  log: (message) => process.stderr.write(`${message}\n`), timing, ...(secret ? { secret: Buffer.from(secret, 'hex') } : {}),
});
const say = (): boolean => process.stdout.write(`${JSON.stringify(mapper.state())}\n`);
mapper.on('changed', say);
mapper.want(want);
mapper.start();

createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line) as { want?: WantedPort[]; refresh?: string; close?: true };
  if (command.want) mapper.want(command.want);
  if (command.refresh) mapper.refresh(command.refresh);
  if (command.close) {
    const began = performance.now();
    void mapper.close().then(() => {
      process.stdout.write(`${JSON.stringify({ closedAfterMs: performance.now() - began })}\n`);
      process.exit(0);
    });
  }
});

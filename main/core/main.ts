// The core's process: starts the core as its host said, answers it, and stops when it is told to or left alone.
import { mkdirSync } from 'node:fs';
import type { CoreRequestName } from '../../contract/index.ts';
import { CoreOptions, route } from '../../contract/index.ts';
import { openHostChannel } from './channel.ts';
import { Core } from './core.ts';

const channel = openHostChannel();
const log = (line: string) => process.stderr.write(`core: ${line}\n`);

let core: Core | null = null;
let stopping = false;
let nextHostRequest = 1;
const hostRequests = new Map<number, { resolve(): void; reject(error: Error): void }>();
const grants: [string, string][] = [];
const waiting: (() => void)[] = []; // requests that came before the core was ready

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  try {
    await core?.stop();
    channel.send({ t: 'stopped' });
  } catch (error) {
    log(`stopping: ${String(error)}`);
  }
  // The message above leaves before the process does.
  setTimeout(() => process.exit(code), 20);
}

async function answer(id: number, name: string, input: unknown): Promise<void> {
  if (!core) return void waiting.push(() => void answer(id, name, input));
  channel.send({ t: 'answer', id, answer: await route<CoreRequestName>(core.handlers, name, input) });
}

channel.onMessage((message) => {
  switch (message.t) {
    case 'request':
      void answer(message.id, message.name, message.input);
      break;
    case 'ping':
      channel.send({ t: 'pong', id: message.id });
      break;
    case 'grant':
      grants.push([message.handle, message.path]);
      core?.grant(message.handle, message.path);
      break;
    case 'host-answer': {
      const pending = hostRequests.get(message.id);
      hostRequests.delete(message.id);
      if (message.ok) pending?.resolve();
      else pending?.reject(new Error(message.message ?? 'the host refused'));
      break;
    }
    case 'stop':
      void stop(0);
      break;
  }
});
channel.onClose(() => void stop(0)); // no host, no core: nothing is left running behind a closed window
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0));
// Whatever a peer made us throw must not leave a half-working engine: the host starts a new one, which resumes from disk.
process.on('uncaughtException', (error) => {
  log(`fault: ${error.stack ?? String(error)}`);
  process.exit(70);
});
process.on('unhandledRejection', (error) => {
  log(`fault: ${error instanceof Error ? error.stack : String(error)}`);
  process.exit(70);
});

try {
  const options = CoreOptions.parse(JSON.parse(process.env.FLASHSWARM_CORE ?? '{}'));
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  core = await Core.start(options, {
    emit: (name, payload) => channel.send({ t: 'event', name, payload }),
    trash: (paths) => new Promise((resolve, reject) => {
      const id = nextHostRequest++;
      hostRequests.set(id, { resolve, reject });
      channel.send({ t: 'host-request', id, method: 'trash', paths });
    }),
    // The answer to the change leaves first.
    restart: () => void setTimeout(() => void stop(0), 100),
    log,
  });
  for (const [handle, path] of grants) core.grant(handle, path);
  channel.send({ t: 'ready' });
  for (const run of waiting.splice(0)) run();
} catch (error) {
  channel.send({ t: 'fatal', message: error instanceof Error ? error.message : String(error) });
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  setTimeout(() => process.exit(1), 50);
}

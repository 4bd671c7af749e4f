// Two network namespaces joined by a long line: every frame arrives late by a fixed time. Needs root and a C compiler.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORK } from './fixtures.mjs';
import { start } from './processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** @param oneWayMs milliseconds each way */
export async function buildCable(oneWayMs) {
  const names = ['a', 'b'].map((end) => `fsb${process.pid % 10000}-c${end}`);
  const addresses = ['10.97.0.1', '10.97.0.2'];
  const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const remove = () => {
    for (const name of names) {
      try { ip('netns', 'del', name); } catch { /* it is gone already */ }
    }
  };
  process.on('exit', remove);
  const program = join(WORK, 'delay-cable');
  execFileSync('cc', ['-O2', '-o', program, join(here, 'delay-cable.c')]);
  for (const name of names) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  const cable = start(program, [...names.flatMap((name) => [name, 'far0']), String(oneWayMs)]);
  await cable.line((line) => line.type === 'ready', 5000);
  names.forEach((name, i) => {
    ip('-n', name, 'link', 'set', 'far0', 'up');
    ip('-n', name, 'addr', 'add', `${addresses[i]}/24`, 'dev', 'far0');
  });
  return {
    addresses,
    inside: (end) => ['ip', 'netns', 'exec', names[end]],
    async end() {
      await cable.end();
      remove();
      process.off('exit', remove);
    },
  };
}

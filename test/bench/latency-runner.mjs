// One end of the latency benchmark: `serve` sends and takes bytes for ever; `transfer` does so at the guard's limits and says what a round trip takes.
import { createServer, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimit } from '../../main/engine/rate-limit.ts';
import { LatencyGuard } from '../../main/net/diagnosis/latency-guard.ts';
import { probeMeter } from '../../main/net/diagnosis/latency.ts';
import { median, quantile } from '../../main/net/diagnosis/latency-statistics.ts';

const [, , role, host, direction, guarded, secondsText] = process.argv;
const BLOCK = Buffer.alloc(16_384, 7);
const CONNECTIONS = 4;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

function whenOpen(limit, go) {
  const entry = () => {
    if (!limit.open) return void setTimeout(entry, Math.min(50, limit.waitMs));
    go();
  };
  entry();
}

function pump(socket, limit, count) {
  let waits = false;
  const fill = () => {
    while (!socket.destroyed && !waits && socket.writableLength < 65_536) {
      if (!limit.open) {
        waits = true;
        return whenOpen(limit, () => {
          waits = false;
          fill();
        });
      }
      limit.take(BLOCK.length);
      count(BLOCK.length);
      socket.write(BLOCK);
    }
  };
  socket.on('drain', fill);
  fill();
}

// Reads of one block, as the engine asks for: what is taken at once is sent at once.
const readInBlocks = (limit, count) => ({
  buffer: Buffer.alloc(BLOCK.length),
  callback(length) {
    limit.take(length);
    count(length);
    if (limit.open) return true;
    whenOpen(limit, () => this.resume());
    return false;
  },
});

if (role === 'serve') {
  const none = new RateLimit(null, () => performance.now());
  createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (first) => {
      if (first[0] === 68) pump(socket, none, () => {});
      else socket.resume();
    });
  }).listen(7000, host, () => say({ type: 'ready' }));
} else {
  const { signal } = new AbortController();
  const meter = await probeMeter({ host, port: 8469 }, 4, signal);
  const guard = new LatencyGuard();
  const limits = { down: new RateLimit(null, () => performance.now()), up: new RateLimit(null, () => performance.now()) };
  const bytes = { down: 0, up: 0 };
  const times = { idle: [], loaded: [] };
  let phase = 'idle';
  const ended = new AbortController();
  const measuring = (async () => {
    while (!ended.signal.aborted) {
      const time = await meter.measure(signal);
      guard.addSample('probe', time, performance.now());
      times[phase]?.push(time ?? 2_000);
      await sleep(Math.max(0, 100 - (time ?? 0)));
    }
  })();
  await sleep(3_000);
  phase = 'ramp';
  const ways = direction === 'both' ? ['down', 'up'] : [direction];
  const sockets = ways.flatMap((way) => Array.from({ length: CONNECTIONS }, () => {
    const count = (length) => (bytes[way] += length);
    const onread = way === 'down' ? readInBlocks(limits[way], count) : undefined;
    const socket = connect({ host, port: 7000, noDelay: true, ...(onread && { onread: { ...onread, callback: (length) => onread.callback.call(socket, length) } }) });
    socket.on('error', () => {});
    socket.write(way === 'down' ? 'D' : 'U');
    // What the kernel takes of an upload is not yet sent, but counted: no program knows better.
    if (way === 'up') pump(socket, limits[way], count);
    return socket;
  }));
  let last = { at: performance.now(), ...bytes };
  const ticking = setInterval(() => {
    const at = performance.now();
    const seconds = (at - last.at) / 1000;
    const decision = guard.tick({ downloadBytesPerSecond: (bytes.down - last.down) / seconds, uploadBytesPerSecond: (bytes.up - last.up) / seconds }, at);
    last = { at, ...bytes };
    if (process.env.TRACE) say({ type: 'trace', at: Math.round(at), rate: ways.map((way) => Math.round(bytes[way])), ...decision });
    if (guarded !== 'on') return;
    limits.down.bytesPerSecond = decision.downloadBytesPerSecond;
    limits.up.bytesPerSecond = decision.uploadBytesPerSecond;
  }, 250);
  const warmUpSeconds = 20; // finding the line's rate is in here; the trace shows it
  await sleep(warmUpSeconds * 1000);
  phase = 'loaded';
  const begun = { at: performance.now(), ...bytes };
  await sleep(Number(secondsText) * 1000);
  const seconds = (performance.now() - begun.at) / 1000;
  phase = 'over';
  const megabits = Object.fromEntries(ways.map((way) => [way, ((bytes[way] - begun[way]) * 8) / seconds / 1e6]));
  clearInterval(ticking);
  ended.abort();
  for (const socket of sockets) socket.destroy();
  await measuring;
  meter.close();
  say({ type: 'result', idleMs: median(times.idle), loadedMs: median(times.loaded), loaded95Ms: quantile(times.loaded, 0.95), megabits });
  process.exit(0);
}

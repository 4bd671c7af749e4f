// How long `pack` takes for 1 GiB beside sha256sum and sha1sum of the same data, in one file and in many, and its memory.
// `node test/bench/pack-bench.mjs`; needs `npm run build`. Ends with 1 when a median is over the limit.
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MIB = 1024 * 1024;
const RUNS = 3;
/** Times the two commands one after the other (issue 4). */
const LIMIT = 1.5;
const root = fileURLToPath(new URL('../../', import.meta.url));
const commandLine = join(root, 'dist/cli/flashswarm.js');
const shapes = [
  { name: 'one file of 1 GiB', files: 1, bytes: 1024 * MIB },
  { name: '1024 files of 1 MiB', files: 1024, bytes: MIB },
  { name: '16384 files of 64 KiB', files: 16_384, bytes: MIB / 16 },
];

/** @returns seconds, and the most memory that the process ever had, bytes (where /proc says so) */
function timed(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
    let peakBytes = 0;
    const watch = setInterval(() => {
      try {
        peakBytes = Math.max(peakBytes, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1024);
      } catch {
        // gone, or no /proc
      }
    }, 50);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ seconds: (performance.now() - begun) / 1000, peakBytes });
      else reject(new Error(`${command} ended with ${code}`));
    });
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const sums = (tool) => ['sh', ['-c', `find . -type f -print0 | xargs -0 ${tool}`]];

function makeData(folder, { files, bytes }) {
  const chunk = Buffer.allocUnsafe(Math.min(bytes, 16 * MIB));
  for (let index = 0; index < files; index += 1) {
    mkdirSync(join(folder, String(index % 64)), { recursive: true });
    const file = openSync(join(folder, String(index % 64), `${index}.bin`), 'w');
    for (let at = 0; at < bytes; at += chunk.length) writeSync(file, randomFillSync(chunk));
    closeSync(file);
  }
}

if (!existsSync(commandLine)) throw new Error('Not built: npm run build');
const work = mkdtempSync(join(tmpdir(), 'flashswarm-pack-bench-'));
const results = [];
try {
  const key = join(work, 'key');
  await timed(process.execPath, [commandLine, 'keygen', '--no-password', '--out', key, '--json']);
  for (const shape of shapes) {
    const folder = join(work, 'data');
    makeData(folder, shape);
    const pack = (out) => timed(process.execPath, [
      commandLine, 'pack', folder, '--id', 'com.example.bench', '--title', 'Bench', '--version', '1', '--layer', 'all=**:required', '--expires', '1d', '--key', `${key}.key`,
      '--out', join(work, out), '--json',
    ]);
    const seen = { sha256sum: [], sha1sum: [], pack: [] };
    let peakBytes = 0;
    await timed(...sums('cat'), { cwd: folder }); // everything in the page cache
    for (let run = 0; run < RUNS; run += 1) {
      for (const tool of ['sha256sum', 'sha1sum']) seen[tool].push((await timed(...sums(tool), { cwd: folder })).seconds);
      const packed = await pack(`${run}.evpack`);
      seen.pack.push(packed.seconds);
      peakBytes = Math.max(peakBytes, packed.peakBytes);
    }
    const [sha256, sha1, own] = [median(seen.sha256sum), median(seen.sha1sum), median(seen.pack)];
    const result = { shape: shape.name, sha256sumSeconds: sha256, sha1sumSeconds: sha1, packSeconds: own, ratio: own / (sha256 + sha1), limit: LIMIT, peakMib: Math.round(peakBytes / MIB) };
    results.push(result);
    console.log(`${shape.name}: sha256sum ${sha256.toFixed(2)} s + sha1sum ${sha1.toFixed(2)} s; pack ${own.toFixed(2)} s = ${result.ratio.toFixed(2)} x (at most ${LIMIT}), ${result.peakMib} MiB of memory`);
    rmSync(folder, { recursive: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
mkdirSync(join(root, 'bench-results'), { recursive: true });
writeFileSync(join(root, 'bench-results/pack.json'), `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = results.every(({ ratio }) => ratio <= LIMIT) ? 0 : 1;

// CPU time of verifying and opening an event package of 1 MiB: cold (the first one that a process opens) and warm.
// `npm run bench:package [-- runs]`. Goal: at most 50 ms.
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const mebibyte = 1024 * 1024;
const self = fileURLToPath(import.meta.url);
const threadMs = (since) => { const { user, system } = process.threadCpuUsage(since); return (user + system) / 1000; };
const cpuMs = (since) => { const { user, system } = process.cpuUsage(since); return (user + system) / 1000; };

/** A package whose torrents hold random hashes: opening looks at no content. `filesPerLayer` files of `fileBytes` each, over four layers. */
async function makePackage({ filesPerLayer, fileBytes, pieceLength }) {
  const { encode } = await import('bencode');
  const { signManifest, testSecretKey } = await import('../support/make-evpack.ts');
  const layers = [0, 1, 2, 3].map((layer) => {
    const names = Array.from({ length: filesPerLayer }, (_, index) => `content/part${layer}/assets/texture_${index}.pak`);
    const gap = (pieceLength - (fileBytes % pieceLength)) % pieceLength;
    const entries = names.flatMap((name) => [{ length: fileBytes, path: name.split('/') }, ...(gap ? [{ attr: 'p', length: gap, path: ['.pad', `${gap}`] }] : [])]);
    const total = (fileBytes + gap) * filesPerLayer;
    const torrent = encode({ info: { files: entries, name: 'game', 'piece length': pieceLength, pieces: randomBytes(20 * Math.ceil(total / pieceLength)) } });
    return {
      id: `layer-${layer}`, title: `Layer ${layer}`, required: layer === 0, requires: [], order: layer, torrent: Buffer.from(torrent).toString('base64'),
      files: names.map((name) => ({ path: name, length: fileBytes, sha256: createHash('sha256').update(name).digest('hex') })),
    };
  });
  const manifest = { format: 'evpack/1', package: { id: 'com.example.game', title: 'A game', version: 1 }, issued: '2026-01-01T00:00:00Z', publisher: { name: 'Example' }, layers };
  return signManifest(Buffer.from(JSON.stringify(manifest)), testSecretKey());
}

// A child: opens the file as the first thing it does, then again and again.
async function measure(file) {
  const before = process.cpuUsage();
  const { openPackage } = await import('../../main/package/open-package.ts');
  const loadMs = cpuMs(before);
  const bytes = readFileSync(file);
  const start = process.cpuUsage();
  const threadStart = process.threadCpuUsage();
  openPackage(bytes);
  const coldThreadMs = threadMs(threadStart);
  const coldMs = cpuMs(start);
  const runs = 20;
  for (let run = 0; run < runs; run += 1) openPackage(bytes);
  const warmStart = process.cpuUsage();
  for (let run = 0; run < runs; run += 1) openPackage(bytes);
  console.log(JSON.stringify({ loadMs, coldMs, coldThreadMs, warmMs: cpuMs(warmStart) / runs }));
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function main(runs) {
  const shapes = {
    'many files': { filesPerLayer: 810, fileBytes: 700_000, pieceLength: mebibyte },
    'few files, many pieces': { filesPerLayer: 8, fileBytes: 4800 * mebibyte, pieceLength: 4 * mebibyte },
  };
  const folder = mkdtempSync(path.join(tmpdir(), 'flashswarm-bench-'));
  try {
    for (const [name, shape] of Object.entries(shapes)) {
      const bytes = await makePackage(shape);
      const file = path.join(folder, 'bench.evpack');
      writeFileSync(file, bytes);
      const results = Array.from({ length: runs }, () => JSON.parse(execFileSync(process.execPath, [self, 'open', file], { encoding: 'utf8' })));
      const middle = (field) => median(results.map((result) => result[field])).toFixed(1);
      console.log(`${name} (${(bytes.length / mebibyte).toFixed(2)} MiB): cold ${middle('coldMs')} ms of CPU (${middle('coldThreadMs')} ms in the thread that opens, the rest compiles and collects beside it), warm ${middle('warmMs')} ms; loading the code ${middle('loadMs')} ms. Median of ${runs}.`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] === 'open') await measure(process.argv[3]);
else await main(Number(process.argv[2] ?? 9));

// Damaged and forged packages by the thousand: none is accepted, none throws anything but PackageError, memory stays bounded.
// FLASHSWARM_MUTATIONS=100000 runs that many; FLASHSWARM_SEED=N repeats a run.
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { openPackage, readHeader } from '../../../main/package/open-package.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import type { EventPackage } from '../../../main/package/package-types.ts';
import { makeEvpack, publicKeyText, signManifest, testSecretKey } from '../../support/make-evpack.ts';

const mutations = Number(process.env['FLASHSWARM_MUTATIONS'] ?? 800);
const seed = Number(process.env['FLASHSWARM_SEED'] ?? Date.now() % 1_000_000_007);
const headerLines = 4;
const timeout = 60_000 + mutations * 200;

// Mulberry32: small, and the same everywhere, so that a seed repeats a run.
let state = seed;
function random(below: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * below);
}
const oneOf = <T>(values: readonly T[]): T => values[random(values.length)]!;

const original = makeEvpack({
  layers: [
    { id: 'core', files: { 'game/a.bin': new Uint8Array(20_000).fill(7), 'game/b.txt': 'hello', 'empty': '' } },
    { id: 'extras', requires: ['core'], files: { 'game/c.bin': new Uint8Array(40_000) } },
  ],
  manifest: {
    sources: { trackers: [['udp://tracker.example.com:6969/announce']], webSeeds: ['https://cdn.example.com/'], seeders: ['8.8.8.8:6881'], dht: 'on' },
    update: { url: 'https://example.com/new.evpack' }, event: { startsAt: '2026-06-01T00:00:00Z' }, critical: ['layers'], minimumClient: '0.1.0',
  },
});
const bytes = Buffer.from(original.bytes);
const headerBytes = bytes.length - original.manifestBytes.length;
const lines = bytes.subarray(0, headerBytes).toString().split('\n').slice(0, headerLines);
const withHeader = (changed: string[], end = '\n') => Buffer.concat([Buffer.from(changed.join(end) + end), original.manifestBytes]);

const unsigned: Record<string, () => Buffer> = {
  'bits flipped': () => {
    const copy = Buffer.from(bytes);
    for (let flips = 1 + random(4); flips > 0; flips -= 1) copy[random(2) ? random(copy.length) : random(headerBytes)]! ^= 1 << random(8);
    return copy;
  },
  'cut off': () => bytes.subarray(0, random(bytes.length)),
  'a beginning cut off': () => bytes.subarray(1 + random(bytes.length - 1)),
  'lines swapped': () => {
    const all = bytes.toString().split('\n');
    const [i, j] = [random(random(2) ? 6 : all.length), random(random(2) ? 6 : all.length)];
    [all[i], all[j]] = [all[j]!, all[i]!];
    return Buffer.from(all.join('\n'));
  },
  'a range twice': () => {
    const start = random(bytes.length);
    const end = start + 1 + random(Math.min(2000, bytes.length - start));
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(start, end), bytes.subarray(at)]);
  },
  'a range taken out': () => {
    const start = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + 1 + random(500))]);
  },
  'a range of noise': () => {
    const copy = Buffer.from(bytes);
    const start = random(copy.length);
    for (let at = start; at < Math.min(copy.length, start + 1 + random(200)); at += 1) copy[at] = random(256);
    return copy;
  },
  'a header edited': () => {
    const copy = [...lines];
    const at = random(headerLines);
    const line = copy[at]!;
    const place = random(line.length + 1);
    copy[at] = oneOf([
      () => line.slice(0, place) + oneOf([' ', '=', 'A', 'key=', '\t', '\0', '\u202e', ' key=AAAA', '\r', 'é', '\n', '\n\n']) + line.slice(place),
      () => line.slice(0, place) + line.slice(place + 1 + random(4)),
      () => line.toLowerCase(),
      () => line.repeat(1 + random(300)),
      () => '',
      () => oneOf(lines),
    ])();
    return withHeader(copy, oneOf(['\n', '\n', '\n', '\r\n']));
  },
  'the signature of another key': () => {
    const foreign = Buffer.from(signManifest(original.manifestBytes, testSecretKey(2))).toString().split('\n');
    const copy = [...lines];
    for (const at of [1, 2, 3]) if (random(2)) copy[at] = foreign[at]!;
    return copy.every((line, at) => at === 0 || line === foreign[at]) ? Buffer.alloc(0) : withHeader(copy);
  },
};

function attempt(changed: Uint8Array): EventPackage | PackageError {
  try {
    return openPackage(changed, { clientVersion: '0.1.0' });
  } catch (error) {
    if (error instanceof PackageError) return error;
    throw error;
  }
}

// The comment of the first line is signed by nobody, and line ends may be those of Windows: neither changes what is opened.
function saysTheSame(changed: Uint8Array): boolean {
  const { signature, manifestBytes } = readHeader(changed);
  const first = readHeader(bytes);
  return Buffer.from(manifestBytes).equals(original.manifestBytes) && JSON.stringify({ ...signature, untrustedComment: '' }) === JSON.stringify({ ...first.signature, untrustedComment: '' });
}

const hostile: readonly unknown[] = [
  null, true, 0, -1, 1.5, 2 ** 53 - 1, 1e308, '', 'x', '..', '../../etc/passwd', 'CON', 'a\u0000b', '\u202e', '\u{1f600}'.repeat(50), 'x'.repeat(5000), '__proto__', 'constructor', 'toString', [], {}, [[]], [null], { length: 1 }, { length: 1e9 },
  ['core'], { __proto__: null }, 'https://10.0.0.1/', 'http://[::1]/', 'javascript:1', 'udp://', 'https://', 'https://a b', '0x7f.1:1', '[::1]:1', 'ZGU=', 'A'.repeat(100), '9999-99-99T99:99:99Z', 'evpack/2', '99.99.99',
];

/** Changes a manifest in one to three places, wherever they are, by what has broken programs before. */
function broken(): Buffer {
  const manifest = structuredClone(original.manifest) as unknown as Record<string, unknown>;
  for (let changes = 1 + random(3); changes > 0; changes -= 1) {
    const spots: [holder: Record<string, unknown>, name: string][] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const name of Object.keys(value)) {
        spots.push([value as Record<string, unknown>, name]);
        visit((value as Record<string, unknown>)[name]);
      }
    };
    visit(manifest);
    if (spots.length === 0) break;
    const [holder, name] = oneOf(spots);
    const [other, otherName] = oneOf(spots);
    oneOf([
      () => { holder[name] = structuredClone(oneOf(hostile)); },
      () => { holder[name] = structuredClone(oneOf(hostile)); },
      () => { delete holder[name]; },
      () => { [holder[name], other[otherName]] = [structuredClone(other[otherName]), structuredClone(holder[name])]; },
      () => { if (Array.isArray(holder)) holder.push(structuredClone(holder[name])); },
      () => { if (typeof holder[name] === 'string') holder[name] = damagedTorrentOrText(holder[name]); },
      () => { holder[`${name}${random(10)}`] = holder[name]; },
    ])();
  }
  const json = Buffer.from(JSON.stringify(manifest, null, random(3)));
  if (random(5) > 0) return json;
  // not JSON any more, or JSON that means two things
  const at = random(json.length);
  return Buffer.concat([json.subarray(0, at), Buffer.from(oneOf(['{', '}', '"', '\\', '[[[[[[', ',', ':', '"format":"evpack/1",', '"__proto__":{"x":1},', '1e999', '-0', '\u00ff', '\\ud800', '9007199254740993'])), json.subarray(at + random(3))]);
}

function damagedTorrentOrText(text: string): string {
  if (text.length < 200) return text.slice(0, random(text.length)) + oneOf(['', '/', '\\', '.', ' ', '\u200b', 'é', 'e\u0301']) + text.slice(random(text.length + 1));
  const torrent = Buffer.from(text, 'base64');
  for (let flips = 1 + random(3); flips > 0; flips -= 1) torrent[random(Math.min(torrent.length, 400))] = oneOf([0x30, 0x39, 0x65, 0x64, 0x69, 0x6c, 0x2d, 0x3a, random(256)]);
  return torrent.toString('base64');
}

/** Lets the runner hear from this process. */
const breath = () => new Promise((done) => { setImmediate(done); });

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
interface Memory { liveMib: number; peakMib: number }

/** What is held after a collection (objects and buffers), and the most that this process ever had, which also counts what was not collected yet. */
function memory(): Memory {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return { liveMib: (heapUsed + external) / 2 ** 20, peakMib: process.resourceUsage().maxRSS / 1024 };
}

function expectBounded(before: Memory, say: string): void {
  const after = memory();
  const [live, peak] = [after.liveMib - before.liveMib, after.peakMib - before.peakMib].map(Math.round) as [number, number];
  console.log(`Seed ${seed}. ${say} Memory held grew by ${live} MiB, the peak by ${peak} MiB.`);
  expect(live, 'memory held after a collection, MiB').toBeLessThan(32);
  expect(peak, 'peak memory, MiB').toBeLessThan(1024);
}

test(`${mutations} damaged packages: none opens, none crashes, memory stays bounded`, { timeout }, async () => {
  expect(attempt(bytes)).toHaveProperty('folderName', 'event');
  for (const make of Object.values(unsigned)) attempt(make());
  const before = memory();
  const counts = new Map<string, number>();
  for (let round = 0; round < mutations; round += 1) {
    if (round % 200 === 0) await breath();
    const kind = Object.keys(unsigned)[round % Object.keys(unsigned).length]!;
    const changed = unsigned[kind]!();
    if (changed.equals(bytes)) continue;
    const outcome = attempt(changed);
    const code = outcome instanceof PackageError ? outcome.code : 'same';
    if (!(outcome instanceof PackageError)) expect(saysTheSame(changed), `seed ${seed}, round ${round}: ${kind} was accepted`).toBe(true);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  expectBounded(before, `${[...counts].map(([code, count]) => `${code}: ${count}`).join(', ')}.`);
  expect([...counts.keys()].every((code) => ['bad-signature', 'not-a-package', 'bad-key', 'key-needed', 'same'].includes(code)), 'none was read further than its signature').toBe(true);
});

const stranger = testSecretKey(3);
const base64url = (part: Uint8Array) => Buffer.from(part).toString('base64url');
const nativeKey = createPrivateKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', d: base64url(stranger.secretKey.subarray(0, 32)), x: base64url(stranger.publicKey) } });

// The same bytes as `signManifest` makes, by OpenSSL, which is a hundred times quicker.
function signedQuickly(manifest: Uint8Array): Buffer {
  const trusted = `timestamp:1767225600 key=${publicKeyText(stranger)}`;
  const signature = sign(null, createHash('blake2b512').update(manifest).digest(), nativeKey);
  const global = sign(null, Buffer.concat([signature, Buffer.from(trusted)]), nativeKey).toString('base64');
  const box = Buffer.concat([Buffer.from('ED'), stranger.keyId, signature]).toString('base64');
  return Buffer.concat([Buffer.from(`untrusted comment: signature from a Flashswarm secret key\n${box}\ntrusted comment: ${trusted}\n${global}\n`), manifest]);
}

const signedMutations = Math.ceil(mutations / 4);
test(`${signedMutations} broken manifests that are signed all the same: refused in a sentence, or whole`, { timeout }, async () => {
  expect(signedQuickly(original.manifestBytes).equals(signManifest(original.manifestBytes, stranger))).toBe(true);
  const before = memory();
  let opened = 0;
  for (let round = 0; round < signedMutations; round += 1) {
    if (round % 200 === 0) await breath();
    const manifest = broken();
    const outcome = attempt(signedQuickly(manifest));
    const place = `seed ${seed}, round ${round}`;
    if (outcome instanceof PackageError) {
      expect(['bad-package', 'needs-newer-client'], place).toContain(outcome.code);
      expect(outcome.message, place).toMatch(/^[A-Z][^\u0000-\u001f\u202a-\u202e]*\.$/);
      continue;
    }
    // What opens anyway is safe in what matters: where it writes and what it contacts.
    opened += 1;
    const paths = outcome.layers.flatMap(({ layer }) => layer.files.map(({ path }) => path));
    expect(paths.every((path) => path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\u0000-\u001f]/.test(part))), place).toBe(true);
    for (const { layer, metainfo } of outcome.layers) {
      expect(metainfo.files.filter((file) => !file.padding).map((file) => [file.path.join('/'), file.length]), place).toEqual(layer.files.map(({ path, length }) => [path, length]));
    }
    expect(({} as Record<string, unknown>)['x'], place).toBeUndefined();
  }
  expectBounded(before, `${opened} of ${signedMutations} were still whole.`);
});

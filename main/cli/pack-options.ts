// What the command line of `pack` says, as options of a package.
import { UsageError } from '../headless/starter.ts';
import type { LayerOptions, PackOptions } from '../package/pack-options.ts';
import { checkAddresses, needed, pair, pieceSize, trackerSchemes } from './arguments.ts';
import { parseTime } from './times.ts';

export const packFlags = {
  'id': { type: 'string' }, 'title': { type: 'string' }, 'version': { type: 'string' }, 'summary': { type: 'string' }, 'name': { type: 'string' },
  'layer': { type: 'string', multiple: true }, 'layer-title': { type: 'string', multiple: true }, 'requires': { type: 'string', multiple: true },
  'segments': { type: 'string' }, 'segment-seconds': { type: 'string' },
  'encrypt': { type: 'string', multiple: true }, 'cipher': { type: 'string' }, 'sealed-out': { type: 'string' },
  'tracker': { type: 'string', multiple: true }, 'web-seed': { type: 'string', multiple: true }, 'seeder': { type: 'string', multiple: true }, 'check-web-seeds': { type: 'boolean' },
  'starts-at': { type: 'string' }, 'expires': { type: 'string' }, 'audience': { type: 'string' }, 'terms': { type: 'string' },
  'publisher': { type: 'string' }, 'homepage': { type: 'string' }, 'statements': { type: 'string' }, 'update-url': { type: 'string' },
  'previous': { type: 'string' }, 'quick': { type: 'boolean' }, 'piece-size': { type: 'string' }, 'allow-private': { type: 'boolean' },
  'key': { type: 'string' }, 'unsigned': { type: 'boolean' }, 'out': { type: 'string' }, 'json': { type: 'boolean' }, 'help': { type: 'boolean', short: 'h' },
} as const;

export type PackValues = { [K in keyof typeof packFlags]?: (typeof packFlags)[K] extends { multiple: true } ? string[] : (typeof packFlags)[K]['type'] extends 'boolean' ? boolean : string };

const ciphers = ['aes-256-gcm', 'xchacha20-poly1305'] as const;

/** Everything that needs no file. @param nowMs epoch ms that spans count from @throws {UsageError} */
export function packOptionsOf(values: PackValues, nowMs: number): PackOptions {
  const id = needed(values.id, '--id');
  const layers = layersOf(values);
  if (layers.length === 0 && values.segments === undefined) throw new UsageError('--layer is missing: say which files make a layer, as in --layer "core=**:required".');
  return {
    id, title: needed(values.title, '--title'), version: wholeNumber(needed(values.version, '--version'), '--version'),
    publisherName: values.publisher ?? id, layers,
    trackers: checkAddresses(values.tracker, '--tracker', trackerSchemes),
    webSeeds: checkAddresses(values['web-seed'], '--web-seed', /^https:\/\//i),
    seeders: values.seeder ?? [],
    summary: values.summary, name: values.name, homepage: values.homepage, updateUrl: values['update-url'], issuedAt: nowMs,
    startsAt: values['starts-at'] === undefined ? undefined : parseTime(values['starts-at'], '--starts-at', nowMs),
    expiresAt: values.expires === undefined ? undefined : parseTime(values.expires, '--expires', nowMs),
    expectedAudience: values.audience === undefined ? undefined : wholeNumber(values.audience, '--audience'),
    segmentSeconds: values['segment-seconds'] === undefined ? undefined : seconds(values['segment-seconds']),
    pieceLength: values['piece-size'] === undefined ? undefined : pieceSize(values['piece-size']),
    allowPrivate: values['allow-private'] ?? false, quick: values.quick ?? false, sealedFolder: values['sealed-out'],
    secretFiles: values.key === undefined ? [] : [values.key],
  };
}

function layersOf(values: PackValues): LayerOptions[] {
  const cipher = ciphers.find((name) => name === (values.cipher ?? ciphers[0]));
  if (!cipher) throw new UsageError(`--cipher wants ${ciphers.join(' or ')}, not "${values.cipher}".`);
  const layers = (values.layer ?? []).map((text): LayerOptions => {
    const [id, rest] = pair(text, '--layer', 'NAME=GLOB or NAME=GLOB:required');
    const required = rest.endsWith(':required');
    return { id, pattern: required ? rest.slice(0, -':required'.length) : rest, required };
  });
  const layer = (id: string, option: string): LayerOptions => {
    const found = layers.find((one) => one.id === id);
    if (!found) throw new UsageError(`${option} names the layer "${id}", and no --layer is called so.`);
    return found;
  };
  for (const text of values['layer-title'] ?? []) {
    const [id, title] = pair(text, '--layer-title', 'NAME=TEXT');
    layer(id, '--layer-title').title = title;
  }
  for (const text of values.requires ?? []) {
    const [id, other] = pair(text, '--requires', 'NAME=OTHER');
    (layer(id, '--requires').requires ??= []).push(layer(other, '--requires').id);
  }
  for (const text of values.encrypt ?? []) {
    const [id, keyUrl] = pair(text, '--encrypt', 'NAME=KEYURL');
    layer(id, '--encrypt').encrypt = { algorithm: cipher, keyUrl };
  }
  return layers;
}

function wholeNumber(text: string, option: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`${option} wants a whole number, not "${text}".`);
  return Number(text);
}

function seconds(text: string): number {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(text)) throw new UsageError(`--segment-seconds wants a number of seconds, not "${text}".`);
  return Number(text);
}

// The user's settings: kept in one file, each field checked on its own so that one bad value loses only itself.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { Settings as SettingsValue } from '../../contract/index.ts';
import { Settings as SettingsSchema } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { readJson } from './json-file.ts';

export const defaultSettings = (downloadFolder: string): SettingsValue => ({
  downloadFolder,
  downBytesPerSecond: null,
  upBytesPerSecond: null,
  turtle: {
    on: false,
    downBytesPerSecond: 1_000_000,
    upBytesPerSecond: 200_000,
    schedule: { on: false, fromMinute: 18 * 60, toMinute: 23 * 60, days: [0, 1, 2, 3, 4, 5, 6] },
  },
  activeDownloads: 3,
  maxConnections: 200,
  uploadSlots: null,
  seedingGoal: { kind: 'none' },
  listenPort: 0,
  dht: true,
  pex: true,
  lsd: true,
  utp: true,
  updates: 'offer',
  allowPrivate: false,
  portMapping: true,
  latencyGuard: true,
  diagnosis: { consent: false, servers: { stun: ['stun.cloudflare.com:3478', 'stun.nextcloud.com:443'], probe: [], turn: [], portal: [] } },
  onMetered: 'pause', onBattery: 'go-on',
  desktop: { closeToTray: true, keepAwake: true, notify: { ready: true, problem: true, update: true }, update: 'ask' },
  theme: 'system',
  density: 'comfortable',
});

/** Every field of `stored` that parses, the rest from `base`. */
export function mergeSettings(base: SettingsValue, stored: unknown): SettingsValue {
  const result: Record<string, unknown> = { ...base };
  if (stored && typeof stored === 'object') {
    for (const [name, schema] of Object.entries(SettingsSchema.shape)) {
      if (!Object.hasOwn(stored, name)) continue;
      const parsed = schema.safeParse((stored as Record<string, unknown>)[name]);
      if (parsed.success) result[name] = parsed.data;
    }
  }
  return result as SettingsValue;
}

/** Settings on disk, with what the command line says laid over them and never stored. */
export class SettingsService extends EventEmitter<{ changed: [SettingsValue] }> {
  readonly #path: string;
  #stored: SettingsValue;
  readonly #overlay: Record<string, unknown>;

  private constructor(path: string, stored: SettingsValue, overlay: Record<string, unknown>) {
    super();
    this.#path = path;
    this.#stored = stored;
    this.#overlay = overlay;
  }

  static async open(dataDir: string, downloadFolder: string, overlay: Record<string, unknown>): Promise<SettingsService> {
    const path = join(dataDir, 'settings.json');
    return new SettingsService(path, mergeSettings(defaultSettings(downloadFolder), await readJson(path)), overlay);
  }

  get value(): SettingsValue {
    return mergeSettings(this.#stored, this.#overlay);
  }

  /** Changes some fields; what is changed by hand wins over the command line from then on. */
  async update(change: Partial<SettingsValue>): Promise<SettingsValue> {
    const known = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
    this.#stored = mergeSettings(this.#stored, known);
    for (const name of Object.keys(known)) delete this.#overlay[name];
    await writeFileAtomic(this.#path, `${JSON.stringify(this.#stored, null, 2)}\n`);
    this.emit('changed', this.value);
    return this.value;
  }
}
